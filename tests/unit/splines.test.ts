// Splines and minimal-norm interpolants: exactness on cubics, the exact form of Theorem 5, and the limit of the natural spline.
import { describe, expect, it } from 'vitest';
import {
  curvatureNorm,
  kernelInterpolant,
  linearSpline,
  naturalSpline,
} from '../../src/theory/splines.ts';
import {
  isotropicKernel,
  signedUniform,
  uniformBox,
  uniformKernel,
} from '../../src/theory/univariate-kernels.ts';
import { generator } from '../helpers/random.ts';

const random = generator(3);
const GRID = Array.from({ length: 181 }, (_, k) => -0.9 + k / 100);
const SQUARE = Float64Array.from({ length: 10 }, (_, j) => -0.9 + 0.2 * j);
const WAVE = SQUARE.map((x) => Math.sign(Math.sin(2 * Math.PI * 0.8 * x)));

describe('the natural cubic spline', () => {
  it('has continuous first and second derivatives and none of the second kind at its ends', () => {
    const x = Float64Array.from([-1, -0.3, 0.2, 0.4, 1.5]);
    const y = Float64Array.from([0.3, -1, 2, 0.5, 0.1]);
    const curve = naturalSpline(x, y);
    const h = 1e-3;
    const slope = (at: number) => (curve(at + h) - curve(at - h)) / (2 * h);
    const second = (at: number) => (curve(at + h) - 2 * curve(at) + curve(at - h)) / h ** 2;
    x.forEach((at, j) => expect(curve(at)).toBeCloseTo(y[j], 12));
    for (const at of x) {
      expect(Math.abs(slope(at - 2e-3) - slope(at + 2e-3))).toBeLessThan(0.4);
      expect(Math.abs(second(at - 2e-3) - second(at + 2e-3))).toBeLessThan(3);
    }
    expect(Math.abs(second(x[0] + 1.1e-3))).toBeLessThan(0.3);
    expect(second(-3)).toBeCloseTo(0, 6);
    expect(second(4)).toBeCloseTo(0, 6);
  });

  it('bends less than any other interpolant', () => {
    const x = Float64Array.from([0, 0.5, 1.2, 2]);
    const y = Float64Array.from([0, 1, -1, 0.5]);
    const curve = naturalSpline(x, y);
    const bump = (at: number) =>
      Math.sin(Math.PI * at) ** 2 * at * (at - 0.5) * (at - 1.2) * (at - 2);
    const energy = (f: (at: number) => number) => {
      const h = 1e-3;
      let sum = 0;
      for (let at = h; at < 2 - h; at += h)
        sum += ((f(at + h) - 2 * f(at) + f(at - h)) / h ** 2) ** 2;
      return sum * h;
    };
    const least = energy(curve);
    for (const size of [-0.2, 0.2]) {
      expect(energy((at) => curve(at) + size * bump(at))).toBeGreaterThan(least);
    }
  });

  it('has the closed form of three points: 1 − 3x²/2 + |x|³/2 through a hat', () => {
    const curve = naturalSpline([-1, 0, 1], [0, 1, 0]);
    for (const at of [-1, -0.6, -0.25, 0, 0.5, 0.9, 1]) {
      expect(curve(at)).toBeCloseTo(1 - 1.5 * at ** 2 + 0.5 * Math.abs(at) ** 3, 13);
    }
  });

  it('reduces to the straight line through two points', () => {
    const curve = naturalSpline([0, 2], [1, 5]);
    for (const at of [-1, 0, 0.7, 2, 3]) expect(curve(at)).toBeCloseTo(1 + 2 * at, 12);
  });
});

describe('the linear spline', () => {
  it('is exact on straight lines and continues its ends', () => {
    const curve = linearSpline([0, 1, 3], [0, 2, 2]);
    expect([-1, 0.5, 1, 2, 4].map(curve)).toEqual([-2, 1, 2, 2, 2]);
  });
});

describe('the minimal-norm interpolant', () => {
  it('passes through the data and has the norm that its shape gives (exact form of Theorem 5)', () => {
    for (let n = 0; n < 40; n++) {
      const s = 3 + Math.floor(random.uniform() * 6);
      const x = Float64Array.from(
        { length: s },
        (_, j) => -0.9 + (1.8 * (j + 0.6 * random.uniform())) / s,
      );
      const y = Float64Array.from({ length: s }, () => random.normal());
      for (const features of [signedUniform(1), uniformBox(1, 1), signedUniform(3)]) {
        const fit = kernelInterpolant(uniformKernel(features), x, y);
        const norm = curvatureNorm(features, x, fit.coefficients, 0.95);
        expect(Math.abs(norm / fit.squaredNorm - 1)).toBeLessThan(1e-8);
        x.forEach((at, j) => expect(Math.abs(fit.curve(at) - y[j])).toBeLessThan(1e-8));
      }
    }
  });

  it('ends with the bends of Theorem 5, f″(±B) = (∓S₁ − 3 S₀/B)/(2B), and not with none', () => {
    for (const bound of [1, 3]) {
      const { curve } = kernelInterpolant(uniformKernel(signedUniform(bound)), SQUARE, WAVE);
      const h = 0.02;
      // A cubic beside ±B: these differences of it are exact but for rounding.
      const slope = (at: number) =>
        (8 * (curve(at + h) - curve(at - h)) - curve(at + 2 * h) + curve(at - 2 * h)) / (12 * h);
      const second = (at: number) => (curve(at + h) - 2 * curve(at) + curve(at - h)) / h ** 2;
      const s1 = slope(bound) + slope(-bound);
      const s0 = bound * (slope(bound) - slope(-bound)) - curve(bound) - curve(-bound);
      const bend = (3 * s0) / bound;
      expect(Math.abs(second(bound) - (-s1 - bend) / (2 * bound))).toBeLessThan(1e-6);
      expect(Math.abs(second(-bound) - (s1 - bend) / (2 * bound))).toBeLessThan(1e-6);
      expect(Math.abs(second(SQUARE[0] - 2 * h))).toBeGreaterThan(1e-3);
    }
  });

  it('nears the natural spline as 1/B, and only so', () => {
    const natural = naturalSpline(SQUARE, WAVE);
    const gaps = [1, 2, 4, 16, 64].map((bound) => {
      const { curve } = kernelInterpolant(uniformKernel(signedUniform(bound)), SQUARE, WAVE);
      return Math.max(...GRID.map((at) => Math.abs(curve(at) - natural(at))));
    });
    // .0059, .0022, .00095, .00022, 5e-5
    [0.0059, 0.0022, 0.00095, 0.00022, 5e-5].forEach((gap, k) => {
      expect(Math.abs(gaps[k] / gap - 1)).toBeLessThan(0.1);
    });
    const isotropic = kernelInterpolant(isotropicKernel(2), SQUARE, WAVE);
    expect(
      Math.max(...GRID.map((at) => Math.abs(isotropic.curve(at) - natural(at)))),
    ).toBeGreaterThan(0.03);
  });

  it('says when a Gram matrix is singular', () => {
    expect(() => kernelInterpolant(uniformKernel(signedUniform(1)), [0.1, 0.1], [1, 1])).toThrow(
      /not positive definite: pivot 2 of 2/,
    );
  });
});
