// The bootstrap: its resamples, its standard errors, its intervals. Measured coverage: coverage.test.ts.
import { describe, expect, it } from 'vitest';
import {
  logStandardError,
  quantile,
  resample,
  studentisedInterval,
} from '../../src/observables/bootstrap.ts';
import { fluctuationVariance, squaredDistances } from '../../src/observables/distances.ts';
import { keyOf, normalOf, philox } from '../../src/random.ts';

const KEY = keyOf(2024);

/** Squared distances from the replica mean of R Gaussian predictions with the given variances; E V̂ = their sum. */
function gaussianDistances(
  set: number,
  replicas: number,
  variances: readonly number[],
): Float64Array {
  const prediction = new Float64Array(replicas * variances.length);
  for (let r = 0; r < replicas; r++) {
    for (let j = 0; j < variances.length; j++) {
      const word = philox([r, j >> 2, set, 1], KEY)[j & 3];
      prediction[r * variances.length + j] = Math.sqrt(variances[j]) * normalOf(word);
    }
  }
  const weight = variances.map(() => 1 / variances.length);
  return squaredDistances(prediction, weight).map((h) => h * variances.length);
}

describe('resample', () => {
  const distances = gaussianDistances(0, 40, [1, 0.5, 0.25]);
  const options = { seed: 5, group: 0, resamples: 4000 };

  it('has means with the mean and the standard error of a resampled mean, within 5 standard errors', () => {
    const { shift } = resample([distances], options);
    const ratios = shift[0].map(Math.exp);
    const mean = ratios.reduce((sum, v) => sum + v, 0) / ratios.length;
    const variance = ratios.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (ratios.length - 1);
    const centre = distances.reduce((sum, v) => sum + v, 0) / 40;
    // Var of a resampled mean: population variance / R.
    const exact = distances.reduce((sum, v) => sum + (v / centre - 1) ** 2, 0) / 40 / 40;
    expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(exact / 4000));
    expect(Math.abs(variance / exact - 1)).toBeLessThan(5 * Math.sqrt(2 / 4000));
  });

  it('gives every resample the standard error of its own numbers', () => {
    // Two values: a resample with k ones and R − k threes has mean and error known from its mean alone.
    const two = Float64Array.from({ length: 10 }, (_, r) => (r < 4 ? 1 : 3));
    const { shift, se } = resample([two], { ...options, resamples: 50 });
    shift[0].forEach((value, b) => {
      const mean = 2.2 * Math.exp(value);
      const share = (3 - mean) / 2;
      const spread = 4 * share * (1 - share);
      expect(se[0][b]).toBeCloseTo(Math.sqrt(Math.max(0, spread) / 9) / mean, 7);
    });
  });

  it('shares its draws between times, and not between groups or seeds', () => {
    const scaled = distances.map((h) => 7 * h);
    const both = resample([distances, scaled], options);
    both.shift[1].forEach((value, b) => expect(value).toBeCloseTo(both.shift[0][b], 12));
    expect(resample([distances], options).shift[0]).toEqual(both.shift[0]);
    expect(resample([distances], { ...options, group: 1 }).shift[0]).not.toEqual(both.shift[0]);
    expect(resample([distances], { ...options, seed: 6 }).shift[0]).not.toEqual(both.shift[0]);
  });

  it('draws every replica equally often, within 5 standard errors', () => {
    // One replica holds everything: the resampled mean is its multiplicity.
    for (const replica of [0, 3, 4, 6]) {
      const one = new Float64Array(7);
      one[replica] = 1;
      const counts = resample([one], options).shift[0].map(Math.exp);
      const mean = counts.reduce((sum, v) => sum + v, 0) / 4000;
      expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(6 / 7 / 4000));
    }
  });
});

describe('logStandardError', () => {
  it('equals leave-one-out over replicas with the mean fitted anew each time', () => {
    const s = 3;
    const replicas = 9;
    const prediction = Float64Array.from({ length: replicas * s }, (_, k) =>
      normalOf(philox([k, 0, 0, 2], KEY)[0]),
    );
    const varianceOf = (rows: number[]) =>
      fluctuationVariance(
        squaredDistances(
          rows.flatMap((r) => [...prediction.subarray(r * s, (r + 1) * s)]),
          [0.5, 0.3, 0.2],
        ),
        true,
      );
    const all = Array.from({ length: replicas }, (_, r) => r);
    const left = all.map((out) => varianceOf(all.filter((r) => r !== out)));
    const mean = left.reduce((sum, v) => sum + v, 0) / replicas;
    const squares = left.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    const jackknife = Math.sqrt(((replicas - 1) / replicas) * squares) / varianceOf(all);
    const distances = squaredDistances(prediction, [0.5, 0.3, 0.2]);
    expect(logStandardError(distances, true)).toBeCloseTo(jackknife, 12);
  });

  it('is infinite for two replicas around their own mean', () => {
    expect(logStandardError(Float64Array.of(1, 1), true)).toBe(Infinity);
  });
});

describe('studentisedInterval', () => {
  it('is the classical interval where pivots are normal', () => {
    const n = 20001;
    const pivot = Float64Array.from({ length: n }, (_, k) =>
      normalOf(philox([k, 0, 0, 3], KEY)[0]),
    );
    const [low, high] = studentisedInterval(3, 0.5, pivot, new Float64Array(n).fill(1));
    // Standard error of a 2.5 % quantile of n normals: √(p(1 − p)/n)/density(1.96) = 0.0189.
    expect(Math.abs(low - (3 - 0.5 * 1.96))).toBeLessThan(5 * 0.5 * 0.0189);
    expect(Math.abs(high - (3 + 0.5 * 1.96))).toBeLessThan(5 * 0.5 * 0.0189);
    // At 99 % the quantile is 2.576, with standard error 0.0345.
    const [lower] = studentisedInterval(3, 0.5, pivot, new Float64Array(n).fill(1), 0.99);
    expect(Math.abs(lower - (3 - 0.5 * 2.576))).toBeLessThan(5 * 0.5 * 0.0345);
  });

  it('is one point without spread and the whole line without knowledge', () => {
    const none = new Float64Array(10);
    expect(studentisedInterval(2, 0, none, none)).toEqual([2, 2]);
    expect(studentisedInterval(2, Infinity, none, none)).toEqual([-Infinity, Infinity]);
  });
});

describe('quantile', () => {
  it('interpolates between order statistics and keeps infinite ends', () => {
    expect(quantile([1, 2, 4], 0.75)).toBe(3);
    expect(quantile([1, 2, 4], 1)).toBe(4);
    expect(quantile([-Infinity, -Infinity, 1, Infinity], 0.1)).toBe(-Infinity);
    expect(quantile([-Infinity, 1, Infinity], 0.5)).toBe(1);
  });
});
