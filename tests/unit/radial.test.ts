// Radial features and the energy of a mixture: the closed form against the network on its grid, against the same units as
// ridge features, and against an independent program of the energy.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config-check.ts';
import type { Config, ConfigInput } from '../../src/config.ts';
import { betweenOf, kernelOf, sizeOf } from '../../src/problem/kernels.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { targetSquare } from '../../src/problem/population.ts';
import type { Cloud } from '../../src/reference/cloud.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { mixtureEnergy } from '../../src/theory/mixture.ts';
import { configOf } from '../helpers/problems.ts';
import { normals, uniforms } from '../helpers/random.ts';

const TARGET = [
  { weight: 0.5, mean: -1.5, variance: 0.5 },
  { weight: -0.75, mean: 0.25, variance: 1 },
  { weight: 0.25, mean: 2, variance: 0.75 },
];
const GRID = { low: -7, high: 7, count: 29 };
const WIDTH = 12;

/** The mixture in one dimension: by its energy, on its grid, or as ridge units on the same grid. */
function settingOf(form: 'energy' | 'grid' | 'ridge', flow: ConfigInput['flow'] = {}): Config {
  const common = { dt: 0.05, lossWeights: 'sum' as const };
  const network = { activation: 'gaussian' as const, width: WIDTH };
  if (form === 'ridge') {
    return configOf({
      problem: { kind: 'mixture', components: TARGET, grid: GRID },
      network,
      flow: { ...common, train: ['b', 'c'], ...flow },
    });
  }
  return configOf({
    problem: { kind: 'mixture', components: TARGET, grid: GRID },
    network: { ...network, features: 'radial', bias: false },
    flow: {
      ...common,
      ...(form === 'energy' && { loss: 'population' }),
      train: ['a', 'c'],
      ...flow,
    },
  });
}

/** Units of charge c around y: as (a = y, c), or with a = 1 and b = y. */
function unitsOf(form: 'energy' | 'grid' | 'ridge'): Cloud {
  const y = Float64Array.from(uniforms(4, WIDTH, -2, 2));
  const none = new Float64Array(WIDTH);
  const ridge = form === 'ridge';
  return {
    dimension: 1,
    width: WIDTH,
    replicas: 1,
    a: ridge ? none.map(() => 1) : y,
    b: ridge ? y : none,
    c: Float64Array.from(normals(5, WIDTH)),
    weight: none.map(() => 1),
  };
}

async function referenceOf(form: 'energy' | 'grid' | 'ridge', flow: ConfigInput['flow'] = {}) {
  const config = settingOf(form, flow);
  return createReference(config, await makeProblem(config), { particles: unitsOf(form) });
}

/** Trapezoid rule for ∫ e_1 e_2 with e(x) = π^{(d−1)/2} N(x; a, v I). */
function overlap(d: number, a: number[], v: number, b: number[], w: number): number {
  const unit = (x: number[], centre: number[], variance: number): number => {
    const square = x.reduce((sum, value, k) => sum + (value - centre[k]) ** 2, 0);
    return (
      Math.PI ** ((d - 1) / 2) *
      (2 * Math.PI * variance) ** (-d / 2) *
      Math.exp(-square / (2 * variance))
    );
  };
  const [n, h] = [57, 0.25];
  let sum = 0;
  for (let j = 0; j < n ** d; j++) {
    const x = Array.from({ length: d }, (_, k) => h * ((Math.floor(j / n ** k) % n) - 28));
    sum += unit(x, a, v) * unit(x, b, w) * h ** d;
  }
  return sum;
}

describe('the product of Gaussian units', () => {
  const kernel = kernelOf({ activation: 'gaussian', features: 'radial' })!;

  it.each([1, 2, 3])('is the integral over the space, d = %d', (d) => {
    const [a, b] = [Array.from(normals(1, d)), Array.from(normals(2, d))];
    for (const [v, w] of [
      [0.5, 0.5],
      [0.5, 1.3],
      [0.8, 1.1],
    ]) {
      const at = (point: number[]): number =>
        kernel.expected(v, w, betweenOf(kernel, point, b), d).value;
      expect(at(a)).toBeCloseTo(overlap(d, a, v, b, w), 9);
      const { other } = kernel.expected(v, w, betweenOf(kernel, a, b), d);
      a.forEach((_, n) => {
        const moved = (h: number): number => at(a.map((x, k) => (k === n ? x + h : x)));
        expect((moved(1e-4) - moved(-1e-4)) / 2e-4).toBeCloseTo(other * (b[n] - a[n]), 7);
      });
    }
  });

  it('takes ½ for the size of a particle, |a|² for ridge features', () => {
    expect(sizeOf(kernel, [3, 4])).toBe(0.5);
    expect(sizeOf(kernelOf({ activation: 'relu' })!, [3, 4])).toBe(25);
    expect(kernelOf({ activation: 'tanh', features: 'radial' })).toBeNull();
  });
});

describe('the mixture in three forms', () => {
  it('has one energy, potential and velocity, those of F and K', async () => {
    const forms = ['energy', 'grid', 'ridge'] as const;
    for (const form of forms) {
      const reference = await referenceOf(form);
      for (const steps of [0, 40]) {
        reference.step(steps);
        const { a, b, c } = reference.read().particles;
        const truth = mixtureEnergy(TARGET, c, form === 'ridge' ? b : a);
        const seen = reference.observe(['loss', 'potential', 'velocity']);
        // The grid and its targets are float32; the trapezoid rule adds nothing to that. So are the components' weights.
        expect(Math.abs(seen.loss[0] - truth.energy)).toBeLessThan(1e-7);
        const centre = form === 'ridge' ? seen.velocity.b : seen.velocity.a;
        truth.potential.forEach((v, i) => {
          expect(Math.abs(seen.potential[i] - v)).toBeLessThan(1e-6);
          expect(Math.abs(seen.velocity.c[i] + truth.byCharge[i])).toBeLessThan(1e-6);
          expect(Math.abs(centre[i] + truth.byCentre[i])).toBeLessThan(1e-6);
        });
      }
    }
  });

  it('reacts alike to birth–death by weights, and falls as the dissipation says', async () => {
    const birthDeath = { rate: 2, threshold: 0 };
    const [energy, ridge] = [
      await referenceOf('energy', { birthDeath }),
      await referenceOf('ridge', { birthDeath }),
    ];
    energy.step(40);
    ridge.step(40);
    const [one, two] = [energy.read().particles, ridge.read().particles];
    one.weight.forEach((omega, i) => expect(omega).toBeCloseTo(two.weight[i], 5));
    one.a.forEach((y, i) => expect(y).toBeCloseTo(two.b[i], 5));
    const slope = async (dt: number): Promise<number[]> => {
      const reference = await referenceOf('energy', { birthDeath, dt });
      const before = reference.observe(['loss', 'velocity', 'potential']);
      reference.step(1);
      const { velocity: v, potential } = before;
      const mean = potential.reduce((sum, value) => sum + value / WIDTH, 0);
      const rate = potential.reduce(
        (sum, value, i) => sum + (v.a[i] ** 2 + v.c[i] ** 2 + 2 * (value - mean) ** 2) / WIDTH,
        0,
      );
      return [(reference.observe(['loss']).loss[0] - before.loss[0]) / dt, rate];
    };
    const [[coarse, rate], [fine]] = [await slope(2 ** -9), await slope(2 ** -10)];
    // dL/dt = −∫|∇V|² − κ∫(V − V̄)² up to dt².
    expect(Math.abs((2 * fine - coarse) / -rate - 1)).toBeLessThan(1e-4);
  });

  it('agrees with its grid in two dimensions, where no ridge feature is radial', async () => {
    const components = [
      { weight: 1, mean: [-1, 0.5], variance: 0.6 },
      { weight: -0.5, mean: [1, 1], variance: 0.9 },
    ];
    const grid = { low: -6, high: 6, count: 33 };
    const seen = await Promise.all(
      (['samples', 'population'] as const).map(async (loss) => {
        const config = configOf({
          problem: { kind: 'mixture', components, grid },
          network: { activation: 'gaussian', width: 5, features: 'radial', bias: false },
          flow: { loss, lossWeights: 'sum' },
        });
        const problem = await makeProblem(config);
        const particles = {
          ...unitsOf('energy'),
          dimension: 2,
          width: 5,
          a: Float64Array.from(normals(3, 10)),
          b: new Float64Array(5),
          c: Float64Array.from(normals(4, 5)),
          weight: new Float64Array(5).fill(1),
        };
        const reference = createReference(config, problem, { particles });
        const square =
          problem.population === undefined
            ? problem.train.y.reduce((sum, y, j) => sum + problem.train.weight[j] * y * y, 0)
            : targetSquare(config, problem.population);
        return { ...reference.observe(['loss', 'potential', 'velocity']), square };
      }),
    );
    const [grid2, energy] = seen;
    expect(Math.abs(grid2.square - energy.square)).toBeLessThan(1e-6);
    expect(Math.abs(grid2.loss[0] - energy.loss[0])).toBeLessThan(1e-6);
    const flat = ({ a, c }: Cloud): number[] => [...a, ...c];
    flat(energy.velocity).forEach((v, n) =>
      expect(Math.abs(v - flat(grid2.velocity)[n])).toBeLessThan(1e-6),
    );
    energy.potential.forEach((v, n) => expect(Math.abs(v - grid2.potential[n])).toBeLessThan(1e-6));
  });
});

describe('what radial features refuse', () => {
  const radial = { features: 'radial', activation: 'gaussian', bias: false } as const;
  const mixture = { kind: 'mixture', components: TARGET } as const;
  it.each([
    [
      { problem: mixture, network: { ...radial, activation: 'tanh' } },
      /network\.activation.*"gaussian"/,
    ],
    [{ problem: mixture, network: { ...radial, bias: true } }, /network\.bias.*false/],
    [{ network: radial }, /problem\.kind.*"mixture"/],
    [
      { problem: { kind: 'mixture', components: [{ mean: 0 }, { mean: [0, 1] }] } },
      /one dimension/,
    ],
    [{ problem: { kind: 'mixture', grid: { low: 1, high: 1 } } }, /grid\.high/],
  ] as [ConfigInput, RegExp][])('%j', (input, message) => {
    expect(() => parseConfig(input)).toThrow(message);
  });

  it.each([
    [
      {
        problem: mixture,
        network: { activation: 'gaussian' },
        flow: { loss: 'population', lossWeights: 'sum' },
      },
      /"radial" for a mixture/,
    ],
    [{ problem: mixture, network: radial, flow: { loss: 'population' } }, /"sum" for a mixture/],
  ] as [ConfigInput, RegExp][])('under the population loss: %j', async (input, message) => {
    await expect(makeProblem(configOf(input))).rejects.toThrow(message);
  });
});
