// Affine least squares: exact on affine data, small cases by hand, optimality in general, singular columns.
import { describe, expect, it } from 'vitest';
import { keyOf, normalOf } from '../../src/random.ts';
import { wordsOf } from '../../src/problem/law.ts';
import type { Samples } from '../../src/problem/problem.ts';
import { affineValues, fitAffine } from '../../src/theory/least-squares.ts';

function samplesOf(rows: number[][], y: number[], weight = y.map(() => 1 / y.length)): Samples {
  return {
    count: y.length,
    dimension: rows[0].length,
    x: Float32Array.from(rows.flat()),
    y: Float32Array.from(y),
    weight: Float32Array.from(weight),
  };
}

/** Standard normals [s][d], seeded. */
const normals = (count: number, dimension: number, seed: number) =>
  Array.from({ length: count }, (_, j) =>
    Array.from(wordsOf(keyOf(seed), 'inputs', j, dimension), normalOf),
  );

describe('fitAffine', () => {
  it('finds an affine function of dyadic numbers to rounding, on inputs far from 0 and of unlike scales', () => {
    const rows = normals(50, 3, 1).map(([p, q, r]) => [
      1024 + Math.round(p * 64) / 64,
      Math.round(q * 4096),
      r / 1024,
    ]);
    const x = samplesOf(
      rows,
      rows.map(() => 0),
    ).x;
    const y = rows.map((_, j) => 2 * x[3 * j] - x[3 * j + 1] / 4096 + 512 * x[3 * j + 2] - 3);
    const exact = samplesOf(rows, y);
    const fit = fitAffine(exact, exact);
    // y is rounded to float32 near 2045, which moves the answer by at most that rounding over the column's spread.
    expect(Math.abs(fit.coefficients[0] - 2)).toBeLessThan(2e-4);
    expect(Math.abs(fit.coefficients[1] * 4096 + 1)).toBeLessThan(2e-4);
    expect(Math.abs(fit.coefficients[2] / 512 - 1)).toBeLessThan(4e-4);
    expect(fit.trainLoss).toBeLessThan(0.5 * (2 ** -14) ** 2);
    expect(fit.testLoss).toBe(fit.trainLoss);
    expect(fit.dropped).toEqual([]);
  });

  it('gives the line through three points by hand', () => {
    // x = 0, 1, 2 and y = 0, 1, 1: slope 1/2, intercept 1/6, residuals 1/6, −1/3, 1/6, so Σρ²/3 = 1/18.
    const fit = fitAffine(samplesOf([[0], [1], [2]], [0, 1, 1]));
    expect(fit.coefficients[0]).toBeCloseTo(1 / 2, 7);
    expect(fit.intercept).toBeCloseTo(1 / 6, 7);
    expect(fit.trainLoss).toBeCloseTo(1 / 36, 7);
    expect(fit.testLoss).toBeNaN();
  });

  it('counts a sample of weight 3 as three samples, and one of weight 0 as none', () => {
    const once = samplesOf([[0], [1], [2], [9]], [0, 1, 1, 50], [3, 1, 1, 0]);
    const repeated = samplesOf([[0], [0], [0], [1], [2]], [0, 0, 0, 1, 1], [1, 1, 1, 1, 1]);
    const [p, q] = [fitAffine(once), fitAffine(repeated)];
    expect(p.coefficients[0]).toBeCloseTo(q.coefficients[0], 12);
    expect(p.intercept).toBeCloseTo(q.intercept, 12);
    expect(p.trainLoss).toBeCloseTo(q.trainLoss, 12);
  });

  it('leaves residuals that are orthogonal to the constant and to every column', () => {
    const rows = normals(200, 5, 2);
    const train = samplesOf(
      rows,
      rows.map(([p, q]) => Math.sin(3 * p) + q * q),
    );
    const fit = fitAffine(train);
    const residuals = affineValues(train, fit.intercept, fit.coefficients).map(
      (value, j) => value - train.y[j],
    );
    for (let axis = -1; axis < 5; axis++) {
      const product = residuals.reduce(
        (sum, rho, j) => sum + rho * (axis < 0 ? 1 : train.x[5 * j + axis]),
        0,
      );
      expect(Math.abs(product) / 200).toBeLessThan(1e-13);
    }
  });

  it('reports the loss of the training fit on the test set', () => {
    const test = samplesOf([[0], [2]], [1, 1], [0.5, 0.5]);
    // The line x + 0 leaves residuals −1 and 1.
    expect(fitAffine(samplesOf([[0], [1]], [0, 1]), test).testLoss).toBeCloseTo(0.5, 12);
  });

  it('drops constant and dependent columns and keeps the minimal loss', () => {
    const rows = normals(100, 2, 3).map(([p, q]) => [Math.fround(p), Math.fround(q)]);
    const y = rows.map(([p, q]) => p * q + p);
    const plain = fitAffine(samplesOf(rows, y));
    const redundant = fitAffine(
      samplesOf(
        rows.map(([p, q]) => [7, p, 2 * p, q, Math.fround(p + q)]),
        y,
      ),
    );
    expect(redundant.dropped).toEqual([0, 2, 4]);
    for (const axis of redundant.dropped) expect(redundant.coefficients[axis]).toBe(0);
    expect(redundant.trainLoss).toBeCloseTo(plain.trainLoss, 12);
    expect(redundant.coefficients[1]).toBeCloseTo(plain.coefficients[0], 12);
  });

  it('drops columns beyond the number of samples and then leaves no residual', () => {
    const rows = normals(4, 10, 4);
    const fit = fitAffine(samplesOf(rows, [1, -1, 2, 5]));
    expect(fit.dropped).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(fit.trainLoss).toBeLessThan(1e-20);
  });

  it('gives the mean for one sample, or where all columns are constant', () => {
    expect(fitAffine(samplesOf([[3, 4]], [5]))).toMatchObject({
      intercept: 5,
      dropped: [0, 1],
      trainLoss: 0,
    });
    const fit = fitAffine(samplesOf([[0.1], [0.1]], [1, 2]));
    expect(fit).toMatchObject({ intercept: 1.5, dropped: [0] });
    expect(fit.trainLoss).toBeCloseTo(1 / 8, 12);
  });
});
