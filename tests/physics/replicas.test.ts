// Replicas, seeds and restarts: what must be independent is, and what must repeat repeats bit for bit.
import { expect } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { createSimulation, type SimulationOptions } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { replicaOf, type Particles } from '../../src/state.ts';
import { expectSameBits, expectSameParticles, firstDifference } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeSamples } from '../helpers/random.ts';

const tests = deviceTests('replicas');
const data = problemOf(makeSamples({ seed: 41, count: 20, dimension: 2 }));

interface Run {
  width?: number;
  seed?: number;
  flow?: ConfigInput['flow'];
  steps?: number;
}

/** Particles, predictions and the number of parts of the particle sum after a run. */
async function runOf(
  device: Device,
  { width = 61, seed = 3, flow = {}, steps = 20 }: Run,
  options: SimulationOptions,
) {
  const config = configOf({ seed, network: { activation: 'tanh', width }, flow });
  const simulation = await createSimulation(device, config, { data, ...options });
  await simulation.step(steps);
  const { particles } = await simulation.read();
  const { prediction } = await simulation.observe(['prediction']);
  const splits = simulation.kernels['splits'];
  simulation.destroy();
  return { particles, prediction, splits };
}

tests.each(
  [{}, { integrator: 'heun' as const }, { batch: 7 }],
  (flow) =>
    `replica r of a batch is the single run with replica word r, bit for bit: ${JSON.stringify(flow)}`,
  async (device, flow) => {
    const all = await runOf(device, { flow }, { replicas: 4, firstReplica: 10 });
    for (let r = 0; r < 4; r++) {
      const single = await runOf(device, { flow }, { firstReplica: 10 + r });
      expect(single.splits).toBe(all.splits);
      expectSameParticles(single.particles, replicaOf(all.particles, r));
      expectSameBits(single.prediction, all.prediction.subarray(20 * r, 20 * r + 20), 'f');
    }
    for (let r = 1; r < 4; r++) {
      const [one, other] = [0, r].map((n) => replicaOf(all.particles, n));
      const equal = one.c.filter((c, i) => c === other.c[i]).length;
      expect(equal).toBeLessThan(3);
    }
  },
);

tests.it('to rounding where the plan sums particles in other parts', async (device) => {
  const run = { width: 5001, steps: 10 };
  const all = await runOf(device, run, { replicas: 5 });
  const single = await runOf(device, run, { firstReplica: 4 });
  if (device.software) expect(single.splits).not.toBe(all.splits);
  const last = replicaOf(all.particles, 4);
  for (const name of ['a', 'b', 'c'] as const) {
    tests.close('other parts', single.particles[name], last[name], {
      scale: 6,
      terms: 10 * 2, // ten steps round position and velocity; coordinates are below 6
      label: name,
    });
  }
});

tests.it('an outlier in one replica does not touch the others', async (device) => {
  const { particles } = await runOf(device, { steps: 0 }, { replicas: 3 });
  const moved: Particles = { ...particles, c: particles.c.slice() };
  moved.c.fill(5, 61, 122);
  const start = { seed: 3, steps: 20 };
  const before = await runOf(device, start, { particles });
  const after = await runOf(device, start, { particles: moved });
  for (const r of [0, 2]) {
    expectSameParticles(replicaOf(after.particles, r), replicaOf(before.particles, r));
  }
  expect(firstDifference(replicaOf(after.particles, 1).b, replicaOf(before.particles, 1).b)).toBe(
    0,
  );
});

tests.it(
  'the same seed repeats bit for bit, in one call or many; another seed differs',
  async (device) => {
    for (const flow of [{}, { batch: 5, integrator: 'heun' as const }]) {
      const first = await runOf(device, { flow }, { replicas: 2 });
      const second = await runOf(device, { flow }, { replicas: 2 });
      expectSameParticles(second.particles, first.particles);
      const config = configOf({ seed: 3, network: { activation: 'tanh', width: 61 }, flow });
      const simulation = await createSimulation(device, config, { data, replicas: 2 });
      for (const n of [1, 0, 7, 12]) {
        await simulation.step(n);
        await simulation.observe(['loss', 'velocity', 'moments', 'patternsChanged']);
      }
      expect(simulation.stepsDone).toBe(20);
      expectSameParticles((await simulation.read()).particles, first.particles);
      simulation.destroy();
      const other = await runOf(device, { flow, seed: 4 }, { replicas: 2 });
      expect(firstDifference(other.particles.c, first.particles.c)).toBe(0);
    }
  },
);

tests.it('a run restarted from its particles goes on bit for bit', async (device) => {
  for (const integrator of ['euler', 'heun'] as const) {
    const flow = { integrator };
    const whole = await runOf(device, { flow, steps: 20 }, { replicas: 2 });
    const half = await runOf(device, { flow, steps: 10 }, { replicas: 2 });
    const rest = await runOf(device, { flow, steps: 10 }, { particles: half.particles });
    expectSameParticles(rest.particles, whole.particles);
  }
});
