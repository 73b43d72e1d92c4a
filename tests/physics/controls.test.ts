// Controls on the device: a fluctuation experiment that is done wrong is seen to be wrong, beside the same one done right.
import { expect } from 'vitest';
import type { Config, ConfigInput } from '../../src/config.ts';
import type { CreateBatch } from '../../src/experiments/batches.ts';
import { fluctuations } from '../../src/experiments/fluctuations.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { judgeAgreement } from '../../src/observables/agreement.ts';
import { fluctuationVariance, squaredDistances } from '../../src/observables/distances.ts';
import type { FluctuationResult } from '../../src/observables/fluctuation.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { initialise } from '../../src/reference/initialise.ts';
import { joinReplicas, type Particles } from '../../src/state.ts';
import { initialVariance } from '../../src/theory/initial-variance.ts';
import { meanOf } from '../helpers/fluctuation.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';

const tests = deviceTests('controls');
const REPLICAS = 60;

/** Five points and tanh; the constant is known at t = 0. */
const FIVE: ConfigInput = {
  seed: 3,
  problem: { kind: 'points', x: [-2, -1, 0, 1, 2], y: [0.3, -0.5, 0.2, 0.6, -0.4] },
  network: { activation: 'tanh' },
  init: { kind: 'random', a: { kind: 'normal', std: 1.5 } },
  flow: { dt: 0.1, steps: 10 },
  clt: { widths: [64, 256], replicas: REPLICAS, times: [0, 1], bootstrap: 200 },
};

async function sweep(
  device: Device,
  input: ConfigInput,
  create?: CreateBatch,
): Promise<FluctuationResult> {
  const options = create === undefined ? {} : { create };
  for await (const event of fluctuations(device, configOf(input), options)) {
    if (event.kind === 'result') return event.result;
  }
  throw new Error('no result');
}

/** Replicas of a batch whose particles are chosen by hand. */
const startFrom =
  (particlesOf: (config: Config, replicas: number) => Particles): CreateBatch =>
  (device, config, { data, replicas }) =>
    createSimulation(device, config, { data, particles: particlesOf(config, replicas) });

tests.it('done right, both widths agree with theory and with each other', async (device) => {
  const { laws } = await sweep(device, FIVE);
  expect(judgeAgreement(laws[0].agreement!)).toBe('agrees');
  for (const { collapse } of laws) expect(collapse!.p).toBeGreaterThan(0.01);
});

tests.it('a common initialisation leaves no fluctuation, bit by bit', async (device) => {
  const common = startFrom((config, replicas) => {
    const one = initialise(config, 1);
    return joinReplicas(Array.from({ length: replicas }, () => one));
  });
  const { points, laws } = await sweep(device, FIVE, common);
  // Means of equal float64 numbers may round in their last place.
  for (const { scaled, isResolved } of points) {
    expect(scaled).toBeLessThan(1e-20);
    expect(isResolved).toBe(false);
  }
  expect(laws[1].exponent).toBeNull();
  expect(judgeAgreement(laws[0].agreement!)).toBe('departs');
});

tests.it('replicas shifted by one draw leave the constant known at t = 0', async (device) => {
  const shifted = startFrom((config, replicas) => {
    const { width } = config.network;
    const long = { ...config, network: { ...config.network, width: width + replicas } };
    const { a, b, c, weight, ...rest } = initialise(long, 1);
    return joinReplicas(
      Array.from({ length: replicas }, (_, r) => ({
        ...rest,
        width,
        a: a.slice(r, r + width),
        b: b.slice(r, r + width),
        c: c.slice(r, r + width),
        weight: weight.slice(0, width),
      })),
    );
  });
  const { points, laws } = await sweep(device, FIVE, shifted);
  const config = configOf(FIVE);
  const { train } = await makeProblem(config);
  const known = initialVariance(config.init, config.network, train) as number;
  for (const { width, time, scaled, deviation } of points) {
    if (time > 0) continue;
    expect(deviation).toBeLessThan(-5);
    // E‖f_r − f_q‖² = 2 |r − q| C_0/m² while |r − q| < m, averaged over pairs; one sum of few degrees of freedom.
    const expected = ((REPLICAS + 1) / (3 * width)) * known;
    expect(scaled / expected).toBeGreaterThan(0.1);
    expect(scaled / expected).toBeLessThan(10);
  }
  expect(judgeAgreement(laws[0].agreement!)).toBe('departs');
});

tests.it('1/κ in place of 1/(κ − 1) misses the known constant by 1/κ', async (device) => {
  const [width, kappa, groups] = [64, 5, 400];
  const config = configOf({ ...FIVE, network: { activation: 'tanh', width } });
  const data = await makeProblem(config);
  const simulation = await createSimulation(device, config, { data, replicas: kappa * groups });
  const { prediction } = await simulation.observe(['prediction']);
  simulation.destroy();
  const { weight } = data.train;
  const scaled = Array.from({ length: groups }, (_, g) => {
    const own = prediction.subarray(g * kappa * 5, (g + 1) * kappa * 5);
    const distances = squaredDistances(own, weight);
    return [true, false].map((bessel) => width * fluctuationVariance(distances, bessel));
  });
  const known = initialVariance(config.init, config.network, data.train) as number;
  const [right, wrong] = [0, 1].map((at) => meanOf(scaled.map((pair) => pair[at])));
  expect(Math.abs(right.mean - known)).toBeLessThan(5 * right.se);
  expect((known - wrong.mean) / wrong.se).toBeGreaterThan(5);
  expect(wrong.mean / right.mean).toBeCloseTo(1 - 1 / kappa, 10);
});

tests.it('a rate that is not multiplied with m moves wide networks less', async (device) => {
  // Right at m = 64; at m = 256 the same number of steps is a quarter of the time.
  const plain: CreateBatch = (gpu, config, options) => {
    const flow = { ...config.flow, time: 'gradient' as const, dt: 64 * config.flow.dt };
    return createSimulation(gpu, { ...config, flow }, options);
  };
  const { laws, losses } = await sweep(device, FIVE, plain);
  expect(laws[0].collapse!.p).toBeGreaterThan(0.01);
  expect(laws[1].collapse!.p).toBeLessThan(1e-4);
  expect(losses[1].mean[1]).toBeGreaterThan(losses[0].mean[1]);
});

tests.it('minibatches leave a floor that does not fall with m', async (device) => {
  const wide: ConfigInput = {
    ...FIVE,
    flow: { dt: 0.2, steps: 40 },
    clt: { widths: [512, 2048], replicas: 40, times: [0, 8], bootstrap: 200 },
  };
  const full = await sweep(device, wide);
  expect(full.laws[1].exponent!.ci[1]).toBeLessThan(-0.5);
  const noisy = await sweep(device, { ...wide, flow: { ...wide.flow, batch: 1 } });
  // The start does not know of batches.
  expect(noisy.laws[0].constant).toEqual(full.laws[0].constant);
  const { exponent } = noisy.laws[1];
  expect(exponent!.ci[0]).toBeGreaterThan(-0.5);
  expect(exponent!.ci[1]).toBeGreaterThan(-0.2);
  const floor = noisy.points.filter(({ time }) => time === 8).map((p) => p.scaled / p.width);
  const quiet = full.points.filter(({ time }) => time === 8).map((p) => p.scaled / p.width);
  expect(floor[1]).toBeGreaterThan(10 * quiet[1]);
});
