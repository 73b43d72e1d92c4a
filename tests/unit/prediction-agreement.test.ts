// Agreement of measured and predicted fluctuations: pooled difference, its error, and what is called agreement.
import { describe, expect, it } from 'vitest';
import { agreementOf, deviationOf, judgeAgreement } from '../../src/observables/agreement.ts';
import { logStandardError } from '../../src/observables/bootstrap.ts';
import { fluctuationVariance, squaredDistances } from '../../src/observables/distances.ts';
import { gaussianPredictions, meanOf, SMOOTH } from '../helpers/fluctuation.ts';

describe('agreementOf', () => {
  it('pools widths with weights R − 1 and adds the errors of measurement and prediction in squares', () => {
    const points = [
      { scaled: 1.2, se: 0.1, weight: 30, prediction: { value: 1, se: 0.04 } },
      { scaled: 0.8, se: 0.2, weight: 10, prediction: { value: 1, se: 0.04 } },
    ];
    const found = agreementOf(points);
    // (30 · 1.2 + 10 · 0.8)/40 = 1.1; noise √((36 · 0.1)² + (8 · 0.2)²)/44; the prediction is one, not two.
    expect(found.difference).toBeCloseTo(0.1, 12);
    expect(found.se).toBeCloseTo(Math.hypot(Math.hypot(3.6, 1.6) / 44, 0.04), 12);
    expect(found.deviation).toBeCloseTo(found.difference / found.se, 12);
  });

  it('has deviations of mean 0 and variance 1 where the prediction is right, its own error included', () => {
    const weight = SMOOTH.map(() => 1);
    const truth = SMOOTH.reduce((sum, v) => sum + v, 0) / SMOOTH.length;
    const deviations = Array.from({ length: 3000 }, (_, set) => {
      // The prediction errs by 5 %, the measurement at R = 200 by 6.2 %.
      const error = gaussianPredictions(41, set, 1, [0.05 ** 2])[0];
      const prediction = { value: truth * (1 + error), se: 0.05 * truth };
      const distances = squaredDistances(gaussianPredictions(42, set, 200, SMOOTH), weight);
      const se = logStandardError(distances, true);
      const scaled = fluctuationVariance(distances, true);
      return deviationOf({ scaled, se, weight: 199, prediction });
    });
    const { mean, se } = meanOf(deviations);
    const second = meanOf(deviations.map((z) => z * z));
    // A ratio of two noisy numbers is off by terms of the order of their relative variances, 0.006.
    expect(Math.abs(mean)).toBeLessThan(5 * se + 0.1);
    expect(Math.abs(second.mean - 1)).toBeLessThan(5 * second.se + 0.05);
    // Without the error of the prediction the variance would be 1.65.
    expect(5 * second.se + 0.05).toBeLessThan(0.3);
  });

  it('is infinitely far from a prediction where nothing fluctuates, and exact where both are equal', () => {
    const prediction = { value: 0.5, se: 0 };
    const nothing = agreementOf([{ scaled: 0, se: 0, weight: 9, prediction }]);
    expect(nothing).toMatchObject({ difference: -1, deviation: -Infinity });
    expect(judgeAgreement(nothing)).toBe('departs');
    expect(deviationOf({ scaled: 0.5, se: 0, weight: 9, prediction })).toBe(0);
  });
});

describe('judgeAgreement', () => {
  it('allows three standard errors, and calls up to 5 % more close', () => {
    const judge = (difference: number, se: number) =>
      judgeAgreement({ difference, se, deviation: difference / se });
    expect(judge(0.029, 0.01)).toBe('agrees');
    expect(judge(-0.029, 0.01)).toBe('agrees');
    expect(judge(-0.079, 0.01)).toBe('close');
    expect(judge(0.081, 0.01)).toBe('departs');
  });
});
