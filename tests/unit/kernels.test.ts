// Expected products of activations: against Monte Carlo over inputs, known values, and finite differences of the loss.
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config-check.ts';
import type { ActivationName, Config, ConfigInput, InputsConfig } from '../../src/config.ts';
import { coordinatesOf, outputProducts } from '../../src/observables/gram.ts';
import { activationOf } from '../../src/problem/activation.ts';
import { drawInputs } from '../../src/problem/inputs.ts';
import { kernelOf, momentOf } from '../../src/problem/kernels.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { targetSquare } from '../../src/problem/population.ts';
import type { Population } from '../../src/problem/problem.ts';
import { keyOf } from '../../src/random.ts';
import { cloudOf, type Cloud } from '../../src/reference/cloud.ts';
import { populationProducts, populationVelocity } from '../../src/reference/population.ts';
import { initialVariance } from '../../src/theory/initial-variance.ts';
import { populationVariance } from '../../src/theory/population-variance.ts';
import { makeParticles, normals } from '../helpers/random.ts';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, n) => sum + value * b[n], 0);

function kernelAt(activation: ActivationName, a: Float32Array, b: Float32Array, moment: number) {
  const kernel = kernelOf({ activation });
  if (kernel === null) throw new Error('no kernel');
  return kernel.expected(dot(a, a), dot(b, b), dot(a, b), moment);
}

const LAWS: { activation: ActivationName; inputs: InputsConfig; d: number }[] = [
  { activation: 'relu', inputs: { kind: 'gaussian', std: 0.7 }, d: 3 },
  { activation: 'relu', inputs: { kind: 'sphere', radius: 4 }, d: 16 },
  { activation: 'relu', inputs: { kind: 'ball', radius: 2 }, d: 2 },
  { activation: 'relu', inputs: { kind: 'sphere', radius: 1.5 }, d: 1 },
  { activation: 'erf', inputs: { kind: 'gaussian', std: 1.3 }, d: 3 },
  { activation: 'erf', inputs: { kind: 'gaussian', std: 1 }, d: 1 },
  { activation: 'quadratic', inputs: { kind: 'gaussian', std: 0.8 }, d: 3 },
  { activation: 'quadratic', inputs: { kind: 'sphere', radius: 2 }, d: 5 },
  { activation: 'quadratic', inputs: { kind: 'ball', radius: 2 }, d: 2 },
];

/** Mean of numbers and its standard error. */
function meanOf(values: readonly number[]): { mean: number; se: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, se: Math.sqrt(square / n / (n - 1)) };
}

describe('expected products', () => {
  it.each(LAWS)(
    '$activation, $inputs.kind, d = $d equals Monte Carlo',
    ({ activation, ...law }) => {
      const { inputs, d } = law;
      const count = 40_000;
      const x = drawInputs(inputs, count, d, 'inputs', keyOf(3));
      const [a, b] = [normals(1, d), normals(2, d)];
      const moment = momentOf(activation, inputs, d);
      if (moment === null) throw new Error('no moment');
      const pair = kernelAt(activation, a, b, moment);
      const sigma = activationOf(activation);
      const rows = Array.from({ length: count }, (_, j) => x.subarray(j * d, (j + 1) * d));
      const value = meanOf(rows.map((row) => sigma.value(dot(a, row)) * sigma.value(dot(b, row))));
      expect(Math.abs(value.mean - pair.value)).toBeLessThan(4 * value.se);
      for (let n = 0; n < d; n++) {
        const slope = meanOf(
          rows.map((row) => sigma.derivative(dot(a, row)) * row[n] * sigma.value(dot(b, row))),
        );
        const expected = pair.own * a[n] + pair.other * b[n];
        // 4.5 standard errors: 40 comparisons in all.
        expect(Math.abs(slope.mean - expected)).toBeLessThan(4.5 * slope.se + 1e-12);
      }
    },
  );

  it('relu: |a|²/2 on itself with gradient a/2, 0 on the opposite, |a||b|/2π at a right angle', () => {
    const a = Float32Array.of(3, 4);
    const own = kernelAt('relu', a, a, 1);
    expect(own.value).toBeCloseTo(12.5, 12);
    expect(own.own + own.other).toBeCloseTo(0.5, 12);
    expect(kernelAt('relu', a, Float32Array.of(-3, -4), 1).value).toBeCloseTo(0, 12);
    const right = kernelAt('relu', a, Float32Array.of(-8, 6), 1);
    expect(right.value).toBeCloseTo(50 / (2 * Math.PI), 12);
    expect(kernelAt('relu', Float32Array.of(0, 0), a, 1)).toEqual({ value: 0, own: 0, other: 0 });
  });

  it('are unknown for other activations, and for erf off the Gaussian', () => {
    expect(kernelOf({ activation: 'tanh' })).toBeNull();
    expect(momentOf('erf', { kind: 'sphere', radius: 1 }, 3)).toBeNull();
  });
});

const R2: ConfigInput = {
  problem: {
    kind: 'teacher-student',
    inputs: { kind: 'gaussian', std: 1 },
    dimension: 3,
    samples: 4,
    teacher: { neurons: 2, c: { kind: 'normal' } },
  },
  network: { bias: false, width: 5 },
  flow: { loss: 'population' },
};

describe('the flow', () => {
  it.each([
    { activation: 'relu', scale: 1 },
    { activation: 'erf', scale: 0.5 },
    { activation: 'quadratic', scale: 1 },
  ] as const)('is −(α²/m) ∂L/∂w: $activation, scale $scale', async ({ activation, scale }) => {
    const config = parseConfig({ ...R2, network: { ...R2.network, activation, scale } });
    const { population } = await makeProblem(config);
    if (population === undefined) throw new Error('no population');
    const cloud = cloudOf({
      ...makeParticles({ seed: 4, width: 5, dimension: 3 }),
      b: new Float32Array(5),
    });
    const velocity = populationVelocity(config, cloud, population);
    const factor = (5 ** scale) ** 2 / 5;
    for (const name of ['a', 'c'] as const) {
      for (let at = 0; at < cloud[name].length; at++) {
        const slope = differenceOf(config, population, cloud, name, at);
        expect(velocity[name][at]).toBeCloseTo(-factor * slope, 6);
      }
    }
  });

  function differenceOf(
    config: Config,
    population: Population,
    cloud: Cloud,
    name: 'a' | 'c',
    at: number,
  ): number {
    const step = 1e-5;
    const [up, down] = [step, -step].map((shift) => {
      const moved = cloud[name].slice();
      moved[at] += shift;
      return populationProducts(config, { ...cloud, [name]: moved }, population).residual[0] / 2;
    });
    return (up - down) / (2 * step);
  }
});

describe('coordinates of outputs', () => {
  it('have the inner products they were made from, also where these are singular', () => {
    const n = 6;
    const raw = normals(8, n * 3);
    const gram = Float64Array.from({ length: n * n }, (_, at) => {
      const [k, l] = [Math.floor(at / n), at % n];
      return dot(raw.subarray(3 * k, 3 * k + 3), raw.subarray(3 * l, 3 * l + 3));
    });
    const f = coordinatesOf(gram, n);
    gram.forEach((value, at) => {
      const [k, l] = [Math.floor(at / n), at % n];
      const product = dot(f.subarray(n * k, n * k + n), f.subarray(n * l, n * l + n)) / n;
      expect(product).toBeCloseTo(value, 5);
    });
    expect(f.some((value, at) => at % n >= 3 && Math.abs(value) > 1e-3)).toBe(false);
  });

  it('turn products of residuals into those of outputs', () => {
    // f = (3, 5), y = 2 as numbers: ρ = (1, 3).
    const products = { residual: Float64Array.of(1, 3, 3, 9), target: Float64Array.of(2, 6) };
    expect([...outputProducts(products, 4)]).toEqual([9, 15, 15, 25]);
  });
});

describe('the constant at the start', () => {
  it.each([
    { activation: 'relu', a: { kind: 'normal', std: 0.25 } },
    { activation: 'relu', a: { kind: 'sphere', radius: 2 } },
    { activation: 'quadratic', a: { kind: 'normal', std: 0.5 } },
    { activation: 'quadratic', a: { kind: 'sphere', radius: 2 } },
  ] as const)(
    '$activation, a $a.kind: as by quadrature on any one point of the sphere',
    async (law) => {
      const config = parseConfig({
        ...R2,
        problem: { ...R2.problem, inputs: { kind: 'sphere', radius: 3 } } as ConfigInput['problem'],
        network: { bias: false, activation: law.activation },
        init: { kind: 'random', a: law.a, c: { kind: 'uniform', low: -2, high: 2 } },
      });
      const { train, population } = await makeProblem(config);
      const exact = initialVariance(config.init, config.network, train);
      const moment = population?.moment ?? NaN;
      const closed = populationVariance(config.init, law.activation, moment, 3);
      // Inputs are float32.
      expect((closed ?? NaN) / (exact ?? NaN)).toBeCloseTo(1, 5);
    },
  );

  it('is 1/2 for c ~ N(0, 1), a ~ N(0, I/16), inputs on the sphere of radius 4', () => {
    const { init } = parseConfig({ init: { kind: 'random', a: { kind: 'normal', std: 0.25 } } });
    const moment = momentOf('relu', { kind: 'sphere', radius: 4 }, 16) ?? NaN;
    expect(populationVariance(init, 'relu', moment, 16)).toBe(0.5);
  });
});

describe('what the population loss needs', () => {
  const refused: [ConfigInput, string][] = [
    [{ problem: { kind: 'function' } }, 'problem.kind: received "function"'],
    [{ network: { bias: false, activation: 'tanh' } }, 'relu, erf, quadratic'],
    [{ network: { bias: true } }, 'network.bias: received true'],
    [{ flow: { loss: 'population', batch: 2 } }, 'flow.batch: received 2'],
    [{ flow: { loss: 'population', lossWeights: 'sum' } }, 'flow.lossWeights: received "sum"'],
  ];
  it.each(refused)('refuses %j', async (change, text) => {
    await expect(makeProblem(parseConfig({ ...R2, ...change }))).rejects.toThrow(text);
  });

  it('refuses a teacher with biases and erf on the sphere', async () => {
    const of = (problem: object, network = {}): Config =>
      parseConfig({
        ...R2,
        problem: { ...R2.problem, ...problem },
        network: { ...R2.network, ...network },
      });
    await expect(makeProblem(of({ teacher: { b: { kind: 'normal' } } }))).rejects.toThrow(
      /^problem\.teacher\.b: received .* for neuron 0; allowed .*: 0$/,
    );
    const sphere = of({ inputs: { kind: 'sphere' } }, { activation: 'erf' });
    await expect(makeProblem(sphere)).rejects.toThrow('problem.inputs.kind: received "sphere"');
  });
});

describe('a given teacher', () => {
  const given = (teacher: object): ConfigInput => ({
    ...R2,
    problem: { ...R2.problem, teacher: { kind: 'given', ...teacher } } as ConfigInput['problem'],
  });

  it('is taken neuron by neuron: y = relu(x₁) − relu(x₂)', async () => {
    const config = parseConfig(
      given({
        a: [
          [1, 0, 0],
          [0, 1, 0],
        ],
        c: [2, -2],
      }),
    );
    const { train, population } = await makeProblem(config);
    const expected = Array.from(train.y, (_, j) =>
      Math.fround(Math.max(train.x[3 * j], 0) - Math.max(train.x[3 * j + 1], 0)),
    );
    expect([...train.y]).toEqual(expected);
    // E y² = 1/2 + 1/2 − 2/(2π).
    if (population === undefined) throw new Error('no population');
    expect(targetSquare(config, population)).toBeCloseTo(1 - 1 / Math.PI, 12);
  });

  it('is refused where its lists do not fit', async () => {
    expect(() => parseConfig(given({ a: [[1, 0, 0]], c: [1, 2] }))).toThrow(ConfigError);
    expect(() => parseConfig(given({ a: [[1, 0, 0]], b: [], c: [1] }))).toThrow(ConfigError);
    await expect(makeProblem(parseConfig(given({ a: [[1, 0]], c: [1] })))).rejects.toThrow(
      'problem.teacher.a.0: received 2 numbers; allowed: problem.dimension = 3 numbers',
    );
  });
});
