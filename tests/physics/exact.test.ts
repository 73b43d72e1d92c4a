// The device against solutions in closed form: one neuron, linear flows, moment equations.
import { expect } from 'vitest';
import { ACTIVATIONS } from '../../src/config.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { deviceTests } from '../helpers/device.ts';
import { linearNetwork } from '../helpers/linear-network.ts';
import { frozenFeatures, quadraticNeuron, reluNeuron, type Input } from '../helpers/problems.ts';

const tests = deviceTests('exact solutions');

/** A run of a known problem up to time t. */
async function runTo(device: Device, input: Input, t: number) {
  const { config, problem: data, particles } = input;
  const simulation = await createSimulation(device, config, { data, particles });
  await simulation.step(Math.round(t / config.flow.dt));
  const state = await simulation.read();
  const observed = await simulation.observe(['prediction', 'residual', 'moments']);
  simulation.destroy();
  return { ...state, ...observed };
}

const scales = [
  { scale: 0, width: 1 },
  { scale: 0.5, width: 6 },
  { scale: 1, width: 6 },
];
const titleOf = ({ scale, width }: { scale: number; width: number }) =>
  `p = ${scale}, m = ${width}`;

tests.each(
  scales,
  (choice) => `one quadratic neuron follows the logistic equation, ${titleOf(choice)}`,
  async (device, choice) => {
    const known = quadraticNeuron({ ...choice, dt: 1 / 256 });
    const { particles, prediction } = await runTo(device, known, 1);
    // The error is the one that Euler must make, up to its second order in dt.
    const error = Math.abs(particles.a[0]) - known.aAt(1);
    expect(Math.abs(error / known.eulerError(1) - 1)).toBeLessThan(0.04);
    const heun = quadraticNeuron({ ...choice, dt: 1 / 256, integrator: 'heun' });
    const better = await runTo(device, heun, 1);
    const bound = Math.abs(known.eulerError(1)) / 20;
    expect(Math.abs(Math.abs(better.particles.a[0]) - heun.aAt(1))).toBeLessThan(bound);
    expect(Math.abs(better.prediction[0] / heun.predictionAt(1) - 1)).toBeLessThan(1e-4);
    expect(Math.abs(prediction[0] / known.predictionAt(1) - 1)).toBeLessThan(0.02);
  },
);

tests.each(
  scales,
  (choice) =>
    `one relu neuron with everything trained follows the Riccati equation, ${titleOf(choice)}`,
  async (device, choice) => {
    const errorAt = async (integrator: 'euler' | 'heun', dt: number) => {
      const known = reluNeuron({ ...choice, dimension: 3, dt, integrator });
      const { particles } = await runTo(device, known, 1.5);
      const exact = known.at(1.5);
      const errors = [
        ...exact.a.map((value, k) => particles.a[k] - value),
        particles.b[0] - exact.b,
        particles.c[0] - exact.c,
      ].map(Math.abs);
      const worst = Math.max(...errors);
      expect(worst).toBeLessThan(known.tolerance(integrator === 'heun' ? 2 : 1));
      return worst;
    };
    const euler = (await errorAt('euler', 1 / 64)) / (await errorAt('euler', 1 / 128));
    const heun = (await errorAt('heun', 1 / 16)) / (await errorAt('heun', 1 / 32));
    expect(Math.abs(Math.log2(euler) - 1)).toBeLessThan(0.2);
    expect(Math.abs(Math.log2(heun) - 2)).toBeLessThan(0.4);
  },
);

tests.each(
  ACTIVATIONS,
  (activation) => `with c alone trained the residual obeys its linear flow, ${activation}`,
  async (device, activation) => {
    for (const [n, scale] of [0, 0.5, 1].entries()) {
      const integrator = n % 2 === 0 ? 'euler' : 'heun';
      const known = frozenFeatures({ activation, scale, strength: 0.2 * n, integrator, dt: 0.02 });
      const { residual } = await runTo(device, known, 0.6);
      const start = known.residualAfter(0);
      tests.close(activation, residual, known.residualAfter(30), {
        scale: start.reduce((worst, rho) => Math.max(worst, Math.abs(rho)), 1),
        terms: 30 * 50, // steps × width: every step rounds every c, and f adds them
        label: `${integrator}, p = ${scale}`,
      });
    }
  },
);

tests.it('and tends to e^{−Kt} ρ(0) as dt → 0', async (device) => {
  const errorOf = async (dt: number) => {
    const known = frozenFeatures({ activation: 'tanh', dt });
    const { residual } = await runTo(device, known, 2);
    const exact = known.residualAt(2);
    return residual.reduce((worst, rho, j) => Math.max(worst, Math.abs(rho - exact[j])), 0);
  };
  const order = Math.log2((await errorOf(1 / 64)) / (await errorOf(1 / 128)));
  expect(Math.abs(order - 1)).toBeLessThan(0.1);
});

tests.each(
  [
    { scale: 0, width: 3, dimension: 1, dt: 0.01 },
    { scale: 0.5, width: 10, dimension: 2, dt: 0.02 },
    { scale: 1, width: 40, dimension: 3, dt: 0.05 },
  ],
  ({ dimension, ...choice }) =>
    `a linear network has the moments of the exact Euler recursion, ${titleOf(choice)}, d = ${dimension}`,
  async (device, choice) => {
    const known = linearNetwork(choice);
    const steps = 100;
    const { prediction, moments } = await runTo(device, known, steps * choice.dt);
    const exact = known.afterEuler(steps);
    const f = known.predictionOf(exact);
    const trace = exact.s.reduce((sum, row, k) => sum + row[k], 0);
    const terms = steps * choice.width;
    const size = f.reduce((worst, value) => Math.max(worst, Math.abs(value)), 1);
    tests.close('linear, f', prediction, f, { scale: size, terms, label: 'f' });
    tests.close('linear, moments', [moments[0].meanC2, moments[0].meanA2], [exact.p, trace], {
      scale: [exact.p, trace],
      terms,
      label: 'mean c², mean |a|²',
    });
  },
);

tests.it('a linear network tends to the solution of its moment equations', async (device) => {
  const errorOf = async (dt: number) => {
    const known = linearNetwork({ dt });
    const f = known.predictionOf(known.at(1));
    const { prediction } = await runTo(device, known, 1);
    return prediction.reduce((worst, fj, j) => Math.max(worst, Math.abs(fj - f[j])), 0);
  };
  const order = Math.log2((await errorOf(1 / 64)) / (await errorOf(1 / 128)));
  expect(Math.abs(order - 1)).toBeLessThan(0.15);
});
