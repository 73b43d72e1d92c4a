// Philox4x32-10 and the numbers made from its words, bit for bit as in random.ts.

/** WGSL function philox. */
export const PHILOX = /* wgsl */ `
// High word of a 32 × 32 → 64 bit product, from 16-bit halves.
fn multiply_high(x: u32, y: u32) -> u32 {
  let x0 = x & 0xffffu;
  let x1 = x >> 16u;
  let y0 = y & 0xffffu;
  let y1 = y >> 16u;
  let middle = x1 * y0 + ((x0 * y0) >> 16u);
  let carry = x0 * y1 + (middle & 0xffffu);
  return x1 * y1 + (middle >> 16u) + (carry >> 16u);
}
fn philox(index: u32, step: u32, stream: u32, replica: u32) -> vec4u {
  var c = vec4u(index, step, stream, replica);
  var key = vec2u(params.seed_low, params.seed_high);
  for (var round = 0; round < 10; round++) {
    let high0 = multiply_high(0xd2511f53u, c.x);
    let high1 = multiply_high(0xcd9e8d57u, c.z);
    c = vec4u(high1 ^ c.y ^ key.x, 0xcd9e8d57u * c.z, high0 ^ c.w ^ key.y, 0xd2511f53u * c.x);
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
`;

/** WGSL functions uniform_of and sign_of. */
export const FLAT_DRAWS = /* wgsl */ `
fn uniform_of(word: u32) -> f32 { return f32(word >> 8u) * 5.9604644775390625e-8; }
fn sign_of(word: u32) -> f32 { return select(-1.0, 1.0, (word >> 31u) == 0u); }
`;

/** These and normal_of; needs `normal_table: array<i32>` bound. */
export const DRAWS = /* wgsl */ `${FLAT_DRAWS}
fn normal_of(word: u32) -> f32 {
  let n = word & 0x7fffffffu;
  var units = normal_table[min(n, 255u)];
  if (n >= 256u) {
    let octave = 24u - countLeadingZeros(n);
    let shift = octave - 1u;
    let at = octave * 257u + (n >> shift) - 256u;
    let twice = 2u * (n & ((1u << shift) - 1u)) + 1u;
    var weight = twice >> (max(shift, 11u) - 11u);
    if (shift <= 11u) { weight = twice << (11u - shift); }
    let low = normal_table[at];
    units = low - (((low - normal_table[at + 1u]) * i32(weight) + 2048) >> 12u);
  }
  return sign_of(word) * f32(units) * 9.5367431640625e-7;
}
`;
