// What a width is reduced to, and the floor of float32 rounding below which nothing is said.
import { describe, expect, it } from 'vitest';
import { measureWidth, roundingFloors } from '../../src/observables/measurement.ts';
import {
  fluctuationResult,
  lastResolved,
  type WidthMeasurement,
} from '../../src/observables/fluctuation.ts';
import { squaredDistances } from '../../src/observables/distances.ts';
import { emptyCurves, gaussianPredictions, SMOOTH } from '../helpers/fluctuation.ts';

const WEIGHT = SMOOTH.map(() => 1);
const R = 40;
const single = (set: number, size: number, mean = 0): Float32Array =>
  Float32Array.from(gaussianPredictions(81, set, R, SMOOTH), (x) => mean + size * x);

describe('measureWidth', () => {
  it('measures training samples from a given limit and test samples from their mean', () => {
    const prediction = [single(0, 1), single(1, 1)];
    const testPrediction = [single(2, 1), single(3, 1)];
    const limit = Float64Array.from({ length: 10 }, (_, k) => k);
    const found = measureWidth(
      { prediction, testPrediction, ...emptyCurves(2, R) },
      { width: 8, weight: WEIGHT, testWeight: [5, 4, 3, 2, 1], limit, predicted: [null, null] },
    );
    expect(found.distances[1]).toEqual(squaredDistances(prediction[1], WEIGHT, [5, 6, 7, 8, 9]));
    expect(found.testDistances![1]).toEqual(squaredDistances(testPrediction[1], [5, 4, 3, 2, 1]));
  });
});

describe('roundingFloors', () => {
  it('are 10⁻¹¹ of the largest size of f and its fluctuation so far, whatever the unit of y', () => {
    const times = [single(0, 1), single(1, 1e-3), single(2, 1)];
    const floors = roundingFloors(1, times, WEIGHT);
    // E m V̂ = 0.38 at m = 1; ‖f̄‖² adds V̂/R.
    expect(Math.abs(floors[0] / 0.38e-11 - 1)).toBeLessThan(0.6);
    expect(floors[1]).toBe(floors[0]);
    const scaled = roundingFloors(
      1,
      times.map((f) => f.map((x) => x * 2 ** -20)),
      WEIGHT,
    );
    scaled.forEach((floor, t) => expect(floor / floors[t]).toBeCloseTo(2 ** -40, 20));
  });

  it('rise with the width where f is large beside its fluctuation: two units in its last place', () => {
    const [small, large] = [100, 2 ** 20].map(
      (width) => roundingFloors(width, [single(0, 1e-9, 3)], WEIGHT)[0],
    );
    expect(small / 9e-11).toBeCloseTo(1, 3);
    expect(large / (2 ** 20 * 2 ** -44 * 9)).toBeCloseTo(1, 3);
  });
});

describe('a fluctuation at the floor of float32', () => {
  const prediction = { value: 0.38, se: 0 };
  /** m V̂ falls to 10⁻²⁰ at the second time at the widths given. */
  const measurements = (dead: number[]): WidthMeasurement[] =>
    [64, 128, 256, 512].map((width, k) => {
      const size = dead.includes(width) ? 1e-10 : 0.1;
      const at = (set: number, factor: number): Float32Array =>
        single(4 * set + k, factor / Math.sqrt(width));
      return measureWidth(
        {
          prediction: [at(0, 1), at(1, size)],
          testPrediction: null,
          ...emptyCurves(2, R),
        },
        { width, weight: WEIGHT, predicted: [prediction, prediction] },
      );
    });
  const run = (dead: number[]) =>
    fluctuationResult(measurements(dead), [0, 9], { centreFitted: true, seed: 1, resamples: 200 });

  it('is left out of exponent, constant and χ², and marked', () => {
    const { laws, points } = run([512]);
    const without = fluctuationResult(measurements([]).slice(0, 3), [0, 9], {
      centreFitted: true,
      seed: 1,
      resamples: 200,
    });
    expect(laws[1].unresolved).toEqual([512]);
    expect(laws[1].exponent).toEqual(without.laws[1].exponent);
    expect(laws[1].constant).toEqual(without.laws[1].constant);
    expect(laws[1].collapse).toEqual(without.laws[1].collapse);
    expect(points.map(({ isResolved }) => isResolved)).toEqual([
      ...[true, true, true, true, true, true],
      ...[true, false],
    ]);
    expect(laws[0].unresolved).toEqual([]);
  });

  it('still counts against a prediction above the floor', () => {
    const { laws, points } = run([64, 128, 256, 512]);
    expect(laws[1]).toMatchObject({ exponent: null, collapse: null });
    expect(laws[1].agreement!.difference).toBeCloseTo(-1, 12);
    // Relative errors √(2/(39 · 2.6)) = 0.14 at one width, half of it at four.
    expect(laws[1].agreement!.deviation).toBeLessThan(-10);
    expect(points[1].deviation).toBeLessThan(-5);
    // The constant of what is there, however small.
    expect(laws[1].constant.estimate).toBeLessThan(1e-19);
  });

  it('ends the times that are tested for Gaussianity', () => {
    const [dead, alive] = [measurements([64])[0], measurements([])[0]];
    expect(lastResolved(alive, true)).toBe(1);
    expect(lastResolved(dead, true)).toBe(0);
    expect(lastResolved({ ...dead, floor: [1e9, 1e9] }, true)).toBe(-1);
  });
});
