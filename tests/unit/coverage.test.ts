// Measured coverage of the 95 % intervals: exponent, constant and points on synthetic data sets with the exact law 1/m.
import { describe, expect, it } from 'vitest';
import { squaredDistances } from '../../src/observables/distances.ts';
import { fluctuationResult, type WidthMeasurement } from '../../src/observables/fluctuation.ts';
import { gaussianPredictions, SMOOTH } from '../helpers/fluctuation.ts';

const WIDTHS = [128, 256, 512, 1024, 2048];
const WEIGHT = SMOOTH.map(() => 1);
/** m E‖f_m − f‖²_ν of the data. */
const TRUTH = SMOOTH.reduce((sum, v) => sum + v, 0) / SMOOTH.length;
/** Data sets that share the multiplicities of the bootstrap, as the times of one sweep do. */
const SHARED = 20;

const holds = ([low, high]: [number, number], truth: number): boolean =>
  low <= truth && truth <= high;

/** Shares of intervals that hold the truth. */
function coverage(numbers: readonly number[], sets: number) {
  const held = { exponent: 0, constant: 0, point: 0 };
  for (let first = 0; first < sets; first += SHARED) {
    const each = Array.from({ length: SHARED }, (_, t) => first + t);
    const measurements = WIDTHS.map((width, k): WidthMeasurement => ({
      width,
      distances: each.map((set) => {
        const f = gaussianPredictions(31, WIDTHS.length * set + k, numbers[k], SMOOTH);
        return squaredDistances(f, WEIGHT).map((h) => h / width);
      }),
      testDistances: null,
      losses: each.map(() => new Float64Array(numbers[k])),
      totalVariations: each.map(() => new Float64Array(numbers[k])),
      twoNorms: each.map(() => new Float64Array(numbers[k])),
      limitError: each.map(() => null),
      effectiveDimension: each.map(() => null),
      floor: each.map(() => 0),
      predicted: each.map(() => null),
    }));
    const options = { centreFitted: true, seed: first, resamples: 300 };
    const { points, laws } = fluctuationResult(measurements, each, options);
    for (const { exponent, constant } of laws) {
      if (holds(exponent!.ci, -1)) held.exponent++;
      if (holds(constant.ci, TRUTH)) held.constant++;
    }
    for (const { ciLow, ciHigh } of points) if (holds([ciLow, ciHigh], TRUTH)) held.point++;
  }
  return {
    exponent: held.exponent / sets,
    constant: held.constant / sets,
    point: held.point / (WIDTHS.length * sets),
  };
}

describe('coverage of 95 % intervals with five widths from 128 to 2048 and 2.6 effective dimensions', () => {
  it.each([
    { replicas: '20', numbers: [20, 20, 20, 20, 20], sets: 3000 },
    { replicas: '100', numbers: [100, 100, 100, 100, 100], sets: 2000 },
    { replicas: '400, 100, 25, 10, 10', numbers: [400, 100, 25, 10, 10], sets: 2000 },
  ])('lies between 93 and 97 % at R = $replicas over $sets data sets', ({ numbers, sets }) => {
    const found = coverage(numbers, sets);
    for (const share of Object.values(found)) {
      expect(share).toBeGreaterThanOrEqual(0.93);
      expect(share).toBeLessThanOrEqual(0.97);
    }
  });
});
