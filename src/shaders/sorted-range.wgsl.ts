// sorted_range: the largest |a|, |b′|, |c|, |ω c a|, |ω c b′| of a cloud, from which the exponents of its sums follow.
//
// One invocation = every n-th group of four particles of one replica. The order does not matter to a maximum.
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { sortedCentre } from './sorted-common.wgsl.ts';
import { SORTED_PARAMS } from './sorted-params.wgsl.ts';
import { SORTED_RANGE, SORTED_STATE } from './sorted-state.wgsl.ts';

/**
 * @param weighted particle weights ω differ from 1
 * @param centred inputs lie away from 0, see sortedCentre
 */
export function sortedRangeShader(weighted: boolean, centred = true): string {
  return wgsl`${PARAMS}${PARTICLE}${SORTED_PARAMS}${sortedCentre(centred)}${SORTED_STATE}${SORTED_RANGE}
override WORKGROUP: u32 = 64;
@group(1) @binding(3) var<storage, read> particle: array<vec4f>; // [R][3][m4]
#if ${weighted}
@group(1) @binding(4) var<storage, read> weight: array<vec4f>;   // [R][m4]
#endif

@compute @workgroup_size(WORKGROUP)
fn sorted_range(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.z;
  for (var i4 = group.x * WORKGROUP + lane; i4 < params.m4; i4 += groups.x * WORKGROUP) {
    let at = row_at(r, 0u) + i4;
    let a = particle[at];
    let bias = centred_bias4(a, particle[at + params.m4], centre());
    let c = particle[at + 2u * params.m4];
    var mass = c;
#if ${weighted}
    mass *= weight[r * params.m4 + i4];
#endif
    gather(a, bias, c, mass * a, mass * bias);
  }
  publish(r);
}
`;
}
