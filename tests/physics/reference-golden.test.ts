// A benchmark of five points on the reference: losses of the mean-field limit, and the size of its fluctuation.
//
// Problem: scalar input, tanh with bias, x = −2, −1, 0, 1, 2, y = .3, −.5, .2, .6, −.4, independent centred normals
// with deviations 1.5 (a), 1 (b), 1 (c), Euler with dt = 0.1. The losses of the limit m → ∞ and the constants
// C_t = lim m E‖f_m − f‖² were computed by an independent program (quadrature of the initial law with 16,000 nodes,
// Volterra equation of the linearised fluctuation), and C_0 by one-dimensional quadrature.
import { describe, expect, it } from 'vitest';
import { createReference } from '../../src/reference/simulation.ts';
import { configOf, problemOf } from '../helpers/problems.ts';

const X = [-2, -1, 0, 1, 2];
const Y = [0.3, -0.5, 0.2, 0.6, -0.4];
/** Time, loss of the limit (4 digits), C_t and its effective number of dimensions. */
const TABLE = [
  { time: 0, loss: 0.09, constant: 0.6228, dimensions: 1.87 },
  { time: 1, loss: 0.0834, constant: 0.2026, dimensions: 2.5 },
  { time: 2.5, loss: 0.076, constant: 0.0678, dimensions: 3.49 },
  { time: 5, loss: 0.0671, constant: 0.0366, dimensions: 4.21 },
];

const problem = problemOf({
  count: 5,
  dimension: 1,
  x: Float32Array.from(X),
  y: Float32Array.from(Y),
  weight: new Float32Array(5).fill(1 / 5),
});

function replicas(width: number, count: number, sampling: 'iid' | 'antithetic') {
  const config = configOf({
    seed: 77,
    network: { activation: 'tanh', width },
    init: {
      kind: 'random',
      a: { kind: 'normal', mean: 0, std: 1.5 },
      b: { kind: 'normal', mean: 0, std: 1 },
      c: { kind: 'normal', mean: 0, std: 1 },
      sampling,
    },
    flow: { dt: 0.1 },
  });
  return createReference(config, problem, { replicas: count });
}

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

describe('golden problem of five points', () => {
  it('has the losses of the mean-field limit', () => {
    const [width, count] = [400, 20];
    const run = replicas(width, count, 'antithetic');
    for (const { time, loss, constant } of TABLE) {
      run.step(Math.round((time - run.time) / 0.1));
      const losses = run.observe(['loss']).loss;
      const average = mean(losses);
      const variance = losses.reduce((sum, value) => sum + (value - average) ** 2, 0) / (count - 1);
      // The table is rounded to half a unit of its last digit; E L(f_m) − L(f) is of order C_t/m.
      const tolerance = 5 * Math.sqrt(variance / count) + 0.5e-4 + constant / width;
      expect(Math.abs(average - loss)).toBeLessThan(tolerance);
      expect(tolerance).toBeLessThan(0.03 * loss);
    }
  });

  it('has the predicted fluctuation m E‖f_m − f‖² at t = 0 and t = 1', () => {
    const [width, count] = [50, 400];
    const run = replicas(width, count, 'iid');
    for (const { time, constant, dimensions } of TABLE.slice(0, 2)) {
      run.step(Math.round((time - run.time) / 0.1));
      const f = run.observe(['prediction']).prediction;
      const variances = X.map((_, j) => {
        const column = f.filter((_value, k) => k % 5 === j);
        const centre = mean(column);
        return column.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (count - 1);
      });
      const scaled = width * mean(variances);
      const standardError = constant * Math.sqrt(2 / ((count - 1) * dimensions));
      expect(Math.abs(scaled - constant)).toBeLessThan(5 * standardError);
    }
  });
});
