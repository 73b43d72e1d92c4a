// forward: partial sums of the network output over particles.
//
//   partial[r][split][j] = Σ_{i in split} ω_i c_i σ(⟨a_i, x_j⟩ − b_i)
//
// One invocation = four samples j of one replica r, one part of the particles. The particle index is the
// same in the whole workgroup; the four samples stay in registers. Cost: (2d + σ) m s R flops.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { UNROLL_LIMIT, unroll, unrollLanes } from './unroll.ts';

/** What selects a variant of the dense kernels. */
export interface DenseVariant {
  /** input dimension d */
  readonly dimension: number;
  /** WGSL text of the activation */
  readonly activation: string;
  /** true when particle weights ω differ from 1 */
  readonly weighted: boolean;
  /** sums φ² in place of φ; forward only */
  readonly squared?: boolean;
}

export function forwardShader(variant: DenseVariant): string {
  const { dimension: d, activation, weighted, squared = false } = variant;
  const term = (lane: string, q: number): string =>
    squared
      ? `{ let phi = c.${lane} * activation(z${q}); block = fma(phi, phi, block); }`
      : `block = fma(vec4f(c.${lane}), activation(z${q}), block);`;
  const inRegisters = d <= UNROLL_LIMIT;
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${activation}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;        // [R][k][m4]
@group(1) @binding(1) var<storage, read> x: array<vec4f>;               // [R or 1][d][s4]
@group(1) @binding(2) var<storage, read_write> partial: array<vec4f>;   // [R][splits][s4]
#if ${weighted}
@group(1) @binding(3) var<storage, read> weight: array<vec4f>;          // [R][m4]
#endif

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let j4 = id.x;
  let split = group.y;
  let r = group.z;
  if (j4 >= samples.s4) { return; }
  let x_base = r * samples.x_stride4 + j4;
#if ${inRegisters}
  ${unroll(d, (k) => `let x${k} = x[x_base + ${k}u * samples.s4];`)}
#endif
  let a_base = row_at(r, 0u);
  let end = min((split + 1u) * samples.chunk4, params.m4);
  var total = vec4f(0.0);
  var i4 = split * samples.chunk4;
  // Blocks of 64 particles: the rounding error grows with the number of blocks, not of particles.
  while (i4 < end) {
    var block = vec4f(0.0);
    let block_end = min(i4 + 16u, end);
    for (; i4 < block_end; i4++) {
      let b = particle[a_base + params.d * params.m4 + i4];
      var c = particle[a_base + (params.d + 1u) * params.m4 + i4];
#if ${weighted}
      c *= weight[r * params.m4 + i4];
#endif
      ${unrollLanes((lane, q) => `var z${q} = vec4f(-b.${lane});`)}
#if ${inRegisters}
      ${unroll(d, (k) => `let a${k} = particle[a_base + ${k}u * params.m4 + i4];\n${unrollLanes((lane, q) => `z${q} = fma(vec4f(a${k}.${lane}), x${k}, z${q});`)}`)}
#else
      for (var k = 0u; k < params.d; k++) {
        let a = particle[a_base + k * params.m4 + i4];
        let xk = x[x_base + k * samples.s4];
        ${unrollLanes((lane, q) => `z${q} = fma(vec4f(a.${lane}), xk, z${q});`)}
      }
#endif
      ${unrollLanes(term)}
    }
    total += block;
  }
  partial[(r * samples.splits + split) * samples.s4 + j4] = total;
}
`;
}
