// Low-discrepancy nodes: the evenness that the construction promises, and what it buys in quadrature.
import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { initialVariance } from '../../src/theory/initial-variance.ts';
import { QUASI_ROWS, quasiNodes, quasiSequence } from '../../src/problem/quasi.ts';
import { configOf } from '../helpers/problems.ts';

describe('quasiSequence', () => {
  it.each([0, 1, 77])(
    'puts one of 2^k points into each of 2^k intervals of every row (rule %d)',
    (rule) => {
      const { word } = quasiSequence(QUASI_ROWS, 5, rule);
      for (const k of [1, 5, 9]) {
        for (let row = 0; row < QUASI_ROWS; row++) {
          for (const block of [0, 3]) {
            const cells = new Set(
              Array.from({ length: 2 ** k }, (_, i) => word(block * 2 ** k + i, row) >>> (32 - k)),
            );
            expect(cells.size).toBe(2 ** k);
          }
        }
      }
    },
  );

  it('puts one of 2^k points into each rectangle of area 2^-k of its first two rows', () => {
    const { word } = quasiSequence(2, 9, 3);
    const k = 8;
    for (let wide = 1; wide < k; wide++) {
      const cells = new Set(
        Array.from({ length: 2 ** k }, (_, i) => {
          const [x, y] = [word(i, 0) >>> (32 - wide), word(i, 1) >>> (32 - (k - wide))];
          return x * 2 ** (k - wide) + y;
        }),
      );
      expect(cells.size).toBe(2 ** k);
    }
  });

  it('puts one of 2^rows points into each orthant (property A), for every number of rows', () => {
    // The top bits of the words are a linear map of the bits of the index; scrambling leaves top bits alone.
    const { directions } = quasiSequence(QUASI_ROWS, 5, 2);
    for (let rows = 1; rows <= QUASI_ROWS; rows++) {
      const matrix = directions
        .slice(0, rows)
        .map((v) => Array.from(v.subarray(0, rows), (word) => word >>> 31));
      expect(rankOf(matrix)).toBe(rows);
    }
  });

  it('depends on seed and rule alone, and gives every rule words of its own', () => {
    const words = (seed: number, rule: number) => {
      const sequence = quasiSequence(QUASI_ROWS + 3, seed, rule);
      return Array.from({ length: QUASI_ROWS + 3 }, (_, row) => sequence.word(1000, row));
    };
    expect(words(1, 2)).toEqual(words(1, 2));
    const all = [words(1, 2), words(1, 3), words(2, 2)].flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true);
  });

  it('makes words from direction numbers and shift, as a device would', () => {
    const { directions, shift, word } = quasiSequence(4, 5, 1);
    // 11 = 1 + 2 + 8
    for (let row = 0; row < 4; row++) {
      const v = directions[row];
      expect(word(11, row)).toBe((shift[row] ^ v[0] ^ v[1] ^ v[3]) >>> 0);
    }
  });
});

/** Rank over the field of two elements. */
function rankOf(matrix: number[][]): number {
  const rows = matrix.map((row) => [...row]);
  let rank = 0;
  for (let column = 0; column < rows.length; column++) {
    const pivot = rows.findIndex((row, k) => k >= rank && row[column] === 1);
    if (pivot < 0) continue;
    [rows[rank], rows[pivot]] = [rows[pivot], rows[rank]];
    rows.forEach((row, k) => {
      if (k !== rank && row[column] === 1) row.forEach((_, c) => (row[c] ^= rows[rank][c]));
    });
    rank++;
  }
  return rank;
}

/** A problem with d = 1, tanh and normal laws. */
const INPUT: ConfigInput = {
  network: { activation: 'tanh' },
  init: {
    kind: 'random',
    a: { kind: 'normal', std: 1.5 },
    b: { kind: 'normal', std: 1 },
    c: { kind: 'normal', std: 1 },
  },
};
const X = [-2, -1, 0, 1, 2];

/** f_0 and Σ ν φ² of a rule, equal ν. */
function momentsOf(width: number, rule: number) {
  const { a, b, c } = quasiNodes(configOf(INPUT), 1, width, rule);
  const f = X.map((x) =>
    c.reduce((sum, value, i) => sum + (value * Math.tanh(a[i] * x - b[i])) / width, 0),
  );
  const square = X.reduce(
    (sum, x) =>
      sum +
      c.reduce((total, value, i) => total + (value * Math.tanh(a[i] * x - b[i])) ** 2, 0) /
        (width * X.length),
    0,
  );
  return { square, outputSquare: f.reduce((sum, value) => sum + value * value, 0) / X.length };
}

/** C_0 by one-dimensional quadrature. */
const EXACT = initialVariance(
  configOf(INPUT).init,
  { activation: 'tanh', bias: true },
  {
    count: 5,
    dimension: 1,
    x: Float32Array.from(X),
    y: new Float32Array(5),
    weight: new Float32Array(5).fill(1 / 5),
  },
) as number;

describe('quasiNodes', () => {
  it('have a mean output of a tenth of the error of independent nodes at M = 1024', () => {
    const rules = Array.from({ length: 16 }, (_, rule) => momentsOf(1024, rule));
    const error = rules.reduce((sum, { outputSquare }) => sum + outputSquare, 0) / rules.length;
    // E f² of independent nodes is C_0/M.
    expect(Math.sqrt(error)).toBeLessThan(0.15 * Math.sqrt(EXACT / 1024));
  });

  it('give C_0 within half a percent at M = 1024, without bias over rules', () => {
    const values = Array.from({ length: 32 }, (_, rule) => momentsOf(1024, rule).square);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance =
      values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    expect(Math.abs(mean - EXACT)).toBeLessThan(5 * Math.sqrt(variance / values.length));
    expect(Math.sqrt(variance)).toBeLessThan(0.01 * EXACT);
  });

  it('are unbiased from the first point on: one node a rule is a draw of the law', () => {
    const values = Array.from({ length: 4000 }, (_, rule) => momentsOf(1, rule).square);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean - EXACT)).toBeLessThan(5 * Math.sqrt(variance / values.length));
  });

  it('follow every law', () => {
    const config = configOf({
      init: {
        kind: 'random',
        a: { kind: 'sphere', radius: 2 },
        b: { kind: 'uniform', low: -1, high: 3 },
        c: { kind: 'sign', scale: 0.5 },
      },
    });
    const { a, b, c, weight, width, dimension, replicas } = quasiNodes(config, 3, 256, 0);
    expect([width, dimension, replicas]).toEqual([256, 3, 1]);
    expect(weight.every((value) => value === 1)).toBe(true);
    for (let i = 0; i < 256; i++) {
      expect(Math.hypot(...a.subarray(3 * i, 3 * i + 3))).toBeCloseTo(2, 5);
    }
    // Both signs come equally often, and every 64th of the range of b has 4 nodes.
    expect(c.reduce((sum, value) => sum + value, 0)).toBe(0);
    const counts = new Array<number>(64).fill(0);
    for (const value of b) counts[Math.floor((value + 1) * 16)]++;
    expect(counts.every((count) => count === 4)).toBe(true);
  });

  it('have b = 0 without bias, and do not waste a row on it', () => {
    const config = configOf({ ...INPUT, network: { activation: 'tanh', bias: false } });
    const { a, b } = quasiNodes(config, 1, 64, 0);
    expect(b.every((value) => value === 0)).toBe(true);
    // a takes the row that b has otherwise; their deviations are 1.5 and 1.
    const row = quasiNodes(configOf(INPUT), 1, 64, 0).b;
    a.forEach((value, i) => expect(value).toBeCloseTo(1.5 * row[i], 5));
  });

  it('come in pairs (a, b, ±c) when asked', () => {
    const { a, b, c } = quasiNodes(configOf(INPUT), 1, 64, 0, true);
    const alone = quasiNodes(configOf(INPUT), 1, 32, 0);
    for (let j = 0; j < 32; j++) {
      expect([a[2 * j], b[2 * j], c[2 * j]]).toEqual([alone.a[j], alone.b[j], alone.c[j]]);
      expect([a[2 * j + 1], b[2 * j + 1], c[2 * j + 1]]).toEqual([a[2 * j], b[2 * j], -c[2 * j]]);
    }
  });

  it('go on with independent words beyond the table', () => {
    const d = QUASI_ROWS + 10;
    const { a } = quasiNodes(configOf(INPUT), d, 2000, 0);
    for (const q of [d - 1, d - 10]) {
      const column = Float64Array.from({ length: 2000 }, (_, i) => a[i * d + q] / 1.5);
      const mean = column.reduce((sum, value) => sum + value, 0) / 2000;
      const square = column.reduce((sum, value) => sum + value * value, 0) / 2000;
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(2000));
      expect(Math.abs(square - 1)).toBeLessThan(5 * Math.sqrt(2 / 2000));
    }
  });

  it('refuse particles from a file, which have no law', () => {
    const config = configOf({ init: { kind: 'file', path: 'p.npz' } });
    expect(() => quasiNodes(config, 1, 8, 0)).toThrow(/"file", not "random"/);
  });
});
