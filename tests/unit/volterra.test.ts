// The Volterra solve against the tangent, which shares no code with it, against closed forms and a published table.
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS, PENALTIES, type ConfigInput } from '../../src/config.ts';
import type { Samples } from '../../src/problem/problem.ts';
import { createTangent } from '../../src/reference/tangent.ts';
import type { Particles } from '../../src/state.ts';
import { frozenFeatureClt, quadraticClt } from '../../src/theory/quadratic-clt.ts';
import { quasiNodes } from '../../src/problem/quasi.ts';
import { solveVolterra, type Fluctuation } from '../../src/theory/volterra.ts';
import { expectClose } from '../helpers/close.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, normals } from '../helpers/random.ts';

const STEPS = [0, 1, 5, 12];

/** Cov g [s][s] at inputs x by one tangent column e_i/√M per node, which makes the sum over columns exact. */
function tangentCovariance(
  input: ConfigInput,
  train: Samples,
  nodes: Particles,
  x: Float32Array,
): Float64Array[] {
  const m = nodes.width;
  const noise = new Float64Array(m * m);
  for (let i = 0; i < m; i++) noise[i * m + i] = 1 / Math.sqrt(m);
  const tangent = createTangent(configOf(input), train, nodes, noise);
  const s = x.length / nodes.dimension;
  return STEPS.map((step) => {
    tangent.step(step - tangent.stepsDone);
    const g = tangent.gAt(x);
    const covariance = new Float64Array(s * s);
    for (let q = 0; q < m; q++) {
      for (let j = 0; j < s; j++) {
        for (let l = 0; l < s; l++) covariance[j * s + l] += g[q * s + j] * g[q * s + l];
      }
    }
    return covariance;
  });
}

function expectTangent(input: ConfigInput, dimension: number): void {
  const train = makeSamples({ seed: 4, count: 4, dimension, weighted: true });
  const test = makeSamples({ seed: 14, count: 3, dimension, weighted: true });
  const nodes = makeParticles({ seed: 3, width: 9, dimension });
  const points = solveVolterra(configOf(input), train, nodes, STEPS, test);
  expect(points.map(({ step }) => step)).toEqual(STEPS);
  for (const [samples, of] of [
    [train, (k: number) => points[k].train],
    [test, (k: number) => points[k].test as Fluctuation],
  ] as const) {
    tangentCovariance(input, train, nodes, samples.x).forEach((covariance, k) => {
      const { covariance: own, constant } = of(k);
      const closeness = { scale: 1, unit: 1e-13, factor: 10, label: `step ${STEPS[k]}` };
      expectClose(own, covariance, closeness);
      expectClose(constant, weightedTrace(covariance, samples.weight), closeness);
      expect(constant).toBeGreaterThan(1e-3);
    });
  }
}

/** Σ ν_l S_ll with Σν = 1. */
function weightedTrace(covariance: Float64Array, weight: Float32Array): number {
  const total = weight.reduce((sum, nu) => sum + nu, 0);
  const s = weight.length;
  return weight.reduce((sum, nu, l) => sum + (nu / total) * covariance[l * s + l], 0);
}

describe('solveVolterra', () => {
  it.each(ACTIVATIONS.flatMap((name) => [1, 3].map((d) => [name, d] as const)))(
    'equals the tangent with one column per node, on and off the samples (%s, d = %d)',
    (activation, d) => {
      expectTangent({ network: { activation }, flow: { dt: 0.1 } }, d);
    },
  );

  it.each(PENALTIES.filter((kind) => kind !== 'none'))(
    'equals the tangent with the penalty %s',
    (kind) => {
      // Total variation steps by its proximal map within dt λ h of a kink, where there is no tangent: no node is so near.
      const penalty = { kind, strength: kind === 'total-variation' ? 0.05 : 0.7 };
      expectTangent({ network: { activation: 'tanh' }, flow: { dt: 0.1, penalty } }, 2);
    },
  );

  it.each([[['a']], [['b']], [['c']], [['a', 'c']], [[]]] as ('a' | 'b' | 'c')[][][])(
    'equals the tangent with train = %j',
    (train) => {
      const penalty = { kind: 'weight-decay', strength: 0.3 } as const;
      expectTangent({ network: { activation: 'erf' }, flow: { dt: 0.1, train, penalty } }, 2);
    },
  );

  it('equals the tangent without bias and with ν = 1 each', () => {
    expectTangent(
      { network: { activation: 'tanh', bias: false }, flow: { dt: 0.02, lossWeights: 'sum' } },
      2,
    );
  });

  it('refuses a flow of another kind', () => {
    const train = makeSamples({ seed: 4, count: 4, dimension: 1 });
    const nodes = makeParticles({ seed: 3, width: 5, dimension: 1 });
    const solve = (input: ConfigInput) => () => solveVolterra(configOf(input), train, nodes, [1]);
    expect(solve({ flow: { integrator: 'heun' } })).toThrow(/Euler map/);
    expect(solve({ flow: { batch: 2 } })).toThrow(/all samples/);
    expect(solve({ network: { scale: 0.5 } })).toThrow(/scale 1/);
    expect(solve({ flow: { time: 'gradient' } })).toThrow(/function-space/);
  });

  it('gives C_t and MC_t of quadratic neurons in closed form', () => {
    // κ = Σ ν x⁴ = 3, as for normal inputs.
    const [width, dt, target] = [60, 0.005, 0.5];
    const x = Float32Array.of(Math.sqrt(3), 0, 0);
    const weight = Float32Array.of(1 / 3, 1 / 3, 1 / 3);
    const train = { count: 3, dimension: 1, x, y: x.map((each) => target * each ** 2), weight };
    const config = configOf({
      network: { activation: 'quadratic', bias: false },
      flow: { dt, train: ['a'] },
    });
    const a = normals(6, width, 0.8);
    const nodes = {
      ...makeParticles({ seed: 3, width, dimension: 1 }),
      a,
      b: new Float32Array(width),
      c: new Float32Array(width).fill(1),
    };
    const mean = a.reduce((sum, value) => sum + value ** 2, 0) / width;
    const variance = a.reduce((sum, value) => sum + value ** 4, 0) / width - mean ** 2;
    const exact = quadraticClt({ variance: mean, target });
    for (const { step, train: seen } of solveVolterra(config, train, nodes, [0, 10, 40])) {
      const known = exact.afterEuler(step, dt);
      // The closed form has Var(a²) = 2 v² of a normal law; the nodes have their own.
      const share = variance / (2 * mean ** 2);
      // √3 and 1/3 are rounded to float32.
      const closeness = { unit: 2 ** -24, factor: 16, label: `step ${step}` };
      const constant = share * known.constant;
      expectClose(seen.constant, constant, { ...closeness, scale: constant });
      const monteCarlo = share * known.monteCarlo;
      expectClose(seen.monteCarlo, monteCarlo, { ...closeness, scale: monteCarlo });
      expect(seen.effectiveDimension).toBeCloseTo(1, 6);
    }
  });

  it('gives C_t and MC_t of frozen features in closed form', () => {
    const [dt, y, nu] = [0.1, 3, 0.75];
    const config = configOf({
      seed: 4,
      network: { activation: 'linear', bias: false },
      init: { kind: 'random', c: { kind: 'sign', scale: 0.5 } },
      flow: { dt, train: ['c'] },
    });
    const train = {
      count: 1,
      dimension: 1,
      x: Float32Array.of(1),
      y: Float32Array.of(y),
      weight: Float32Array.of(nu),
    };
    const exact = frozenFeatureClt({ variance: 0.25, square: 1, fourth: 3, target: y, weight: nu });
    const nodes = quasiNodes(config, 1, 8192, 0, true);
    for (const { step, train: seen } of solveVolterra(config, train, nodes, [0, 10, 40])) {
      const known = exact.afterEuler(step, dt);
      expect(Math.abs(seen.constant / known.constant - 1)).toBeLessThan(0.01);
      expect(Math.abs(seen.monteCarlo / known.monteCarlo - 1)).toBeLessThan(0.01);
      expect(seen.prediction[0]).toBeCloseTo(known.output, 2);
    }
  });
});

// Scalar input, tanh with bias, Euler with dt = 0.1, independent centred normals. The tables were computed by an
// independent program at 16,000 nodes; its node error is 1.5 %.
const FIVE = {
  x: [-2, -1, 0, 1, 2],
  y: [0.3, -0.5, 0.2, 0.6, -0.4],
  deviations: { a: 1.5, b: 1, c: 1 },
  table: [
    { step: 0, constant: 0.62277, monteCarlo: 0.62277, dimensions: 1.87 },
    { step: 10, constant: 0.2026, monteCarlo: 0.6327, dimensions: 2.5 },
    { step: 25, constant: 0.0678, monteCarlo: 0.6554, dimensions: 3.49 },
  ],
};
const FOUR = {
  x: [-2, -0.7, 0.7, 2],
  y: [0.8, -0.6, 0.7, -0.9],
  deviations: { a: 3, b: 2, c: 1.5 },
  table: [
    { step: 0, constant: 1.81376, monteCarlo: 1.81376, dimensions: 1.92 },
    { step: 25, constant: 0.3115, monteCarlo: 2.08, dimensions: 3.52 },
  ],
};
const TABLE_ERROR = 0.015;

describe('predicted constants of two benchmarks', () => {
  it.each([
    ['five points', FIVE],
    ['four points', FOUR],
  ])('agree with the table of %s within node errors', (_, { x, y, deviations, table }) => {
    const normal = (std: number) => ({ kind: 'normal', mean: 0, std }) as const;
    const config = configOf({
      network: { activation: 'tanh' },
      init: {
        kind: 'random',
        a: normal(deviations.a),
        b: normal(deviations.b),
        c: normal(deviations.c),
      },
      flow: { dt: 0.1 },
    });
    const train = {
      count: x.length,
      dimension: 1,
      x: Float32Array.from(x),
      y: Float32Array.from(y),
      weight: new Float32Array(x.length).fill(1 / x.length),
    };
    const rules = [0, 1, 2, 3, 4, 5].map((rule) =>
      solveVolterra(config, train, quasiNodes(config, 1, 1024, rule), [0, 10, 25]),
    );
    for (const row of table) {
      const seen = rules.map((points) => points.find(({ step }) => step === row.step)?.train);
      const check = (of: (point: Fluctuation) => number, expected: number): void => {
        const values = seen.map((point) => of(point as Fluctuation));
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        const se = Math.sqrt(square / (values.length - 1) / values.length);
        expect(Math.abs(mean - expected)).toBeLessThan(5 * se + TABLE_ERROR * expected);
        expect(se).toBeLessThan(0.03 * expected);
      };
      check(({ constant }) => constant, row.constant);
      check(({ monteCarlo }) => monteCarlo, row.monteCarlo);
      check(({ effectiveDimension }) => effectiveDimension, row.dimensions);
    }
  });

  it('stay finite where nodes contract for long', () => {
    const config = configOf({
      network: { activation: 'tanh' },
      flow: { dt: 0.2, penalty: { kind: 'weight-decay', strength: 0.5 } },
    });
    const train = makeSamples({ seed: 4, count: 2, dimension: 1 });
    const [point] = solveVolterra(
      config,
      train,
      makeParticles({ seed: 3, width: 16, dimension: 1 }),
      [1000],
    );
    // (1 − λ dt)^1000 = 2e-46: nothing of the start is left.
    expect(point.train.constant).toBeLessThan(1e-20);
    expect(point.train.constant).toBeGreaterThanOrEqual(0);
  });
});
