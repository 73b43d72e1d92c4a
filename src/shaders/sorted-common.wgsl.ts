// What the kernels of the univariate ReLU path share: activity, search in sorted samples, exact 64-bit sums.
//
// In one dimension the samples that a ReLU particle sees are a suffix (a ≥ 0) or a prefix (a < 0) of the sorted
// samples. Sums over particles then become a difference array over samples, sums over samples a table of prefix and
// suffix sums. All sums run over integers, so that no order of addition, no size of a workgroup and no permutation of
// the particles changes a bit.
import { wgsl } from './preprocess.ts';

/** What the text of the kernels depends on, for a set of samples. */
export interface SortedShape {
  /** inputs lie away from 0, and their centre is subtracted */
  readonly centred: boolean;
  /**
   * lengths that the text gives to arrays over samples: words of `sorted_x`, and indices k of all replicas in bins and
   * table; null for arrays as long as their buffers
   */
  readonly rooms: { readonly x: number; readonly sums: number } | null;
}

/** The shape that serves every set. */
export const ANY_SHAPE: SortedShape = { centred: true, rooms: null };

/** An array type of so many elements, or as long as its buffer; for a length of the buffer a processor has to divide. */
export function sized(element: string, length: number | undefined): string {
  return length === undefined ? `array<${element}>` : `array<${element}, ${length}>`;
}

/** The sorted inputs and the cells of SORTED_LOOKUP, as a binding. */
export function sortedInputs(binding: number, { rooms }: SortedShape): string {
  return /* wgsl */ `
@group(1) @binding(${binding}) var<storage, read> sorted_x: ${sized('u32', rooms?.x)}; // [s] bits of x, ascending; cells
fn sample_x(j: u32) -> f32 { return bitcast<f32>(sorted_x[j]); }
`;
}

/**
 * Activity and search; the module defines `fn sample_x(j: u32) -> f32`, the j-th smallest input of its replica.
 *
 * `starts` is false up to an index k and true from there on, in floating point: the product and the sum round
 * monotonically. The active samples are k … s−1 for a ≥ 0 and 0 … k−1 for a < 0. The expression is that of `forward`,
 * `velocity` and `patterns`, so that both paths see the same active sets.
 */
export const SORTED_ACTIVITY = /* wgsl */ `
fn starts4(a: vec4f, b: vec4f, x: vec4f) -> vec4<bool> {
  return (fma(a, x, -b) > vec4f(0.0)) == (a >= vec4f(0.0));
}

fn samples_x(j: vec4u) -> vec4f { return vec4f(sample_x(j.x), sample_x(j.y), sample_x(j.z), sample_x(j.w)); }

`;

/** Search in inputs that have no cells; particles mostly stay where they are. */
export const SORTED_SEARCH = /* wgsl */ `${SORTED_ACTIVITY}
// First index of each particle, by binary search; s if there is none. The answers lie in k … k + left; all particles
// of all invocations take the same number of steps.
fn search4(a: vec4f, b: vec4f, s: u32) -> vec4u {
  var k = vec4u(0u);
  var left = s;
  while (left > 1u) {
    let half = left >> 1u;
    k = select(k + vec4u(half), k, starts4(a, b, samples_x(k + vec4u(half - 1u))));
    left -= half;
  }
  return select(k + vec4u(1u), k, starts4(a, b, samples_x(k)));
}

// The same for particles that were at k: where all stay, two looks tell.
fn search_from4(k: vec4u, a: vec4f, b: vec4f, s: u32) -> vec4u {
  let left = starts4(a, b, samples_x(max(k, vec4u(1u)) - vec4u(1u)));
  let right = starts4(a, b, samples_x(min(k, vec4u(s - 1u))));
  if (all((!left | (k == vec4u(0u))) & (right | (k == vec4u(s))))) { return k; }
  return search4(a, b, s);
}
`;

/**
 * Search by cells of equal width over the inputs. The word of a cell holds the first index that the knots b/a in it can
 * have, and in its upper 8 bits how many more; 127 for more than that. The host leaves room for the rounding of b/a.
 */
export const SORTED_LOOKUP = /* wgsl */ `${SORTED_ACTIVITY}
// Read once, before a loop over particles.
struct Cells { samples: u32, origin: f32, per_unit: f32, last: f32 }
fn cells() -> Cells { return Cells(samples.s, sorted.cell_origin, sorted.cells_per_unit, sorted.last_cell); }

// First index of each particle; s if there is none.
fn search4(a: vec4f, b: vec4f, cells: Cells) -> vec4u {
  // Beyond these sizes a division or the predicate may leave the range of float32.
  let size = abs(a);
  let usual = (size > vec4f(1e-20)) & (size < vec4f(1e20)) & (abs(b) < vec4f(1e15));
  var cell = (b / select(vec4f(1.0), a, usual) - vec4f(cells.origin)) * cells.per_unit;
  cell = select(cell, vec4f(0.0), cell < vec4f(0.0));
  cell = select(cell, vec4f(cells.last), cell > vec4f(cells.last));
  // Numbers of 2^23 and more end at the binary point: their lower bits are the cell.
  let at = bitcast<vec4u>(cell + vec4f(8388608.0)) + vec4u(cells.samples - 0x4b000000u);
  let found = vec4u(sorted_x[at.x], sorted_x[at.y], sorted_x[at.z], sorted_x[at.w]);
  let word = select(vec4i(0x7f000000), bitcast<vec4i>(found), usual);
  // One number of steps for all four. The answers lie in k … k + left.
  let more = bitcast<u32>(max(max(word.x, word.y), max(word.z, word.w))) >> 24u;
  let all = more == 127u;
  var left = select(more, cells.samples, all);
  let most = vec4i(bitcast<i32>(cells.samples - left));
  let first = select(word & vec4i(0xffffff), vec4i(0), all);
  var k = bitcast<vec4u>(select(first, most, first > most));
  while (left > 0u) {
    let half = (left + 1u) >> 1u;
    k = select(k + vec4u(half), k, starts4(a, b, samples_x(k + vec4u(half - 1u))));
    left -= half;
  }
  return k;
}
`;

/**
 * Centred inputs u = x − μ and b′ = b − a μ, so that a x − b = a u − b′. μ comes as two numbers of at most 12
 * significant bits each: their products with the halves of a are exact, and b′ is as accurate as if it were computed in
 * twice the precision, whether the adapter fuses a multiply-add or not.
 *
 * @param centred μ differs from 0
 */
export function sortedCentre(centred: boolean): string {
  return wgsl`
fn centred_input(x: f32, centre: vec2f) -> f32 { return (x - centre.x) - centre.y; }
fn centred_bias4(a: vec4f, b: vec4f, centre: vec2f) -> vec4f {
#if ${centred}
  let a_high = bitcast<vec4f>(bitcast<vec4u>(a) & vec4u(0xfffff000u));
  let a_low = a - a_high;
  let first = fma(-a_low, vec4f(centre.x), fma(-a_high, vec4f(centre.x), b));
  return fma(-a_low, vec4f(centre.y), fma(-a_high, vec4f(centre.y), first));
#else
  return b;
#endif
}
`;
}

/**
 * 64-bit integers as vec2u (low, high) in two's complement, and fixed-point numbers: a real v is stored as
 * round(v 2^−q) with one exponent q for a whole sum.
 */
export const INTEGER64 = /* wgsl */ `
fn add64(x: vec2u, y: vec2u) -> vec2u {
  let low = x.x + y.x;
  return vec2u(low, x.y + y.y + select(0u, 1u, low < x.x));
}
fn negate64(x: vec2u) -> vec2u { return add64(~x, vec2u(1u, 0u)); }
// Two of them in one vec4u.
fn add64x2(x: vec4u, y: vec4u) -> vec4u { return vec4u(add64(x.xy, y.xy), add64(x.zw, y.zw)); }
fn subtract64x2(x: vec4u, y: vec4u) -> vec4u {
  return vec4u(add64(x.xy, negate64(y.xy)), add64(x.zw, negate64(y.zw)));
}

// 2^e for −126 ≤ e ≤ 127.
fn power2(e: i32) -> f32 { return bitcast<f32>(u32(e + 127) << 23u); }
// The smallest e with |v| < 2^e, from the bits of |v|; −126 for v = 0.
fn exponent_of(bits: u32) -> i32 { return i32((bits & 0x7fffffffu) >> 23u) - 126; }
// Exponents beyond these would leave the range of float32.
fn clamp_exponent(e: i32) -> i32 { return clamp(e, -100, 100); }

// The integer nearest to v, |v| < 2^63. Values beyond 2^31 are integers in float32 and split without error.
fn quantise(v: f32) -> vec2u {
  let whole = round(v);
  if (abs(whole) < 2147483648.0) {
    let low = i32(whole);
    return vec2u(bitcast<u32>(low), bitcast<u32>(low >> 31u));
  }
  let high = floor(whole * 2.3283064365386963e-10);
  return vec2u(u32(fma(high, -4294967296.0, whole)), bitcast<u32>(i32(high)));
}

// An integer as the sum of two floats: its 24 leading bits and the rest.
fn split64(v: vec2u) -> vec2f {
  let negative = (v.y >> 31u) == 1u;
  let size = select(v, negate64(v), negative);
  let zeros = select(countLeadingZeros(size.y), 32u + countLeadingZeros(size.x), size.y == 0u);
  let word = select(size, vec2u(0u, size.x), zeros >= 32u);
  let shift = zeros & 31u;
  let carried = select(word.x >> ((32u - shift) & 31u), 0u, shift == 0u);
  let lead = vec2u(word.x << shift, (word.y << shift) | carried);
  let high = f32(lead.y >> 8u) * power2(40 - i32(zeros));
  let low = f32(((lead.y & 255u) << 24u) | (lead.x >> 8u)) * power2(8 - i32(zeros));
  return select(vec2f(high, low), vec2f(-high, -low), negative);
}
fn float64(v: vec2u) -> f32 { let parts = split64(v); return parts.x + parts.y; }

// u·A − B for A and B in two parts. The leading parts may cancel; their products are made exact by cutting u and A
// into halves of 12 bits.
fn line_at(u: f32, slope: vec2f, intercept: vec2f) -> f32 {
  let u_high = bitcast<f32>(bitcast<u32>(u) & 0xfffff000u);
  let u_low = u - u_high;
  let slope_high = bitcast<f32>(bitcast<u32>(slope.x) & 0xfffff000u);
  let slope_low = slope.x - slope_high;
  var value = fma(u_high, slope_high, -intercept.x);
  value = fma(u_high, slope_low, value);
  value = fma(u_low, slope_high, value);
  value = fma(u_low, slope_low, value);
  return value + fma(u, slope.y, -intercept.y);
}
`;
