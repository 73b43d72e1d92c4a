// Birth–death on the device against laws: sums of a million weights, exact counts of resampling, dissipation, and the
// fluctuation of a replicator whose covariance is known.
//
// V is given where φ = c, one sample has a huge target −Y and ν Y = 1: then ρ = f + Y = Y in float32 and V = c.
import { expect } from 'vitest';
import type { Config, ConfigInput } from '../../src/config.ts';
import { prediction, type PredictionAtStep } from '../../src/experiments/prediction.ts';
import type { Device } from '../../src/gpu/device.ts';
import { fluctuationVariance, squaredDistances } from '../../src/observables/distances.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import { makeProblem } from '../../src/problem/make.ts';
import type { Problem } from '../../src/problem/problem.ts';
import { quasiNodes } from '../../src/problem/quasi.ts';
import { createReference } from '../../src/reference/simulation.ts';
import type { Particles } from '../../src/state.ts';
import { replicatorVariance } from '../../src/theory/replicator.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, uniforms } from '../helpers/random.ts';

const tests = deviceTests('birth–death laws');

type Choice = NonNullable<NonNullable<ConfigInput['flow']>['birthDeath']>;

/** Frozen particles with φ = c that feel V = scale · c. */
function givenPotential(
  values: Float32Array,
  replicas: number,
  { scale = 1, dt }: { scale?: number; dt: number },
  birthDeath: Choice,
): { config: ReturnType<typeof configOf>; data: Problem; particles: Particles } {
  const width = values.length / replicas;
  const count = values.length;
  const Y = 2 ** 60;
  return {
    config: configOf({
      network: { width, activation: 'linear' },
      flow: { dt, train: [], birthDeath },
    }),
    data: problemOf({
      count: 1,
      dimension: 1,
      x: Float32Array.of(0),
      y: Float32Array.of(-Y),
      weight: Float32Array.of(scale / Y),
    }),
    particles: {
      dimension: 1,
      width,
      replicas,
      a: new Float32Array(count),
      b: new Float32Array(count).fill(-1),
      c: values,
      weight: new Float32Array(count).fill(1),
    },
  };
}

tests.it('a million weights keep their sum to 1e-6, and follow e^{−κVt}', async (device) => {
  const m = 1_000_000;
  const v = uniforms(3, m, 0, 2);
  const { config, ...start } = givenPotential(v, 1, { dt: 0.5 }, { rate: 1, threshold: 0 });
  const simulation = await createSimulation(device, config, {
    data: start.data,
    particles: start.particles,
  });
  await simulation.step(2);
  const { weight } = (await simulation.read()).particles;
  const { population } = await simulation.observe(['population']);
  simulation.destroy();
  const sum = weight.reduce((total, omega) => total + omega, 0);
  expect(Math.abs(sum / m - 1)).toBeLessThan(1e-6);
  const raw = Float64Array.from(v, (value) => Math.exp(-value));
  const total = raw.reduce((mass, value) => mass + value, 0);
  const squares = raw.reduce((mass, value) => mass + value * value, 0);
  let worst = 0;
  weight.forEach((omega, i) => {
    worst = Math.max(worst, Math.abs((omega * total) / (m * raw[i]) - 1));
  });
  // Two exponentials and products of a few roundings each, and the rounding of V̄ in an exponent up to 1.
  expect(worst).toBeLessThan(3e-6);
  expect(Math.abs((population[0].effective * m * squares) / total ** 2 - 1)).toBeLessThan(1e-5);
  expect(population[0].lineages).toBe(m);
});

tests.it('resampling 131,101 particles: ⌊ω⌋ or ⌈ω⌉ copies of each', async (device) => {
  const m = 131_101;
  const c = Float32Array.from({ length: m }, (_, i) => i);
  const choice = { rate: 1, threshold: 1 };
  const { config, ...start } = givenPotential(c, 1, { scale: 3 / m, dt: 1 }, choice);
  const simulation = await createSimulation(device, config, start);
  await simulation.step(1);
  const after = (await simulation.read()).particles;
  const { population } = await simulation.observe(['population']);
  simulation.destroy();
  const raw = Float64Array.from(c, (value) => Math.exp((-3 * value) / m));
  const total = raw.reduce((sum, value) => sum + value, 0);
  const counts = new Int32Array(m);
  for (const value of after.c) counts[value]++;
  let [wrong, living, drift, truth] = [0, 0, 0, 0];
  raw.forEach((value, i) => {
    const omega = (m * value) / total;
    // Float32 weights of size up to 3 are known to about 1e-6.
    const fits = counts[i] > omega - 1 - 3e-6 && counts[i] < omega + 1 + 3e-6;
    wrong += fits ? 0 : 1;
    living += counts[i] > 0 ? 1 : 0;
    drift += (counts[i] * i) / m;
    truth += (omega * i) / m;
  });
  expect(wrong).toBe(0);
  expect(after.weight.every((omega) => omega === 1)).toBe(true);
  expect(population[0]).toMatchObject({ lineages: living, resamplings: 1, effective: 1 });
  expect(population[0].events).toBe(m - living);
  // Uncorrelated counts would spread by √(Σ var i²)/m < 0.5 √(m/3).
  expect(Math.abs(drift - truth)).toBeLessThan(5 * 0.5 * Math.sqrt(m / 3));
});

tests.it('the objective falls by ∫|∇V|² + κ∫(V − V̄)² per unit time', async (device) => {
  const data = problemOf(makeSamples({ seed: 8, count: 6, dimension: 2 }));
  const particles = makeParticles({ seed: 9, width: 200, dimension: 2, weighted: true });
  const slope = async (dt: number) => {
    const config = configOf({
      network: { width: 200, activation: 'tanh' },
      flow: {
        dt,
        penalty: { kind: 'weight-decay', strength: 0.125 },
        birthDeath: { rate: 2, threshold: 0 },
      },
    });
    const simulation = await createSimulation(device, config, { data, particles });
    const before = await simulation.observe(['objective', 'velocity', 'potential']);
    await simulation.step(1);
    const { objective } = await simulation.observe(['objective']);
    simulation.destroy();
    const { velocity: v, potential } = before;
    const share = particles.weight.map((omega) => omega / 200);
    const mean = share.reduce((sum, w, i) => sum + w * potential[i], 0);
    const rate = share.reduce((sum, w, i) => {
      const speed = v.a[2 * i] ** 2 + v.a[2 * i + 1] ** 2 + v.b[i] ** 2 + v.c[i] ** 2;
      return sum + w * (speed + 2 * (potential[i] - mean) ** 2);
    }, 0);
    const [first] = before.objective;
    return { value: (objective[0] - first) / dt, rate, objective: first };
  };
  // Richardson's rule over dt = 2⁻⁴ … 2⁻⁷ leaves of the Euler error the fourth order, about 1e-6.
  const weights = [-1, 14, -56, 64].map((value) => value / 21);
  let [sum, rounding, truth] = [0, 0, 0];
  for (const [n, weight] of weights.entries()) {
    const dt = 2 ** -(4 + n);
    const { value, rate, objective } = await slope(dt);
    sum += weight * value;
    // Each of two objectives is known to a rounding error of float32.
    rounding += (Math.abs(weight) * 2 * 2 ** -24 * objective) / dt;
    truth = rate;
  }
  expect(rounding).toBeLessThan(1e-4 * truth);
  expect(Math.abs(sum + truth)).toBeLessThan(rounding + 1e-5 * truth);
});

tests.it('activation bits are compared with those of the ancestor', async (device) => {
  // Nothing moves: no bit changes, however particles change places.
  const data = problemOf(makeSamples({ seed: 8, count: 40, dimension: 2 }));
  const particles = makeParticles({ seed: 9, width: 90, dimension: 2 });
  for (const choice of [
    { scheme: 'jump' as const },
    { scheme: 'weights' as const, threshold: 1 },
    { scheme: 'weights' as const },
  ]) {
    const config = configOf({
      network: { width: 90 },
      flow: { dt: 0.5, train: [], birthDeath: { rate: 1, ...choice } },
    });
    const simulation = await createSimulation(device, config, { data, particles });
    await simulation.step(4);
    const { patternsChanged, population } = await simulation.observe([
      'patternsChanged',
      'population',
    ]);
    simulation.destroy();
    expect(patternsChanged[0]).toBe(0);
    expect(population[0].events > 0).toBe(
      choice.threshold !== undefined || choice.scheme === 'jump',
    );
  }
});

/**
 * Three types with V = 0, 0.5, 1.2 and initial law (.3, .3, .4), κ = 1, t = 2: m Var of the shares of the types, by
 * the linear equation of the replicator: initial noise alone for weights, and the noise of the jumps.
 */
const TYPES = Float32Array.of(0, 0.5, 1.2);
const PREDICTED = { weights: [0.261, 0.208, 0.025], jump: [0.572, 0.433, 0.115] };

tests.each(
  ['weights', 'jump'] as const,
  (scheme) => `the fluctuation of a replicator with ${scheme} is that of its linear equation`,
  async (device, scheme) => {
    const [m, replicas] = [100, 400];
    // Weights in a given potential know no error of the step, random events one of first order.
    const dt = scheme === 'weights' ? 0.5 : 0.02;
    const c = uniforms(12, m * replicas).map((u) => TYPES[u < 0.3 ? 0 : u < 0.6 ? 1 : 2]);
    const { config, ...start } = givenPotential(
      c,
      replicas,
      { dt },
      { rate: 1, scheme, ...(scheme === 'weights' && { threshold: 0 }) },
    );
    const simulation = await createSimulation(device, config, start);
    await simulation.step(Math.round(2 / dt));
    const { particles } = await simulation.read();
    simulation.destroy();
    TYPES.forEach((type, k) => {
      const variance = m * varianceOf(sharesOf(particles, type));
      // Standard error √(2/R) of a variance.
      const tolerance = 3 * Math.sqrt(2 / replicas) * PREDICTED[scheme][k];
      expect(Math.abs(variance - PREDICTED[scheme][k])).toBeLessThan(tolerance);
    });
  },
);

/**
 * Particles c tanh(x a − b) that move in the potential V = c tanh(a x − b) of one sample, no matter where the others are, with
 * random events: m Var of the mean of c, from nodes on their paths.
 */
tests.it('jumps add their noise to particles on the move', async (device) => {
  const [m, replicas, steps, dt] = [200, 400, 40, 0.025];
  const input: ConfigInput = {
    network: { width: m, activation: 'tanh' },
    // A bounded law: with a tail, of which events pick the best, 1/m is a long way off.
    init: {
      kind: 'random',
      a: { kind: 'uniform' },
      b: { kind: 'uniform' },
      c: { kind: 'uniform', low: 0, high: 2 },
    },
    flow: { dt, birthDeath: { rate: 1.5, scheme: 'jump' } },
  };
  const config = configOf(input);
  const Y = 2 ** 60;
  const data = problemOf({
    count: 1,
    dimension: 1,
    x: Float32Array.of(0.8),
    y: Float32Array.of(-Y),
    weight: Float32Array.of(1 / Y),
  });
  const nodes = 1024;
  const paths = createReference(
    configOf({ ...input, flow: { dt }, network: { width: nodes, activation: 'tanh' } }),
    data,
    {
      particles: quasiNodes(config, 1, nodes, 0),
    },
  );
  const potential = Array.from({ length: steps }, () => {
    const v = paths.observe(['potential']).potential;
    paths.step(1);
    return v;
  });
  const mass = new Float64Array(nodes).fill(1 / nodes);
  const known = replicatorVariance({ mass, potential, rate: 1.5, dt }, paths.read().particles.c);
  const simulation = await createSimulation(device, config, { data, replicas });
  await simulation.step(steps);
  const { moments } = await simulation.observe(['moments']);
  simulation.destroy();
  const means = Float64Array.from(moments, ({ meanC }) => meanC);
  const variance = m * varianceOf(means);
  const constant = known.initial + known.events;
  // The events are no small part, or this would be a test of the initial noise.
  expect(known.events).toBeGreaterThan(0.4 * constant);
  // Standard error √(2/R); dt κ |V| of a few per cent and m = 100 may add as much.
  expect(Math.abs(variance / constant - 1)).toBeLessThan(3 * Math.sqrt(2 / replicas) + 0.03);
  const average = means.reduce((sum, value) => sum + value, 0) / replicas;
  expect(Math.abs(average - known.mean)).toBeLessThan(
    4 * Math.sqrt(constant / m / replicas) + 0.02,
  );
});

function varianceOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** Share of a type by weight, [R]. */
function sharesOf({ c, weight, width: m, replicas }: Particles, type: number): Float64Array {
  const share = new Float64Array(replicas);
  c.forEach((value, p) => (share[Math.floor(p / m)] += value === type ? weight[p] / m : 0));
  return share;
}

/**
 * Four points, tanh, c, a and b uniform on ±√3 (1.5, 3, 2), κ = 1, weights alone: m V̂ against the predicted constant, and the
 * prediction against the linearised flow of an independent program on 4,000 and on 16,000 nodes, which differ by 3 %.
 */
tests.it('weights keep the predicted fluctuation of a network', async (device) => {
  const box = (std: number) => ({
    kind: 'uniform' as const,
    low: -Math.sqrt(3) * std,
    high: Math.sqrt(3) * std,
  });
  const [m, replicas] = [400, 150];
  const config = configOf({
    seed: 3,
    problem: { kind: 'points', x: [-2, -0.7, 0.7, 2], y: [0.8, -0.6, 0.7, -0.9] },
    network: { activation: 'tanh', width: m },
    init: { kind: 'random', a: box(3), b: box(2), c: box(1.5) },
    flow: { dt: 0.1, birthDeath: { rate: 1, threshold: 0 } },
    clt: { prediction: { nodes: 1024, columns: 48, rules: 4 } },
  });
  const steps = [50, 100];
  const predicted = await predictedAt(device, config, steps);
  const simulation = await createSimulation(device, config, { replicas });
  for (const [n, known] of [0.079, 0.0208].entries()) {
    const { value, se } = predicted[n].constant;
    // 1024 nodes of a rule lie a few per cent off the law: the rules tell by how much.
    expect(Math.abs(value - known)).toBeLessThan(4 * se + 0.06 * known);
    await simulation.step(steps[n] - simulation.stepsDone);
    const { prediction: f } = await simulation.observe(['prediction']);
    const scaled = m * fluctuationVariance(squaredDistances(f, [0.25, 0.25, 0.25, 0.25]), true);
    // Relative standard error √(2/(R d)) with d about 2.5 directions; 10 % for the width and the nodes.
    const tolerance = 3 * Math.sqrt(2 / (2.5 * replicas)) + 0.1;
    expect(Math.abs(scaled / value - 1)).toBeLessThan(tolerance);
  }
  simulation.destroy();
});

async function predictedAt(
  device: Device,
  config: Config,
  steps: readonly number[],
): Promise<readonly PredictionAtStep[]> {
  for await (const event of prediction(device, config, await makeProblem(config), steps)) {
    if (event.kind === 'prediction') return event.steps;
  }
  throw new Error('no prediction');
}
