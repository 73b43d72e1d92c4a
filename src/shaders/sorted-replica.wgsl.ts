// sorted_replica: many Euler steps of the univariate ReLU network in one dispatch, one workgroup per replica.
//
// Every step is that of sorted_residual, sorted_table and sorted_step, in the same operations on the same integers, so
// that both give the same bits and can follow each other. Bins, table and residuals of a replica stay in workgroup
// memory; its particles and their indices in storage, each read and written by one invocation alone. Bins and state are
// loaded before the first step and stored after the last.
//
// Workgroup memory: 40 bytes per sample, 16 per invocation, about 100 more. Cost of a step: that of sorted_step,
// without dispatches.
import { CLOCK, NOT_FINITE } from './clock.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { INTEGER64, sortedCentre, SORTED_SEARCH } from './sorted-common.wgsl.ts';
import { SORTED_PARAMS, STATE_WORDS } from './sorted-params.wgsl.ts';
import {
  ADD_LARGE,
  ADD_TO_BINS,
  BIN,
  SORTED_RANGE,
  SORTED_SCAN,
  STATE_ACCESS,
} from './sorted-state.wgsl.ts';
import { START_STEP } from './sorted-residual.wgsl.ts';
import { NEXT_EXPONENTS } from './sorted-step.wgsl.ts';
import { QUANTISED_PULL, TABLE_ENTRY } from './sorted-table.wgsl.ts';
import { sortedVelocity } from './sorted-velocity.wgsl.ts';

/** The number of steps of a dispatch. */
export const REPEAT = /* wgsl */ `
struct Repeat { steps: u32 }
@group(0) @binding(3) var<uniform> repeat: Repeat;
`;

/**
 * @param weighted particle weights ω differ from 1
 * @param centred inputs lie away from 0, see sortedCentre
 */
export function sortedReplicaShader(weighted: boolean, centred = true): string {
  return wgsl`${PARAMS}${SAMPLES}${SORTED_PARAMS}${REPEAT}${CLOCK}${NOT_FINITE}${PARTICLE}
override WORKGROUP: u32 = 64;
override ROOM: u32 = 64; // samples that workgroup memory holds, at least s
@group(1) @binding(1) var<storage, read_write> stored_state: array<u32>; // [R][16]
@group(1) @binding(2) var<storage, read_write> stored_bins: array<vec4u>; // [R][s]
@group(1) @binding(3) var<storage, read_write> particle: array<vec4f>;   // [R][3][m4]
@group(1) @binding(4) var<storage, read_write> index: array<vec4u>;      // [R][m4]
@group(1) @binding(5) var<storage, read> sample: array<vec4f>;           // [s] x, y, ν, place in the input order
@group(1) @binding(6) var<storage, read_write> fault: array<vec2u>;      // [R] first bad step + 1 and its particle, or 0
#if ${weighted}
@group(1) @binding(7) var<storage, read> weight: array<vec4f>;           // [R][m4]
#endif
var<workgroup> sorted_state: array<atomic<u32>, ${STATE_WORDS}>;
${BIN}var<workgroup> bins: array<Bin, ROOM>;
var<workgroup> table: array<vec2f, 2u * ROOM + 2u>;
var<workgroup> weighted_residual: array<f32, ROOM>;
var<workgroup> sorted_x: array<f32, ROOM>;
fn sample_x(j: u32) -> f32 { return sorted_x[j]; }
${INTEGER64}${sortedCentre(centred)}${STATE_ACCESS}${ADD_TO_BINS}${SORTED_RANGE}${ADD_LARGE}${SORTED_SCAN}${SORTED_SEARCH}
${QUANTISED_PULL}${TABLE_ENTRY}${sortedVelocity(centred)}${NEXT_EXPONENTS}${START_STEP}

// The first bad step of this invocation and its particle, both 0xffffffff if there is none.
var<private> bad: vec2u = vec2u(0xffffffffu);
var<workgroup> bad_step: atomic<u32>;
var<workgroup> bad_particle: atomic<u32>;

@compute @workgroup_size(WORKGROUP)
fn sorted_replica(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.z;
  let step = clock.step;
  load(r, lane);
  for (var n = 0u; n < repeat.steps; n++) {
    workgroupBarrier();
    residuals(lane);
    workgroupBarrier();
    sums(lane);
    workgroupBarrier();
    move_particles(r, lane, step + n);
  }
  workgroupBarrier();
  store(r, lane);
}

fn load(r: u32, lane: u32) {
  if (lane == 0u) {
    atomicStore(&bad_step, 0xffffffffu);
    atomicStore(&bad_particle, 0xffffffffu);
  }
  for (var n = lane; n < ${STATE_WORDS}u; n += WORKGROUP) {
    atomicStore(&sorted_state[n], stored_state[${STATE_WORDS}u * r + n]);
  }
  for (var j = lane; j < samples.s; j += WORKGROUP) { sorted_x[j] = sample[j].x; }
  for (var j = lane; j < samples.s; j += WORKGROUP) { store_bin(j, stored_bins[samples.s * r + j]); }
}

// The bins and the state of the next step, and what was found bad.
fn store(r: u32, lane: u32) {
  atomicMin(&bad_step, bad.x);
  workgroupBarrier();
  if (bad.x == atomicLoad(&bad_step)) { atomicMin(&bad_particle, bad.y); }
  for (var n = lane; n < ${STATE_WORDS}u; n += WORKGROUP) {
    stored_state[${STATE_WORDS}u * r + n] = atomicLoad(&sorted_state[n]);
  }
  for (var j = lane; j < samples.s; j += WORKGROUP) { stored_bins[samples.s * r + j] = bin(j); }
  workgroupBarrier();
  let first_bad = atomicLoad(&bad_step);
  if (lane == 0u && first_bad != 0xffffffffu && fault[r].x == 0u) {
    fault[r] = vec2u(first_bad + 1u, atomicLoad(&bad_particle));
    atomicMin(&clock.bad_step, first_bad);
  }
}

fn bin(j: u32) -> vec4u {
  return vec4u(
    atomicLoad(&bins[j].slope_low), atomicLoad(&bins[j].slope_high),
    atomicLoad(&bins[j].intercept_low), atomicLoad(&bins[j].intercept_high));
}
fn store_bin(j: u32, v: vec4u) {
  atomicStore(&bins[j].slope_low, v.x);
  atomicStore(&bins[j].slope_high, v.y);
  atomicStore(&bins[j].intercept_low, v.z);
  atomicStore(&bins[j].intercept_high, v.w);
}

// The step of sorted_residual on one block; the bins are left empty.
fn residuals(lane: u32) {
  let items = (samples.s + WORKGROUP - 1u) / WORKGROUP;
  let begin = lane * items;
  let end = min(begin + items, samples.s);
  if (lane == 0u) { start_step(0u); }
  var sum = vec4u(0u);
  for (var j = begin; j < end; j++) { sum = add64x2(sum, bin(j)); }
  sum = scan(lane, sum);
  let slope_unit = power2(state_exponent(EXPONENT));
  let intercept_unit = power2(state_exponent(EXPONENT + 1u));
  var largest = 0.0;
  for (var j = begin; j < end; j++) {
    sum = add64x2(sum, bin(j));
    store_bin(j, vec4u(0u));
    let here = sample[j];
    let u = centred_input(here.x, centre());
    let f = params.inv_alpha * line_at(u, slope_unit * split64(sum.xy), intercept_unit * split64(sum.zw));
    let pull = here.z * (f - here.y);
    weighted_residual[bitcast<u32>(here.w)] = pull;
    largest = max(largest, abs(pull));
  }
  raise(PULL, largest);
}

// The step of sorted_table on one block.
fn sums(lane: u32) {
  let items = (samples.s + WORKGROUP - 1u) / WORKGROUP;
  let begin = lane * items;
  let end = min(begin + items, samples.s);
  let exponent = pull_exponent(0u);
  unit = table_units(exponent);
  most_sums = vec2f(0.0);
  var sum = vec4u(0u);
  for (var j = begin; j < end; j++) { sum = add64x2(sum, quantised_pull(0u, j, exponent)); }
  sum = scan(lane, sum);
  let total = lanes[WORKGROUP - 1u];
  for (var j = begin; j < end; j++) {
    write_entry(j, sum, total);
    sum = add64x2(sum, quantised_pull(0u, j, exponent));
  }
  if (begin < samples.s && end == samples.s) { write_entry(samples.s, sum, total); }
  raise(SUMS, most_sums.x);
  raise(SUMS + 1u, most_sums.y);
}

// The step of sorted_step.
fn move_particles(r: u32, lane: u32, step: u32) {
  let exponent = next_exponents(0u);
  if (lane == 0u) {
    atomicStore(&sorted_state[EXPONENT], bitcast<u32>(exponent.x));
    atomicStore(&sorted_state[EXPONENT + 1u], bitcast<u32>(exponent.y));
    atomicStore(&sorted_state[PULL], 0u);
  }
  most = array<i32, 5>();
  taken = array<i32, 4>();
  let scale = scale_of(exponent);
  let rates = rates(0u);
  let m4 = params.m4;
  let dt = vec4f(params.dt);
  let row = row_at(r, 0u);
  for (var i4 = lane; i4 < m4; i4 += WORKGROUP) {
    let at = row + i4;
    let at_index = r * m4 + i4;
    var a = particle[at];
    var b = particle[at + m4];
    var c = particle[at + 2u * m4];
    var k = index[at_index];
    let v = velocity4(k, a, b, c, rates);
    a = fma(dt, v.a, a);
    b = fma(dt, v.b, b);
    c = fma(dt, v.c, c);
    particle[at] = a;
    particle[at + m4] = b;
    particle[at + 2u * m4] = c;
    k = search_from4(k, a, b, samples.s);
    index[at_index] = k;
    var mass = c;
#if ${weighted}
    mass *= weight[at_index];
#endif
    let bias = centred_bias4(a, b, centre());
    gather(a, bias, c, mass * a, mass * bias);
    add_particles(0u, samples.s, k, a, mass * a, mass * bias, scale);
  }
  // What is rare, as in sorted_step.
  for (var i4 = select(m4, lane, is_unusual(exponent)); i4 < m4; i4 += WORKGROUP) {
    let at = row + i4;
    let a = particle[at];
    let b = particle[at + m4];
    var mass = particle[at + 2u * m4];
    let lost = not_finite(a) | not_finite(b) | not_finite(mass);
    if (any(lost) && bad.x == 0xffffffffu) { bad = vec2u(step, 4u * (r * m4 + i4) + first_lane(lost)); }
#if ${weighted}
    mass *= weight[r * m4 + i4];
#endif
    let intercept = mass * centred_bias4(a, b, centre());
    add_large(0u, samples.s, index[r * m4 + i4], a, mass * a, intercept, scale);
  }
  publish(0u);
  finish_bins(0u);
  if (overflowed) { atomicMax(&clock.overflow_mark, ~step); }
}
`;
}

/** Advances the clock by the steps of a dispatch, and finds the first bad particle of the first bad step. */
export function tickManyShader(): string {
  return wgsl`${PARAMS}${REPEAT}${CLOCK}
@group(1) @binding(1) var<storage, read_write> fault: array<vec2u>; // [R] first bad step + 1 and its particle, or 0

@compute @workgroup_size(1)
fn tick_many() {
  clock.step += repeat.steps;
  let bad_step = atomicLoad(&clock.bad_step);
  if (bad_step == 0xffffffffu || atomicLoad(&clock.bad_particle) != 0xffffffffu) { return; }
  for (var r = 0u; r < params.replicas; r++) {
    if (fault[r].x == bad_step + 1u) { atomicMin(&clock.bad_particle, fault[r].y); }
  }
}
`;
}
