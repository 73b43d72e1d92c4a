// W₁ on the line against closed forms.
import { describe, expect, it } from 'vitest';
import { wasserstein1 } from '../../src/observables/wasserstein.ts';
import { erf, upperQuantile } from '../../src/special.ts';
import { meanOf } from '../helpers/fluctuation.ts';
import { normals } from '../helpers/random.ts';

describe('wasserstein1', () => {
  it('is the mean distance of sorted samples of equal size, in any order', () => {
    expect(wasserstein1([3, 1, 2], [10, 30, 20])).toBeCloseTo((9 + 18 + 27) / 3, 12);
    expect(wasserstein1([1, 1, 1], [1, 1, 1])).toBe(0);
  });

  it('weighs samples of different size equally', () => {
    // Half of the mass goes from 0 to 1.
    expect(wasserstein1([0], [0, 1])).toBeCloseTo(0.5, 12);
    expect(wasserstein1([0, 0, 1], [0, 1])).toBeCloseTo(1 / 6, 12);
    expect(wasserstein1([5], [1, 2, 6])).toBeCloseTo(8 / 3, 12);
  });

  it('of a shift is the shift, and scales with the values', () => {
    const x = normals(5, 200);
    expect(
      wasserstein1(
        x,
        Array.from(x, (v) => v + 0.25),
      ),
    ).toBeCloseTo(0.25, 6);
    expect(
      wasserstein1(
        x,
        Array.from(x, (v) => 3 * v),
      ),
    ).toBeCloseTo((2 * x.reduce((sum, v) => sum + Math.abs(v), 0)) / 200, 6);
  });

  it('of m normal draws from their law has the known mean √(1/m) ∫ √(2 Φ (1 − Φ)/π)', () => {
    // By the central limit theorem E|F_m − Φ| = √(2 Φ (1 − Φ)/(π m)).
    const [m, sets] = [400, 400];
    const law = Array.from({ length: 8192 }, (_, i) => quantileOf((i + 0.5) / 8192));
    const found = Array.from({ length: sets }, (_, set) =>
      wasserstein1(normals(900 + set, m), law),
    );
    const { mean, se } = meanOf(found);
    const integral = integrate((x) => Math.sqrt(cdf(x) * (1 - cdf(x))), -9, 9);
    const expected = Math.sqrt(2 / (Math.PI * m)) * integral;
    // Terms of order 1/m and the nodes of the law add less than a percent.
    expect(Math.abs(mean - expected)).toBeLessThan(5 * se + 0.01 * expected);
  });
});

function integrate(f: (x: number) => number, low: number, high: number, n = 2000): number {
  const h = (high - low) / n;
  return Array.from({ length: n }, (_, k) => h * f(low + (k + 0.5) * h)).reduce((s, v) => s + v, 0);
}

const cdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;

/** Φ⁻¹. */
const quantileOf = (p: number): number => (p < 0.5 ? -upperQuantile(p) : upperQuantile(1 - p));
