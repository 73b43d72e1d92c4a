// project: puts every particle back on c² − |a|² − b² = δ_i after a step, by the smaller change.
//
//   δ < 0   (a, b) ← (a, b) √((c² − δ)/h²),   h = |(a, b)|
//   δ ≥ 0   c ← sign(c) √(h² + δ)
//
// One invocation = four particles of one replica. A particle with c = 0 or h = 0 on the side that would be scaled stays.
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function projectShader(): string {
  return wgsl`${PARAMS}${PARTICLE}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> delta: array<vec4f>;           // [R][m4]
@group(1) @binding(1) var<storage, read_write> particle: array<vec4f>;  // [R][k][m4]

@compute @workgroup_size(WORKGROUP)
fn project(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  if (i4 >= params.m4) { return; }
  let base = row_at(group.z, 0u) + i4;
  let c_at = base + (params.d + 1u) * params.m4;
  var square = vec4f(0.0);
  for (var k = 0u; k <= params.d; k++) {
    let p = particle[base + k * params.m4];
    square = fma(p, p, square);
  }
  let c = particle[c_at];
  let wanted = delta[group.z * params.m4 + i4];
  let outer = wanted >= vec4f(0.0);
  particle[c_at] = select(c, sign(c) * sqrt(max(square + wanted, vec4f(0.0))), outer);
  let ratio = sqrt(max(fma(c, c, -wanted), vec4f(0.0)) / square);
  let scale = select(ratio, vec4f(1.0), outer | (square == vec4f(0.0)));
  for (var k = 0u; k <= params.d; k++) {
    particle[base + k * params.m4] *= scale;
  }
}
`;
}
