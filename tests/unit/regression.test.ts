// Weighted log–log regression on data with known exponents.
import { describe, expect, it } from 'vitest';
import { powerLawExponent, slopeCoefficients } from '../../src/observables/regression.ts';

const WIDTHS = [16, 50, 128, 1000, 65536];
const WEIGHTS = [19, 99, 3, 999, 7];

describe('powerLawExponent', () => {
  it('is the exponent of an exact power law, whatever the weights', () => {
    for (const exponent of [-1, -2 / 3, 0, 1.5]) {
      const values = WIDTHS.map((m) => 0.37 * m ** exponent);
      expect(Math.abs(powerLawExponent(WIDTHS, values, WEIGHTS) - exponent)).toBeLessThan(1e-13);
    }
  });

  it('is the slope of the line through two points', () => {
    expect(powerLawExponent([2, 8], [5, 20], [1, 100])).toBeCloseTo(1, 13);
  });

  it('leaves out a point of weight 0', () => {
    const values = WIDTHS.map((m) => 3 / m);
    values[2] = 1000;
    const weights = WEIGHTS.map((w, k) => (k === 2 ? 0 : w));
    expect(powerLawExponent(WIDTHS, values, weights)).toBeCloseTo(-1, 12);
  });

  it('minimises the weighted squares of log residuals', () => {
    const values = [0.06, 0.03, 0.005, 0.0012, 1e-5];
    const best = powerLawExponent(WIDTHS, values, WEIGHTS);
    const total = WEIGHTS.reduce((sum, w) => sum + w, 0);
    const cost = (slope: number) => {
      const rest = values.map((v, k) => Math.log(v) - slope * Math.log(WIDTHS[k]));
      const mean = rest.reduce((sum, v, k) => sum + WEIGHTS[k] * v, 0) / total;
      return rest.reduce((sum, v, k) => sum + WEIGHTS[k] * (v - mean) ** 2, 0);
    };
    expect(cost(best + 1e-3)).toBeGreaterThan(cost(best));
    expect(cost(best - 1e-3)).toBeGreaterThan(cost(best));
  });
});

describe('slopeCoefficients', () => {
  it('sum to 0 and have slope 1 on x itself', () => {
    const coefficients = slopeCoefficients(WIDTHS, WEIGHTS);
    const dot = (y: readonly number[]) => y.reduce((sum, v, k) => sum + coefficients[k] * v, 0);
    expect(Math.abs(dot(WIDTHS.map(() => 1)))).toBeLessThan(1e-15);
    expect(dot(WIDTHS)).toBeCloseTo(1, 13);
  });
});
