// The bound on explicit steps with birth–death: its eigenvalue against the change of f, and the blow-up that it foretells.
import { describe, expect, it } from 'vitest';
import { stepStability } from '../../src/experiments/stability.ts';
import { describePopulation } from '../../src/observables/population.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { symmetricEigen } from '../../src/theory/eigen.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

describe('dt λ_max', () => {
  it('is that of the linear map from the residual to its change in one step', () => {
    const [s, dt] = [5, 2 ** -20];
    const config = configOf({
      network: { width: 30, activation: 'tanh' },
      flow: { dt, birthDeath: { rate: 3, threshold: 0 } },
    });
    const samples = makeSamples({ seed: 4, count: s, dimension: 2, weighted: true });
    const particles = makeParticles({ seed: 5, width: 30, dimension: 2, weighted: true });
    const at = createReference(config, problemOf(samples), { particles });
    const f = at.observe(['prediction']).prediction;
    // Targets f − e_l make the residual the unit vector e_l; its change is column l of −dt K.
    const columns = Array.from({ length: s }, (_, l) => {
      const y = Float32Array.from(f, (value, j) => value - (j === l ? 1 : 0));
      const one = createReference(config, problemOf({ ...samples, y }), { particles });
      one.step(1);
      const moved = one.observe(['prediction']).prediction;
      return Array.from(moved, (value, j) => (f[j] - value) / dt / samples.weight[l]);
    });
    const root = Array.from(samples.weight, Math.sqrt);
    const matrix = root.map((_, j) =>
      root.map((__, l) => 0.5 * (columns[l][j] + columns[j][l]) * root[j] * root[l]),
    );
    const exact = Math.max(...symmetricEigen(matrix).values);
    const found = stepStability(config, problemOf(samples), particles);
    expect(Math.abs((found ?? NaN) / (dt * exact) - 1)).toBeLessThan(1e-3);
  });

  it('is null without birth–death, and looks at some of many particles and samples', () => {
    const samples = makeSamples({ seed: 6, count: 900, dimension: 1 });
    const particles = makeParticles({ seed: 7, width: 4000, dimension: 1 });
    const flow = { dt: 0.1, birthDeath: { rate: 1 } };
    const of = (config: ReturnType<typeof configOf>) =>
      stepStability(config, problemOf(samples), particles);
    expect(of(configOf({ network: { width: 4000 } }))).toBeNull();
    const few = of(configOf({ network: { width: 4000, activation: 'tanh' }, flow })) ?? NaN;
    const copies = { ...particles, width: 1000 };
    const some = (values: Float32Array) => values.filter((_, i) => i % 4 === 0);
    const thin = {
      ...copies,
      ...{ a: some(particles.a), b: some(particles.b), c: some(particles.c) },
      weight: some(particles.weight),
    };
    const narrow = configOf({ network: { width: 1000, activation: 'tanh' }, flow });
    expect(stepStability(narrow, problemOf(samples), thin)).toBeCloseTo(few, 12);
  });
});

describe('four points fitted by tanh neurons at κ = 4, dt = 0.1', () => {
  it('diverge at the rate that the bound foretells; half the step does not', async () => {
    const run = async (dt: number, t: number) => {
      const config = configOf({
        seed: 3,
        problem: { kind: 'points', x: [-2, -0.7, 0.7, 2], y: [0.8, -0.6, 0.7, -0.9] },
        network: { activation: 'tanh', width: 400 },
        init: {
          kind: 'random',
          a: { kind: 'normal', std: 3 },
          b: { kind: 'normal', std: 2 },
          c: { kind: 'normal', std: 1.5 },
        },
        flow: { dt, birthDeath: { rate: 4, threshold: 0 } },
      });
      const problem = await makeProblem(config);
      const reference = createReference(config, problem);
      const losses: number[] = [];
      for (const end of [t - 1, t]) {
        reference.step(Math.round((end - (end === t ? t - 1 : 0)) / dt));
        losses.push(reference.observe(['loss']).loss[0]);
      }
      const { a, b, c, weight, ...shape } = reference.read().particles;
      const [a32, b32, c32, weight32] = [a, b, c, weight].map((values) =>
        Float32Array.from(values),
      );
      const particles = { ...shape, a: a32, b: b32, c: c32, weight: weight32 };
      return { losses, bound: stepStability(config, problem, particles) ?? NaN, config };
    };
    const coarse = await run(0.1, 18);
    expect(coarse.bound).toBeGreaterThan(2);
    // Each step multiplies the leading residual by 1 − dt λ, ten steps the loss by its twentieth power.
    const growth = Math.log(coarse.losses[1] / coarse.losses[0]);
    expect(Math.abs(growth / (20 * Math.log(coarse.bound - 1)) - 1)).toBeLessThan(0.05);
    const fine = await run(0.05, 10);
    expect(fine.bound).toBeLessThan(2);
    expect(fine.losses[1]).toBeLessThan(fine.losses[0]);
    const calm = { lineages: 400, effective: 1, resamplings: 0, events: 0, largestExponent: 0.1 };
    const warned = ({ config, bound }: typeof fine) =>
      describePopulation(config.flow.birthDeath, calm, 400, 180, bound).warnings;
    expect(warned(fine)).toEqual([]);
    expect(warned(coarse)[0]).toMatch(/is 2\.1\d, above 2.*lower flow\.dt by a factor of 1\.0/);
  });
});
