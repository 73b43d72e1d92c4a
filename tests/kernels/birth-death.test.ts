// birth–death: whole steps on the device against the float64 twin, for every scheme, around every size boundary.
import { expect } from 'vitest';
import type { ActivationName, ConfigInput, PenaltyName } from '../../src/config.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { expectSameParticles } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const tests = deviceTests('birth–death');

type Choice = NonNullable<NonNullable<ConfigInput['flow']>['birthDeath']>;

/** Compares n steps of two replicas on the device with the twin. */
async function check(
  device: Device,
  choice: Choice,
  sizes: {
    width: number;
    dimension?: number;
    steps?: number;
    batch?: number;
    kind?: PenaltyName;
    activation?: ActivationName;
    samples?: number;
  },
): Promise<void> {
  const { width, dimension = 2, steps = 3, batch = 0 } = sizes;
  const { kind = 'weight-decay', activation = 'tanh', samples = 7 } = sizes;
  const config = configOf({
    seed: 5,
    network: { width, activation },
    flow: {
      dt: 0.125,
      batch,
      penalty: { kind, strength: kind === 'none' ? 0 : 0.0625 },
      birthDeath: { rate: 2, ...choice },
    },
  });
  const data = problemOf(makeSamples({ seed: 3, count: samples, dimension }));
  const particles = makeParticles({ seed: width, width, dimension, replicas: 2 });
  const options = { particles, firstReplica: 4 };
  const simulation = await createSimulation(device, config, { data, ...options });
  const reference = createReference(config, data, options);
  await simulation.step(steps);
  reference.step(steps);
  const seen = (await simulation.read()).particles;
  const truth = reference.read().particles;
  const label = `${JSON.stringify(choice)} ${JSON.stringify(sizes)}`;
  // Three steps of sums over 7 samples and two reductions; numbers of order one.
  const closeness = { scale: 4, terms: 10 * steps, label };
  tests.close('a', seen.a, truth.a, closeness);
  tests.close('b', seen.b, truth.b, closeness);
  tests.close('c', seen.c, truth.c, closeness);
  tests.close('ω', seen.weight, truth.weight, {
    ...closeness,
    scale: truth.weight.map((omega) => Math.max(1, omega)),
  });
  const { loss, potential } = await simulation.observe(['loss', 'potential']);
  const expected = reference.observe(['loss', 'potential']);
  tests.close('loss', loss, expected.loss, closeness);
  tests.close('V', potential, expected.potential, { ...closeness, scale: 16 });
  simulation.destroy();
}

const SIZES = [1, 5, 63, 64, 65, 257, 1031];
const SCHEMES: readonly [string, Choice][] = [
  ['weights', { scheme: 'weights' }],
  ['weights, at every step', { scheme: 'weights', threshold: 1 }],
  ['weights, never resampled', { scheme: 'weights', threshold: 0 }],
  ['jump', { scheme: 'jump' }],
  ['published', { scheme: 'published' }],
];

tests.each(
  SCHEMES,
  ([name]) => `${name}: equal to float64 at every size`,
  async (device, [, choice]) => {
    for (const width of SIZES) await check(device, choice, { width });
  },
);

tests.it('V comes from every velocity kernel and every penalty', async (device) => {
  for (const dimension of [1, 17])
    await check(device, { scheme: 'weights' }, { width: 65, dimension });
  // From 8 samples on the univariate ReLU network runs on its sorted kernels.
  for (const threshold of [0.5, 1]) {
    const sizes = { width: 65, dimension: 1, activation: 'relu', samples: 9 } as const;
    await check(device, { scheme: 'weights', threshold }, sizes);
  }
  for (const kind of ['none', 'output-l2', 'total-variation'] as const) {
    await check(device, { scheme: 'weights' }, { width: 65, kind });
  }
});

const REINJECT = { a: { kind: 'uniform' as const }, b: { kind: 'normal' as const, std: 2 } };
const VARIANTS: readonly Choice[] = [
  { scheme: 'jump', centred: false, law: 'linear' },
  { scheme: 'jump', jitter: 0.25 },
  { scheme: 'jump', reinject: REINJECT },
  { scheme: 'jump', reinject: REINJECT, clones: false },
  { scheme: 'published', reinject: REINJECT },
  { scheme: 'published', centred: false, law: 'linear', jitter: 0.25 },
  { scheme: 'weights', threshold: 1, jitter: 0.25 },
  { scheme: 'jump', quench: 0.25 },
  { scheme: 'weights', quench: 0.25 },
];

tests.each(
  VARIANTS,
  (choice) => `${JSON.stringify(choice)}: equal to float64`,
  async (device, choice) => {
    await check(device, choice, { width: 129 });
    await check(device, choice, { width: 37, dimension: 2, batch: 5, steps: 2 });
  },
);

tests.it('one seed gives one result, bit for bit', async (device) => {
  for (const [, choice] of SCHEMES) {
    const config = configOf({
      network: { width: 300, activation: 'tanh' },
      flow: { birthDeath: { rate: 5, ...choice } },
    });
    const data = problemOf(makeSamples({ seed: 3, count: 7, dimension: 2 }));
    const run = async () => {
      const simulation = await createSimulation(device, config, { data, replicas: 2 });
      await simulation.step(20);
      const { particles } = await simulation.read();
      const { population } = await simulation.observe(['population']);
      simulation.destroy();
      return { particles, population };
    };
    const [first, second] = [await run(), await run()];
    expectSameParticles(first.particles, second.particles);
    expect(second.population).toEqual(first.population);
  }
});
