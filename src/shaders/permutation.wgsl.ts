// A random order of 0 … n − 1 without memory: a keyed Feistel network on as many bits as n needs, walked on until it
// falls below n (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002). Two rounds per key word, and
// the mixing function is the finaliser of MurmurHash3. Each order is a bijection, exactly, for every key. A random
// shift before it makes all places equally likely where n is small and a few rounds on a few bits do not mix enough.

/** WGSL function `permute(x, n, key)`, x < n; less than two walks on average. */
export const PERMUTATION = /* wgsl */ `
fn mix(value: u32) -> u32 {
  var h = value;
  h = (h ^ (h >> 16u)) * 0x85ebca6bu;
  h = (h ^ (h >> 13u)) * 0xc2b2ae35u;
  return h ^ (h >> 16u);
}
fn permute(x: u32, n: u32, key: vec4u) -> u32 {
  let bits = 32u - countLeadingZeros(n - 1u);
  let low_bits = bits / 2u;
  let low_mask = (1u << low_bits) - 1u;
  let high_mask = (1u << (bits - low_bits)) - 1u;
  var at = (x + mix(key.w + 0x9e3779b9u) % n) % n;
  loop {
    var low = at & low_mask;
    var high = at >> low_bits;
    for (var round = 0u; round < 4u; round++) {
      high ^= mix(low ^ key[round]) & high_mask;
      low ^= mix(high + key[round]) & low_mask;
    }
    at = (high << low_bits) | low;
    if (at < n) { break; }
  }
  return at;
}
`;
