// The fluctuation statistic: unbiased, exact on known clouds, with the right law over widths.
import { describe, expect, it } from 'vitest';
import { fluctuationVariance, squaredDistances } from '../../src/observables/distances.ts';
import { fluctuationResult, type WidthMeasurement } from '../../src/observables/fluctuation.ts';
import { keyOf, normalOf, philox } from '../../src/random.ts';

const KEY = keyOf(77);
const normal = (r: number, j: number, set: number) => normalOf(philox([r, j, set, 4], KEY)[0]);

/** R predictions mean_j + √V_j ξ, [R][s]. */
function predictions(set: number, replicas: number, mean: number[], variances: number[]) {
  return Float64Array.from({ length: replicas * mean.length }, (_, at) => {
    const [r, j] = [Math.floor(at / mean.length), at % mean.length];
    return mean[j] + Math.sqrt(variances[j]) * normal(r, j, set);
  });
}

describe('fluctuation of replicas', () => {
  it('is 1/(R − 1) Σ ‖f_r − mean‖² with weights scaled to sum 1', () => {
    // Columns: deviations ∓1 and ∓3 with weights 1/4, 3/4: distances 1/4 + 27/4 = 7 each.
    const distances = squaredDistances([4, 10, 6, 16], [2, 6]);
    expect([...distances]).toEqual([7, 7]);
    expect(fluctuationVariance(distances, true)).toBe(14);
  });

  it('is 1/R Σ ‖f_r − f‖² around a given limit', () => {
    const distances = squaredDistances([4, 10, 6, 16], [2, 6], [4, 12]);
    expect([...distances]).toEqual([3, 13]); // 3/4 · 4; 1/4 · 4 + 3/4 · 16
    expect(fluctuationVariance(distances, false)).toBe(8);
  });

  it('is unbiased for a fitted mean and for the true limit, within 5 standard errors', () => {
    const [mean, variances, weight] = [
      [3, -1, 0.5],
      [1, 0.2, 4],
      [0.2, 0.5, 0.3],
    ];
    const truth = 0.2 * 1 + 0.5 * 0.2 + 0.3 * 4;
    const sets = 4000;
    for (const limit of [undefined, mean]) {
      const values = Array.from({ length: sets }, (_, set) =>
        fluctuationVariance(
          squaredDistances(predictions(set, 4, mean, variances), weight, limit),
          limit === undefined,
        ),
      );
      const average = values.reduce((sum, v) => sum + v, 0) / sets;
      const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - average) ** 2, 0) / (sets - 1));
      // The standard error, 2 %, separates R − 1 = 3 from R = 4.
      expect(Math.abs(average - truth)).toBeLessThan((5 * sd) / Math.sqrt(sets));
      expect((5 * sd) / Math.sqrt(sets)).toBeLessThan(truth / 5);
    }
  });

  it('loses nothing to float32 predictions whose spread is one unit in the last place', () => {
    const unit = 2 ** -13; // of float32 near 1000
    const f = Float32Array.from([1000, 1000 + unit, 1000 + 2 * unit, 1000 - unit]);
    // Deviations from the mean in units: −½, ½, 3/2, −3/2.
    expect(fluctuationVariance(squaredDistances(f, [1]), true)).toBeCloseTo(
      (5 / 3) * unit ** 2,
      20,
    );
  });
});

/** Widths whose distances are those of one cloud times m^exponent. */
function exactLaw(exponent: number, widths = [16, 50, 400]): WidthMeasurement[] {
  const base = squaredDistances(predictions(1, 30, [0, 0], [1, 0.3]), [0.5, 0.5]);
  return widths.map((width) => ({
    width,
    distances: [
      base.map((h) => h * width ** exponent),
      base.map((h) => (h * width ** exponent) / 9),
    ],
    testDistances: null,
    losses: [Float64Array.from(base), base.map((h) => h / 2)],
    totalVariations: [base, base],
    twoNorms: [base, base],
    limitError: [null, null],
    effectiveDimension: [1.5, 1.5],
    floor: [0, 0],
    predicted: [{ value: 3, se: 0 }, null],
  }));
}

const OPTIONS = { centreFitted: true, seed: 3, resamples: 400 };

describe('fluctuationResult', () => {
  it('finds the exponent of an exact power law exactly, and an interval around it', () => {
    for (const exponent of [-1, -0.5]) {
      for (const law of fluctuationResult(exactLaw(exponent), [0, 2], OPTIONS).laws) {
        expect(Math.abs(law.exponent!.estimate - exponent)).toBeLessThan(1e-13);
        expect(law.exponent!.ci[0]).toBeLessThan(exponent);
        expect(law.exponent!.ci[1]).toBeGreaterThan(exponent);
      }
    }
  });

  it('has the constant K of an exact law K/m, with an interval narrower than that of one width', () => {
    const { points, laws } = fluctuationResult(exactLaw(-1), [0, 2], OPTIONS);
    const constant = laws[0].constant;
    expect(constant.estimate).toBeCloseTo(points[0].scaled, 12);
    expect(constant.ci[1] - constant.ci[0]).toBeLessThan(
      0.75 * (points[0].ciHigh - points[0].ciLow),
    );
    expect(constant.predicted).toBe(3);
    expect(laws[1].constant.predicted).toBeNull();
    expect(laws[1].constant.estimate).toBeCloseTo(constant.estimate / 9, 13);
  });

  it('weights the constant and its prediction by R − 1', () => {
    const [small, large] = exactLaw(0, [1, 10]); // scaled 1 : 10
    const few = {
      ...large,
      distances: large.distances.map((h) => h.slice(0, 11)),
      predicted: [
        { value: 8, se: 0 },
        { value: 8, se: 0 },
      ],
    };
    const { points, laws } = fluctuationResult([small, few], [0, 2], OPTIONS);
    const mean = (29 * points[0].scaled + 10 * points[2].scaled) / 39;
    expect(laws[0].constant.estimate).toBeCloseTo(mean, 12);
    expect(laws[0].constant.predicted).toBeCloseTo((29 * 3 + 10 * 8) / 39, 13);
  });

  it('orders points by width, then time, with scaled = m V̂ inside its interval', () => {
    const measurements = exactLaw(-1);
    const { points } = fluctuationResult(measurements, [0, 2], OPTIONS);
    expect(points.map((p) => [p.width, p.time])).toEqual([
      [16, 0],
      [16, 2],
      [50, 0],
      [50, 2],
      [400, 0],
      [400, 2],
    ]);
    for (const { scaled, ciLow, ciHigh, replicas } of points) {
      expect(ciLow).toBeLessThan(scaled);
      expect(ciHigh).toBeGreaterThan(scaled);
      expect(replicas).toBe(30);
    }
    expect(points[0].scaled).toBe(16 * fluctuationVariance(measurements[0].distances[0], true));
    expect(points.map((p) => p.predictedSe)).toEqual([0, null, 0, null, 0, null]);
  });

  it('has loss curves with the mean over replicas and its standard error', () => {
    const { losses } = fluctuationResult(exactLaw(-1, [16]), [0, 2], OPTIONS);
    const values = exactLaw(-1, [16])[0].losses[0];
    const mean = values.reduce((sum, v) => sum + v, 0) / 30;
    const se = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 29 / 30);
    expect(losses[0]).toMatchObject({ width: 16, time: [0, 2] });
    expect(losses[0].mean[0]).toBeCloseTo(mean, 14);
    expect(losses[0].se[0]).toBeCloseTo(se, 14);
    expect(losses[0].se[1]).toBeCloseTo(se / 2, 14);
  });

  it('fits the exponent from the width asked for on, at the level asked for', () => {
    // 16 is far off the law of the two others.
    const [odd, ...rest] = exactLaw(-1);
    const bent = [{ ...odd, distances: odd.distances.map((list) => list.map((h) => 7 * h)) }];
    const lawOf = (from: number, level: number) =>
      fluctuationResult([...bent, ...rest], [0, 2], { ...OPTIONS, exponent: { from, level } })
        .laws[0].exponent!;
    expect(Math.abs(lawOf(16, 0.95).estimate + 1)).toBeGreaterThan(0.2);
    expect(Math.abs(lawOf(17, 0.95).estimate + 1)).toBeLessThan(1e-13);
    const [narrow, wide] = [lawOf(17, 0.8).ci, lawOf(17, 0.95).ci];
    expect(wide[0]).toBeLessThan(narrow[0]);
    expect(wide[1]).toBeGreaterThan(narrow[1]);
    expect(narrow[0]).toBeLessThan(-1);
  });

  it('has no exponent for one width, nor where a fluctuation is exactly 0', () => {
    expect(fluctuationResult(exactLaw(-1, [16]), [0, 2], OPTIONS).laws[0].exponent).toBeNull();
    const zero = exactLaw(-1).map((measurement) => ({
      ...measurement,
      distances: measurement.distances.map((h) => h.map(() => 0)),
    }));
    const { points, laws } = fluctuationResult(zero, [0, 2], OPTIONS);
    expect(laws[0]).toMatchObject({ exponent: null, constant: { estimate: 0, ci: [0, 0] } });
    expect(points[0]).toMatchObject({ scaled: 0, ciLow: 0, ciHigh: 0 });
  });

  it('says from two replicas that nothing is known but the sign', () => {
    const two = exactLaw(-1).map((measurement, k) => {
      const distances = squaredDistances(predictions(k, 2, [0, 0], [1, 1]), [0.5, 0.5]);
      return { ...measurement, distances: [distances, distances] };
    });
    const { points, laws } = fluctuationResult(two, [0, 2], OPTIONS);
    expect(points[0]).toMatchObject({ ciLow: 0, ciHigh: Infinity });
    expect(laws[0].exponent!.ci).toEqual([-Infinity, Infinity]);
    expect(laws[0].constant.ci).toEqual([0, Infinity]);
  });

  it('repeats its intervals for equal seeds and changes them with the seed', () => {
    const run = (seed: number) => fluctuationResult(exactLaw(-1), [0, 2], { ...OPTIONS, seed });
    expect(run(3)).toEqual(run(3));
    expect(run(4).points[0].ciLow).not.toBe(run(3).points[0].ciLow);
  });
});
