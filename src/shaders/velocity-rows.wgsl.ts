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
import { asVector, chain, fourReader } from './quad.ts';
import { SUM_BLOCK, type RowsShape } from './shape.ts';
import { LANES, unroll } from './unroll.ts';

/** @param shape particles per invocation, groups of samples per iteration, rows per turn */
export function velocityRowsShader(variant: DenseVariant, shape: RowsShape): string {
  const { potential = false, dimension: d } = variant;
  const { items, groups, rows } = shape;
  const four = fourReader(shape.quads);
  const rest = d % rows;
  const each = (line: (p: number) => string): string => unroll(items, line);
  const eachGroup = (line: (q: number) => string): string => unroll(groups, line);
  return wgsl`${four.enable}${PARAMS}${SAMPLES}${PARTICLE}${variant.activation}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<f32>;                 // [R][k][4·m4]
@group(1) @binding(1) var<storage, read> x: array<${four.element}>;                 // [R or 1][d][s4]
@group(1) @binding(2) var<storage, read> weighted_residual: array<${four.element}>; // [R][s4] νρ
@group(1) @binding(3) var<storage, read_write> velocity_out: array<f32>;       // [R][k][4·m4]
#if ${potential}
@group(1) @binding(4) var<storage, read_write> potential: array<f32>;          // [R][4·m4] V
#endif

fn lane_sum(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

@compute @workgroup_size(WORKGROUP)
fn velocity_rows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
  ${four.parameters}
) {
  let first = linear_group(group, grid) * WORKGROUP * ${items}u + lane;
  let r = group.z;
  let row = 4u * params.m4;
  let x_stride = ${four.per}samples.s4;
  // Particles beyond the last repeat it and are not written.
  ${each((p) => startParticle(p))}
  let x_base = ${four.per}r * samples.x_stride4;
  var in_block = 0u;
  for (var j4 = 0u; j4 < samples.s4; j4 += ${groups}u) {
    let last = j4 + ${groups}u >= samples.s4;
    ${eachGroup((q) => startGroup(q, shape))}
    var a_at = 0u;
    var x_row = x_base;
#if ${d >= rows}
    for (var k = 0u; k < ${d - rest}u; k += ${rows}u) {
      ${addRows(shape, rows)}
    }
#endif
#if ${rest > 0}
    ${addRows(shape, rest)}
#endif
    ${each((p) => eachGroup((q) => addSamples(variant, q, p)))}
    // The error of G0 and S0 grows with the number of blocks of samples, not of samples.
    in_block += ${groups}u;
    if (in_block >= ${SUM_BLOCK / 4}u || last) {
      ${each((p) => `g0_${p} += block_g0_${p};\ns0_${p} += block_s0_${p};\nblock_g0_${p} = 0.0;\nblock_s0_${p} = 0.0;`)}
      in_block = 0u;
    }
    // The last samples turn S1 into a velocity on the way.
    ${each((p) => `let factor${p} = select(1.0, -params.train_a * pull${p}, last);`)}
    a_at = 0u;
    x_row = x_base;
    for (var k = 0u; k < ${d}u; k++) {
      ${eachGroup((q) => four.read(`x${q}`, `x[x_row + index${q}]`))}
      ${each((p) => addRow(groups, p))}
      a_at += row;
      x_row += x_stride;
    }
  }
  ${each((p) => finish(p, potential))}
}
`;
}

/** Particle p of the invocation; the padding has no pull and stays at rest. */
function startParticle(p: number): string {
  return `let base${p} = row_at(r, 0u) * 4u + min(first + ${p}u * WORKGROUP, row - 1u);
  let scale${p} = select(0.0, params.velocity_scale, first + ${p}u * WORKGROUP < params.m);
  let pull${p} = scale${p} * particle[base${p} + (params.d + 1u) * row];
  let b${p} = particle[base${p} + params.d * row];
  var g0_${p} = 0.0;
  var s0_${p} = 0.0;
  var block_g0_${p} = 0.0;
  var block_s0_${p} = 0.0;`;
}

/** Group q of four samples; one beyond the last repeats it and weighs nothing. */
function startGroup(q: number, { items, quads }: RowsShape): string {
  const four = fourReader(quads);
  return `let index${q} = ${four.at(`min(j4 + ${q}u, samples.s4 - 1u)`)};
    var own${q} = weighted_residual[r * x_stride + index${q}];
    if (j4 + ${q}u >= samples.s4) { own${q} = ${four.zero}; }
    ${four.read(`pull_at${q}`, `own${q}`)}
    let rho${q} = ${asVector(`pull_at${q}`)};
    ${unroll(items, (p) => unroll(4, (n) => `var z${q}_${p}_${n} = -b${p};`))}`;
}

/** The next `rows` rows, added to z in order. All loads come first: each is a branch on a processor. */
function addRows({ items, groups, quads }: RowsShape, rows: number): string {
  const four = fourReader(quads);
  const add = (q: number, n: number) => (p: number) =>
    chain(`z${q}_${p}_${n}`, rows, (u) => `x${q}_${u}_${n}, a${p}_${u}`);
  return `${unroll(rows, (u) => unroll(items, (p) => `let a${p}_${u} = particle[base${p} + a_at + ${u}u * row];`))}
      ${unroll(rows, (u) => unroll(groups, (q) => four.read(`x${q}_${u}`, `x[x_row + index${q} + ${u}u * x_stride]`)))}
      ${unroll(groups, (q) => unroll(4, (n) => unroll(items, add(q, n))))}
      a_at += ${rows}u * row;
      x_row += ${rows}u * x_stride;`;
}

/** νρσ′(z) of group q at particle p, and its share of G0 and S0. For relu σ = σ′ z. */
function addSamples({ relu = false }: DenseVariant, q: number, p: number): string {
  const z = `at${q}_${p}`;
  const sums = relu
    ? `let slope${q}_${p} = select(vec4f(0.0), rho${q}, ${z} > vec4f(0.0));
    block_g0_${p} += lane_sum(slope${q}_${p} * ${z});`
    : `let value${q}_${p} = activation(${z});
    let slope${q}_${p} = rho${q} * activation_derivative(${z}, value${q}_${p});
    block_g0_${p} += lane_sum(rho${q} * value${q}_${p});`;
  return `let ${z} = ${asVector(`z${q}_${p}`)};
    ${sums}
    block_s0_${p} += lane_sum(slope${q}_${p});`;
}

/** One row of S1 of particle p. */
function addRow(groups: number, p: number): string {
  const add = (lane: string, n: number): string =>
    `var sum${n} = slope0_${p}.${lane} * x0_${n};
        ${unroll(groups - 1, (q) => `sum${n} = fma(slope${q + 1}_${p}.${lane}, x${q + 1}_${n}, sum${n});`)}`;
  return `{
        ${LANES.map(add).join('\n')}
        let before = select(velocity_out[base${p} + a_at], 0.0, j4 == 0u);
        let after = before + ((sum0 + sum1) + (sum2 + sum3));
        if (first + ${p}u * WORKGROUP < row) { velocity_out[base${p} + a_at] = after * factor${p}; }
      }`;
}

/** Turns the other sums of particle p into its velocity. */
function finish(p: number, potential: boolean): string {
  return `if (first + ${p}u * WORKGROUP < row) {
    velocity_out[base${p} + params.d * row] = params.train_b * pull${p} * s0_${p};
    velocity_out[base${p} + (params.d + 1u) * row] = -params.train_c * scale${p} * g0_${p};
    ${potential ? `potential[r * row + first + ${p}u * WORKGROUP] = pull${p} * g0_${p};` : ''}
  }`;
}
