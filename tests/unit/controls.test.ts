// Controls that must fail: wrong replicas and wrong normalisation leave the value that is known in advance.
import { describe, expect, it } from 'vitest';
import { judgeAgreement } from '../../src/observables/agreement.ts';
import { fluctuationVariance, squaredDistances } from '../../src/observables/distances.ts';
import { fluctuationResult } from '../../src/observables/fluctuation.ts';
import { measureWidth } from '../../src/observables/measurement.ts';
import { emptyCurves, gaussianPredictions, meanOf, SMOOTH } from '../helpers/fluctuation.ts';
import { normals } from '../helpers/random.ts';

const WEIGHT = SMOOTH.map(() => 1);
const TRUTH = SMOOTH.reduce((sum, v) => sum + v, 0) / SMOOTH.length;

/** A sweep over widths at one time whose predicted constant is the truth. */
function sweep(predictionOf: (width: number, index: number) => Float32Array, truth: number) {
  const measurements = [100, 200, 400].map((width, index) =>
    measureWidth(
      {
        prediction: [predictionOf(width, index)],
        testPrediction: null,
        ...emptyCurves(1, predictionOf(width, index).length / WEIGHT.length),
      },
      { width, weight: WEIGHT, predicted: [{ value: truth, se: 0 }] },
    ),
  );
  return fluctuationResult(measurements, [0], { centreFitted: true, seed: 5, resamples: 200 });
}

describe('independent replicas with 1/(R − 1)', () => {
  it('agree with the truth', () => {
    const { laws } = sweep(
      (width, index) =>
        Float32Array.from(gaussianPredictions(91, index, 100, SMOOTH), (x) => x / Math.sqrt(width)),
      TRUTH,
    );
    expect(judgeAgreement(laws[0].agreement!)).toBe('agrees');
    expect(laws[0].collapse!.p).toBeGreaterThan(0.01);
  });
});

describe('1/R in place of 1/(R − 1)', () => {
  it('is low by 1/R, far outside the error of many data sets', () => {
    const replicas = 20;
    const values = Array.from({ length: 4000 }, (_, set) =>
      squaredDistances(gaussianPredictions(92, set, replicas, SMOOTH), WEIGHT),
    );
    const bessel = meanOf(values.map((distances) => fluctuationVariance(distances, true)));
    const plain = meanOf(values.map((distances) => fluctuationVariance(distances, false)));
    expect(Math.abs(bessel.mean - TRUTH)).toBeLessThan(5 * bessel.se);
    expect((TRUTH - plain.mean) / plain.se).toBeGreaterThan(10);
    expect(plain.mean / bessel.mean).toBeCloseTo(0.95, 12);
  });
});

describe('a common initialisation', () => {
  it('gives identical replicas: no fluctuation, no exponent, and infinitely far from the prediction', () => {
    const { laws, points } = sweep((width) => {
      const one = Float32Array.from(normals(93, WEIGHT.length), (x) => x / Math.sqrt(width));
      return Float32Array.from({ length: 30 * WEIGHT.length }, (_, at) => one[at % WEIGHT.length]);
    }, TRUTH);
    expect(points.every(({ scaled, isResolved }) => scaled < 1e-12 && !isResolved)).toBe(true);
    expect(laws[0].exponent).toBeNull();
    expect(laws[0].unresolved).toEqual([100, 200, 400]);
    expect(laws[0].agreement!.deviation).toBeLessThan(-100);
    expect(judgeAgreement(laws[0].agreement!)).toBe('departs');
  });
});

describe('overlapping random streams', () => {
  const replicas = 40;
  /** f_r = (1/m) Σ_i ξ_{first(r) + i}, m particles a replica: unit variance constant. */
  const meansOf = (m: number, draws: Float32Array, first: (r: number) => number): Float32Array =>
    Float32Array.from(
      { length: replicas },
      (_, r) => draws.subarray(first(r), first(r) + m).reduce((sum, x) => sum + x, 0) / m,
    );
  const scaledOf = (m: number, f: Float32Array): number =>
    m * fluctuationVariance(squaredDistances(f, [1]), true);

  it('shifted by one draw give m V̂ = (R + 1)/(3 m) in place of 1, many standard errors away', () => {
    const m = 400;
    const sets = 200;
    const shifted: number[] = [];
    const apart: number[] = [];
    for (let set = 0; set < sets; set++) {
      const draws = normals(1000 + set, m * replicas);
      shifted.push(
        scaledOf(
          m,
          meansOf(m, draws, (r) => r),
        ),
      );
      apart.push(
        scaledOf(
          m,
          meansOf(m, draws, (r) => r * m),
        ),
      );
    }
    const [overlap, independent] = [meanOf(shifted), meanOf(apart)];
    expect(Math.abs(independent.mean - 1)).toBeLessThan(5 * independent.se);
    // E‖f_r − f_q‖² = 2 |r − q|/m², averaged over pairs.
    expect(Math.abs(overlap.mean - (replicas + 1) / (3 * m))).toBeLessThan(5 * overlap.se);
    // One sweep with R replicas has the standard error √(2/(R − 1)).
    const single = Math.sqrt(2 / (replicas - 1));
    expect(apart.filter((value) => Math.abs(value - 1) > 5 * single).length).toBeLessThan(
      sets / 100,
    );
    expect(shifted.every((value) => value < 1 - 3 * single)).toBe(true);
  });
});
