// Runs that fail and simulations that end: numbers out of range are found at their step, and the device lives on.
import { expect } from 'vitest';
import type { Config } from '../../src/config.ts';
import { createSimulation, NumericError } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { createReference } from '../../src/reference/simulation.ts';
import type { Particles } from '../../src/state.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const tests = deviceTests('failure');
const data = problemOf(makeSamples({ seed: 61, count: 6, dimension: 2 }));
const LARGEST = 3.4028234663852886e38;

/** Two replicas; the first stays at rest, since every particle is 0. */
function twoReplicas(): Particles {
  const particles = makeParticles({ seed: 62, width: 9, dimension: 2, replicas: 2 });
  for (const name of ['a', 'b', 'c'] as const)
    particles[name].fill(0, 0, particles[name].length / 2);
  return particles;
}

/** The step after which a particle of the reference first exceeds float32, and the largest values before and at it. */
function firstBadStep(config: Config, particles: Particles) {
  const reference = createReference(config, data, { particles });
  const largest = () => {
    const { a, b, c } = reference.read().particles;
    // Beyond float64 a difference of infinities is NaN.
    return [...a, ...b, ...c].reduce(
      (x, w) => Math.max(x, Number.isNaN(w) ? Infinity : Math.abs(w)),
      0,
    );
  };
  for (let before = largest(); ;) {
    reference.step(1);
    const now = largest();
    if (now > LARGEST) return { step: reference.stepsDone, before, now };
    before = now;
  }
}

async function errorOf(run: () => Promise<unknown>): Promise<NumericError> {
  const error = await run().then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NumericError);
  return error as NumericError;
}

tests.each(
  [
    { dt: 5, integrator: 'euler' as const },
    { dt: 40, integrator: 'euler' as const },
    { dt: 5, integrator: 'heun' as const },
  ],
  ({ dt, integrator }) => `an absurd dt = ${dt} stops the run at its first bad step, ${integrator}`,
  async (device, { dt, integrator }) => {
    const config = configOf({
      network: { activation: 'linear', width: 9 },
      flow: { dt, integrator },
    });
    const particles = twoReplicas();
    const { step, before, now } = firstBadStep(config, particles);
    // Products inside a step leave float32 before the particles do; here no step comes near that without being bad.
    expect(before).toBeLessThan(1e25);
    expect(now).toBeGreaterThan(1e45);
    const found = new Set<number>();
    for (const chunks of [[50], [step - 1, 1], Array.from({ length: step }, () => 1)]) {
      const simulation = await createSimulation(device, config, { data, particles });
      const error = await errorOf(async () => {
        for (const n of chunks) await simulation.step(n);
      });
      expect(error.step).toBe(step);
      expect(error.replica).toBe(1);
      found.add(error.index);
      expect(error.message).toContain(
        `step ${step}: particle ${error.index} of replica 1 is not finite`,
      );
      expect(error.message).toContain(`flow.dt (now ${dt})`);
      simulation.destroy();
    }
    // The particle is that of the bad step, not of the end of the submit, when all have followed it.
    expect(found.size).toBe(1);
    const simulation = await createSimulation(device, config, { data, particles });
    await simulation.step(step - 1);
    expect((await simulation.read()).particles.c.every(Number.isFinite)).toBe(true);
    simulation.destroy();
  },
);

tests.it('a prediction that is not finite is found by replica and sample', async (device) => {
  const config = configOf({ network: { activation: 'linear', width: 9, scale: 0 }, flow: {} });
  const particles = makeParticles({ seed: 63, width: 9, dimension: 2, replicas: 2 });
  particles.c.fill(1e38, 9);
  particles.b.fill(-9, 9);
  const simulation = await createSimulation(device, config, { data, particles });
  const error = await errorOf(() => simulation.observe(['prediction']));
  expect([error.step, error.replica, error.index]).toEqual([0, 1, 0]);
  expect(error.message).toContain('step 0: the prediction at sample 0 of replica 1 is not finite');
  simulation.destroy();
});

/** Loss after a few steps of a fresh simulation. */
async function shortRun(device: Device, width: number): Promise<number> {
  const config = configOf({ network: { width } });
  const simulation = await createSimulation(device, config, { data });
  await simulation.step(2);
  const { loss } = await simulation.observe(['loss', 'patterns', 'moments']);
  simulation.destroy();
  return loss[0];
}

tests.it(
  'a destroyed simulation leaves the device and other simulations usable',
  async (device) => {
    const config = configOf({ network: { width: 33 } });
    const [kept, gone] = [
      await createSimulation(device, config, { data }),
      await createSimulation(device, config, { data }),
    ];
    await gone.step(3);
    gone.destroy();
    gone.destroy();
    await kept.step(3);
    expect((await kept.observe(['loss'])).loss[0]).toBeGreaterThan(0);
    kept.destroy();
    expect(await shortRun(device, 33)).toBeGreaterThan(0);
  },
);

tests.it('fifty simulations one after the other give the same numbers', async (device) => {
  const losses = new Set<number>();
  for (let n = 0; n < 50; n++) losses.add(await shortRun(device, 1000));
  expect(losses.size).toBe(1);
});

tests.it('calls made at the same time run in the order in which they were made', async (device) => {
  const config = configOf({ network: { width: 33 } });
  const simulation = await createSimulation(device, config, { data });
  const [, first, , second] = await Promise.all([
    simulation.step(5),
    simulation.read(),
    simulation.step(5),
    simulation.read(),
  ]);
  expect([first.step, second.step]).toEqual([5, 10]);
  simulation.destroy();
});
