// velocity: the data part of dw_i/dt = −M ∇V(w_i), for dimensions that fit in registers.
//
//   G0 = Σ_j ν_j ρ_j σ(z_ij),  S0 = Σ_j ν_j ρ_j σ′(z_ij),  S1 = Σ_j ν_j ρ_j σ′(z_ij) x_j,   z_ij = ⟨a_i, x_j⟩ − b_i
//   da/dt = −(α/m) c S1,   db/dt = (α/m) c S0,   dc/dt = −(α/m) G0;   V_i = (α/m) c G0 on request
//
// Radial features: z_ij = |x_j − a_i|, (a_i − x_j)/z_ij in place of x_j, and S0 = 0.
//
// One invocation = `blocks` groups of four particles of one replica, WORKGROUP groups apart; the sample index is the
// same in the whole workgroup. Cost: (4d + σ + σ′) m s R flops.
//
// For relu σ = σ′ z, so that G0 = Σ_j (ν_j ρ_j σ′) z costs one multiplication. The identity G0 = ⟨a, S1⟩ − b S0 would
// cost none, but cancels where the inputs lie far from the origin compared with their spread.
import type { DenseVariant } from './forward.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { elementOf, SINGLE, SUM_BLOCK, unrollStep, type KernelShape } from './shape.ts';
import { LANES, unroll, unrollLanes } from './unroll.ts';

/** @param shape blocking */
export function velocityShader(variant: DenseVariant, shape: KernelShape = SINGLE): string {
  const { dimension: d, activation, potential = false } = variant;
  const { blocks, step, lanewise = false } = shape;
  if (lanewise && !(step === 4 && variant.relu === true))
    throw new Error('particle by particle, velocity takes four samples of relu at a time');
  const each = (line: (t: number) => string): string => unroll(blocks, line);
  const element = elementOf(step);
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${activation}
override WORKGROUP: u32 = 64;
const PER_GROUP: u32 = ${4 / step}u;  // reads per group of four samples
const SUM_BLOCK: u32 = ${SUM_BLOCK / step}u;  // reads per block of the sums
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;               // [R][k][m4]
@group(1) @binding(1) var<storage, read> x: array<${element}>;                 // [R or 1][d][s4]
@group(1) @binding(2) var<storage, read> weighted_residual: array<${element}>; // [R][s4] νρ
@group(1) @binding(3) var<storage, read_write> velocity_out: array<vec4f>;     // [R][k][m4]
#if ${potential}
@group(1) @binding(4) var<storage, read_write> potential: array<vec4f>;        // [R][m4] V
#endif

@compute @workgroup_size(WORKGROUP)
fn velocity(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = linear_group(group, groups) * WORKGROUP * ${blocks}u + lane;
  let r = group.z;
  if (first >= params.m4) { return; }
  // Blocks beyond the last particle repeat it and are not written.
  ${each((t) => startBlock(d, t))}
  let x_base = r * samples.x_stride4 * PER_GROUP;
  let row = samples.s4 * PER_GROUP;
  var j = 0u;
  // The rounding error grows with the number of blocks, not of samples.
  while (j < row) {
    ${each((t) => sumsOf(d, t, (sum) => (lanewise ? unrollLanes((l) => `var ${sum}${l} = 0.0;`) : `var ${sum} = vec4f(0.0);`)))}
    let end = min(j + SUM_BLOCK, row);
    for (; j < end; j++) {
      let rho = weighted_residual[r * row + j];
      ${unroll(d, (k) => `let x${k} = x[x_base + ${k}u * row + j];`)}
      ${
        lanewise
          ? each((t) => unrollLanes((l) => fourSamples(d, l, t)))
          : unrollStep(step, (part) => each((t) => oneSample(variant, part, t)))
      }
    }
    ${each((t) => sumsOf(d, t, (sum) => `total_${sum} += ${lanewise ? vectorOf(sum) : sum};`))}
  }
  ${each((t) => writeBlock(variant, t))}
}
`;
}

function startBlock(d: number, t: number): string {
  return `let base${t} = row_at(r, 0u) + min(first + ${t}u * WORKGROUP, params.m4 - 1u);
  ${unroll(d, (k) => `let a${k}_${t} = particle[base${t} + ${k}u * params.m4];`)}
  let b_${t} = particle[base${t} + params.d * params.m4];
  ${sumsOf(d, t, (sum) => `var total_${sum} = vec4f(0.0);`)}`;
}

/** One line per sum of block t. */
function sumsOf(d: number, t: number, line: (sum: string) => string): string {
  return [line(`g0_${t}`), line(`s0_${t}`), unroll(d, (k) => line(`s1_${k}_${t}`))].join('\n');
}

/** One sample (a part of what was read) at the particles of block t. */
function oneSample(variant: DenseVariant, part: string, t: number): string {
  const { dimension: d, relu = false, radial = false } = variant;
  if (radial) return oneRadialSample(d, part, t);
  return `{
      var z = -b_${t};
      ${unroll(d, (k) => `z = fma(a${k}_${t}, vec4f(x${k}${part}), z);`)}
      ${
        relu
          ? `let g = select(vec4f(0.0), vec4f(rho${part}), z > vec4f(0.0));
      g0_${t} = fma(g, z, g0_${t});`
          : `let value = activation(z);
      let g = rho${part} * activation_derivative(z, value);
      g0_${t} = fma(vec4f(rho${part}), value, g0_${t});`
      }
      s0_${t} += g;
      ${unroll(d, (k) => `s1_${k}_${t} = fma(g, vec4f(x${k}${part}), s1_${k}_${t});`)}
    }`;
}

/** Four samples at one particle of block t; every sum takes them one after the other. */
function fourSamples(d: number, lane: string, t: number): string {
  const each = (line: (l: string) => string): string => unrollLanes(line);
  const add = (sum: string, line: (l: string, sum: string) => string): string =>
    each((l) => `${sum}${lane} = ${line(l, `${sum}${lane}`)};`);
  // x before a: SwiftShader stores the first factor of a product again where it is not in a register.
  return `{
      ${each((l) => `var z${l} = -b_${t}.${lane};`)}
      ${unroll(d, (k) => each((l) => `z${l} = fma(x${k}.${l}, a${k}_${t}.${lane}, z${l});`))}
      ${each((l) => `let g${l} = select(0.0, rho.${l}, z${l} > 0.0);`)}
      ${add(`g0_${t}`, (l, sum) => `fma(g${l}, z${l}, ${sum})`)}
      ${add(`s0_${t}`, (l, sum) => `${sum} + g${l}`)}
      ${unroll(d, (k) => add(`s1_${k}_${t}`, (l, sum) => `fma(g${l}, x${k}.${l}, ${sum})`))}
    }`;
}

function vectorOf(sum: string): string {
  return `vec4f(${LANES.map((lane) => sum + lane).join(', ')})`;
}

/** ∂z/∂a = (a − x)/z; s0 stays 0, for there is no bias. At z = 0 σ′ is 0 too. */
function oneRadialSample(d: number, part: string, t: number): string {
  return `{
      var square = vec4f(0.0);
      ${unroll(d, (k) => `let u${k} = a${k}_${t} - vec4f(x${k}${part});\nsquare = fma(u${k}, u${k}, square);`)}
      let z = sqrt(square);
      let value = activation(z);
      let slope = select(vec4f(0.0), activation_derivative(z, value) / max(z, vec4f(1e-30)), z > vec4f(0.0));
      let g = rho${part} * slope;
      g0_${t} = fma(vec4f(rho${part}), value, g0_${t});
      ${unroll(d, (k) => `s1_${k}_${t} = fma(g, u${k}, s1_${k}_${t});`)}
    }`;
}

function writeBlock({ dimension: d, potential = false }: DenseVariant, t: number): string {
  const at = `r * params.m4 + first + ${t}u * WORKGROUP`;
  return `if (first + ${t}u * WORKGROUP < params.m4) {
    let scale = params.velocity_scale * inside(first + ${t}u * WORKGROUP);
    let pull = scale * particle[base${t} + (params.d + 1u) * params.m4];
    ${unroll(d, (k) => `velocity_out[base${t} + ${k}u * params.m4] = -params.train_a * pull * total_s1_${k}_${t};`)}
    velocity_out[base${t} + params.d * params.m4] = params.train_b * pull * total_s0_${t};
    velocity_out[base${t} + (params.d + 1u) * params.m4] = -params.train_c * scale * total_g0_${t};
    ${potential ? `potential[${at}] = pull * total_g0_${t};` : ''}
  }`;
}
