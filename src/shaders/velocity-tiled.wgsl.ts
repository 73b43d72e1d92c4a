// velocity_tiled: the same sums as velocity, for any dimension.
//
// One workgroup = 64 particles (16 groups of four) of one replica, 64 invocations. It goes over the samples in
// tiles of 64. Stage 1: invocation (p, q) computes z and g = νρσ′(z) of particle group p at the samples
// 16q … 16q + 15 of the tile and leaves g in workgroup memory. Stage 2: invocation (p, q) adds g·x to the columns
// 4q + 16n … 4q + 16n + 3 of S1, which live in the output buffer until the last tile. Cost: (4d + σ + σ′) m s R flops.
import type { DenseVariant } from './forward.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { unroll, unrollLanes } from './unroll.ts';

export function velocityTiledShader({ activation, potential = false }: DenseVariant): string {
  const finishSample = (n: number): string => `{
      let value = activation(z${n});
      let rho = weighted_residual[r * samples.s4 + min(j4 + ${n >> 2}u, samples.s4 - 1u)][${n & 3}] * alive${n >> 2};
      let g = rho * activation_derivative(z${n}, value);
      tile_g0 = fma(vec4f(rho), value, tile_g0);
      tile_s0 += g;
      tile[(16u * q + ${n}u) * 16u + p] = g;
    }`;
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${activation}
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;           // [R][k][m4]
@group(1) @binding(1) var<storage, read> x: array<vec4f>;                  // [R or 1][d][s4]
@group(1) @binding(2) var<storage, read> weighted_residual: array<vec4f>;  // [R][s4] νρ
@group(1) @binding(3) var<storage, read_write> velocity_out: array<vec4f>; // [R][k][m4]
#if ${potential}
@group(1) @binding(4) var<storage, read_write> potential: array<vec4f>;    // [R][m4] V
#endif
var<workgroup> tile: array<vec4f, 1024>;  // [64 samples][16 particle groups]

@compute @workgroup_size(64)
fn velocity_tiled(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let p = lane % 16u;
  let q = lane / 16u;
  let r = group.z;
  let own = linear_group(group, groups) * 16u + p;
  let exists = own < params.m4;
  let i4 = min(own, params.m4 - 1u);
  let base = row_at(r, 0u) + i4;
  let x_base = r * samples.x_stride4;
  let b = particle[base + params.d * params.m4];
  let c = particle[base + (params.d + 1u) * params.m4];
  let scale = params.velocity_scale * inside(i4);
  var g0 = vec4f(0.0);
  var s0 = vec4f(0.0);
  for (var first = 0u; first < samples.s4; first += 16u) {
    let j4 = first + 4u * q;
    ${unroll(4, (n) => `let at${n} = x_base + min(j4 + ${n}u, samples.s4 - 1u);\nlet alive${n} = select(0.0, 1.0, j4 + ${n}u < samples.s4);`)}
    ${unroll(16, (n) => `var z${n} = -b;`)}
    for (var k = 0u; k < params.d; k++) {
      let a = particle[base + k * params.m4];
      ${unroll(4, (n) => `let x${n} = x[at${n} + k * samples.s4];\n${unrollLanes((lane, l) => `z${4 * n + l} = fma(a, vec4f(x${n}.${lane}), z${4 * n + l});`)}`)}
    }
    var tile_g0 = vec4f(0.0);
    var tile_s0 = vec4f(0.0);
    ${unroll(16, finishSample)}
    g0 += tile_g0;
    s0 += tile_s0;
    workgroupBarrier();
    for (var column = 4u * q; column < params.d; column += 16u) {
      ${unroll(4, (n) => `let k${n} = min(column + ${n}u, params.d - 1u);\nvar sum${n} = vec4f(0.0);`)}
      let tile_end = min(16u, samples.s4 - first);
      for (var t4 = 0u; t4 < tile_end; t4++) {
        ${unroll(4, (n) => `let y${n} = x[x_base + k${n} * samples.s4 + first + t4];`)}
        ${unrollLanes((lane, l) => `let h${l} = tile[(4u * t4 + ${l}u) * 16u + p];\n${unroll(4, (n) => `sum${n} = fma(h${l}, vec4f(y${n}.${lane}), sum${n});`)}`)}
      }
      ${unroll(
        4,
        (n) => `if (exists && column + ${n}u < params.d) {
        let at = base + k${n} * params.m4;
        var sum = sum${n};
        if (first > 0u) { sum += velocity_out[at]; }
        if (first + 16u >= samples.s4) { sum *= -params.train_a * scale * c; }
        velocity_out[at] = sum;
      }`,
      )}
    }
    workgroupBarrier();
  }
  // g0 and s0 of the four invocations of one particle group.
  tile[lane] = g0;
  tile[64u + lane] = s0;
  workgroupBarrier();
  if (exists && q == 0u) {
    let sum0 = tile[p] + tile[16u + p] + tile[32u + p] + tile[48u + p];
    let sum1 = tile[64u + p] + tile[80u + p] + tile[96u + p] + tile[112u + p];
    velocity_out[base + params.d * params.m4] = params.train_b * scale * c * sum1;
    velocity_out[base + (params.d + 1u) * params.m4] = -params.train_c * scale * sum0;
#if ${potential}
    potential[r * params.m4 + i4] = scale * c * sum0;
#endif
  }
}
`;
}
