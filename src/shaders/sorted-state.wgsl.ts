// What the kernels of the univariate ReLU path keep between dispatches: largest values, exponents, and the bins.
//
// A particle adds (ω c a, ω c b′) to every sample it sees: to the bin where its samples start, and for a < 0 to the
// first bin with the opposite at the bin where they end. Bins hold 64-bit integers, see INTEGER64.

import { STATE_WORDS } from './sorted-params.wgsl.ts';

/**
 * The words of `sorted_state`, which the module declares as [R][16] atomic<u32>. Largest values are bits of floats ≥ 0,
 * which order like unsigned integers. `NOW` belongs to the particles in memory, `THEN` is its copy made when their step
 * starts.
 */
export const STATE_ACCESS = /* wgsl */ `
const NOW: u32 = 0u;         // max |a|, |b′|, |c|, |ω c a|, |ω c b′|
const THEN: u32 = 5u;
const EXPONENT: u32 = 10u;   // exponents of the two sums in the bins
const PULL: u32 = 12u;       // max |νρ|
const SUMS: u32 = 13u;       // max |Σ νρ|, |Σ νρ u| over all active sets
fn state_at(r: u32) -> u32 { return r * ${STATE_WORDS}u; }
fn state_float(at: u32) -> f32 { return bitcast<f32>(atomicLoad(&sorted_state[at])); }
fn state_exponent(at: u32) -> i32 { return bitcast<i32>(atomicLoad(&sorted_state[at])); }
fn raise(at: u32, value: f32) {
  let bits = bitcast<u32>(value);
  // Most invocations know no larger value: a read spares the atomic operation.
  if (bits > atomicLoad(&sorted_state[at])) { atomicMax(&sorted_state[at], bits); }
}
`;

/** The state in memory that all workgroups share. */
export const SORTED_STATE = /* wgsl */ `
@group(1) @binding(1) var<storage, read_write> sorted_state: array<atomic<u32>>; // [R][16]
${STATE_ACCESS}`;

/** Largest values of a cloud, gathered by one invocation and published at its end. */
export const SORTED_RANGE = /* wgsl */ `
var<private> most: array<vec4f, 5>;
fn gather(a: vec4f, bias: vec4f, c: vec4f, slope: vec4f, intercept: vec4f) {
  most[0] = max(most[0], abs(a));
  most[1] = max(most[1], abs(bias));
  most[2] = max(most[2], abs(c));
  most[3] = max(most[3], abs(slope));
  most[4] = max(most[4], abs(intercept));
}
fn publish(r: u32) {
  for (var n = 0u; n < 5u; n++) {
    let v = most[n];
    raise(state_at(r) + NOW + n, max(max(v.x, v.y), max(v.z, v.w)));
  }
}
`;

/** How particles are added to `bins`, which the module declares: [R][s][4], slope low, high, intercept low, high. */
export const ADD_TO_BINS = /* wgsl */ `
// What falling particles take away from later bins and add to the first one, kept in registers: half of all particles
// would meet in that bin. Each of four particles has lanes for the lower 16 bits and the rest of slope and intercept,
// which hold the sums of 2^15 values of 31 bits.
var<private> taken: array<vec4i, 4>;
var<private> overflowed: bool;

fn add_bin(at: u32, v: vec2u) {
  let old = atomicAdd(&bins[at], v.x);
  // A negative value carries nearly always, and then its high word −1 cancels.
  let high = v.y + select(0u, 1u, old + v.x < old);
  if (high != 0u) { atomicAdd(&bins[at + 1u], high); }
}
fn add_word(at: u32, v: i32) { add_bin(at, vec2u(bitcast<u32>(v), bitcast<u32>(v >> 31u))); }
// A particle with a value beyond one word.
fn add_large(base: u32, k: u32, rising: bool, slope: f32, intercept: f32) {
  if (!(max(abs(slope), abs(intercept)) <= power2(sorted.spare_bits))) { overflowed = true; return; }
  let v = quantise(slope);
  let w = quantise(intercept);
  if (k < samples.s) { add_bin(base + 4u * k, v); add_bin(base + 4u * k + 2u, w); }
  if (!rising) { add_bin(base, negate64(v)); add_bin(base + 2u, negate64(w)); }
}
fn add_particles(r: u32, k: vec4u, a: vec4f, slope: vec4f, intercept: vec4f, exponent: vec2i) {
  let base = 4u * samples.s * r;
  let rising = a >= vec4f(0.0);
  let sign = select(vec4f(-1.0), vec4f(1.0), rising);
  let slopes = (sign * power2(-exponent.x)) * slope;
  let intercepts = (sign * power2(-exponent.y)) * intercept;
  if (!all(max(abs(slopes), abs(intercepts)) < vec4f(2147483648.0))) {
    for (var lane = 0u; lane < 4u; lane++) {
      add_large(base, k[lane], rising[lane], slopes[lane], intercepts[lane]);
    }
    return;
  }
  let v = vec4i(round(slopes));
  let w = vec4i(round(intercepts));
  let fall = select(vec4i(-1), vec4i(0), rising);
  taken[0] += v & fall & vec4i(0xffff);
  taken[1] += (v & fall) >> vec4u(16u);
  taken[2] += w & fall & vec4i(0xffff);
  taken[3] += (w & fall) >> vec4u(16u);
  let at = vec4u(base) + 4u * k;
  if (k.x < samples.s) { add_word(at.x, v.x); add_word(at.x + 2u, w.x); }
  if (k.y < samples.s) { add_word(at.y, v.y); add_word(at.y + 2u, w.y); }
  if (k.z < samples.s) { add_word(at.z, v.z); add_word(at.z + 2u, w.z); }
  if (k.w < samples.s) { add_word(at.w, v.w); add_word(at.w + 2u, w.w); }
}
fn taken_sum(n: u32) -> vec2u {
  var sum = vec2u(0u);
  for (var lane = 0u; lane < 4u; lane++) {
    let high = taken[n + 1u][lane];
    sum = add64(sum, vec2u(bitcast<u32>(taken[n][lane]), 0u));
    sum = add64(sum, vec2u(bitcast<u32>(high) << 16u, bitcast<u32>(high >> 16u)));
  }
  return sum;
}
fn finish_bins(r: u32) {
  let at = 4u * samples.s * r;
  add_bin(at, negate64(taken_sum(0u)));
  add_bin(at + 2u, negate64(taken_sum(2u)));
}
`;

/** The bins in memory that all workgroups share. */
export const SORTED_BINS = /* wgsl */ `
@group(1) @binding(2) var<storage, read_write> bins: array<atomic<u32>>; // [R][s][4]
${ADD_TO_BINS}`;

/**
 * Bins of one replica in workgroup memory, for workgroups with many particles each: call with r = 0, then `merge_bins`
 * in uniform control flow. The integers are those of SORTED_BINS, and so is their sum.
 */
export const LOCAL_BINS = /* wgsl */ `
override ROOM: u32 = 64; // samples that workgroup memory holds, at least s
@group(1) @binding(2) var<storage, read_write> stored_bins: array<atomic<u32>>; // [R][s][4]
var<workgroup> bins: array<atomic<u32>, 4u * ROOM>;
${ADD_TO_BINS}
fn merge_bins(r: u32, lane: u32) {
  workgroupBarrier();
  for (var n = lane; n < 2u * samples.s; n += WORKGROUP) {
    let v = vec2u(atomicLoad(&bins[2u * n]), atomicLoad(&bins[2u * n + 1u]));
    if (all(v == vec2u(0u))) { continue; }
    let at = 4u * samples.s * r + 2u * n;
    let old = atomicAdd(&stored_bins[at], v.x);
    let high = v.y + select(0u, 1u, old + v.x < old);
    if (high != 0u) { atomicAdd(&stored_bins[at + 1u], high); }
  }
}
`;

/** Scan over the invocations of a workgroup; needs INTEGER64 and an override WORKGROUP. */
export const SORTED_SCAN = /* wgsl */ `
var<workgroup> lanes: array<vec4u, WORKGROUP>;
// The sum of what the invocations before this one brought; the sum of all stays in the last of \`lanes\`.
fn scan(lane: u32, mine: vec4u) -> vec4u {
  workgroupBarrier();
  lanes[lane] = mine;
  workgroupBarrier();
  for (var distance = 1u; distance < WORKGROUP; distance <<= 1u) {
    let other = lanes[max(lane, distance) - distance];
    workgroupBarrier();
    if (lane >= distance) { lanes[lane] = add64x2(lanes[lane], other); }
    workgroupBarrier();
  }
  return subtract64x2(lanes[lane], mine);
}
`;
