// The closed forms of C_t against samples of the closed dynamics they describe, at finite width.
import { describe, expect, it } from 'vitest';
import { frozenFeatureClt, quadraticClt } from '../../src/theory/quadratic-clt.ts';
import { normals } from '../helpers/random.ts';

/** Mean and standard error of m Var over groups of replicas; values [replicas]. */
function scaledVariance(values: ArrayLike<number>, width: number) {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const squares = list.map((value) => width * (value - mean) ** 2);
  const variance = squares.reduce((sum, value) => sum + value, 0) / (list.length - 1);
  const spread = squares.reduce((sum, value) => sum + (value - variance) ** 2, 0);
  return { variance, se: Math.sqrt(spread) / list.length };
}

describe('quadraticClt', () => {
  it('is m Var f of finite networks, which obey the logistic equation exactly', () => {
    const [v, target, width, replicas] = [1, 0.5, 400, 4000];
    const exact = quadraticClt({ variance: v, target });
    const a = normals(1, width * replicas);
    const starts = Array.from({ length: replicas }, (_, r) =>
      a.subarray(r * width, (r + 1) * width).reduce((sum, value) => sum + value ** 2 / width, 0),
    );
    for (const t of [0, 0.05, 0.1, 0.2]) {
      const outputs = starts.map((start) => {
        const ratio = target / start - 1;
        return target / (1 + ratio * Math.exp(-12 * target * t));
      });
      // ‖f‖² = A² E x⁴ = 3 A² for normal inputs.
      const { variance, se } = scaledVariance(outputs, width);
      const { constant } = exact.at(t);
      // Terms of order 1/m: the second derivative of A_t in A_0 is below 2 A_t/v², the fourth cumulant of A_0 is 48/m³.
      expect(Math.abs(3 * variance - constant)).toBeLessThan(5 * 3 * se + (20 / width) * constant);
      expect(se).toBeLessThan(0.03 * variance);
    }
  });

  it('has the values that the formula 6 v² (A/v)⁴ e^(−24 A* t) takes', () => {
    const [v, target] = [0.8, 0.6];
    const exact = quadraticClt({ variance: v, target });
    for (const t of [0, 0.03, 0.3, 2]) {
      const output = target / (1 + (target / v - 1) * Math.exp(-12 * target * t));
      const { output: seen, constant, monteCarlo } = exact.at(t);
      expect(seen).toBeCloseTo(output, 14);
      const expected = 6 * v ** 2 * (output / v) ** 4 * Math.exp(-24 * target * t);
      expect(constant / expected).toBeCloseTo(1, 12);
      expect(monteCarlo).toBeCloseTo(6 * output ** 2, 13);
      expect(constant).toBeLessThanOrEqual(monteCarlo * (1 + 1e-12));
    }
  });

  it('shifts the target by λ/6 for weight decay λ, through 0 without a jump', () => {
    const shifted = quadraticClt({ variance: 1, target: 0.5 });
    const decayed = quadraticClt({ variance: 1, target: 0.6, strength: 0.6 });
    expect(decayed.at(0.4)).toEqual(shifted.at(0.4));
    const at = (strength: number) => quadraticClt({ variance: 1, target: 0.5, strength }).at(1);
    // Effective target 0: A = v/(1 + 12 v t).
    expect(at(3).output).toBeCloseTo(1 / 13, 14);
    expect(at(3).constant).toBeCloseTo(6 / 13 ** 4, 14);
    expect(at(3 + 1e-7).constant).toBeCloseTo(at(3).constant, 7);
  });

  it('is the limit of its Euler map, with an error of first order', () => {
    const exact = quadraticClt({ variance: 1, target: 0.5, strength: 0.3, fourth: 2 });
    const errors = [100, 200, 400].map(
      (n) => exact.afterEuler(n, 0.3 / n).constant - exact.at(0.3).constant,
    );
    expect(errors[0] / errors[1]).toBeCloseTo(2, 1);
    expect(errors[1] / errors[2]).toBeCloseTo(2, 1);
    expect(Math.abs(errors[2])).toBeLessThan(0.02 * exact.at(0.3).constant);
  });

  it('differentiates the Euler map', () => {
    const [dt, n, h] = [0.02, 15, 1e-5];
    const [target, kappa] = [0.5, 2];
    const run = (variance: number) =>
      quadraticClt({ variance, target, fourth: kappa }).afterEuler(n, dt);
    const slope = (run(1 + h).output - run(1 - h).output) / (2 * h);
    expect(run(1).constant).toBeCloseTo(2 * kappa * slope ** 2, 8);
  });
});

describe('frozenFeatureClt', () => {
  it('is m Var f of finite networks', () => {
    const [width, replicas, y, dt, n] = [400, 4000, 2, 0.1, 12];
    const [s, c] = [normals(1, width * replicas), normals(2, width * replicas, 0.5)];
    const outputs = Array.from({ length: replicas }, (_, r) => {
      let [kernel, start] = [0, 0];
      for (let i = r * width; i < (r + 1) * width; i++) {
        kernel += s[i] ** 2 / width;
        start += (c[i] * s[i]) / width;
      }
      return y + (1 - dt * kernel) ** n * (start - y);
    });
    const { variance, se } = scaledVariance(outputs, width);
    const exact = frozenFeatureClt({ variance: 0.25, square: 1, fourth: 3, target: y });
    const { constant } = exact.afterEuler(n, dt);
    expect(Math.abs(variance - constant)).toBeLessThan(5 * se + (10 / width) * constant);
    expect(se).toBeLessThan(0.03 * variance);
  });

  it('starts at Var(c) E S² and is the limit of its Euler map', () => {
    const exact = frozenFeatureClt({
      variance: 0.3,
      square: 1.2,
      fourth: 4,
      target: 2,
      weight: 0.5,
    });
    expect(exact.at(0)).toEqual({ output: 0, constant: 0.36, monteCarlo: 0.36 });
    expect(exact.afterEuler(0, 0.1)).toEqual(exact.at(0));
    const errors = [100, 200].map(
      (n) => exact.afterEuler(n, 2 / n).constant - exact.at(2).constant,
    );
    expect(errors[0] / errors[1]).toBeCloseTo(2, 1);
  });

  it('has MC_t of the law (c + β S, S)', () => {
    const [s, c] = [normals(3, 200_000), normals(4, 200_000, 0.5)];
    const exact = frozenFeatureClt({ variance: 0.25, square: 1, fourth: 3, target: 2 }).at(1);
    const phi = s.map((value, i) => (c[i] + exact.output * value) * value);
    const { variance, se } = scaledVariance(phi, 1);
    expect(Math.abs(variance - exact.monteCarlo)).toBeLessThan(5 * se);
  });
});
