// Activation patterns: which samples every particle is active on, packed in bits, and how many of them changed.

/**
 * Fraction of activation bits that differ between two moments, for every replica, of equal particles. Bits past sample s − 1 in the last word are left out.
 *
 * @param bitsNow bit j % 32 of word floor(j / 32) is ⟨a, x_j⟩ − b > 0; [R][m][ceil(s/32)]
 * @param bitsStart the same at the start, [R][m][ceil(s/32)]
 * @param m width
 * @param s number of samples
 * @returns [R], each in [0, 1]
 */
export function fractionChanged(
  bitsNow: Uint32Array,
  bitsStart: Uint32Array,
  m: number,
  s: number,
): Float64Array {
  const words = Math.ceil(s / 32);
  const lastWord = s % 32 === 0 ? 0xffffffff : 2 ** (s % 32) - 1;
  const fractions = new Float64Array(bitsNow.length / (m * words));
  for (let r = 0; r < fractions.length; r++) {
    let changed = 0;
    for (let at = r * m * words; at < (r + 1) * m * words; at++) {
      const mask = at % words === words - 1 ? lastWord : 0xffffffff;
      changed += bitCount((bitsNow[at] ^ bitsStart[at]) & mask);
    }
    fractions[r] = changed / (m * s);
  }
  return fractions;
}

/** Number of ones in a 32-bit word, summed in pairs, nibbles and bytes at once. */
function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
