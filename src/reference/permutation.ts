// Permutation: the random order of 0 … n − 1 that resampling goes through, as a formula on single numbers.
//
//   x ← x + mix(last key word + constant) mod n;  x = (high, low) in bits;  per key word k:  high ^= mix(low ^ k), low ^= mix(high + k);  again until x < n

/** The finaliser of MurmurHash3 on 32 bits. */
function mix(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Where x goes, a number below n; for a fixed key all x go to different places.
 *
 * @param x a whole number below n
 * @param n size of the set, at most 2³¹
 * @param key four 32-bit words
 */
export function permute(x: number, n: number, key: readonly number[]): number {
  let bits = 0;
  while (2 ** bits < n) bits++;
  const low = Math.floor(bits / 2);
  const [lowSize, highSize] = [2 ** low, 2 ** (bits - low)];
  let at = (x + (mix((key[3] + 0x9e3779b9) >>> 0) % n)) % n;
  do {
    let [h, l] = [Math.floor(at / lowSize), at % lowSize];
    for (const word of key) {
      h = (h ^ (mix((l ^ word) >>> 0) % highSize)) >>> 0;
      l = (l ^ (mix((h + word) >>> 0) % lowSize)) >>> 0;
    }
    at = h * lowSize + l;
  } while (at >= n);
  return at;
}
