// invariant: δ_i = c_i² − |a_i|² − b_i² of every particle, which the flow of a ReLU network conserves.
//
// One invocation = four particles of one replica.
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function invariantShader(): string {
  return wgsl`${PARAMS}${PARTICLE}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;     // [R][k][m4]
@group(1) @binding(1) var<storage, read_write> delta: array<vec4f>;  // [R][m4]

@compute @workgroup_size(WORKGROUP)
fn invariant(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  if (i4 >= params.m4) { return; }
  let base = row_at(group.z, 0u) + i4;
  var square = vec4f(0.0);
  for (var k = 0u; k <= params.d; k++) {
    let p = particle[base + k * params.m4];
    square = fma(p, p, square);
  }
  let c = particle[base + (params.d + 1u) * params.m4];
  delta[group.z * params.m4 + i4] = fma(c, c, -square);
}
`;
}
