// The persistent kernel: the bits of the sorted kernels, step for step, and the numbers of the float64 reference.
import { expect } from 'vitest';
import { createSimulation, NumericError } from '../../src/engine/simulation.ts';
import type { KernelChoice } from '../../src/engine/plan.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Samples } from '../../src/problem/problem.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { sortedForward, sortedStep } from '../../src/reference/sorted.ts';
import type { Particles, State } from '../../src/state.ts';
import { expectSameParticles } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const tests = deviceTests('sorted replica');

interface Case {
  m: number;
  s: number;
  replicas?: number;
  weighted?: boolean;
  steps?: readonly number[];
  dt?: number | undefined;
  change?: (samples: Samples, particles: Particles) => Samples;
}

function inputOf({ m, s, replicas = 2, weighted = false, change = (x) => x }: Case) {
  const base = makeSamples({ seed: s, count: s, dimension: 1, weighted: true });
  const particles = makeParticles({ seed: m, width: m, dimension: 1, replicas, weighted });
  return { samples: change(base, particles), particles };
}

/** The states after the steps of a run on some kernels. */
async function statesOf(device: Device, kernel: KernelChoice, choice: Case): Promise<State[]> {
  const { samples, particles } = inputOf(choice);
  const config = configOf({ network: { width: choice.m }, flow: { dt: choice.dt ?? 0.2 } });
  const options = { data: problemOf(samples), particles, kernel, submitMs: Infinity };
  const simulation = await createSimulation(device, config, options);
  expect(simulation.kernels['velocity']).toBe(
    kernel === 'persistent' ? 'sorted_replica' : 'sorted_step',
  );
  const states: State[] = [];
  for (const step of choice.steps ?? [1, 7]) {
    await simulation.step(step - simulation.stepsDone);
    states.push(await simulation.read());
  }
  simulation.destroy();
  return states;
}

async function checkSameBits(device: Device, choice: Case): Promise<void> {
  const [seen, wanted] = [
    await statesOf(device, 'persistent', choice),
    await statesOf(device, 'sorted', choice),
  ];
  wanted.forEach(({ step, particles }, n) => {
    expect(seen[n].step).toBe(step);
    expectSameParticles(seen[n].particles, particles);
  });
}

tests.it('has the bits of the sorted kernels at every boundary of the width', async (device) => {
  for (const m of [1, 3, 4, 5, 63, 255, 256, 257, 1021]) await checkSameBits(device, { m, s: 37 });
});

tests.it('has the bits of the sorted kernels at every boundary of the samples', async (device) => {
  for (const s of [1, 2, 31, 32, 63, 64, 65, 67]) await checkSameBits(device, { m: 67, s });
});

tests.it('has the bits of the sorted kernels in every replica, with weights', async (device) => {
  await checkSameBits(device, { m: 131, s: 61, replicas: 7, weighted: true, steps: [3, 64, 101] });
});

const HARD: Record<string, NonNullable<Case['change']>> = {
  'equal inputs': (samples) => ({ ...samples, x: samples.x.fill(0.5) }),
  'inputs far from 0': (samples, { a, b }) => {
    b.forEach((value, p) => (b[p] = value + 1000 * a[p]));
    return { ...samples, x: samples.x.map((x) => 1000 + x) };
  },
  'knots on samples and a = 0': (samples, { a, b }) => {
    a.forEach((_, p) => (a[p] = p % 5 === 0 ? 0 : (-1) ** p));
    b.forEach((_, p) => (b[p] = a[p] * samples.x[p % samples.count]));
    return samples;
  },
  'particles of very different sizes': (samples, { c }) => {
    c.forEach((value, p) => (c[p] = value * 4 ** ((p % 9) - 4)));
    return samples;
  },
};

const STABLE: Record<string, number> = {
  'inputs far from 0': 2 ** -21,
  'particles of very different sizes': 2 ** -10,
};

tests.each(
  Object.keys(HARD),
  (name) => `has the bits of the sorted kernels on ${name}`,
  // Steps that neither stand still nor explode.
  (device, name) => checkSameBits(device, { m: 131, s: 61, change: HARD[name], dt: STABLE[name] }),
);

tests.it('agrees with the float64 reference after 1 and 60 steps', async (device) => {
  const choice: Case = { m: 257, s: 61, replicas: 2, weighted: true, steps: [1, 60] };
  const { samples, particles } = inputOf(choice);
  const config = configOf({ network: { width: choice.m }, flow: { dt: 0.2 } });
  const states = await statesOf(device, 'persistent', choice);
  let cloud = cloudOf(particles);
  for (let step = 1, n = 0; step <= 60; step++) {
    cloud = sortedStep(config, cloud, samples);
    if (step !== states[n].step) continue;
    const seen = states[n].particles;
    for (const name of ['a', 'b', 'c'] as const) {
      const size = cloud[name].reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      // Every step rounds the particle and its velocity.
      tests.close(`particles, ${step} steps`, seen[name], cloud[name], {
        scale: size,
        terms: 2 * step,
        label: `${name} after ${step} steps`,
      });
    }
    const [f, wanted] = [cloudOf(seen), cloud].map((at) => sortedForward(config, at, samples));
    tests.close(`f, ${step} steps`, f, wanted, { scale: 1, terms: 2 * step, label: 'f' });
    n++;
  }
});

/** What each kernel throws on the way to step 300, in submits of one and of many steps. */
async function errorsOf(device: Device, dt: number): Promise<NumericError[]> {
  const config = configOf({ network: { width: 61 }, flow: { dt } });
  const particles = makeParticles({ seed: 5, width: 61, dimension: 1, replicas: 3, std: 2 });
  // The first replica stays at rest.
  for (const name of ['a', 'b', 'c'] as const) particles[name].fill(0, 0, 61);
  const data = problemOf(makeSamples({ seed: 6, count: 33, dimension: 1 }));
  const errors: NumericError[] = [];
  for (const [kernel, n] of [
    ['sorted', 1],
    ['persistent', 1],
    ['persistent', 300],
  ] as const) {
    const options = { data, particles, kernel, submitMs: Infinity };
    const simulation = await createSimulation(device, config, options);
    try {
      while (simulation.stepsDone < 300) await simulation.step(n);
    } catch (error) {
      if (error instanceof NumericError) errors.push(error);
    }
    simulation.destroy();
  }
  return errors;
}

tests.it('finds the first bad particle, whatever the submit', async (device) => {
  const errors = await errorsOf(device, 3e38);
  expect(errors.map(({ message }) => message)).toEqual(errors.map(() => errors[0].message));
  expect(errors).toHaveLength(3);
  expect(errors[0].message).toMatch(/^step 1: particle \d+ of replica 1 is not finite/);
});

tests.it(
  'finds the first step whose sums leave their range, whatever the submit',
  async (device) => {
    const errors = await errorsOf(device, 40);
    expect(errors).toHaveLength(3);
    expect(new Set(errors.map(({ message }) => message)).size).toBe(1);
    expect(errors[0].step).toBeGreaterThan(1);
  },
);

tests.it('leaves observations and single steps of other kernels alone', async (device) => {
  const { samples, particles } = inputOf({ m: 61, s: 37 });
  const config = configOf({ network: { width: 61 }, flow: { dt: 0.2 } });
  const options = { data: problemOf(samples), particles, submitMs: Infinity };
  const seen = [];
  for (const kernel of ['persistent', 'sorted'] as const) {
    const simulation = await createSimulation(device, config, { ...options, kernel });
    const records = [];
    for await (const stretch of simulation.advance(37, ['prediction', 'loss'], [0, 1, 2, 13, 37]))
      records.push(...stretch.records);
    seen.push(records);
    simulation.destroy();
  }
  expect(seen[0]).toEqual(seen[1]);
});
