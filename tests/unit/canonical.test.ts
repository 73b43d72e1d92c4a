// Canonical coordinates of univariate ReLU particles against direct evaluation of the network and its activation patterns.
import { describe, expect, it } from 'vitest';
import {
  arcBoundaries,
  arcOf,
  canonicalOf,
  deltaOf,
  knotOf,
  liftOf,
  planePoint,
} from '../../src/problem/canonical.ts';
import { generator } from '../helpers/random.ts';

const random = generator(11);
const normals = (count: number) => Float64Array.from({ length: count }, () => random.normal());

function network(
  { a, b, c }: { a: Float64Array; b: Float64Array; c: Float64Array },
  alpha: number,
  x: number,
): number {
  return a.reduce((sum, ai, i) => sum + c[i] * Math.max(ai * x - b[i], 0), 0) / alpha;
}

describe('canonical coordinates', () => {
  it('give the same function as the full parameters, for every scale', () => {
    const m = 40;
    const cloud = { a: normals(m), b: normals(m), c: normals(m) };
    for (const alpha of [1, Math.sqrt(m), m]) {
      const { r, theta } = canonicalOf(cloud, alpha);
      for (const x of [-2, -0.3, 0, 0.7, 1.9]) {
        const f =
          r.reduce(
            (sum, ri, i) => sum + ri * Math.max(x * Math.cos(theta[i]) + Math.sin(theta[i]), 0),
            0,
          ) / m;
        expect(Math.abs(f - network(cloud, alpha, x))).toBeLessThan(1e-12);
      }
    }
  });

  it('put the knot at −tan θ and on the line u x + v = 0', () => {
    for (let n = 0; n < 200; n++) {
      const [a, b, c] = normals(3);
      const { r, theta } = canonicalOf({ a: [a], b: [b], c: [c] }, 1);
      const knot = knotOf(a, b);
      const { u, v, sign } = planePoint(r[0], theta[0]);
      expect(Math.abs(Math.tan(theta[0]) + knot)).toBeLessThan(1e-9 * (1 + Math.abs(knot)) ** 2);
      expect(Math.abs(u * knot + v)).toBeLessThan(1e-9 * (1 + Math.abs(knot)));
      expect(sign).toBe(Math.sign(c));
    }
  });

  it('lift to parameters with the given δ and the same function, and back', () => {
    const m = 30;
    const canonical = { r: normals(m), theta: normals(m) };
    for (const alpha of [1, Math.sqrt(m), m]) {
      for (const delta of [-100, -1, -1e-6, 0, 1e-6, 1, 100]) {
        const cloud = liftOf(canonical, delta, alpha);
        const back = canonicalOf(cloud, alpha);
        for (let i = 0; i < m; i++) {
          expect(Math.abs(deltaOf(cloud)[i] - delta)).toBeLessThan(1e-12 * (1 + Math.abs(delta)));
          expect(Math.abs(back.r[i] - canonical.r[i])).toBeLessThan(
            1e-13 * (1 + Math.abs(canonical.r[i])),
          );
        }
      }
    }
  });

  it('lift to c = √|q| e^t, h = √|q| e^−t with 2|q| sinh 2t = δ', () => {
    const canonical = { r: normals(40), theta: normals(40) };
    for (const delta of [-100, -1, 1e-6, 1, 100]) {
      const { a, b, c } = liftOf(canonical, delta, 40);
      canonical.r.forEach((q, i) => {
        const t = Math.asinh(delta / (2 * Math.abs(q))) / 2;
        const [outer, inner] = [t, -t].map((power) => Math.sqrt(Math.abs(q)) * Math.exp(power));
        expect(Math.abs(c[i] / (Math.sign(q) * outer) - 1)).toBeLessThan(1e-12);
        expect(Math.abs(Math.hypot(a[i], b[i]) / inner - 1)).toBeLessThan(1e-12);
      });
    }
  });

  it('keep the sign of a particle without length', () => {
    const { c } = liftOf({ r: Float64Array.of(0, -0), theta: Float64Array.of(1, 1) }, 4, 2);
    expect([...c]).toEqual([2, -2]);
  });

  it('lift at δ = ∓∞ to unit (a, b) or unit |c|', () => {
    const canonical = { r: Float64Array.of(2, -3), theta: Float64Array.of(0.4, 2.5) };
    const inner = liftOf(canonical, -Infinity, 2);
    const outer = liftOf(canonical, Infinity, 2);
    expect([...inner.c]).toEqual([2, -3]);
    expect([...outer.c]).toEqual([1, -1]);
    for (const cloud of [inner, outer]) {
      const back = canonicalOf(cloud, 2);
      expect(back.r[0]).toBeCloseTo(2, 14);
      expect(back.r[1]).toBeCloseTo(-3, 14);
      expect(back.theta[1]).toBeCloseTo(2.5, 14);
    }
  });
});

describe('arcs of equal activation', () => {
  it('number the 2s arcs and name the samples that are active, as the predicate does', () => {
    for (let n = 0; n < 400; n++) {
      const s = 1 + Math.floor(random.uniform() * 9);
      const x = normals(s).sort();
      const [a, b] = normals(2);
      const arc = arcOf(Math.atan2(-b, a), x);
      const active = [...x].map((xj) => a * xj - b > 0);
      expect(active).toEqual([...x].map((_, j) => j >= arc.from && j < arc.to));
    }
  });

  it('label the middles of the arcs 0 … 2s − 1 counter-clockwise', () => {
    const x = Float64Array.of(-1.2, -0.1, 0.4, 2);
    const ends = arcBoundaries(x);
    const middles = [...ends].map((end, q) => ((ends[q + 1] ?? ends[0] + 2 * Math.PI) + end) / 2);
    expect(middles.map((theta) => arcOf(theta, x).label)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(middles.map((theta) => arcOf(theta - 4 * Math.PI, x).label)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
  });

  it('reject shuffled labels: a wrong order of the samples does not reproduce the patterns', () => {
    const x = Float64Array.of(-1.2, -0.1, 0.4, 2);
    const shuffled = Float64Array.of(0.4, -1.2, 2, -0.1);
    let wrong = 0;
    for (let n = 0; n < 200; n++) {
      const [a, b] = normals(2);
      const arc = arcOf(Math.atan2(-b, a), x);
      const active = [...shuffled].map((xj) => a * xj - b > 0);
      if (active.some((on, j) => on !== (j >= arc.from && j < arc.to))) wrong++;
    }
    expect(wrong).toBeGreaterThan(60);
  });
});
