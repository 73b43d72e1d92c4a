// The population loss on the device: whole runs against the reference, closed dynamics, Monte Carlo over inputs, the law.
import { expect } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import { fluctuations } from '../../src/experiments/fluctuations.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { FluctuationPoint } from '../../src/observables/fluctuation.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles } from '../helpers/random.ts';

const tests = deviceTests('population loss');

const problemOf = (d: number, more: object = {}): ConfigInput['problem'] => ({
  kind: 'teacher-student',
  inputs: { kind: 'sphere', radius: 2 },
  dimension: d,
  samples: 8,
  teacher: { neurons: 3, c: { kind: 'normal' } },
  ...more,
});

tests.each(
  [
    { integrator: 'euler', penalty: { kind: 'none' } },
    { integrator: 'heun', penalty: { kind: 'weight-decay', strength: 0.1 } },
  ] as const,
  ({ integrator }) => `follows the reference for 20 steps of ${integrator}`,
  async (device, flow) => {
    const config = configOf({
      problem: problemOf(3),
      network: { bias: false, width: 21 },
      flow: { loss: 'population', dt: 0.05, ...flow },
    });
    const data = await makeProblem(config);
    const particles = makeParticles({ seed: 2, width: 21, dimension: 3, replicas: 2 });
    particles.b.fill(0);
    const simulation = await createSimulation(device, config, { data, particles });
    const reference = createReference(config, data, { particles });
    await simulation.step(20);
    reference.step(20);
    const names = ['loss', 'objective', 'products'] as const;
    const seen = await simulation.observe(names);
    const wanted = reference.observe(['loss', 'objective']);
    const { particles: cloud } = await simulation.read();
    // 20 steps of a flow that contracts; every step rounds position and velocity.
    const closeness = { terms: 60, scale: 3 };
    tests.close('a', cloud.a, reference.read().particles.a, { ...closeness, label: 'a' });
    tests.close('c', cloud.c, reference.read().particles.c, { ...closeness, label: 'c' });
    tests.close('loss', seen.loss, wanted.loss, { ...closeness, label: 'loss' });
    tests.close('objective', seen.objective, wanted.objective, {
      ...closeness,
      label: 'objective',
    });
    const diagonal = [seen.products.residual[0] / 2, seen.products.residual[3] / 2];
    tests.close('products', diagonal, wanted.loss, { ...closeness, label: 'products' });
    simulation.destroy();
  },
);

type Matrix = number[][];
const trace = (a: Matrix): number => a.reduce((sum, row, i) => sum + row[i], 0);
const multiply = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k][j], 0)));

/** A = (1/n) Σ c_i a_i a_iᵀ. */
function momentMatrix(a: ArrayLike<number>, c: ArrayLike<number>, d: number): Matrix {
  return Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (_unused, j) =>
      Array.from(c).reduce((sum, q, n) => sum + (q * a[n * d + i] * a[n * d + j]) / c.length, 0),
    ),
  );
}

/**
 * Quadratic neurons with c = 1 under Gaussian inputs: f = xᵀAx, and Euler's method gives A ← (I − hM) A (I − hM) with
 * M = 4D + 2 tr(D) I, D = A − A*, whatever the width; L = tr D² + (tr D)²/2. For d = 1 this is A′ = −12 (A − A*) A.
 */
tests.each(
  [1, 3].map((d) => ({ d })),
  ({ d }) => `quadratic neurons follow the closed matrix equation, d = ${d}`,
  async (device, { d }) => {
    const [m, h, n] = [17, 0.01, 30];
    const config = configOf({
      problem: problemOf(d, {
        inputs: { kind: 'gaussian', std: 1 },
        teacher: { neurons: 4, c: { kind: 'constant', value: 1 } },
      }),
      network: { activation: 'quadratic', bias: false, width: m },
      init: { kind: 'random', a: { kind: 'normal', std: 0.7 }, c: { kind: 'constant', value: 1 } },
      flow: { loss: 'population', dt: h, train: ['a'] },
    });
    const data = await makeProblem(config);
    const teacher = data.population?.teacher;
    if (teacher === undefined) throw new Error('no teacher');
    const target = momentMatrix(teacher.a, teacher.c, d);
    const simulation = await createSimulation(device, config, { data });
    const cloudNow = async (): Promise<Matrix> => {
      const { a, c } = (await simulation.read()).particles;
      return momentMatrix(a, c, d);
    };
    let expected = await cloudNow();
    const loss = (): number => {
      const D = expected.map((row, i) => row.map((value, j) => value - target[i][j]));
      return trace(multiply(D, D)) + trace(D) ** 2 / 2;
    };
    const scale = 4 * (trace(expected) + trace(target)) ** 2;
    tests.close('loss', (await simulation.observe(['loss'])).loss, [loss()], {
      scale,
      terms: 2 * m,
      label: 'loss at the start',
    });
    await simulation.step(n);
    for (let k = 0; k < n; k++) {
      const D = expected.map((row, i) => row.map((value, j) => value - target[i][j]));
      const step = D.map((row, i) =>
        row.map((value, j) => (i === j ? 1 - 2 * h * trace(D) : 0) - 4 * h * value),
      );
      expected = multiply(multiply(step, expected), step);
    }
    tests.close('A', (await cloudNow()).flat(), expected.flat(), {
      scale: trace(expected) + trace(target),
      terms: 4 * n,
      label: `A, d = ${d}`,
    });
    tests.close('loss', (await simulation.observe(['loss'])).loss, [loss()], {
      scale,
      terms: 2 * m,
      label: 'loss at the end',
    });
    simulation.destroy();
  },
);

tests.it(
  'the loss is the mean over the inputs: relu, erf, quadratic within 4 standard errors',
  async (device) => {
    for (const activation of ['relu', 'erf', 'quadratic'] as const) {
      const config = configOf({
        problem: problemOf(3, { inputs: { kind: 'gaussian', std: 0.8 }, testSamples: 20_000 }),
        network: { activation, bias: false, width: 12 },
        flow: { loss: 'population', dt: 0.02 },
      });
      const simulation = await createSimulation(device, config);
      await simulation.step(5);
      const { loss, testPrediction } = await simulation.observe(['loss', 'testPrediction']);
      const y = simulation.problem.test?.y ?? new Float32Array(0);
      const squares = Array.from(y, (value, j) => (testPrediction[j] - value) ** 2 / 2);
      const mean = squares.reduce((sum, value) => sum + value, 0) / y.length;
      const variance = squares.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length;
      expect(Math.abs(loss[0] - mean)).toBeLessThan(4 * Math.sqrt(variance / y.length));
      simulation.destroy();
    }
  },
);

async function pointsOf(device: Device, input: ConfigInput): Promise<FluctuationPoint[]> {
  for await (const event of fluctuations(device, configOf(input))) {
    if (event.kind === 'result') return event.result.points;
  }
  throw new Error('no result');
}

tests.it(
  'the law under the population loss is that of one point with the fourth moment of N(0, 1)',
  async (device) => {
    // Quadratic neurons of one input see Σ ν x⁴ alone: 3 for N(0, 1) and for the point 3^{1/4}.
    const point = 3 ** 0.25;
    const common: ConfigInput = {
      network: { activation: 'quadratic', bias: false },
      init: { kind: 'random', c: { kind: 'constant', value: 1 } },
      clt: { widths: [5, 20], replicas: 12, times: [0, 0.1, 0.3], bootstrap: 50 },
    };
    const flow = { dt: 0.01, steps: 30, train: ['a' as const] };
    const population = await pointsOf(device, {
      ...common,
      problem: problemOf(1, {
        inputs: { kind: 'gaussian', std: 1 },
        teacher: { kind: 'given', a: [[1]], c: [0.5] },
      }),
      flow: { ...flow, loss: 'population' },
    });
    const samples = await pointsOf(device, {
      ...common,
      problem: { kind: 'points', x: [point], y: [0.5 * point ** 2] },
      flow,
    });
    expect(population).toHaveLength(6);
    population.forEach((one, n) => {
      const other = samples[n];
      expect([one.width, one.time]).toEqual([other.width, other.time]);
      // V̂ of f known to float32: 10⁻⁷ |f| against fluctuations of 1 to 30 per cent of f.
      expect(one.scaled / other.scaled).toBeCloseTo(1, 3);
      // An estimate from fourth moments, which rounding moves more.
      expect(one.effectiveDimension ?? NaN).toBeCloseTo(1, 2);
    });
  },
);
