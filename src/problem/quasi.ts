// Low-discrepancy nodes of the initial law: a scrambled Sobol' sequence of 32-bit words through the quantiles of the
// laws, in integers, so that host and device can make the same nodes.
//
// Row r of node i is the XOR of the direction numbers V_r[k] of the bits k set in i, and of a shift. Scrambling
// multiplies each V by a random lower-triangular bit matrix with unit diagonal (Matoušek, J. Complexity 14 (1998) 527):
// every rule (seed, rule) is unbiased, and independent rules give an error estimate. Initial direction numbers: Joe and
// Kuo, SIAM J. Sci. Comput. 30 (2008) 2635. Rows beyond the table take independent words.
//
// Relative error (rms over 16 rules) of C_0 of two problems with d = 1 and tanh, the worse of the two, and of the mean
// output f_0 in units of √C_0:
//
//   nodes M                 1024               4096               16384
//   independent             4e-2, 3e-2         2e-2, 2e-2         1e-2, 1e-2
//   Kronecker (R_3)         1e-2, 2e-2         6e-3, 5e-3         4e-3, 1e-3
//   rank-1 lattice, CBC     4e-3, 8e-3         7e-4, 3e-3         1e-4, 8e-4
//   this sequence           5e-3, 4e-3         1e-3, 8e-4         5e-4, 2e-4
import { isPaired } from '../config-laws.ts';
import type { Config } from '../config.ts';
import { drawScalar, drawVector } from './law.ts';
import { keyOf, philox, streamOf } from '../random.ts';
import { joinReplicas, type Particles } from '../state.ts';

/** Bits of a word. */
const BITS = 32;

/**
 * Primitive polynomials and initial direction numbers of rows 1 … 20: [inner coefficients as bits, m_1, …, m_degree];
 * row 0 is the van der Corput sequence.
 */
const JOE_KUO: readonly (readonly number[])[] = [
  [0, 1],
  [1, 1, 3],
  [1, 1, 3, 1],
  [2, 1, 1, 1],
  [1, 1, 1, 3, 3],
  [4, 1, 3, 5, 13],
  [2, 1, 1, 5, 5, 17],
  [4, 1, 1, 5, 5, 5],
  [7, 1, 1, 7, 11, 19],
  [11, 1, 1, 5, 1, 1],
  [13, 1, 1, 1, 3, 11],
  [14, 1, 3, 5, 5, 31],
  [1, 1, 3, 3, 9, 7, 49],
  [13, 1, 1, 1, 15, 21, 21],
  [16, 1, 3, 1, 13, 27, 49],
  [19, 1, 1, 1, 15, 7, 5],
  [22, 1, 3, 1, 15, 13, 25],
  [25, 1, 1, 5, 5, 19, 61],
  [1, 1, 3, 7, 11, 23, 15, 103],
  [4, 1, 3, 7, 13, 13, 15, 69],
];

/** Rows that the table serves. */
export const QUASI_ROWS = JOE_KUO.length + 1;

/** What a random word is for: the step word of its Philox counter, 0 being taken by the initial particles. */
const PURPOSE = { scramble: 1, padding: 2 } as const;

/** A scrambled sequence. */
export interface QuasiSequence {
  /** direction numbers [rows][32], rows ≤ {@link QUASI_ROWS}: bit k of the index takes entry k */
  readonly directions: readonly Uint32Array[];
  /** digital shift [rows] */
  readonly shift: Uint32Array;
  /** 32-bit word of a row at an index */
  readonly word: (index: number, row: number) => number;
}

/**
 * The scrambled sequence of a rule.
 *
 * @param rows number of rows, any; those from {@link QUASI_ROWS} on are independent random words
 * @param seed seed of the scramble
 * @param rule number of the rule, a 32-bit word; rules are independent of each other
 */
export function quasiSequence(rows: number, seed: number, rule: number): QuasiSequence {
  const key = keyOf(seed);
  const served = Math.min(rows, QUASI_ROWS);
  const random = (index: number, purpose: keyof typeof PURPOSE, row: number): number =>
    philox([index, PURPOSE[purpose], streamOf('init', row), rule], key)[0];
  const directions = Array.from({ length: served }, (_, row) =>
    scrambled(directionNumbers(row), (bit) => random(bit, 'scramble', row)),
  );
  const shift = Uint32Array.from(directions, (_, row) => random(BITS, 'scramble', row));
  const word = (index: number, row: number): number => {
    if (row >= served) return random(index, 'padding', row);
    let result = shift[row];
    for (let k = 0, rest = index; rest !== 0; k++, rest >>>= 1) {
      if (rest & 1) result ^= directions[row][k];
    }
    return result >>> 0;
  };
  return { directions, shift, word };
}

/**
 * Direction numbers of a row before scrambling, [32], the most significant bit first:
 * V_k = V_{k−q} ⊕ (V_{k−q} >> q) ⊕ Σ_{j<q} c_j V_{k−j} for a polynomial of degree q with inner coefficients c.
 */
function directionNumbers(row: number): Uint32Array {
  if (row === 0) return Uint32Array.from({ length: BITS }, (_, k) => 2 ** (BITS - 1 - k));
  const [coefficients, ...initial] = JOE_KUO[row - 1];
  const degree = initial.length;
  const v = Uint32Array.from(initial, (m, k) => m * 2 ** (BITS - 1 - k));
  const all = new Uint32Array(BITS);
  all.set(v);
  for (let k = degree; k < BITS; k++) {
    let next = all[k - degree] ^ (all[k - degree] >>> degree);
    for (let j = 1; j < degree; j++) {
      if ((coefficients >>> (degree - 1 - j)) & 1) next ^= all[k - j];
    }
    all[k] = next;
  }
  return all;
}

/** L V for a lower-triangular bit matrix L: bit p of the result mixes bits 0 … p (0 the most significant) of V. */
function scrambled(directions: Uint32Array, randomWord: (bit: number) => number): Uint32Array {
  const rows = Array.from({ length: BITS }, (_, p) => {
    const diagonal = 2 ** (BITS - 1 - p);
    // Bits above the diagonal one: the p most significant.
    const above = p === 0 ? 0 : (0xffffffff << (BITS - p)) >>> 0;
    return ((randomWord(p) & above) | diagonal) >>> 0;
  });
  return directions.map((v) =>
    rows.reduce((word, row, p) => word | (parity(row & v) << (BITS - 1 - p)), 0),
  );
}

/** 1 for an odd number of bits set. */
function parity(word: number): number {
  let x = word;
  for (let half = 16; half >= 1; half /= 2) x ^= x >>> half;
  return x & 1;
}

/**
 * M nodes of equal weight that stand for the initial law of a configuration, rounded to float32. M = 2^n is best.
 *
 * @param config reads `init` (kind "random"), `network.bias` and `seed`
 * @param dimension input dimension d
 * @param count number of nodes M
 * @param rule number of the rule; rules are independent and unbiased
 * @param paired nodes 2j and 2j + 1 are (a, b, ±c): f = 0 exactly, right where the law of c is symmetric
 * @throws Error for particles from a file, which have no law
 */
export function quasiNodes(
  config: Config,
  dimension: number,
  count: number,
  rule: number,
  paired = false,
): Particles {
  const { init, network, seed } = config;
  if (init.kind !== 'random')
    throw new Error(`quasiNodes: init.kind is "${init.kind}", not "random"`);
  const d = dimension;
  // The first rows of the sequence are the most even together: c and b, which every input feels, take them.
  const first = network.bias ? 2 : 1;
  const sequence = quasiSequence(first + d, seed, rule);
  const a = new Float32Array(count * d);
  const b = new Float32Array(count);
  const c = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const index = paired ? Math.floor(i / 2) : i;
    const sign = paired && i % 2 === 1 ? -1 : 1;
    c[i] = sign * drawScalar(init.c, sequence.word(index, 0));
    b[i] = network.bias ? drawScalar(init.b, sequence.word(index, 1)) : 0;
    const words = Uint32Array.from({ length: d }, (_, q) => sequence.word(index, first + q));
    a.set(drawVector(init.a, words), i * d);
  }
  const weight = new Float32Array(count).fill(1);
  return { dimension: d, width: count, replicas: 1, a, b, c, weight };
}

/**
 * The particles of `init.sampling` "quasi", replica r by rule `firstReplica + r`: evenly spread over the initial law,
 * in pairs (a, b, ±c) where the law of c is symmetric.
 */
export function quasiParticles(
  config: Config,
  dimension: number,
  replicas: number,
  firstReplica: number,
): Particles {
  const paired = isPaired(config.init);
  const { width } = config.network;
  return joinReplicas(
    Array.from({ length: replicas }, (_, r) =>
      quasiNodes(config, dimension, width, firstReplica + r, paired),
    ),
  );
}
