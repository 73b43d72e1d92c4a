// forward: partial sums of the network output over particles.
//
//   partial[r][split][j] = Σ_{i in split} ω_i c_i σ(⟨a_i, x_j⟩ − b_i),   or σ(|x_j − a_i|) for radial features
//
// One invocation = `blocks` groups of four samples j of one replica r, WORKGROUP groups apart, and one part of the
// particles; d is unrolled. The particle index is the same in the whole workgroup; the samples stay in registers, so that one read of
// a particle serves 4·blocks samples. Cost: (2d + σ) m s R flops.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { elementOf, SINGLE, unrollStep, type KernelShape } from './shape.ts';
import { unroll } from './unroll.ts';

/** What selects a variant of the dense kernels. */
export interface DenseVariant {
  /** input dimension d */
  readonly dimension: number;
  /** WGSL text of the activation */
  readonly activation: string;
  /** z = |x − a| in place of ⟨a,x⟩ − b; forward and velocity of low dimensions only */
  readonly radial?: boolean;
  /** true when particle weights ω differ from 1 */
  readonly weighted: boolean;
  /** sums ω φ² in place of ω φ; forward only */
  readonly squared?: boolean;
  /** the activation is max(z, 0): velocity needs one derivative and no value */
  readonly relu?: boolean;
  /** writes the data part of V too; velocity only */
  readonly potential?: boolean;
}

/** @param shape blocking */
export function forwardShader(variant: DenseVariant, shape: KernelShape = SINGLE): string {
  const { dimension: d, activation, weighted, squared = false } = variant;
  const { blocks, step } = shape;
  const each = (line: (t: number) => string): string => unroll(blocks, line);
  const element = elementOf(step);
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${activation}
override WORKGROUP: u32 = 64;
const PER_GROUP: u32 = ${4 / step}u;  // reads per group of four particles
@group(1) @binding(0) var<storage, read> particle: array<${element}>;   // [R][k][m4]
@group(1) @binding(1) var<storage, read> x: array<vec4f>;               // [R or 1][d][s4]
@group(1) @binding(2) var<storage, read_write> partial: array<vec4f>;   // [R][splits][s4]
#if ${weighted}
@group(1) @binding(3) var<storage, read> weight: array<${element}>;     // [R][m4]
#endif

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * WORKGROUP * ${blocks}u + lane;
  let split = group.y;
  let r = group.z;
  if (first >= samples.s4) { return; }
  // Blocks beyond the last sample repeat it and are not written.
  ${each((t) => `let x_base${t} = r * samples.x_stride4 + min(first + ${t}u * WORKGROUP, samples.s4 - 1u);\nvar total${t} = vec4f(0.0);`)}
  ${each((t) => unroll(d, (k) => `let x${k}_${t} = x[x_base${t} + ${k}u * samples.s4];`))}
  let a_base = row_at(r, 0u) * PER_GROUP;
  let row = params.m4 * PER_GROUP;
  let end = min((split + 1u) * samples.chunk4, params.m4) * PER_GROUP;
  var i = split * samples.chunk4 * PER_GROUP;
  // Blocks of 64 particles: the rounding error grows with the number of blocks, not of particles.
  while (i < end) {
    ${each((t) => `var block${t} = vec4f(0.0);`)}
    let block_end = min(i + 16u * PER_GROUP, end);
    for (; i < block_end; i++) {
      let b = particle[a_base + params.d * row + i];
      var c = particle[a_base + (params.d + 1u) * row + i];
#if ${weighted && !squared}
      c *= weight[r * row + i];
#endif
#if ${weighted && squared}
      let omega = weight[r * row + i];
#endif
      ${unroll(d, (k) => `let a${k} = particle[a_base + ${k}u * row + i];`)}
      ${unrollStep(step, (part) => each((t) => oneSum(variant, part, t)))}
    }
    ${each((t) => `total${t} += block${t};`)}
  }
  let out = (r * samples.splits + split) * samples.s4 + first;
  ${each((t) => `if (first + ${t}u * WORKGROUP < samples.s4) { partial[out + ${t}u * WORKGROUP] = total${t}; }`)}
}
`;
}

/** One particle (a part of what was read) at the samples of block t, with d unrolled. */
function oneSum(variant: DenseVariant, part: string, t: number): string {
  const { dimension: d, weighted, squared = false, radial = false } = variant;
  const omega = weighted ? `omega${part}` : '1.0';
  return `{
        ${
          radial
            ? `var square = vec4f(0.0);
        ${unroll(d, (k) => `let u${k} = x${k}_${t} - vec4f(a${k}${part});\nsquare = fma(u${k}, u${k}, square);`)}
        let z = sqrt(square);`
            : `var z = vec4f(-b${part});
        ${unroll(d, (k) => `z = fma(vec4f(a${k}${part}), x${k}_${t}, z);`)}`
        }
        ${
          squared
            ? `let phi = c${part} * activation(z); block${t} = fma(${omega} * phi, phi, block${t});`
            : `block${t} = fma(vec4f(c${part}), activation(z), block${t});`
        }
      }`;
}
