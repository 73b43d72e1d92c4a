// Laws of the flow on the device: descent of the objective, invariants, symmetries, units of time, frozen patterns.
import { expect } from 'vitest';
import { PENALTIES, type ConfigInput } from '../../src/config.ts';
import { createSimulation, type Simulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Particles } from '../../src/state.ts';
import { expectSameParticles } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, permutation } from '../helpers/random.ts';

const tests = deviceTests('laws');
const planeProblem = problemOf(makeSamples({ seed: 21, count: 6, dimension: 2, weighted: true }));

/** Runs `body` on a simulation that starts at the given particles. */
async function withRun<T>(
  device: Device,
  particles: Particles,
  { network, flow }: Pick<ConfigInput, 'network' | 'flow'>,
  body: (simulation: Simulation) => Promise<T>,
): Promise<T> {
  const config = configOf({ network: { width: particles.width, ...network }, flow });
  const simulation = await createSimulation(device, config, { data: planeProblem, particles });
  try {
    return await body(simulation);
  } finally {
    simulation.destroy();
  }
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((worst, value) => Math.max(worst, Math.abs(value)), 0);

tests.each(
  [0, 0.5, 1].flatMap((scale) => PENALTIES.map((kind) => ({ scale, kind }))),
  ({ scale, kind }) => `the objective never rises at small dt, p = ${scale}, penalty ${kind}`,
  async (device, { scale, kind }) => {
    const particles = makeParticles({ seed: 2, width: 30, dimension: 2, weighted: true });
    for (const activation of ['relu', 'tanh'] as const) {
      const network = { activation, scale };
      const penalty = { kind, strength: kind === 'none' ? 0 : 0.1 };
      const path = await withRun(
        device,
        particles,
        { network, flow: { dt: 0.005, penalty } },
        async (run) => {
          const values = [(await run.observe(['objective'])).objective[0]];
          for (let n = 0; n < 10; n++) {
            // Thirty steps fall by more than float32 rounding of the objective.
            await run.step(30);
            values.push((await run.observe(['objective'])).objective[0]);
          }
          return values;
        },
      );
      expect(path.filter((value, n) => n > 0 && value > path[n - 1])).toEqual([]);
      expect(path[10]).toBeLessThan(0.9 * path[0]);
    }
  },
);

tests.it('relu, p = 1: the drift of c² − |(a, b)|² halves when dt halves', async (device) => {
  const particles = makeParticles({ seed: 4, width: 20, dimension: 2 });
  const deltaOf = ({ a, b, c }: Particles) =>
    Array.from(c, (value, i) => value ** 2 - a[2 * i] ** 2 - a[2 * i + 1] ** 2 - b[i] ** 2);
  const before = deltaOf(particles);
  const driftAt = (dt: number) =>
    withRun(device, particles, { network: { activation: 'relu' }, flow: { dt } }, async (run) => {
      await run.step(Math.round(2 / dt));
      const after = deltaOf((await run.read()).particles);
      return largest(after.map((value, i) => value - before[i]));
    });
  const [coarse, fine] = [await driftAt(1 / 64), await driftAt(1 / 128)];
  console.log(
    `drift of c² − |(a, b)|² at t = 2: ${coarse.toExponential(2)} at dt = 1/64, ${fine.toExponential(2)} at 1/128`,
  );
  expect(coarse).toBeGreaterThan(1e-4);
  expect(fine).toBeLessThan(0.05);
  expect(Math.abs(Math.log2(coarse / fine) - 1)).toBeLessThan(0.1);
});

/** Forty steps that round positions and velocities, and a sum over 25 particles. */
const rounding = { scale: 1, terms: 2 * 40 + 25 };

tests.it(
  'permuting particles permutes the paths and leaves f unchanged to rounding',
  async (device) => {
    const particles = makeParticles({ seed: 5, width: 25, dimension: 2, weighted: true });
    const order = permutation(6, 25);
    const { a, b, c, weight } = particles;
    const permuted: Particles = {
      ...particles,
      a: Float32Array.from(order.flatMap((i) => [a[2 * i], a[2 * i + 1]])),
      b: Float32Array.from(order, (i) => b[i]),
      c: Float32Array.from(order, (i) => c[i]),
      weight: Float32Array.from(order, (i) => weight[i]),
    };
    const runOf = (start: Particles) =>
      withRun(
        device,
        start,
        { network: { activation: 'tanh' }, flow: { dt: 0.05 } },
        async (run) => {
          await run.step(40);
          return { ...(await run.observe(['prediction'])), ...(await run.read()) };
        },
      );
    const [one, other] = [await runOf(particles), await runOf(permuted)];
    tests.close('permutation, f', other.prediction, one.prediction, { ...rounding, label: 'f' });
    const paths = order.map((i) => one.particles.c[i]);
    tests.close('permutation, c', other.particles.c, paths, { ...rounding, label: 'paths' });
    expect(one.particles.c).not.toEqual(particles.c);
  },
);

tests.it('both units of time agree bit for bit at dt = η m/α²', async (device) => {
  const particles = makeParticles({ seed: 7, width: 64, dimension: 2 });
  const eta = 0.0078125;
  for (const [scale, factor] of [
    [0, 64],
    [0.5, 1],
    [1, 1 / 64],
  ]) {
    const endOf = (flow: ConfigInput['flow']) =>
      withRun(device, particles, { network: { activation: 'tanh', scale }, flow }, async (run) => {
        await run.step(20);
        return run.read();
      });
    const gradient = await endOf({ dt: eta, time: 'gradient' });
    const flow = await endOf({ dt: eta * factor, time: 'function' });
    expectSameParticles(gradient.particles, flow.particles);
    expect(gradient.time).toBe(20 * eta * factor);
    expect(flow.time).toBe(gradient.time);
  }
});

tests.it(
  'with p = 1/2 activation patterns freeze as the width grows, with p = 1 they do not',
  async (device) => {
    const data = problemOf(makeSamples({ seed: 31, count: 16, dimension: 2 }));
    const changedAt = async (scale: number, width: number) => {
      const config = configOf({ network: { width, scale }, flow: { dt: 0.05 } });
      const simulation = await createSimulation(device, config, { data, replicas: 4 });
      await simulation.step(100);
      const { patternsChanged, loss } = await simulation.observe(['patternsChanged', 'loss']);
      simulation.destroy();
      expect(largest(loss)).toBeLessThan(2);
      return patternsChanged.reduce((sum, fraction) => sum + fraction / 4, 0);
    };
    const widths = [256, 4096];
    const half = await Promise.all(widths.map((width) => changedAt(0.5, width)));
    const one = await Promise.all(widths.map((width) => changedAt(1, width)));
    const show = (list: number[]) =>
      list.map((fraction) => `${(100 * fraction).toFixed(2)} %`).join(', ');
    console.log(
      `activation bits changed at t = 5, m = ${widths.join(', ')}: p = 1/2 ${show(half)}; p = 1 ${show(one)}`,
    );
    // Particles move by 1/√m with p = 1/2, so a sixteenfold width leaves a quarter of the changes.
    expect(half[1] / half[0]).toBeGreaterThan(0.15);
    expect(half[1] / half[0]).toBeLessThan(0.4);
    expect(one[1] / one[0]).toBeGreaterThan(0.8);
    expect(one[1] / one[0]).toBeLessThan(1.25);
    expect(half[1]).toBeLessThan(0.1 * one[1]);
  },
);
