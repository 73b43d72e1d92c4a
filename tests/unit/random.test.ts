// Random numbers: Philox against its published vectors, normals against the exact quantile and the normal law.
import { describe, expect, it } from 'vitest';
import {
  NORMAL_UNIT,
  STREAM,
  keyOf,
  normalOf,
  philox,
  signOf,
  streamOf,
  uniformOf,
} from '../../src/random.ts';
import { erfc, upperQuantile } from '../../src/special.ts';

const COUNT = 100_000;

/** Words of one counter sequence: index 0, 1, …, all four words of each. */
function wordsOf(count: number, seed = 2024, replica = 0): Uint32Array {
  const words = new Uint32Array(count);
  for (let k = 0; k < count; k += 4) {
    words.set(philox([k / 4, 0, streamOf('init'), replica], keyOf(seed)).slice(0, count - k), k);
  }
  return words;
}

const mean = (values: Float64Array) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Kolmogorov–Smirnov: √n times the largest gap between the empirical and the exact distribution. Above x it has
 * probability 2 e^{−2x²}, so 2.745 is as rare as five standard errors (5.7e-7).
 */
function gapOf(values: Float64Array, distribution: (z: number) => number): number {
  const n = values.length;
  const sorted = values.slice().sort();
  const gaps = sorted.map((z, k) => {
    const p = distribution(z);
    return Math.max((k + 1) / n - p, p - k / n);
  });
  return Math.sqrt(n) * gaps.reduce((worst, gap) => Math.max(worst, gap), 0);
}
const GAP_LIMIT = 2.745;

describe('philox', () => {
  // Known-answer vectors of Random123 (Salmon et al. 2011), file kat_vectors, philox4x32 with 10 rounds.
  it.each([
    {
      name: 'zeros',
      counter: [0, 0, 0, 0],
      key: [0, 0],
      answer: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    },
    {
      name: 'ones',
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      answer: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      name: 'digits of π',
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      answer: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ])('gives the published words for $name', ({ counter, key, answer }) => {
    const words = philox(counter as [number, number, number, number], key as [number, number]);
    expect(words).toEqual(answer);
  });

  it('changes all four words when any word of counter or key changes by one', () => {
    const base = philox([5, 6, 7, 8], [9, 10]);
    const others = [
      philox([6, 6, 7, 8], [9, 10]),
      philox([5, 7, 7, 8], [9, 10]),
      philox([5, 6, 8, 8], [9, 10]),
      philox([5, 6, 7, 9], [9, 10]),
      philox([5, 6, 7, 8], [10, 10]),
      philox([5, 6, 7, 8], [9, 11]),
    ];
    for (const other of others) expect(other.filter((word, k) => word === base[k])).toEqual([]);
  });

  it('takes a seed beyond 32 bits into both key words', () => {
    expect(keyOf(7)).toEqual([7, 0]);
    expect(keyOf(5 * 2 ** 32 + 7)).toEqual([7, 5]);
    expect(keyOf(Number.MAX_SAFE_INTEGER)).toEqual([0xffffffff, 2 ** 21 - 1]);
  });

  it('keeps the rows of different purposes apart', () => {
    const purposes = Object.keys(STREAM) as (keyof typeof STREAM)[];
    const streams = purposes.flatMap((purpose) => [streamOf(purpose), streamOf(purpose, 65535)]);
    expect(new Set(streams).size).toBe(2 * purposes.length);
  });
});

describe('uniformOf and signOf', () => {
  it('give multiples of 2^-24 in [0, 1)', () => {
    expect(uniformOf(0)).toBe(0);
    expect(uniformOf(0xffffffff)).toBe(1 - 2 ** -24);
    expect(uniformOf(0x80000000)).toBe(0.5);
    expect(uniformOf(0x800000ff)).toBe(0.5);
  });

  it('follow the uniform law', () => {
    const values = Float64Array.from(wordsOf(COUNT), uniformOf);
    expect(gapOf(values, (u) => u)).toBeLessThan(GAP_LIMIT);
  });

  it('give +1 and −1 equally often', () => {
    const signs = Float64Array.from(wordsOf(COUNT), signOf);
    expect(signs.every((sign) => Math.abs(sign) === 1)).toBe(true);
    expect(Math.abs(mean(signs))).toBeLessThan(5 / Math.sqrt(COUNT));
  });
});

describe('normalOf', () => {
  const values = Float64Array.from(wordsOf(COUNT), normalOf);

  it('lies within 3e-6 of the exact quantile, ends of the table and octave edges included', () => {
    const edges = Array.from({ length: 31 }, (_, k) => [2 ** k - 1, 2 ** k, 2 ** k + 1]).flat();
    const small = Array.from({ length: 2000 }, (_, n) => n);
    const random = Array.from(wordsOf(20_000), (word) => word & 0x7fffffff);
    const all = [...edges, ...small, ...random].filter((n) => n < 2 ** 31);
    const errors = all.map((n) => Math.abs(normalOf(n) - upperQuantile((n + 0.5) / 2 ** 32)));
    expect(errors.reduce((worst, error) => Math.max(worst, error), 0)).toBeLessThan(3e-6);
  });

  it('takes its sign from the top bit and is otherwise symmetric', () => {
    for (const n of [0, 1, 255, 256, 257, 0x12345678, 0x7fffffff]) {
      expect(normalOf((n | 0x80000000) >>> 0)).toBe(-normalOf(n));
    }
  });

  it('never rises in the lower 31 bits', () => {
    const steps = Array.from({ length: 4096 }, (_, k) => k * 2 ** 19);
    const sizes = [...Array.from({ length: 3000 }, (_, n) => n), ...steps.slice(1)].map(normalOf);
    expect(sizes.filter((size, k) => k > 0 && size > sizes[k - 1])).toEqual([]);
  });

  it('is a multiple of 2^-20 that float32 holds exactly', () => {
    for (const z of values.subarray(0, 2000)) {
      expect(Number.isInteger(z / NORMAL_UNIT)).toBe(true);
      expect(Math.fround(z)).toBe(z);
    }
  });

  it('has the moments of the standard normal law', () => {
    const moment = (power: number) => mean(values.map((z) => z ** power));
    // Standard errors of the first four moments of n normals: √(1, 2, 15, 96) / √n.
    const se = (variance: number) => 5 * Math.sqrt(variance / COUNT);
    expect(Math.abs(moment(1))).toBeLessThan(se(1));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(se(2));
    expect(Math.abs(moment(3))).toBeLessThan(se(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(se(96));
  });

  it('follows the normal law', () => {
    expect(gapOf(values, (z) => 0.5 * erfc(-z / Math.SQRT2))).toBeLessThan(GAP_LIMIT);
  });

  it('is uncorrelated between replicas, seeds and neighbours', () => {
    const correlation = (other: Float64Array) => mean(values.map((z, k) => z * other[k]));
    const limit = 5 / Math.sqrt(COUNT);
    const neighbour = values.map((_, k) => values[(k + 1) % COUNT]);
    const replica = Float64Array.from(wordsOf(COUNT, 2024, 1), normalOf);
    const seed = Float64Array.from(wordsOf(COUNT, 2025), normalOf);
    for (const other of [neighbour, replica, seed]) {
      expect(Math.abs(correlation(other))).toBeLessThan(limit);
    }
  });
});
