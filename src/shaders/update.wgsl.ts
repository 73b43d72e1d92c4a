// update: moves the particles.
//
//   euler    w ← w + dt v(w)
//   predict  w̃ = w + dt v(w)                       (first half of Heun)
//   correct  w ← w + (dt/2) (v(w) + v(w̃))          (second half of Heun)
//
// One invocation = one vec4 of the particle buffer. A value that is not finite marks step and particle in the clock.
import { CLOCK, MARK_BAD } from './clock.wgsl.ts';
import { PARAMS } from './params.wgsl.ts';
import { wgsl } from './preprocess.ts';

export type UpdateStage = 'euler' | 'predict' | 'correct';

export function updateShader(stage: UpdateStage): string {
  return wgsl`${PARAMS}${CLOCK}${MARK_BAD}
override WORKGROUP: u32 = 64;
@group(1) @binding(1) var<storage, read> velocity_in: array<vec4f>;        // [R][k][m4] v(w)
#if ${stage === 'correct'}
@group(1) @binding(2) var<storage, read> predicted_velocity: array<vec4f>; // [R][k][m4] v(w̃)
#elif ${stage === 'predict'}
@group(1) @binding(2) var<storage, read_write> predicted: array<vec4f>;    // [R][k][m4] w̃
#endif
@group(1) @binding(3) var<storage, read_write> particle: array<vec4f>;     // [R][k][m4] w

@compute @workgroup_size(WORKGROUP)
fn update(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = linear_group(group, groups) * WORKGROUP + lane;
  if (at >= params.replicas * params.k * params.m4) { return; }
#if ${stage === 'correct'}
  let moved = fma(vec4f(0.5 * params.dt), velocity_in[at] + predicted_velocity[at], particle[at]);
  particle[at] = moved;
#elif ${stage === 'predict'}
  let moved = fma(vec4f(params.dt), velocity_in[at], particle[at]);
  predicted[at] = moved;
#else
  let moved = fma(vec4f(params.dt), velocity_in[at], particle[at]);
  particle[at] = moved;
#endif
  mark_bad(at / (params.k * params.m4), at % params.m4, not_finite(moved));
}
`;
}
