// The flow of univariate ReLU networks in the coordinates of Williams et al. 2019: what its equations say once corrected,
// each beside what is printed where that fails.
import { describe, expect, it } from 'vitest';
import { canonicalOf, knotOf } from '../../src/problem/canonical.ts';
import type { Problem } from '../../src/problem/problem.ts';
import { forward } from '../../src/reference/forward.ts';
import { residual } from '../../src/reference/residual.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { velocity } from '../../src/reference/velocity.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { canonicalVelocity, fieldAt } from '../../src/theory/attractors.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const M = 12;
const SCALES = [0, 0.5, 1];
const samples = {
  ...makeSamples({ seed: 5, count: 6, dimension: 1 }),
  weight: new Float32Array(6).fill(1),
};
const particles = makeParticles({ seed: 6, width: M, dimension: 1 });
const problem: Problem = { title: 'test', train: samples, test: null };

/** Plain gradient descent at a scale: the velocity −∂L/∂w of L = ½ Σ ρ², canonical coordinates and the field. */
function flowAt(scale: number) {
  const config = configOf({ network: { width: M, scale }, flow: { lossWeights: 'sum' } });
  const alpha = M ** scale;
  const cloud = cloudOf(particles);
  const rho = residual(forward(config, cloud, samples), samples.y);
  const v = velocity(config, cloud, samples, rho);
  // dw/dt = −(α²/m) ∂L/∂w in function-space time
  const plain = [v.a, v.b, v.c].map((row) => row.map((value) => (value * M) / alpha ** 2));
  return { alpha, cloud, rho, plain, canonical: canonicalOf(cloud, alpha) };
}

/** Per particle: g of its active samples, ⟨g, d⟩, ⟨g, t⟩. */
function fieldOf(theta: number, rho: Float64Array) {
  const { g1, g0 } = fieldAt(theta, samples.x, rho);
  const [cos, sin] = [Math.cos(theta), Math.sin(theta)];
  return { g1, g0, cos, sin, radial: g1 * cos + g0 * sin, angular: g0 * cos - g1 * sin };
}

/** Sum of squares of differences over that of the first list. */
function mismatch(first: readonly number[], second: readonly number[]): number {
  const square = (list: readonly number[]) => list.reduce((sum, value) => sum + value ** 2, 0);
  return Math.sqrt(square(first.map((value, k) => value - second[k])) / square(first));
}

describe('plain gradient descent', () => {
  it('is flow.time "gradient" with lossWeights "sum", at every scale', () => {
    for (const scale of SCALES) {
      const flow = { dt: 0.01, time: 'gradient', lossWeights: 'sum', steps: 1 } as const;
      const config = configOf({ network: { width: M, scale }, flow });
      const reference = createReference(config, problem, { particles });
      const before = reference.read().particles;
      reference.step(1);
      const after = reference.read().particles;
      const alpha = M ** scale;
      const rho = [...samples.x].map((x, j) => {
        const f = [...before.c].reduce(
          (sum, c, i) => sum + c * Math.max(before.a[i] * x - before.b[i], 0),
          0,
        );
        return f / alpha - samples.y[j];
      });
      for (let i = 0; i < M; i++) {
        const [a, b, c] = [before.a[i], before.b[i], before.c[i]];
        let [da, db, dc] = [0, 0, 0];
        rho.forEach((value, j) => {
          const z = a * samples.x[j] - b;
          if (z <= 0) return;
          da += (value * c * samples.x[j]) / alpha;
          db -= (value * c) / alpha;
          dc += (value * z) / alpha;
        });
        expect(Math.abs(after.a[i] - (a - 0.01 * da))).toBeLessThan(1e-12);
        expect(Math.abs(after.b[i] - (b - 0.01 * db))).toBeLessThan(1e-12);
        expect(Math.abs(after.c[i] - (c - 0.01 * dc))).toBeLessThan(1e-12);
      }
    }
  });
});

describe('the flow in the plane', () => {
  it('is −ε (m/α²) [c² g + h² ⟨g, d⟩ d], and not (ṙ, θ̇) as (47) is printed', () => {
    for (const scale of SCALES) {
      const { alpha, cloud, rho, plain, canonical } = flowAt(scale);
      const seen: number[] = [];
      const exact: number[] = [];
      const printed: number[] = [];
      for (let i = 0; i < M; i++) {
        const [a, b, c] = [cloud.a[i], cloud.b[i], cloud.c[i]];
        const [da, db, dc] = plain.map((row) => row[i]);
        const sign = Math.sign(c);
        seen.push((M / alpha) * sign * (dc * a + c * da), (-M / alpha) * sign * (dc * b + c * db));
        const { g1, g0, cos, sin, radial } = fieldOf(canonical.theta[i], rho);
        const square = a * a + b * b;
        const rate = (-sign * M) / alpha ** 2;
        exact.push(rate * (c * c * g1 + square * radial * cos));
        exact.push(rate * (c * c * g0 + square * radial * sin));
        const h = Math.sqrt(square);
        printed.push(
          (M / alpha) * (dc * h + (c * (a * da + b * db)) / h),
          (b * da - a * db) / square,
        );
      }
      expect(mismatch(seen, exact)).toBeLessThan(1e-12);
      expect(mismatch(seen, printed)).toBeGreaterThan(0.1);
    }
  });

  it('has the metric (m²/α²)(h² + c²), 1/h², where c²/r² as printed holds for α = m alone', () => {
    for (const scale of SCALES) {
      const { alpha, cloud, rho, plain, canonical } = flowAt(scale);
      const seen: number[] = [];
      const exact: number[] = [];
      const printed: number[] = [];
      for (let i = 0; i < M; i++) {
        const [a, b, c] = [cloud.a[i], cloud.b[i], cloud.c[i]];
        const [da, db, dc] = plain.map((row) => row[i]);
        const square = a * a + b * b;
        const h = Math.sqrt(square);
        const { radial, angular } = fieldOf(canonical.theta[i], rho);
        const r = canonical.r[i];
        seen.push((M / alpha) * (dc * h + (c * (a * da + b * db)) / h), (b * da - a * db) / square);
        const along = (-((M / alpha) ** 2) * (square + c * c) * radial) / M;
        exact.push(along, (-r * angular) / (M * square));
        printed.push(along, ((-c * c) / (r * r)) * ((r * angular) / M));
      }
      expect(mismatch(seen, exact)).toBeLessThan(1e-12);
      if (scale === 1) expect(mismatch(seen, printed)).toBeLessThan(1e-12);
      else expect(mismatch(seen, printed)).toBeGreaterThan(1e-3);
    }
  });
});

describe('the canonical flow', () => {
  it('moves residuals by Σ (r² t tᵀ + d dᵀ) over the active particles, Proposition 1', () => {
    const { rho, canonical } = flowAt(1);
    const { r, theta } = canonical;
    const f = (shift: number, x: number): number =>
      r.reduce((sum, ri, i) => {
        const rate = canonicalVelocity(ri, theta[i], samples.x, rho);
        const angle = theta[i] + shift * rate.theta;
        const z = x * Math.cos(angle) + Math.sin(angle);
        return sum + ((ri + shift * rate.r) * Math.max(z, 0)) / M;
      }, 0);
    for (const x of samples.x) {
      const measured = (f(1e-6, x) - f(-1e-6, x)) / 2e-6;
      let exact = 0;
      for (let i = 0; i < M; i++) {
        const { cos, sin, radial, angular } = fieldOf(theta[i], rho);
        if (x * cos + sin <= 0) continue;
        exact -= (r[i] ** 2 * (cos - x * sin) * angular + (x * cos + sin) * radial) / M;
      }
      expect(Math.abs(measured - exact)).toBeLessThan(1e-6 * (1 + Math.abs(exact)));
    }
  });
});

describe('total variation', () => {
  it('is ∫ √(1 + x²) |f″| over the knots, and not ∫ |f″|', () => {
    const { canonical, cloud } = flowAt(1);
    const total = canonical.r.reduce((sum, value) => sum + Math.abs(value) / M, 0);
    const f = (x: number) =>
      cloud.c.reduce((sum, c, i) => sum + (c * Math.max(cloud.a[i] * x - cloud.b[i], 0)) / M, 0);
    const knots = Array.from(cloud.a, (a, i) => knotOf(a, cloud.b[i])).sort((p, q) => p - q);
    const ends = [knots[0] - 2, ...knots, knots[M - 1] + 2];
    // f is straight between knots: its slope there from two points.
    const slopes = ends.slice(1).map((end, k) => {
      const [p, q] = [0.25, 0.75].map((share) => ends[k] + share * (end - ends[k]));
      return (f(q) - f(p)) / (q - p);
    });
    const jumps = knots.map((_, k) => Math.abs(slopes[k + 1] - slopes[k]));
    const weighted = jumps.reduce((sum, jump, k) => sum + jump * Math.hypot(1, knots[k]), 0);
    const plain = jumps.reduce((sum, jump) => sum + jump, 0);
    expect(Math.abs(weighted / total - 1)).toBeLessThan(1e-9);
    expect(plain / total).toBeLessThan(0.95);
  });
});
