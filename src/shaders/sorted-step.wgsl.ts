// sorted_step: one Euler step of the univariate ReLU network in one pass over the particles.
//
//   read a, b, c, k ► table[k] ► velocity ► w ← w + dt v ► write ► new k, from the old one ► bins of the next step
//
// The exponents of the next sums must be known before its values are. They follow from the largest values before the
// step and a bound on how far one step can go: |c| grows by at most dt (α/m) (|a| |Σ νρ u| + |b′| |Σ νρ|), |a| and |b′|
// likewise. So the sums cannot overflow; a value beyond the bound would mark the step. One invocation = every n-th group
// of four particles of one replica. Traffic: 32 bytes per particle.
import { CLOCK, MARK_BAD } from './clock.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { INTEGER64, SORTED_CENTRE, SORTED_SEARCH } from './sorted-common.wgsl.ts';
import { SORTED_PARAMS } from './sorted-params.wgsl.ts';
import { LOCAL_BINS, SORTED_BINS, SORTED_RANGE, SORTED_STATE } from './sorted-state.wgsl.ts';
import { SORTED_VELOCITY } from './sorted-velocity.wgsl.ts';

/** The exponents of the sums of the next step. */
export const NEXT_EXPONENTS = /* wgsl */ `
// 26 bits for the largest value of the present cloud, which leave 2^5 before a second word is touched.
fn exponent_for(largest: f32, bound: f32) -> i32 {
  return clamp_exponent(max(
    exponent_of(bitcast<u32>(largest)) - 26,
    exponent_of(bitcast<u32>(bound)) - sorted.spare_bits));
}
fn next_exponents(state: u32) -> vec2i {
  let h = params.dt * params.velocity_scale;
  let shift = abs(sorted.centre_high) + abs(sorted.centre_low);
  let g0 = state_float(state + SUMS);
  let moment = state_float(state + SUMS + 1u);
  let g1 = fma(shift, g0, moment);
  let a = state_float(state + THEN);
  let bias = state_float(state + THEN + 1u);
  let c = state_float(state + THEN + 2u);
  // A hundredth more than exact arithmetic needs.
  let mass = 1.01 * sorted.weight_bound * (c + h * (a * moment + bias * g0));
  return vec2i(
    exponent_for(state_float(state + THEN + 3u), mass * (a + h * c * g1)),
    exponent_for(state_float(state + THEN + 4u), mass * (bias + h * c * (g0 + shift * g1))));
}
`;

/**
 * @param weighted particle weights ω differ from 1
 * @param local adds up in workgroup memory first, with ROOM for the samples
 */
export function sortedStepShader(weighted: boolean, local = false): string {
  const replica = local ? '0u' : 'r';
  return wgsl`${PARAMS}${SAMPLES}${CLOCK}${MARK_BAD}${PARTICLE}${SORTED_PARAMS}
${INTEGER64}${SORTED_CENTRE}${SORTED_STATE}${local ? LOCAL_BINS : SORTED_BINS}${SORTED_RANGE}${SORTED_SEARCH}
override WORKGROUP: u32 = 64;
@group(1) @binding(3) var<storage, read_write> particle: array<vec4f>; // [R][3][m4]
@group(1) @binding(4) var<storage, read> sorted_x: array<f32>;         // [s], ascending
@group(1) @binding(5) var<storage, read> table: array<vec2f>;          // [R][2][s + 1]
@group(1) @binding(6) var<storage, read_write> index: array<vec4u>;    // [R][m4]
#if ${weighted}
@group(1) @binding(7) var<storage, read> weight: array<vec4f>;         // [R][m4]
#endif
${SORTED_VELOCITY}${NEXT_EXPONENTS}
fn sample_x(j: u32) -> f32 { return sorted_x[j]; }

@compute @workgroup_size(WORKGROUP)
fn sorted_step(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.z;
  let state = state_at(r);
  let exponent = next_exponents(state);
  if (group.x == 0u && lane == 0u) {
    atomicStore(&sorted_state[state + EXPONENT], bitcast<u32>(exponent.x));
    atomicStore(&sorted_state[state + EXPONENT + 1u], bitcast<u32>(exponent.y));
    atomicStore(&sorted_state[state + PULL], 0u);
  }
  for (var i4 = group.x * WORKGROUP + lane; i4 < params.m4; i4 += groups.x * WORKGROUP) {
    let at = row_at(r, 0u) + i4;
    let at_index = r * params.m4 + i4;
    var a = particle[at];
    var b = particle[at + params.m4];
    var c = particle[at + 2u * params.m4];
    var k = index[at_index];
    let v = velocity4(r, k, a, b, c, params.velocity_scale * inside(i4));
    a = fma(vec4f(params.dt), v.a, a);
    b = fma(vec4f(params.dt), v.b, b);
    c = fma(vec4f(params.dt), v.c, c);
    particle[at] = a;
    particle[at + params.m4] = b;
    particle[at + 2u * params.m4] = c;
    mark_bad(r, i4, not_finite(a) | not_finite(b) | not_finite(c));
    k = search_from4(k, a, b, samples.s);
    index[at_index] = k;
    var mass = c;
#if ${weighted}
    mass *= weight[at_index];
#endif
    let bias = centred_bias4(a, b, centre());
    gather(a, bias, c, mass * a, mass * bias);
    add_particles(${replica}, k, a, mass * a, mass * bias, exponent);
  }
  publish(r);
  finish_bins(${replica});
  ${local ? 'merge_bins(r, lane);' : ''}
  if (overflowed) { atomicMax(&clock.overflow_mark, ~clock.step); }
}
`;
}
