// Counter-based randomness: every number is a pure function of (seed, replica, stream, step, index).
// The same integers, uniforms and standard normals on every host and GPU, bit for bit.
//
// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
// counter = (index, step, stream, replica), key = the 64-bit seed (low word, high word).

import { upperQuantile } from './special.ts';

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** What a stream of random numbers is for; the upper 16 bits of the stream word. The lower bits count rows. */
export const STREAM = {
  init: 0,
  inputs: 1,
  testInputs: 2,
  teacher: 3,
  labels: 4,
  testLabels: 5,
  batch: 6,
  bootstrap: 7,
  noise: 8,
  birthDeath: 9,
  reinject: 10,
  jitter: 11,
} as const;

/** The stream word of a purpose and a row below it (rows 0 … 65535). */
export function streamOf(purpose: keyof typeof STREAM, row = 0): number {
  return (STREAM[purpose] * 65536 + row) >>> 0;
}

/** The two key words of a seed (a whole number below 2^53). */
export function keyOf(seed: number): [number, number] {
  return [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
}

/**
 * Four random 32-bit words of Philox4x32-10.
 *
 * @param counter four 32-bit words (index, step, stream, replica)
 * @param key two 32-bit words, see {@link keyOf}
 */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiply(MULTIPLIER_0, c0);
    const [high1, low1] = multiply(MULTIPLIER_1, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** High and low word of the 64-bit product of two 32-bit words. */
function multiply(x: number, y: number): [number, number] {
  const y0 = y & 0xffff;
  const y1 = y >>> 16;
  const p0 = x * y0; // below 2^48, exact
  const p1 = x * y1 + Math.floor(p0 / 65536); // below 2^49, exact
  return [Math.floor(p1 / 65536) >>> 0, Math.imul(x, y) >>> 0];
}

/** Uniform in [0, 1) with 24 bits, exact in float32. */
export function uniformOf(word: number): number {
  return (word >>> 8) * 2 ** -24;
}

/** ±1 from the top bit of a word. */
export function signOf(word: number): number {
  return word >>> 31 === 0 ? 1 : -1;
}

// ---- Standard normals by table, in integers ----------------------------------------------------------
//
// A float logarithm or cosine differs in its last bits from one GPU to the next; integers do not. The top bit
// of a word is the sign; the other 31 bits n give the upper tail u = (n + 1/2) / 2^32 in (0, 1/2), and
// |z| = Φ^{-1}(1 − u) is read from a table: octaves of n + 1/2, 256 cells each, linear in between, all in units
// of 2^-20. The error against the exact quantile is below 3e-6, far under what any sample could resolve, and
// |z| ends at 6.33.

/** Cells per octave of the normal table. */
export const NORMAL_CELLS = 256;
/** Octaves of the normal table: leading bit of the 31-bit number at position 8 … 30, and one for n < 256. */
export const NORMAL_OCTAVES = 24;
/** One unit of the table. */
export const NORMAL_UNIT = 2 ** -20;

/** The table of |z| in units of 2^-20, [NORMAL_OCTAVES][NORMAL_CELLS + 1]; the same integers go to the GPU. */
export const NORMAL_TABLE: Int32Array = makeNormalTable();

/** Standard normal from one 32-bit word; a multiple of 2^-20, exact in float32. */
export function normalOf(word: number): number {
  const n = word & 0x7fffffff;
  const units = n < NORMAL_CELLS ? NORMAL_TABLE[n] : interpolate(n);
  return signOf(word) * units * NORMAL_UNIT;
}

/** |z| in table units for n >= 256; octave e holds n in [2^(e+7), 2^(e+8)). */
function interpolate(n: number): number {
  const octave = 24 - Math.clz32(n);
  const shift = octave - 1; // n >> shift lies in [256, 512)
  const cell = (n >>> shift) - NORMAL_CELLS;
  // Position of n + 1/2 in its cell, on 12 bits.
  const twice = 2 * (n & ((1 << shift) - 1)) + 1;
  const weight = shift <= 11 ? twice << (11 - shift) : twice >>> (shift - 11);
  const at = octave * (NORMAL_CELLS + 1) + cell;
  return NORMAL_TABLE[at] - (((NORMAL_TABLE[at] - NORMAL_TABLE[at + 1]) * weight + 2048) >> 12);
}

function makeNormalTable(): Int32Array {
  const table = new Int32Array(NORMAL_OCTAVES * (NORMAL_CELLS + 1));
  for (let n = 0; n <= NORMAL_CELLS; n++) table[n] = quantileUnits(n + 0.5);
  for (let octave = 1; octave < NORMAL_OCTAVES; octave++) {
    for (let cell = 0; cell <= NORMAL_CELLS; cell++) {
      const n = (NORMAL_CELLS + cell) * 2 ** (octave - 1);
      table[octave * (NORMAL_CELLS + 1) + cell] = quantileUnits(n);
    }
  }
  return table;
}

/** |z| with upper tail n / 2^32, in table units. */
function quantileUnits(n: number): number {
  return Math.round(upperQuantile(n / 2 ** 32) / NORMAL_UNIT);
}
