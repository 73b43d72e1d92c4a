// The test of Gaussianity: its statistic by definition, the size of its null, its power, and its separate halves.
import { describe, expect, it } from 'vitest';
import {
  andersonDarling,
  andersonDarlingTail,
  testGaussianity,
} from '../../src/observables/gaussianity.ts';
import { erfc } from '../../src/special.ts';
import { gaussianPredictions, SMOOTH } from '../helpers/fluctuation.ts';
import { normals } from '../helpers/random.ts';

const WEIGHT = SMOOTH.map(() => 1);
const AT = { width: 64, time: 2 };

describe('andersonDarling', () => {
  it('is n ∫ (F_n − Φ)²/(Φ (1 − Φ)) dΦ with the factor for finite n', () => {
    const values = [-1.3, -0.4, -0.1, 0.6, 1.9];
    const n = values.length;
    const phi = (x: number): number => erfc(-x / Math.SQRT2) / 2;
    // Midpoint rule on the quantile axis, between the jumps of F_n.
    const ends = [0, ...values.map(phi), 1];
    let integral = 0;
    const cells = 20_000;
    for (let k = 0; k <= n; k++) {
      const width = (ends[k + 1] - ends[k]) / cells;
      for (let i = 0; i < cells; i++) {
        const u = ends[k] + (i + 0.5) * width;
        integral += ((k / n - u) ** 2 / (u * (1 - u))) * width;
      }
    }
    const factor = 1 + 0.75 / n + 2.25 / n ** 2;
    expect(andersonDarling(values)).toBeCloseTo(n * integral * factor, 7);
  });

  it('has the published levels at the published critical values for fitted mean and variance', () => {
    // Stephens (1974), case 3, as in D’Agostino and Stephens (1986), table 4.7.
    for (const [level, critical] of [
      [0.1, 0.631],
      [0.05, 0.752],
      [0.025, 0.873],
      [0.01, 1.035],
    ]) {
      expect(Math.abs(andersonDarlingTail(critical) / level - 1)).toBeLessThan(0.015);
    }
    const grid = Array.from({ length: 1500 }, (_, k) => andersonDarlingTail(0.01 * (k + 1)));
    // Where two fits meet they differ by up to 0.003.
    expect(grid.every((p, k) => p >= 0 && p <= 1 && (k === 0 || p <= grid[k - 1] + 0.003))).toBe(
      true,
    );
  });

  it('rejects normal numbers as often as it says, within 5σ and 0.004 of the published fit', () => {
    for (const n of [10, 50]) {
      const sets = 4000;
      const values = normals(51 + n, sets * n);
      let [five, one] = [0, 0];
      for (let set = 0; set < sets; set++) {
        const own = Float64Array.from(values.subarray(set * n, (set + 1) * n)).sort();
        const mean = own.reduce((sum, x) => sum + x, 0) / n;
        const sd = Math.sqrt(own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
        const p = andersonDarlingTail(andersonDarling(own.map((x) => (x - mean) / sd)));
        if (p < 0.05) five++;
        if (p < 0.01) one++;
      }
      const bound = (level: number): number => 5 * Math.sqrt((level * (1 - level)) / sets) + 0.004;
      expect(Math.abs(five / sets - 0.05)).toBeLessThan(bound(0.05));
      expect(Math.abs(one / sets - 0.01)).toBeLessThan(bound(0.01));
    }
  });
});

describe('testGaussianity', () => {
  /** Share of data sets with p < .05. */
  function rejections(sets: number, replicas: number, bend: (x: number) => number): number {
    const found = Array.from({ length: sets }, (_, set) =>
      testGaussianity(gaussianPredictions(61, set, replicas, SMOOTH).map(bend), WEIGHT, AT),
    );
    return found.filter((result) => result!.p < 0.05).length / sets;
  }

  it('rejects Gaussian predictions in at most 5 % of cases (Bonferroni), within 5σ', () => {
    const sets = 400;
    expect(rejections(sets, 40, (x) => x)).toBeLessThan(0.05 + 5 * Math.sqrt(0.0475 / sets));
  });

  it('sees exponential and heavy-tailed predictions at R = 200', () => {
    expect(rejections(40, 200, Math.exp)).toBe(1);
    expect(rejections(40, 200, (x) => x ** 3)).toBe(1);
  });

  it('tests one half along the directions of the other: outliers of the tested half choose nothing', () => {
    // The fitted half varies along sample 0 alone; the tested half has one huge value at sample 1.
    const [replicas, s] = [40, 2];
    const values = normals(71, 2 * replicas);
    const f = Float64Array.from({ length: replicas * s }, (_, at) =>
      at % s === 0 ? values[at / s] : 1e-3 * values[replicas + (at - 1) / s],
    );
    f[39 * s + 1] = 100;
    const { directions, tested } = testGaussianity(f, [1, 1], AT)!;
    expect(tested).toBe(20);
    const own = [...values.subarray(20, 40)].sort((p, q) => p - q);
    const mean = own.reduce((sum, x) => sum + x, 0) / 20;
    const sd = Math.sqrt(own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 19);
    // The first direction is sample 0 but for 10⁻³ of sample 1; up to its sign.
    const along = directions[0].values.map((value, k) =>
      Math.min(Math.abs(value - (own[k] - mean) / sd), Math.abs(value + (own[19 - k] - mean) / sd)),
    );
    expect(Math.max(...along)).toBeLessThan(0.15);
    expect(directions[1].p).toBeLessThan(1e-6);
  });

  it('takes up to three directions, standardises them and shares the variance among them', () => {
    const { directions, width, time, tested } = testGaussianity(
      gaussianPredictions(62, 0, 1000, SMOOTH),
      WEIGHT,
      AT,
    )!;
    expect({ width, time, tested }).toEqual({ ...AT, tested: 500 });
    expect(directions).toHaveLength(3);
    directions.forEach(({ values, share }, k) => {
      // Standard error of a share of variance at n = 500 is below 3 %.
      expect(Math.abs(share - SMOOTH[k] / 1.9)).toBeLessThan(0.15);
      expect(values.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 9);
      expect(values.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(499, 8);
      expect(values.every((x, i) => i === 0 || x >= values[i - 1])).toBe(true);
    });
  });

  it('is null for fewer than 16 replicas, for no fluctuation, and drops directions that are rounding', () => {
    expect(testGaussianity(normals(1, 15), [1], AT)).toBeNull();
    expect(testGaussianity(normals(1, 16), [1], AT)).not.toBeNull();
    expect(testGaussianity(new Float64Array(60).fill(2), [1], AT)).toBeNull();
    const along = normals(72, 30);
    const line = Float32Array.from(
      { length: 90 },
      (_, at) => along[Math.floor(at / 3)] * (1 + (at % 3)),
    );
    expect(testGaussianity(line, [1, 1, 1], AT)!.directions).toHaveLength(1);
  });
});
