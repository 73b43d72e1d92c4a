// sorted_step: one Euler step of the univariate ReLU network in one pass over the particles.
//
//   read a, b, c, k ► table[k] ► velocity ► w ← w + dt v ► write ► new k ► bins of the next step
//
// The exponents of the next sums must be known before its values are. They follow from the largest values before the
// step and a bound on how far one step can go: |c| grows by at most dt (α/m) (|a| |Σ νρ u| + |b′| |Σ νρ|), |a| and |b′|
// likewise. So the sums cannot overflow; a value beyond the bound would mark the step. One invocation = every n-th group
// of four particles of one replica. Traffic: 32 bytes per particle.
import { CLOCK, MARK_BAD } from './clock.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import {
  ANY_SHAPE,
  INTEGER64,
  sortedCentre,
  sortedInputs,
  SORTED_LOOKUP,
} from './sorted-common.wgsl.ts';
import { SORTED_PARAMS } from './sorted-params.wgsl.ts';
import {
  ADD_LARGE,
  LOCAL_BINS,
  sortedBins,
  SORTED_RANGE,
  SORTED_STATE,
} from './sorted-state.wgsl.ts';
import { sortedTable, sortedVelocity } from './sorted-velocity.wgsl.ts';

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
 * @param shape of the set of samples
 */
export function sortedStepShader(weighted: boolean, local = false, shape = ANY_SHAPE): string {
  const base = local ? '0u' : 'r * samples.s';
  return wgsl`${PARAMS}${SAMPLES}${CLOCK}${MARK_BAD}${PARTICLE}${SORTED_PARAMS}
${INTEGER64}${sortedCentre(shape.centred)}${SORTED_STATE}${local ? LOCAL_BINS : sortedBins(shape)}${SORTED_RANGE}${ADD_LARGE}
override WORKGROUP: u32 = 64;
@group(1) @binding(3) var<storage, read_write> particle: array<vec4f>; // [R][3][m4]
${sortedInputs(4, shape)}${sortedTable(5, shape)}${SORTED_LOOKUP}
@group(1) @binding(6) var<storage, read_write> index: array<vec4u>;    // [R][m4]
#if ${weighted}
@group(1) @binding(7) var<storage, read> weight: array<vec4f>;         // [R][m4]
#endif
${sortedVelocity(shape.centred)}${NEXT_EXPONENTS}

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
  let scale = scale_of(exponent);
  let rates = rates(r);
  let cells = cells();
  let base = ${base};
  let m4 = params.m4;
  let dt = vec4f(params.dt);
  let first = group.x * WORKGROUP + lane;
  let stride = groups.x * WORKGROUP;
  let row = row_at(r, 0u);
  for (var i4 = first; i4 < m4; i4 += stride) {
    let at = row + i4;
    let a_at = &particle[at];
    let b_at = &particle[at + m4];
    let c_at = &particle[at + 2u * m4];
    let index_at = &index[r * m4 + i4];
    var a = *a_at;
    var b = *b_at;
    var c = *c_at;
    var k = *index_at;
    let v = velocity4(k, a, b, c, rates);
    a = fma(dt, v.a, a);
    b = fma(dt, v.b, b);
    c = fma(dt, v.c, c);
    *a_at = a;
    *b_at = b;
    *c_at = c;
    k = search4(a, b, cells);
    *index_at = k;
    var mass = c;
#if ${weighted}
    mass *= weight[r * m4 + i4];
#endif
    let bias = centred_bias4(a, b, centre());
    gather(a, bias, c, mass * a, mass * bias);
    add_particles(base, cells.samples, k, a, mass * a, mass * bias, scale);
  }
  // What is rare stays out of the loop above, where every pass would pay for it.
  for (var i4 = select(m4, first, is_unusual(exponent)); i4 < m4; i4 += stride) {
    let at = row + i4;
    let a = particle[at];
    let b = particle[at + m4];
    var mass = particle[at + 2u * m4];
    mark_bad(r, i4, not_finite(a) | not_finite(b) | not_finite(mass));
#if ${weighted}
    mass *= weight[r * m4 + i4];
#endif
    let intercept = mass * centred_bias4(a, b, centre());
    add_large(base, cells.samples, index[r * m4 + i4], a, mass * a, intercept, scale);
  }
  publish(r);
  finish_bins(base);
  ${local ? 'merge_bins(r, lane);' : ''}
  if (overflowed) { atomicMax(&clock.overflow_mark, ~clock.step); }
}
`;
}
