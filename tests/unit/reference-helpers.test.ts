// The test helpers themselves: the comparison must be able to fail, the eigenvalues must be right.
import { describe, expect, it } from 'vitest';
import { expectClose } from '../helpers/close.ts';
import { symmetricEigen } from '../../src/theory/eigen.ts';
import { normals, permutation } from '../helpers/random.ts';

describe('expectClose', () => {
  const compare = (actual: number[], expected: number[], terms = 1) =>
    expectClose(actual, expected, { scale: 2, terms, factor: 1, label: 'numbers' });

  it('accepts an error of factor · 2^-24 · √terms · scale and returns it', () => {
    expect(compare([1 + 2 ** -23], [1])).toEqual({ worst: 2 ** -24, share: 1 });
    expect(compare([1 + 2 ** -21], [1], 16).share).toBe(1);
  });

  it('rejects an error a hair above the tolerance', () => {
    expect(() => compare([1 + 1.001 * 2 ** -23], [1])).toThrow('1 of 1 values differ');
    expect(() => compare([1 + 1.001 * 2 ** -21], [1], 16)).toThrow('1 of 1 values differ');
  });

  it('names the count, the first mismatch and the worst one', () => {
    const message =
      /numbers: 2 of 4 values differ\n {2}first \[1\] actual 3, expected 2.*\n {2}worst \[3\] actual 9, expected 4/;
    expect(() => compare([1, 3, 3, 9], [1, 2, 3, 4])).toThrow(message);
  });

  it('never accepts a value that is not finite, on either side or as tolerance', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      expect(() => compare([bad], [1])).toThrow();
      expect(() => compare([bad], [bad])).toThrow();
      expect(() => compare([1], [bad])).toThrow();
    }
    expect(() => expectClose(1, 2, { scale: NaN, label: 'scale' })).toThrow();
  });

  it('rejects arrays of different length and empty ones', () => {
    expect(() => compare([1, 2], [1])).toThrow('2 values, expected 1');
    expect(() => compare([], [])).toThrow('nothing to compare');
  });

  it('takes one scale per entry', () => {
    const scale = [1, 1000];
    expectClose([1, 1000 + 1000 * 2 ** -24], [1, 1000], { scale, factor: 1, label: 'each' });
    expect(() =>
      expectClose([1 + 1000 * 2 ** -24, 1000], [1, 1000], { scale, factor: 1, label: 'each' }),
    ).toThrow('first [0]');
  });
});

describe('symmetricEigen', () => {
  it('finds the eigenvalues 2 − 2 cos(kπ/(n+1)) of the second difference', () => {
    const n = 7;
    const matrix = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_unused, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)),
    );
    const values = symmetricEigen(matrix).values.sort((x, y) => x - y);
    const exact = values.map((_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    // Up to 8 sweeps turn every row n times, with 4 roundings each.
    const terms = 8 * n * 4;
    expectClose(values, exact, { scale: 4, unit: 2 ** -53, terms, label: 'eigenvalues' });
  });

  it('puts a random matrix together again from values and orthonormal vectors', () => {
    const n = 6;
    const raw = normals(3, n * n);
    const matrix = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_unused, j) => raw[i * n + j] + raw[j * n + i]),
    );
    const { values, vectors } = symmetricEigen(matrix);
    const product = (weights: number[]) =>
      vectors.flatMap((row) =>
        vectors.map((other) => weights.reduce((sum, w, k) => sum + w * row[k] * other[k], 0)),
      );
    const closeness = { scale: 8, unit: 2 ** -53, terms: n, factor: 8 };
    expectClose(product(values), matrix.flat(), { ...closeness, label: 'matrix' });
    const identity = matrix.flatMap((row, i) => row.map((_, j) => (i === j ? 1 : 0)));
    expectClose(product(values.map(() => 1)), identity, { ...closeness, label: 'vectors' });
  });
});

describe('permutation', () => {
  it('holds every index once and differs between seeds', () => {
    const order = permutation(1, 50);
    expect([...order].sort((x, y) => x - y)).toEqual(Array.from({ length: 50 }, (_, k) => k));
    expect(order).not.toEqual(permutation(2, 50));
  });
});
