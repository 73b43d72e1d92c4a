// The limit by quadrature on the device: losses of a benchmark that are known, and an error that is what it says.
import { expect } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { quadratureLimit, type QuadratureLimit } from '../../src/experiments/limit.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';

const tests = deviceTests('limit');

const Y = [0.3, -0.5, 0.2, 0.6, -0.4];
const FIVE: ConfigInput = {
  problem: { kind: 'points', x: [-2, -1, 0, 1, 2], y: Y },
  network: { activation: 'tanh' },
  init: { kind: 'random', a: { kind: 'normal', std: 1.5 } },
  flow: { dt: 0.1, steps: 100 },
};
/** Losses of the limit at t = 0, 1, 2.5, 5, 7.5, 10, from an independent program, four digits. */
const STEPS = [0, 10, 25, 50, 75, 100];
const LOSSES = [0.09, 0.0834, 0.076, 0.0671, 0.0603, 0.0547];

async function limitOf(device: Device, nodes: number, rules = 2): Promise<QuadratureLimit> {
  const config = configOf({ ...FIVE, clt: { quadrature: { nodes, rules } } });
  const data = await makeProblem(config);
  for await (const event of quadratureLimit(device, config, data, STEPS)) {
    if (event.kind === 'limit') return event.limit;
  }
  throw new Error('no limit');
}

const distance = (f: Float64Array, g: Float64Array, t: number) =>
  Y.reduce((sum, _, j) => sum + (f[5 * t + j] - g[5 * t + j]) ** 2 / 5, 0);

tests.it('has the losses of the limit, and an error far below theirs', async (device) => {
  const { limit, squaredError } = await limitOf(device, 4096);
  STEPS.forEach((_, t) => {
    const loss = Y.reduce((sum, y, j) => sum + (limit[5 * t + j] - y) ** 2 / 10, 0);
    const error = Math.sqrt(squaredError[t]);
    // |∂ loss| ≤ √(2 loss) ‖error‖, five of them, and half a unit of the last digit.
    expect(Math.abs(loss - LOSSES[t])).toBeLessThan(5 * Math.sqrt(2 * loss) * error + 0.5e-4);
    expect(error).toBeLessThan(2e-3);
  });
  expect(squaredError[0]).toBe(0);
});

tests.it(
  'tells its error: within a factor of ten of the distance to finer nodes',
  async (device) => {
    const fine = await limitOf(device, 8192, 4);
    const coarse = await limitOf(device, 256, 4);
    for (let t = 1; t < STEPS.length; t++) {
      const ratio = distance(coarse.limit, fine.limit, t) / coarse.squaredError[t];
      expect(ratio).toBeGreaterThan(0.1);
      expect(ratio).toBeLessThan(10);
      expect(coarse.squaredError[t]).toBeGreaterThan(5 * fine.squaredError[t]);
    }
  },
);

tests.it('a run starts from quasi-random particles as the reference does', async (device) => {
  const init = { ...FIVE.init, kind: 'random', sampling: 'quasi' } as const;
  const config = configOf({ ...FIVE, init, network: { activation: 'tanh', width: 64 } });
  const data = await makeProblem(config);
  const simulation = await createSimulation(device, config, { data, replicas: 2, firstReplica: 3 });
  const reference = createReference(config, data, { replicas: 2, firstReplica: 3 });
  const { particles } = await simulation.read();
  const cloud = reference.read().particles;
  for (const name of ['a', 'b', 'c'] as const) {
    expect(Array.from(particles[name])).toEqual(Array.from(cloud[name]));
  }
  await simulation.step(20);
  reference.step(20);
  const { prediction } = await simulation.observe(['prediction']);
  simulation.destroy();
  const exact = reference.observe(['prediction']).prediction;
  prediction.forEach((f, k) => expect(Math.abs(f - exact[k])).toBeLessThan(1e-5));
});
