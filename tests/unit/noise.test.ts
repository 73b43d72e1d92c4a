// Noise columns: the basis makes E‖Aξ‖² exact where it holds the rows, and random columns keep it unbiased where not.
import { describe, expect, it } from 'vitest';
import { expectedSquare, noiseColumns } from '../../src/theory/noise.ts';
import { normals } from '../helpers/random.ts';

const M = 60;

/** Rows of a random linear map, [n][M]. */
function rowsOf(seed: number, count: number): Float64Array[] {
  return Array.from({ length: count }, (_, n) => Float64Array.from(normals(seed + n, M)));
}

/** ‖A ξ_q‖² per column of the noise. */
function squaresOf(
  rows: readonly Float64Array[],
  noise: Float32Array,
  columns: number,
): Float64Array {
  return Float64Array.from({ length: columns }, (_, q) =>
    rows.reduce(
      (sum, row) => sum + row.reduce((dot, a, i) => dot + a * noise[i * columns + q], 0) ** 2,
      0,
    ),
  );
}

/** E‖A ξ‖² for white noise of variance 1/M: the squared Frobenius norm over M. */
function exact(rows: readonly Float64Array[]): number {
  return rows.reduce((sum, row) => sum + row.reduce((dot, a) => dot + a * a, 0), 0) / M;
}

describe('noise columns', () => {
  it('give the exact mean square of a map whose rows they were made from', () => {
    const rows = rowsOf(1, 9);
    const noise = noiseColumns(
      rows.map((row) => row.slice()),
      16,
      4,
      1,
      0,
    );
    expect(noise.basis).toBe(9);
    expect(noise.left).toBeLessThan(1e-8);
    const found = expectedSquare(squaresOf(rows, noise.noise, 16), noise);
    // The columns are float32.
    expect(Math.abs(found / exact(rows) - 1)).toBeLessThan(1e-6);
  });

  it('give it too when rows repeat and depend on each other', () => {
    const [u, v] = rowsOf(7, 2);
    const rows = [u, v, u.slice(), u.map((x, i) => x - 3 * v[i])];
    const noise = noiseColumns(
      rows.map((row) => row.slice()),
      8,
      4,
      1,
      0,
    );
    expect(noise.basis).toBe(2);
    expect(
      Math.abs(expectedSquare(squaresOf(rows, noise.noise, 8), noise) / exact(rows) - 1),
    ).toBeLessThan(1e-6);
  });

  it('have no bias when the basis holds a part of the rows only', () => {
    const rows = rowsOf(20, 30);
    const target = exact(rows);
    const found = Array.from({ length: 200 }, (_, rule) => {
      const noise = noiseColumns(
        rows.map((row) => row.slice()),
        16,
        8,
        3,
        rule,
      );
      expect(noise.basis).toBe(8);
      return expectedSquare(squaresOf(rows, noise.noise, 16), noise);
    });
    const mean = found.reduce((sum, x) => sum + x, 0) / found.length;
    const variance = found.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (found.length - 1);
    expect(Math.abs(mean - target)).toBeLessThan(5 * Math.sqrt(variance / found.length));
    expect(variance).toBeGreaterThan(0);
  });

  it('are orthogonal to the basis where they are random', () => {
    const { noise, columns, basis } = noiseColumns(rowsOf(40, 5), 12, 4, 1, 0);
    for (let q = basis; q < columns; q++) {
      for (let k = 0; k < basis; k++) {
        let dot = 0;
        for (let i = 0; i < M; i++) dot += noise[i * columns + q] * noise[i * columns + k];
        expect(Math.abs(dot)).toBeLessThan(1e-6);
      }
    }
  });

  it('are the same for the same seed and rule, and others for another', () => {
    const make = (seed: number, rule: number) =>
      noiseColumns(rowsOf(50, 3), 8, 4, seed, rule).noise;
    expect(make(1, 0)).toEqual(make(1, 0));
    expect(make(1, 0)).not.toEqual(make(2, 0));
    expect(make(1, 0)).not.toEqual(make(1, 1));
  });
});
