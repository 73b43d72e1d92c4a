// What the kernels of the univariate ReLU path keep between dispatches: largest values, exponents, and the bins.
//
// A particle adds (ω c a, ω c b′) to every sample it sees: to the bin where its samples start, and for a < 0 to the
// first bin with the opposite at the bin where they end. Bins hold 64-bit integers, see INTEGER64.
import { sized, type SortedShape } from './sorted-common.wgsl.ts';
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
// Bits of |a|, |b′|, |c|, |ω c a|, |ω c b′|; those of what is not finite exceed all others.
var<private> most: array<i32, 5>;
fn largest_bits(v: vec4f) -> i32 {
  let bits = bitcast<vec4i>(v) & vec4i(0x7fffffff);
  return max(max(bits.x, bits.y), max(bits.z, bits.w));
}
fn gather(a: vec4f, bias: vec4f, c: vec4f, slope: vec4f, intercept: vec4f) {
  most[0] = max(most[0], largest_bits(a));
  most[1] = max(most[1], largest_bits(bias));
  most[2] = max(most[2], largest_bits(c));
  most[3] = max(most[3], largest_bits(slope));
  most[4] = max(most[4], largest_bits(intercept));
}
fn publish(r: u32) {
  for (var n = 0u; n < 5u; n++) { raise(state_at(r) + NOW + n, bitcast<f32>(most[n])); }
}
`;

/** How particles are added to `bins`, which the module declares: [R][s][4], slope low, high, intercept low, high. */
export const ADD_TO_BINS = /* wgsl */ `
// What particles add to the first bin, with the opposite sign, kept in registers: half of all particles would meet
// there. Two numbers of 16 bits each for slope and intercept, which hold the sums of 2^13 groups of four particles.
var<private> taken: array<i32, 4>;
var<private> overflowed: bool;

fn add_slope(at: u32, v: vec2u) {
  let old = atomicAdd(&bins[at].slope_low, v.x);
  // A negative value carries nearly always, and then its high word −1 cancels.
  let high = v.y + select(0u, 1u, old + v.x < old);
  if (high != 0u) { atomicAdd(&bins[at].slope_high, high); }
}
fn add_intercept(at: u32, v: vec2u) {
  let old = atomicAdd(&bins[at].intercept_low, v.x);
  let high = v.y + select(0u, 1u, old + v.x < old);
  if (high != 0u) { atomicAdd(&bins[at].intercept_high, high); }
}
fn word64(v: i32) -> vec2u { return vec2u(bitcast<u32>(v), select(0u, 0xffffffffu, v < 0)); }
fn add_words(at: u32, slope: i32, intercept: i32) {
  add_slope(at, word64(slope));
  add_intercept(at, word64(intercept));
}
fn sum_of(v: vec4i) -> i32 { return v.x + v.y + v.z + v.w; }
// The integer nearest to v, |v| < 2^22: numbers about 1.5 · 2^23 end at the binary point.
fn nearest(v: vec4f) -> vec4i { return bitcast<vec4i>(v + vec4f(12582912.0)) - vec4i(0x4b400000); }

// What takes slopes and intercepts to the units of the sums.
fn scale_of(exponent: vec2i) -> vec2f { return vec2f(power2(-exponent.x), power2(-exponent.y)); }
// Particles in units of the sums, with the opposite sign where a < 0.
struct Scaled { slope: vec4f, intercept: vec4f, rising: vec4<bool>, fits: vec4<bool> /* into one word */ }
fn scaled(a: vec4f, slope: vec4f, intercept: vec4f, scale: vec2f) -> Scaled {
  let rising = a >= vec4f(0.0);
  let sign = select(vec4f(-1.0), vec4f(1.0), rising);
  let slopes = (sign * scale.x) * slope;
  let intercepts = (sign * scale.y) * intercept;
  let most = vec4f(2147483648.0);
  return Scaled(slopes, intercepts, rising, (abs(slopes) < most) & (abs(intercepts) < most));
}
// Adds the particles that fit; those that do not wait for add_large. A processor has masks in place of branches: it
// goes through all that stands here for every particle.
fn add_particles(base: u32, s: u32, k: vec4u, a: vec4f, slope: vec4f, intercept: vec4f, scale: vec2f) {
  let here = scaled(a, slope, intercept, scale);
  let none = vec4i(0);
  let v_high = select(none, nearest(here.slope * vec4f(0x1p-16)), here.fits);
  let w_high = select(none, nearest(here.intercept * vec4f(0x1p-16)), here.fits);
  let v_low = select(none, nearest(here.slope - 65536.0 * vec4f(v_high)), here.fits);
  let w_low = select(none, nearest(here.intercept - 65536.0 * vec4f(w_high)), here.fits);
  // A particle that falls takes v away from the first bin; one that rises from the first sample on brings v there.
  let part = select(vec4i(1), none, here.rising) - select(none, vec4i(1), k == vec4u(0u));
  taken[0] += sum_of(part * v_low);
  taken[1] += sum_of(part * v_high);
  taken[2] += sum_of(part * w_low);
  taken[3] += sum_of(part * w_high);
  let v = 65536 * v_high + v_low;
  let w = 65536 * w_high + w_low;
  let at = vec4u(base) + k;
  let place = bitcast<vec4i>(k);
  let inner = (place > none) & (place < vec4i(bitcast<i32>(s)));
  if (inner.x) { add_words(at.x, v.x, w.x); }
  if (inner.y) { add_words(at.y, v.y, w.y); }
  if (inner.z) { add_words(at.z, v.z, w.z); }
  if (inner.w) { add_words(at.w, v.w, w.w); }
}
fn taken_sum(n: u32) -> vec2u {
  let high = taken[n + 1u];
  return add64(word64(taken[n]), vec2u(bitcast<u32>(high) << 16u, bitcast<u32>(high >> 16u)));
}
fn finish_bins(base: u32) {
  add_slope(base, negate64(taken_sum(0u)));
  add_intercept(base, negate64(taken_sum(2u)));
}
`;

/** What add_particles leaves out, for a second look by the few invocations that have seen such a particle. */
export const ADD_LARGE = /* wgsl */ `
// True where a particle that this invocation has gathered does not fit into one word or is not finite.
fn is_unusual(exponent: vec2i) -> bool {
  return max(max(most[0], most[1]), max(most[2], max(most[3], most[4]))) >= 0x7f800000
    || exponent_of(bitcast<u32>(most[3])) > 31 + exponent.x
    || exponent_of(bitcast<u32>(most[4])) > 31 + exponent.y;
}
// Adds the particles that add_particles has left out.
fn add_large(base: u32, s: u32, k: vec4u, a: vec4f, slope: vec4f, intercept: vec4f, scale: vec2f) {
  let here = scaled(a, slope, intercept, scale);
  for (var lane = 0u; lane < 4u; lane++) {
    if (here.fits[lane]) { continue; }
    if (!(max(abs(here.slope[lane]), abs(here.intercept[lane])) <= power2(sorted.spare_bits))) {
      overflowed = true;
      continue;
    }
    let v = quantise(here.slope[lane]);
    let w = quantise(here.intercept[lane]);
    if (k[lane] < s) { add_slope(base + k[lane], v); add_intercept(base + k[lane], w); }
    if (!here.rising[lane]) { add_slope(base, negate64(v)); add_intercept(base, negate64(w)); }
  }
}
`;

/** One bin; elsewhere a vec4u. */
export const BIN = /* wgsl */ `
struct Bin { slope_low: atomic<u32>, slope_high: atomic<u32>, intercept_low: atomic<u32>, intercept_high: atomic<u32> }
`;

/** The bins in memory that all workgroups share. */
export function sortedBins({ rooms }: SortedShape): string {
  return /* wgsl */ `${BIN}
@group(1) @binding(2) var<storage, read_write> bins: ${sized('Bin', rooms?.sums)}; // [R][s]
${ADD_TO_BINS}`;
}

/**
 * Bins of one replica in workgroup memory, for workgroups with many particles each: call with r = 0, then `merge_bins`
 * in uniform control flow. The integers are those of sortedBins, and so is their sum.
 */
export const LOCAL_BINS = /* wgsl */ `${BIN}
override ROOM: u32 = 64; // samples that workgroup memory holds, at least s
@group(1) @binding(2) var<storage, read_write> stored_bins: array<atomic<u32>>; // [R][s][4]
var<workgroup> bins: array<Bin, ROOM>;
${ADD_TO_BINS}
fn merge_bins(r: u32, lane: u32) {
  workgroupBarrier();
  for (var k = lane; k < samples.s; k += WORKGROUP) {
    let at = 4u * (samples.s * r + k);
    merge_number(at, vec2u(atomicLoad(&bins[k].slope_low), atomicLoad(&bins[k].slope_high)));
    merge_number(at + 2u, vec2u(atomicLoad(&bins[k].intercept_low), atomicLoad(&bins[k].intercept_high)));
  }
}
fn merge_number(at: u32, v: vec2u) {
  if (all(v == vec2u(0u))) { return; }
  let old = atomicAdd(&stored_bins[at], v.x);
  let high = v.y + select(0u, 1u, old + v.x < old);
  if (high != 0u) { atomicAdd(&stored_bins[at + 1u], high); }
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
