// The step of `flow.stableStep` on the device: decay at the rate that it promises, the bound of 2, and equal bits.
import { expect } from 'vitest';
import { createSimulation } from '../../src/engine/simulation.ts';
import { fluctuations } from '../../src/experiments/fluctuations.ts';
import { training, type TrainingResult } from '../../src/experiments/training.ts';
import type { Device } from '../../src/gpu/device.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeSamples } from '../helpers/random.ts';

const tests = deviceTests('stable step');
const data = problemOf(makeSamples({ seed: 1, count: 6, dimension: 1 }));

async function trained(
  device: Device,
  flow: object,
  every: number,
  network: object = {},
): Promise<TrainingResult> {
  const config = configOf({ network: { width: 50, ...network }, flow, record: { every } });
  for await (const event of training(device, config, { data }))
    if (event.kind === 'result') return event.result;
  throw new Error('no result');
}

tests.it('shrinks the leading residual by the share, in every step', async (device) => {
  // One sample: the residual is the leading one; with c alone the kernel stays, and ρ ← (1 − share) ρ.
  const one = problemOf(makeSamples({ seed: 2, count: 1, dimension: 1 }));
  for (const share of [0.25, 1.5]) {
    const config = configOf({
      network: { width: 50 },
      flow: { stableStep: share, train: ['c'], steps: 6 },
      record: { every: 1 },
    });
    for await (const event of training(device, config, { data: one })) {
      if (event.kind !== 'result') continue;
      const { history } = event.result;
      for (let n = 1; n < history.length; n++) {
        expect(history[n].loss / history[n - 1].loss).toBeCloseTo((1 - share) ** 2, 3);
      }
    }
  }
});

tests.it(
  'is the bound of Euler’s method: 1.9 falls, 2.1 of the same λ_max grows',
  async (device) => {
    const flow = { steps: 400, train: ['c'] };
    const { timeStep, history } = await trained(device, { ...flow, stableStep: 1.9 }, 400);
    expect(history[1].loss).toBeLessThan(history[0].loss);
    const dt = 2.1 / (timeStep?.lambdaMax ?? NaN);
    const beyond = await trained(device, { ...flow, dt }, 400);
    expect(beyond.history[1].loss).toBeGreaterThan(100 * beyond.history[0].loss);
  },
);

tests.it(
  'gives the same bits however rows cut the run, and times that are sums of its steps',
  async (device) => {
    const flow = { stableStep: 0.5, steps: 70 };
    const [fine, coarse] = [await trained(device, flow, 1), await trained(device, flow, 33)];
    expect(coarse.state).toEqual(fine.state);
    const { history } = fine;
    expect(new Set(history.map(({ dt }) => dt)).size).toBe(6);
    expect(history[0].dt).toBe(fine.timeStep?.dt);
    let time = 0;
    for (const row of history.slice(1)) {
      time += row.dt ?? NaN;
      expect(Math.abs(row.time - time)).toBeLessThan(1e-12 * time);
    }
  },
);

tests.it('is one for all replicas of a sweep, whose times are its multiples', async (device) => {
  const config = configOf({
    network: { width: 8 },
    flow: { stableStep: 0.5, steps: 4 },
    clt: { widths: [8, 16], replicas: 5, times: { spacing: 'linear', count: 3 } },
  });
  for await (const event of fluctuations(device, config, { data })) {
    if (event.kind !== 'result') continue;
    const times = event.result.laws.map(({ time }) => time);
    expect(times[0]).toBe(0);
    expect(times[2] / times[1]).toBeCloseTo(2, 10);
    expect(times[1]).not.toBeCloseTo(2 * config.flow.dt, 6);
  }
});

tests.it('is refused by a simulation that nobody gives a step', async (device) => {
  const config = configOf({ flow: { stableStep: 0.5 } });
  const simulation = await createSimulation(device, config, { data });
  await expect(simulation.step(1)).rejects.toThrow('flow.stableStep: received 0.5; allowed');
  await simulation.setTimeStep(0.1);
  await simulation.step(2);
  expect(simulation.time).toBeCloseTo(0.2, 12);
  simulation.destroy();
});
