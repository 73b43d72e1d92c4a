// Training the output weights alone: the modal solution against a fine integration of the flow, and the regime number.
import { describe, expect, it } from 'vitest';
import { featuresOf, gramOf, regimeNumber, trainOutput } from '../../src/theory/random-features.ts';
import { generator } from '../helpers/random.ts';

const random = generator(7);
const X = Float64Array.from([-0.9, -0.2, 0.3, 0.8]);
const Y = Float64Array.from([1, -0.5, 0.2, 0.7]);
const M = 60;
const a = Float64Array.from({ length: M }, () => random.normal());
const b = Float64Array.from({ length: M }, () => random.normal());
const c = Float64Array.from({ length: M }, () => 0.3 * random.normal());
const ALPHA = Math.sqrt(M);

/** −∇L of ½ Σ ρ² in c, by loops over particles and samples. */
function slope(weights: Float64Array): Float64Array {
  const rho = X.map(
    (x, j) =>
      weights.reduce((sum, ci, i) => sum + ci * Math.max(a[i] * x - b[i], 0), 0) / ALPHA - Y[j],
  );
  return weights.map(
    (_, i) => -X.reduce((sum, x, j) => sum + rho[j] * Math.max(a[i] * x - b[i], 0), 0) / ALPHA,
  );
}

describe('the modal solution', () => {
  it('equals the gradient flow of c integrated by Runge–Kutta', () => {
    let weights = Float64Array.from(c);
    const h = 0.01;
    const moved = (k: Float64Array, step: number) => weights.map((w, i) => w + step * k[i]);
    for (let n = 0; n < 100; n++) {
      const k1 = slope(weights);
      const k2 = slope(moved(k1, h / 2));
      const k3 = slope(moved(k2, h / 2));
      const k4 = slope(moved(k3, h));
      weights = weights.map((w, i) => w + (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]));
    }
    const exact = trainOutput(featuresOf(a, b, X, ALPHA), c, Y)(1);
    exact.forEach((value, i) => expect(Math.abs(value - weights[i])).toBeLessThan(1e-9));
  });

  it('interpolates at infinite time, with the least movement of c', () => {
    const model = featuresOf(a, b, X, ALPHA);
    const end = trainOutput(model, c, Y)(Infinity);
    const gram = gramOf(model);
    X.forEach((x, j) => {
      const f = end.reduce((sum, ci, i) => sum + ci * Math.max(a[i] * x - b[i], 0), 0) / ALPHA;
      expect(Math.abs(f - Y[j])).toBeLessThan(1e-8);
    });
    // The movement lies in the span of the features: it is Φ z for some z, so a change that no sample sees is orthogonal.
    const z = solveBy(
      gram,
      X.map((_, j) => {
        const start =
          c.reduce((sum, ci, i) => sum + ci * Math.max(a[i] * X[j] - b[i], 0), 0) / ALPHA;
        return Y[j] - start;
      }),
    );
    end.forEach((value, i) => {
      const moved = X.reduce((sum, x, j) => sum + z[j] * Math.max(a[i] * x - b[i], 0), 0) / ALPHA;
      expect(Math.abs(value - c[i] - moved)).toBeLessThan(1e-8);
    });
  });
});

/** Gauss elimination with pivots, for a second opinion. */
function solveBy(matrix: number[][], right: Float64Array): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(rows[best][k]) ? i + k : best), k);
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  return rows.map((row, i) => row[n] / row[i]);
}

describe('the regime number', () => {
  it('falls as 1/(−δ), grows with the targets, and is infinite for δ ≥ 0', () => {
    const at = (delta: number, size = 1) =>
      regimeNumber(
        Math.sqrt(1000),
        1000,
        delta,
        X,
        Y.map((y) => size * y),
      );
    expect(at(-1) / at(-100)).toBeCloseTo(100, 10);
    expect(at(-1, 3) / at(-1)).toBeCloseTo(3, 10);
    expect(at(0)).toBe(Infinity);
  });
});
