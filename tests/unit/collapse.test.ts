// The student–teacher reproduction: its scaled flow takes the steps of the source, and distinct neurons are counted.
import { describe, expect, it } from 'vitest';
import { collapseConfig } from '../../src/experiments/reproduce/collapse.ts';
import { countDistinct } from '../../src/observables/distinct.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { createReference } from '../../src/reference/simulation.ts';
import type { Particles } from '../../src/state.ts';

const M = 50;

describe('the settings', () => {
  const sizes = { steps: 10, replicas: 1, samples: 40 };
  const config = collapseConfig(sizes, 'births and deaths alone', {});

  it('are steps of 0.02 along the gradient of the mean square of Σ c̃ relu(⟨ã, x⟩) − f*', async () => {
    const { flow } = collapseConfig(sizes, 'gradient descent', {});
    // All samples at once: both sides see the same ones.
    const whole = { ...config, flow: { ...flow, batch: 0 } };
    const problem = await makeProblem(whole);
    const { x, y, count: s, dimension: d } = problem.train;
    const reference = createReference(whole, problem);
    const start = reference.read().particles;
    const { potential } = reference.observe(['potential']);
    reference.step(1);
    const end = reference.read().particles;
    const scaled = (values: ArrayLike<number>): number[] =>
      Array.from(values, (v) => v / Math.sqrt(M));
    const [a, c] = [scaled(start.a), scaled(start.c)];
    const z = (i: number, j: number): number => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += a[i * d + k] * x[j * d + k];
      return Math.max(0, sum);
    };
    const error = Float64Array.from({ length: s }, (_, j) =>
      c.reduce((sum, charge, i) => sum + charge * z(i, j), -y[j]),
    );
    const [newA, newC] = [scaled(end.a), scaled(end.c)];
    for (let i = 0; i < M; i++) {
      let byC = 0;
      const byA = new Float64Array(d);
      for (let j = 0; j < s; j++) {
        byC += (2 / s) * error[j] * z(i, j);
        if (z(i, j) === 0) continue;
        for (let k = 0; k < d; k++) byA[k] += (2 / s) * error[j] * c[i] * x[j * d + k];
      }
      // Particles are float32.
      expect(Math.abs(newC[i] - (c[i] - 0.02 * byC))).toBeLessThan(1e-7);
      byA.forEach((slope, k) => {
        expect(Math.abs(newA[i * d + k] - (a[i * d + k] - 0.02 * slope))).toBeLessThan(1e-6);
      });
      // The probability of an event of the source, |c̃ ∂L/∂c̃|.
      const { rate } = config.flow.birthDeath;
      expect(Math.abs(rate * config.flow.dt * potential[i] - c[i] * byC)).toBeLessThan(1e-7);
    }
  });

  it('have a teacher of ten unit neurons with signs', async () => {
    const { train } = await makeProblem(collapseConfig({ ...sizes, samples: 4000 }, 'weights', {}));
    // E f*² = Σ_kl ± K(a_k, a_l) with K(a, a) = 1/(2d): between nothing and all aligned.
    const square = train.y.reduce((sum, value) => sum + value * value, 0) / train.count;
    expect(square).toBeGreaterThan(0.02);
    expect(square).toBeLessThan(1);
  });
});

describe('distinct particles', () => {
  const cloud = (a: number[], c: number[], replicas = 1): Particles => ({
    dimension: 1,
    width: a.length / replicas,
    replicas,
    a: Float32Array.from(a),
    b: new Float32Array(a.length),
    c: Float32Array.from(c),
    weight: new Float32Array(a.length).fill(1),
  });

  it('differ by more than a share of their norm, in any parameter', () => {
    expect(countDistinct(cloud([1, 1, 1.005, 2, 2], [0, 0, 0, 0, 1]))).toEqual([3]);
    expect(countDistinct(cloud([1, 1.02, 1, 1], [0, 0, 1, 1], 2))).toEqual([2, 1]);
    expect(countDistinct(cloud([1, 1.02], [0, 0]), 0.05)).toEqual([1]);
  });
});
