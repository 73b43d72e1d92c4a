// What the kernels of the univariate ReLU path keep between dispatches: sizes, largest values, exponents, and the bins.
//
// A particle adds (ω c a, ω c b′) to every sample it sees: to the bin where its samples start, and for a < 0 to the
// first bin with the opposite at the bin where they end. Bins hold 64-bit integers, see INTEGER64.

/** Sizes of the path on one set of samples. */
export const SORTED_PARAMS = /* wgsl */ `
struct SortedParams {
  centre_high: f32,     // μ = centre_high + centre_low, see SORTED_CENTRE
  centre_low: f32,
  input_exponent: i32,  // |x − μ| < 2^input_exponent
  weight_bound: f32,    // max ω
  spare_bits: i32,      // the sums hold a whole cloud of values up to 2^spare_bits
  items: u32,           // samples per invocation of a scan
  blocks: u32,          // workgroups of a scan
}
@group(0) @binding(2) var<uniform> sorted: SortedParams;
fn centre() -> vec2f { return vec2f(sorted.centre_high, sorted.centre_low); }
`;

/** Words of the state of one replica. */
export const STATE_WORDS = 16;

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
// What starts at the first sample, kept in registers: half of the particles would meet in one bin.
var<private> first: vec4u;
var<private> overflowed: bool;

fn add_bin(at: u32, v: vec2u) {
  let old = atomicAdd(&bins[at], v.x);
  // A negative value carries nearly always, and then its high word −1 cancels.
  let high = v.y + select(0u, 1u, old + v.x < old);
  if (high != 0u) { atomicAdd(&bins[at + 1u], high); }
}
fn add_bins(at: u32, v: vec4u) {
  add_bin(at, v.xy);
  add_bin(at + 2u, v.zw);
}
fn add_particle(base: u32, k: u32, rising: bool, slope: f32, intercept: f32) {
  let limit = power2(sorted.spare_bits);
  if (!(max(abs(slope), abs(intercept)) <= limit)) { overflowed = true; return; }
  var v = vec4u(quantise(slope), quantise(intercept));
  if (rising) {
    if (k < samples.s) { add_bins(base + 4u * k, v); }
  } else if (k > 0u) {
    first = add64x2(first, v);
    if (k < samples.s) { add_bins(base + 4u * k, subtract64x2(vec4u(0u), v)); }
  }
}
fn add_particles(r: u32, k: vec4u, a: vec4f, slope: vec4f, intercept: vec4f, exponent: vec2i) {
  let base = 4u * samples.s * r;
  let v = slope * power2(-exponent.x);
  let w = intercept * power2(-exponent.y);
  let rising = a >= vec4f(0.0);
  add_particle(base, k.x, rising.x, v.x, w.x);
  add_particle(base, k.y, rising.y, v.y, w.y);
  add_particle(base, k.z, rising.z, v.z, w.z);
  add_particle(base, k.w, rising.w, v.w, w.w);
}
fn finish_bins(r: u32) {
  if (any(first != vec4u(0u))) { add_bins(4u * samples.s * r, first); }
}
`;

/** The bins in memory that all workgroups share. */
export const SORTED_BINS = /* wgsl */ `
@group(1) @binding(2) var<storage, read_write> bins: array<atomic<u32>>; // [R][s][4]
${ADD_TO_BINS}`;

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
