// A mixture by its closed-form energy, by radial features on a grid and by ridge features on the same grid: one flow in three
// forms on the device, with birth–death. Nothing outside forward, velocity and the sums between particles knows which it is.
import { expect } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import { parseConfig } from '../../src/config-check.ts';
import type { Device } from '../../src/gpu/device.ts';
import { mixtureEnergy } from '../../src/theory/mixture.ts';
import type { Particles } from '../../src/state.ts';
import { deviceTests } from '../helpers/device.ts';
import { normals, uniforms } from '../helpers/random.ts';

const tests = deviceTests('energy');
const TARGET = [
  { weight: 1 / 3, mean: -2, variance: 0.5 },
  { weight: -2 / 3, mean: 0, variance: 1 },
  { weight: 1 / 3, mean: 2, variance: 0.5 },
];
const WIDTH = 60;
const FORMS = ['energy', 'grid', 'ridge'] as const;

async function seenOf(device: Device, form: (typeof FORMS)[number], flow: ConfigInput['flow']) {
  const ridge = form === 'ridge';
  const config = parseConfig({
    problem: { kind: 'mixture', components: TARGET },
    network: {
      activation: 'gaussian',
      width: WIDTH,
      ...(!ridge && { features: 'radial', bias: false }),
    },
    flow: {
      dt: 0.05,
      lossWeights: 'sum',
      train: ridge ? ['b', 'c'] : ['a', 'c'],
      ...(form === 'energy' && { loss: 'population' }),
      ...flow,
    },
  });
  const y = uniforms(4, WIDTH, -2, 2);
  const none = new Float32Array(WIDTH);
  const particles: Particles = {
    dimension: 1,
    width: WIDTH,
    replicas: 1,
    a: ridge ? none.map(() => 1) : y,
    b: ridge ? y : none,
    c: normals(5, WIDTH),
    weight: none.map(() => 1),
  };
  const simulation = await createSimulation(device, config, { particles });
  const start = await simulation.observe(['loss', 'potential', 'velocity', 'prediction']);
  await simulation.step(40);
  const end = await simulation.observe(['loss', 'potential', 'population']);
  const { particles: last } = await simulation.read();
  simulation.destroy();
  return {
    start: { ...start, centre: ridge ? start.velocity.b : start.velocity.a },
    end,
    centre: ridge ? last.b : last.a,
    last,
    y,
    c: particles.c,
  };
}

function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, bound: number): void {
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs(value - actual[i])));
  expect(worst).toBeLessThan(bound);
}

tests.it('three forms of one energy move alike, with weights that react', async (device) => {
  const seen = [];
  for (const form of FORMS) {
    seen.push(await seenOf(device, form, { birthDeath: { rate: 2, threshold: 0 } }));
  }
  const [energy] = seen;
  const truth = mixtureEnergy(TARGET, energy.c, energy.y);
  for (const one of seen) {
    // Rounding of sums over 60 units of charge one, or over 25 points.
    expect(Math.abs(one.start.loss[0] - truth.energy)).toBeLessThan(1e-6);
    expectNear(one.start.potential, truth.potential, 1e-6);
    expectNear(
      one.start.velocity.c,
      truth.byCharge.map((value) => -value),
      1e-6,
    );
    expectNear(
      one.start.centre,
      truth.byCentre.map((value) => -value),
      1e-6,
    );
    // f at the points that are looked at comes from forward, whatever the loss.
    expectNear(one.start.prediction, energy.start.prediction, 1e-6);
    // Forty steps carry roundings along.
    expectNear(one.centre, energy.centre, 1e-5);
    expectNear(one.last.c, energy.last.c, 1e-5);
    expectNear(one.last.weight, energy.last.weight, 1e-5);
    expect(Math.abs(one.end.loss[0] - energy.end.loss[0])).toBeLessThan(1e-6);
    expect(one.end.population[0].effective).toBeLessThan(1);
    expect(one.end.loss[0]).toBeLessThan(0.5 * one.start.loss[0]);
  }
});

tests.it('random events act on the energy: jumps, and new units of charge 0', async (device) => {
  for (const reinject of [
    null,
    { a: { kind: 'normal' as const }, b: { kind: 'constant' as const } },
  ]) {
    const birthDeath = { rate: 5, scheme: 'published' as const, reinject };
    const { end, start, last } = await seenOf(device, 'energy', { birthDeath });
    expect(end.population[0].events).toBeGreaterThan(0);
    expect(end.loss[0]).toBeLessThan(0.5 * start.loss[0]);
    expect(last.b.every((b) => b === 0)).toBe(true);
  }
});

tests.it('refuses observables of half-spaces', async (device) => {
  const config = parseConfig({
    problem: { kind: 'mixture' },
    network: { activation: 'gaussian', width: 8, features: 'radial', bias: false },
  });
  const simulation = await createSimulation(device, config);
  await expect(simulation.observe(['patternsChanged'])).rejects.toThrow(/features "radial"/);
  await expect(simulation.observe(['canonical'])).rejects.toThrow(/features "radial"/);
  simulation.destroy();
});
