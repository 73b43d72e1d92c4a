// The predicted constant: device tangent on a basis of the noise against the exact discrete Volterra solve on the same
// nodes, and against closed forms.
import { expect } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { prediction, type PredictionAtStep } from '../../src/experiments/prediction.ts';
import type { Device } from '../../src/gpu/device.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { createTangent } from '../../src/reference/tangent.ts';
import { initialVariance } from '../../src/theory/initial-variance.ts';
import { quasiNodes } from '../../src/problem/quasi.ts';
import { solveVolterra } from '../../src/theory/volterra.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';

const tests = deviceTests('prediction');
const STEPS = [0, 10, 40];

/** Golden problem G1: five points, tanh. */
const G1: ConfigInput = {
  problem: { kind: 'points', x: [-2, -1, 0, 1, 2], y: [0.3, -0.5, 0.2, 0.6, -0.4] },
  network: { activation: 'tanh' },
  init: { kind: 'random', a: { kind: 'normal', std: 1.5 } },
  flow: { dt: 0.1, steps: 40 },
};

async function predict(device: Device, input: ConfigInput): Promise<readonly PredictionAtStep[]> {
  const config = configOf(input);
  const data = await makeProblem(config);
  for await (const event of prediction(device, config, data, STEPS)) {
    if (event.kind === 'prediction') return event.steps;
  }
  throw new Error('no prediction');
}

tests.each(
  [
    { name: 'without penalty', flow: {} },
    { name: 'with weight decay', flow: { penalty: { kind: 'weight-decay', strength: 0.02 } } },
    { name: 'with c alone trained', flow: { train: ['c'] } },
  ] as { name: string; flow: ConfigInput['flow'] }[],
  ({ name }) => `equals the exact Volterra solve on the same nodes, ${name}`,
  async (device, { flow }) => {
    const input = {
      ...G1,
      flow: { ...G1.flow, ...flow },
      clt: { prediction: { nodes: 128, columns: 48, rules: 2 } },
    };
    const found = await predict(device, input);
    const config = configOf(input);
    const { train } = await makeProblem(config);
    const exact = [0, 1].map((rule) =>
      solveVolterra(config, train, quasiNodes(config, 1, 128, rule), STEPS),
    );
    STEPS.forEach((_, at) => {
      const mean = (exact[0][at].train.constant + exact[1][at].train.constant) / 2;
      const fresh = (exact[0][at].train.monteCarlo + exact[1][at].train.monteCarlo) / 2;
      // The basis leaves out 1e-8 of the energy or less, and float32 the rest.
      expect(Math.abs(found[at].constant.value / mean - 1)).toBeLessThan(1e-4);
      expect(Math.abs(found[at].monteCarlo.value / fresh - 1)).toBeLessThan(1e-5);
    });
  },
);

tests.it('equals the exact sum over nodes with birth–death by weights', async (device) => {
  const input: ConfigInput = {
    ...G1,
    flow: { ...G1.flow, birthDeath: { rate: 1, threshold: 0 } },
    clt: { prediction: { nodes: 64, columns: 48, rules: 2 } },
  };
  const found = await predict(device, input);
  const config = configOf(input);
  const { train } = await makeProblem(config);
  const exact = [0, 1].map((rule) => {
    // One column e_i/√M per node: their squares add up to C_t of the nodes.
    const noise = Float64Array.from({ length: 64 ** 2 }, (_, at) => (at % 65 === 0 ? 1 / 8 : 0));
    const tangent = createTangent(config, train, quasiNodes(config, 1, 64, rule), noise);
    return STEPS.map((step) => {
      tangent.step(step - tangent.stepsDone);
      return tangent.g().reduce((sum, g) => sum + (g * g) / train.count, 0);
    });
  });
  STEPS.forEach((_, at) => {
    const mean = (exact[0][at] + exact[1][at]) / 2;
    expect(Math.abs(found[at].constant.value / mean - 1)).toBeLessThan(1e-4);
  });
});

tests.it('starts at the closed-form variance of φ, within five standard errors', async (device) => {
  const input = { ...G1, clt: { prediction: { nodes: 1024, columns: 32, rules: 4 } } };
  const [start] = await predict(device, input);
  const config = configOf(input);
  const { train } = await makeProblem(config);
  const exact = initialVariance(config.init, config.network, train) as number;
  expect(Math.abs(start.constant.value - exact)).toBeLessThan(5 * start.constant.se);
  expect(start.constant.se / exact).toBeLessThan(0.01);
});

tests.it('gives the same bits for the same seed', async (device) => {
  const input = { ...G1, clt: { prediction: { nodes: 64, columns: 16, rules: 2 } } };
  expect(await predict(device, input)).toEqual(await predict(device, input));
  const [, other] = await predict(device, { ...input, seed: 2 });
  expect((await predict(device, input))[1].constant.value).not.toBe(other.constant.value);
});
