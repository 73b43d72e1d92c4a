// velocity_rows: the same sums as velocity, for any dimension, with a loop over the rows of inputs and particles and
// no workgroup memory: the kernel of adapters whose workgroup memory is ordinary memory.
//
// One invocation = `items` particles of one replica, WORKGROUP apart. It takes the samples `groups` groups of four at a
// time: first z and its slope νρσ′(z), which stay in registers, then S1 row by row, which lives in the output buffer until
// the last samples. Neighbouring invocations hold neighbouring particles. Cost: (4d + σ + σ′) m s R flops.
import type { DenseVariant } from './forward.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { SUM_BLOCK, type RowsShape } from './shape.ts';
import { unroll } from './unroll.ts';

/** @param shape particles per invocation and groups of samples per iteration */
export function velocityRowsShader(variant: DenseVariant, { items, groups }: RowsShape): string {
  const { potential = false } = variant;
  const each = (line: (p: number) => string): string => unroll(items, line);
  const eachGroup = (line: (q: number) => string): string => unroll(groups, line);
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${variant.activation}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<f32>;             // [R][k][4·m4]
@group(1) @binding(1) var<storage, read> x: array<vec4f>;                  // [R or 1][d][s4]
@group(1) @binding(2) var<storage, read> weighted_residual: array<vec4f>;  // [R][s4] νρ
@group(1) @binding(3) var<storage, read_write> velocity_out: array<f32>;   // [R][k][4·m4]
#if ${potential}
@group(1) @binding(4) var<storage, read_write> potential: array<f32>;      // [R][4·m4] V
#endif

fn lane_sum(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

@compute @workgroup_size(WORKGROUP)
fn velocity_rows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = linear_group(group, grid) * WORKGROUP * ${items}u + lane;
  let r = group.z;
  let row = 4u * params.m4;
  if (first >= row) { return; }
  // Particles beyond the last repeat it and are not written.
  ${each(
    (p) => `let base${p} = row_at(r, 0u) * 4u + min(first + ${p}u * WORKGROUP, row - 1u);
  let b${p} = particle[base${p} + params.d * row];
  var g0_${p} = 0.0;
  var s0_${p} = 0.0;
  var block_g0_${p} = 0.0;
  var block_s0_${p} = 0.0;`,
  )}
  let x_base = r * samples.x_stride4;
  for (var j4 = 0u; j4 < samples.s4; j4 += ${groups}u) {
    ${eachGroup((q) => startGroup(q, items))}
    var a_at = 0u;
    var x_row = x_base;
    for (var k = 0u; k < params.d; k++) {
      ${each((p) => `let a${p} = particle[base${p} + a_at];`)}
      ${eachGroup((q) => `let x${q} = x[x_row + index${q}];\n${each((p) => `z${q}_${p} = fma(vec4f(a${p}), x${q}, z${q}_${p});`)}`)}
      a_at += row;
      x_row += samples.s4;
    }
    ${each((p) => eachGroup((q) => addSamples(variant, q, p)))}
    // The error of G0 and S0 grows with the number of blocks of samples, not of samples.
    if ((j4 + ${groups}u) % ${SUM_BLOCK / 4}u == 0u || j4 + ${groups}u >= samples.s4) {
      ${each((p) => `g0_${p} += block_g0_${p};\ns0_${p} += block_s0_${p};\nblock_g0_${p} = 0.0;\nblock_s0_${p} = 0.0;`)}
    }
    a_at = 0u;
    x_row = x_base;
    for (var k = 0u; k < params.d; k++) {
      ${eachGroup((q) => `let x${q} = x[x_row + index${q}];`)}
      ${each((p) => addRow(groups, p))}
      a_at += row;
      x_row += samples.s4;
    }
  }
  ${each((p) => finish(p, potential))}
}
`;
}

/** Group q of four samples; one beyond the last repeats it and weighs nothing. */
function startGroup(q: number, items: number): string {
  return `let index${q} = min(j4 + ${q}u, samples.s4 - 1u);
    var rho${q} = weighted_residual[r * samples.s4 + index${q}];
    if (j4 + ${q}u >= samples.s4) { rho${q} = vec4f(0.0); }
    ${unroll(items, (p) => `var z${q}_${p} = vec4f(-b${p});`)}`;
}

/** νρσ′(z) of group q at particle p, and its share of G0 and S0. For relu σ = σ′ z. */
function addSamples({ relu = false }: DenseVariant, q: number, p: number): string {
  const z = `z${q}_${p}`;
  const sums = relu
    ? `let slope${q}_${p} = select(vec4f(0.0), rho${q}, ${z} > vec4f(0.0));
    block_g0_${p} += lane_sum(slope${q}_${p} * ${z});`
    : `let value${q}_${p} = activation(${z});
    let slope${q}_${p} = rho${q} * activation_derivative(${z}, value${q}_${p});
    block_g0_${p} += lane_sum(rho${q} * value${q}_${p});`;
  return `${sums}
    block_s0_${p} += lane_sum(slope${q}_${p});`;
}

/** One row of S1 of particle p. */
function addRow(groups: number, p: number): string {
  return `{
        var sum = vec4f(0.0);
        ${unroll(groups, (q) => `sum = fma(slope${q}_${p}, x${q}, sum);`)}
        let before = select(velocity_out[base${p} + a_at], 0.0, j4 == 0u);
        if (first + ${p}u * WORKGROUP < row) { velocity_out[base${p} + a_at] = before + lane_sum(sum); }
      }`;
}

/** Turns the sums of particle p into its velocity; the padding stays at rest. */
function finish(p: number, potential: boolean): string {
  const at = `r * row + first + ${p}u * WORKGROUP`;
  return `if (first + ${p}u * WORKGROUP < row) {
    let scale = select(0.0, params.velocity_scale, first + ${p}u * WORKGROUP < params.m);
    let pull = scale * particle[base${p} + (params.d + 1u) * row];
    for (var k = 0u; k < params.d; k++) { velocity_out[base${p} + k * row] *= -params.train_a * pull; }
    velocity_out[base${p} + params.d * row] = params.train_b * pull * s0_${p};
    velocity_out[base${p} + (params.d + 1u) * row] = -params.train_c * scale * g0_${p};
    ${potential ? `potential[${at}] = pull * g0_${p};` : ''}
  }`;
}
