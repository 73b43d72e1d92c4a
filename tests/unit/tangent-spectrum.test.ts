// λ_max of the tangent kernel: the matrix-free estimate against the eigenvalues of the matrix, and the stability bound.
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS } from '../../src/config.ts';
import { activationOf } from '../../src/problem/activation.ts';
import type { Problem } from '../../src/problem/problem.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { symmetricEigen } from '../../src/theory/eigen.ts';
import { tangentEigenvalue } from '../../src/theory/tangent-spectrum.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

describe('the largest eigenvalue of the tangent kernel', () => {
  it('equals that of the matrix, for every activation and choice of trained parameters', () => {
    for (const activation of ACTIVATIONS) {
      for (const train of [['a', 'b', 'c'], ['c'], ['a']] as const) {
        const [m, d, s] = [20, 2, 6];
        const config = configOf({
          network: { width: m, activation },
          flow: { train: [...train] },
        });
        const samples = makeSamples({ seed: 4, count: s, dimension: d });
        const w = makeParticles({ seed: 5, width: m, dimension: d, weighted: true });
        const sigma = activationOf(activation);
        const gradient = (i: number, j: number): number[] => {
          const x = [...samples.x.subarray(j * d, (j + 1) * d)];
          const z = x.reduce((sum, xq, q) => sum + w.a[i * d + q] * xq, -w.b[i]);
          const pull = w.c[i] * sigma.derivative(z);
          const on = (name: string, value: number) =>
            (train as readonly string[]).includes(name) ? value : 0;
          return [...x.map((xq) => on('a', pull * xq)), on('b', -pull), on('c', sigma.value(z))];
        };
        const matrix = Array.from({ length: s }, (_, j) =>
          Array.from({ length: s }, (_, l) => {
            let sum = 0;
            for (let i = 0; i < m; i++) {
              const other = gradient(i, l);
              sum += w.weight[i] * gradient(i, j).reduce((t, v, k) => t + v * other[k], 0);
            }
            return (sum / m) * Math.sqrt(samples.weight[j] * samples.weight[l]);
          }),
        );
        const exact = Math.max(...symmetricEigen(matrix).values);
        const estimate = tangentEigenvalue(config, w, samples);
        expect(estimate).toBeLessThan(exact * (1 + 1e-12));
        expect(estimate).toBeGreaterThan(exact * (1 - 3e-3));
      }
    }
  });

  it('bounds the step: frozen features converge below 2/λ_max and diverge above', () => {
    const [m, d, s] = [40, 1, 5];
    const samples = makeSamples({ seed: 6, count: s, dimension: d });
    const particles = makeParticles({ seed: 7, width: m, dimension: d });
    const problem: Problem = { title: 'test', train: samples, test: null };
    const run = (fraction: number): number => {
      const base = { network: { width: m }, flow: { train: ['c' as const] } };
      const value = tangentEigenvalue(configOf(base), particles, samples);
      const config = configOf({ ...base, flow: { ...base.flow, dt: fraction / value } });
      const reference = createReference(config, problem, { particles });
      const [before] = reference.observe(['loss']).loss;
      reference.step(200);
      return reference.observe(['loss']).loss[0] / before;
    };
    expect(run(1.95)).toBeLessThan(1);
    expect(run(2.05)).toBeGreaterThan(10);
  });
});
