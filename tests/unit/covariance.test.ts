// The covariance of the fluctuation: unbiased traces, effective dimension, leading directions.
import { describe, expect, it } from 'vitest';
import {
  effectiveDimension,
  leadingDirections,
  traceSquares,
} from '../../src/observables/covariance.ts';
import { weightedDeviations } from '../../src/observables/distances.ts';
import { gaussianPredictions, meanOf, SMOOTH } from '../helpers/fluctuation.ts';
import { normals, uniforms } from '../helpers/random.ts';
import { symmetricEigen } from '../../src/theory/eigen.ts';

/** The U-statistics by their definition: averages of the kernels over all ordered quadruples of different replicas. */
function traceSquaresByDefinition(x: readonly (readonly number[])[], nu: readonly number[]) {
  const inner = (p: number, q: number, r: number, t: number): number =>
    nu.reduce((sum, w, j) => sum + w * (x[p][j] - x[q][j]) * (x[r][j] - x[t][j]), 0);
  let [count, square, product] = [0, 0, 0];
  for (let p = 0; p < x.length; p++) {
    for (let q = 0; q < x.length; q++) {
      for (let r = 0; r < x.length; r++) {
        for (let t = 0; t < x.length; t++) {
          if (new Set([p, q, r, t]).size < 4) continue;
          count++;
          square += inner(p, q, r, t) ** 2 / 4;
          product += (inner(p, q, p, q) * inner(r, t, r, t)) / 4;
        }
      }
    }
  }
  return { traceOfSquare: square / count, squareOfTrace: product / count };
}

describe('traceSquares', () => {
  it('is the U-statistic over quadruples of replicas, weights scaled to sum 1', () => {
    const [replicas, s] = [7, 3];
    const prediction = normals(3, replicas * s).map((value, at) => value + 5 * (at % s));
    const rows = Array.from({ length: replicas }, (_, r) => [
      ...prediction.subarray(r * s, (r + 1) * s),
    ]);
    const exact = traceSquaresByDefinition(rows, [0.2, 0.3, 0.5]);
    const found = traceSquares(prediction, [2, 3, 5]);
    expect(found.traceOfSquare / exact.traceOfSquare).toBeCloseTo(1, 6);
    expect(found.squareOfTrace / exact.squareOfTrace).toBeCloseTo(1, 6);
  });

  it.each([
    { law: 'Gaussian', replicas: 6, sets: 20_000, variances: [1, 0.25], isBent: false },
    { law: 'skewed', replicas: 6, sets: 20_000, variances: [1, 0.25], isBent: true },
    { law: 'Gaussian', replicas: 130, sets: 5000, variances: SMOOTH, isBent: false },
  ])(
    'is unbiased within 5 standard errors for $law f and R = $replicas',
    ({ replicas, sets, variances, isBent }) => {
      const weight = variances.map(() => 1);
      const values = Array.from({ length: sets }, (_, set) => {
        const f = gaussianPredictions(5, set, replicas, variances);
        // (x² − v)/√2 has variance v² where x has v, and is far from Gaussian.
        return traceSquares(isBent ? f.map((x) => (x * x) / Math.SQRT2) : f, weight);
      });
      const exact = variances.map((v) => (isBent ? v * v : v) / variances.length);
      const square = exact.reduce((sum, v) => sum + v * v, 0);
      const trace = exact.reduce((sum, v) => sum + v, 0) ** 2;
      const ofSquare = meanOf(values.map(({ traceOfSquare }) => traceOfSquare));
      const ofTrace = meanOf(values.map(({ squareOfTrace }) => squareOfTrace));
      expect(Math.abs(ofSquare.mean - square)).toBeLessThan(5 * ofSquare.se);
      expect(Math.abs(ofTrace.mean - trace)).toBeLessThan(5 * ofTrace.se);
      // The plug-in tr Ŝ² would be high by (tr S)²/(R − 1) at least, which the bound tells apart.
      expect(5 * ofSquare.se).toBeLessThan(trace / (replicas - 1));
    },
  );
});

describe('effectiveDimension', () => {
  it('is (tr S)²/tr S² of the law with the weights ν, within 3 %', () => {
    // Weights 1, 2, 3 on variances 6, 3, 2 make three equal directions.
    const f = gaussianPredictions(6, 0, 20_000, [6, 3, 2]);
    expect(Math.abs(effectiveDimension(f, [1, 2, 3])! / 3 - 1)).toBeLessThan(0.03);
    const smooth = gaussianPredictions(6, 1, 20_000, SMOOTH);
    const exact = 1.9 ** 2 / 1.395;
    expect(Math.abs(effectiveDimension(smooth, [1, 1, 1, 1, 1])! / exact - 1)).toBeLessThan(0.03);
  });

  it('is 1 for one direction, whatever its replicas, and does not count samples without weight', () => {
    const along = normals(7, 12);
    const line = Float64Array.from({ length: 36 }, (_, at) => along[Math.floor(at / 3)] * (at % 3));
    expect(effectiveDimension(line, [1, 1, 1])).toBeCloseTo(1, 12);
    const two = gaussianPredictions(8, 0, 4, [1, 1, 1]);
    expect(effectiveDimension(two, [1, 1, 0])).toBeLessThanOrEqual(2);
  });

  it('is null for fewer than four replicas and where nothing fluctuates', () => {
    expect(effectiveDimension(normals(1, 6), [1, 1])).toBeNull();
    expect(effectiveDimension(new Float64Array(20).fill(3), [1, 1])).toBeNull();
  });

  it('is the same at every scale of f down to the smallest float32', () => {
    const f = gaussianPredictions(9, 0, 30, SMOOTH);
    const weight = [1, 1, 1, 1, 1];
    const own = effectiveDimension(f, weight)!;
    expect(
      effectiveDimension(
        f.map((x) => 1e-38 * x),
        weight,
      )! / own,
    ).toBeCloseTo(1, 9);
  });
});

describe('leadingDirections', () => {
  it('are the eigenvectors of largest variance, against a full decomposition', () => {
    const [n, s] = [40, 6];
    const nu = uniforms(11, s, 0.5, 1.5);
    const share = Float64Array.from(nu, (w) => w / nu.reduce((sum, value) => sum + value, 0));
    const prediction = gaussianPredictions(10, 0, n, [9, 4, 1, 0.5, 0.2, 0.1]);
    const rows = weightedDeviations(prediction, share, 0, n);
    const covariance = Array.from({ length: s }, (_, i) =>
      Array.from({ length: s }, (_unused, j) =>
        Array.from({ length: n }, (_r, r) => rows[r * s + i] * rows[r * s + j]).reduce(
          (sum, value) => sum + value,
          0,
        ),
      ),
    );
    const { values, vectors } = symmetricEigen(covariance);
    const order = values.map((_, k) => k).sort((p, q) => values[q] - values[p]);
    const found = leadingDirections(rows, s, 3);
    for (let k = 0; k < 3; k++) {
      const along = vectors.reduce((sum, row, j) => sum + row[order[k]] * found[k * s + j], 0);
      expect(Math.abs(along)).toBeCloseTo(1, 9);
    }
  });

  it('stay orthonormal where data span fewer directions than are asked for', () => {
    const rows = Float64Array.from({ length: 30 }, (_, at) => (at % 3 === 0 ? at - 15 : 0));
    const found = leadingDirections(rows, 3, 2);
    expect(Math.abs(found[0])).toBeCloseTo(1, 12);
    expect(found[0] * found[3] + found[1] * found[4] + found[2] * found[5]).toBeCloseTo(0, 12);
  });
});
