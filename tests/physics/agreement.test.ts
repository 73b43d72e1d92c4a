// Whole runs on the device against whole runs of the float64 reference: 1 step and 100 steps.
import { ACTIVATIONS, PENALTIES, type ConfigInput } from '../../src/config.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { deviceTests } from '../helpers/device.ts';
import { referenceRun } from '../helpers/growth.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

interface Case {
  network?: ConfigInput['network'];
  flow?: ConfigInput['flow'];
  m?: number;
  s?: number;
  d?: number;
  replicas?: number;
  weighted?: boolean;
  firstReplica?: number;
}

const tests = deviceTests('whole runs');

async function check(device: Device, row: string, choice: Case, counts = [1, 100]): Promise<void> {
  const { network = {}, flow = {}, m = 61, s = 33, d = 2, replicas = 2 } = choice;
  const { weighted = true, firstReplica = 0 } = choice;
  const config = configOf({ network: { width: m, ...network }, flow });
  const particles = makeParticles({ seed: m, width: m, dimension: d, replicas, weighted });
  if (!config.network.bias) particles.b.fill(0);
  const problem = problemOf(makeSamples({ seed: s, count: s, dimension: d, weighted: true }));
  const options = { data: problem, particles, firstReplica };
  const simulation = await createSimulation(device, config, options);
  let done = 0;
  for (const steps of counts) {
    await simulation.step(steps - done);
    done = steps;
    const wanted = referenceRun(config, problem, particles, steps, { firstReplica });
    const { particles: seen } = await simulation.read();
    const { prediction } = await simulation.observe(['prediction']);
    for (const name of ['a', 'b', 'c'] as const) {
      tests.close(`${row}, ${steps} steps, particles`, seen[name], wanted.cloud[name], {
        scale: wanted.cloudScale,
        terms: 2 * steps + d + s, // position and velocity are rounded in every step
        label: `${name} after ${steps} steps, ${JSON.stringify(choice)}`,
      });
    }
    tests.close(`${row}, ${steps} steps, f`, prediction, wanted.prediction, {
      scale: wanted.predictionScale,
      terms: 2 * steps + m + d,
      label: `f after ${steps} steps, ${JSON.stringify(choice)}`,
    });
  }
  simulation.destroy();
}

tests.each(
  ACTIVATIONS,
  (activation) => `${activation}: particles and f after 1 and 100 steps`,
  (device, activation) => check(device, activation, { network: { activation } }),
);

tests.each(
  [0, 0.5, 1],
  (scale) => `every p and penalty, with Heun: p = ${scale}`,
  async (device, scale) => {
    for (const kind of PENALTIES) {
      const strength = kind === 'none' ? 0 : 0.1;
      await check(
        device,
        'tanh, Heun, p and penalties',
        {
          network: { activation: 'tanh', scale },
          flow: { dt: 0.02, integrator: 'heun', penalty: { kind, strength } },
        },
        [30],
      );
    }
  },
);

tests.it('other dimensions, one and several replicas, masks, no bias', async (device) => {
  for (const [d, replicas] of [
    [1, 1],
    [3, 3],
    [17, 2],
  ]) {
    await check(device, 'relu, d = 1, 3, 17', { d, replicas, m: 33, s: 17 }, [1, 20]);
  }
  const relu = 'relu, masks and no bias';
  await check(device, relu, { flow: { train: ['c'] } }, [20]);
  await check(device, relu, { flow: { train: ['a', 'b'] } }, [20]);
  await check(device, relu, { network: { bias: false } }, [20]);
});

tests.each(
  ['euler', 'heun'] as const,
  (integrator) => `minibatches are those of the reference, step for step: ${integrator}`,
  async (device, integrator) => {
    const flow = { integrator, batch: 7, dt: 0.03 };
    const choice = { network: { activation: 'tanh' as const }, flow, replicas: 3, firstReplica: 5 };
    await check(device, 'tanh, minibatches of 7', choice, [1, 2, 30]);
  },
);

tests.each(
  [0, 0.5, 1],
  (scale) => `every observable of one state, p = ${scale}`,
  async (device, scale) => {
    const config = configOf({
      network: { activation: 'tanh', width: 37, scale },
      flow: { penalty: { kind: 'total-variation', strength: 0.2 } },
    });
    const shape = { dimension: 2, weighted: true };
    const problem = {
      ...problemOf(makeSamples({ seed: 1, count: 19, ...shape })),
      test: makeSamples({ seed: 4, count: 35, ...shape }),
    };
    const particles = makeParticles({ seed: 7, width: 37, replicas: 2, ...shape });
    const simulation = await createSimulation(device, config, { data: problem, particles });
    const reference = createReference(config, problem, { particles });
    const names = [
      'loss',
      'objective',
      'testLoss',
      'residual',
      'prediction',
      'testPrediction',
    ] as const;
    const [seen, wanted] = [await simulation.observe(names), reference.observe(names)];
    for (const name of names) {
      const size = wanted[name].reduce((worst, value) => Math.max(worst, Math.abs(value)), 1);
      tests.close('observables', seen[name], wanted[name], { scale: size, terms: 37, label: name });
    }
    const { velocity } = await simulation.observe(['velocity']);
    const exact = reference.observe(['velocity']).velocity;
    for (const name of ['a', 'b', 'c'] as const) {
      tests.close('observables', velocity[name], exact[name], { scale: 1, terms: 19, label: name });
    }
    const x = makeSamples({ seed: 9, count: 11, dimension: 2 }).x;
    tests.close('predict', await simulation.predict(x), reference.predict(x), {
      scale: 37 / 37 ** scale,
      terms: 37,
      label: 'predict',
    });
    simulation.destroy();
  },
);
