// The tangent of the reference against finite differences of whole runs, and against closed forms.
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS, PENALTIES, type Config, type ConfigInput } from '../../src/config.ts';
import { cloudOf, type Cloud } from '../../src/reference/cloud.ts';
import { penaltyGradient, type Particle } from '../../src/reference/penalty.ts';
import { penaltyHessian } from '../../src/reference/penalty-hessian.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { createTangent } from '../../src/reference/tangent.ts';
import { frozenFeatureClt, quadraticClt } from '../../src/theory/quadratic-clt.ts';
import { expectClose } from '../helpers/close.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, normals } from '../helpers/random.ts';

const M = 7;
const STEPS = 8;
/** Step of the differences, in units of the noise; two of them make an error of fourth order. */
const H = 2 ** -14;
/** Rounding of a difference quotient, whose terms are of the size of f. */
const QUOTIENT = { unit: 2 ** -53 / H, factor: 64 };

const WITH_STRENGTH = PENALTIES.filter((kind) => kind !== 'none');

/** Columns of noise [Q][M], each of sum 0. */
function centredNoise(columns: number): Float64Array {
  const noise = Float64Array.from(normals(9, columns * M, 0.3));
  for (let q = 0; q < columns; q++) {
    const column = noise.subarray(q * M, (q + 1) * M);
    const mean = column.reduce((sum, value) => sum + value, 0) / M;
    column.forEach((value, i) => (column[i] = value - mean));
  }
  return noise;
}

/** Fourth-order difference quotient of h ↦ of(h) at 0. */
function quotient(of: (h: number) => Float64Array): Float64Array {
  const centred = (h: number) => {
    const [above, below] = [of(h), of(-h)];
    return above.map((value, k) => (value - below[k]) / (2 * h));
  };
  const [fine, coarse] = [centred(H), centred(2 * H)];
  return fine.map((value, k) => (4 * value - coarse[k]) / 3);
}

/** d/dh of the outputs at x, and of the particles, when particle i weighs 1 + h M ξ_i. */
function differences(
  config: Config,
  nodes: Cloud,
  train: ReturnType<typeof makeSamples>,
  column: Float64Array,
  x: Float32Array,
) {
  const run = (h: number) => {
    const weight = column.map((xi) => 1 + h * M * xi);
    const reference = createReference(config, problemOf(train), {
      particles: { ...nodes, weight },
    });
    reference.step(STEPS);
    return reference;
  };
  const concatenate = ({ a, b, c }: Cloud) => Float64Array.of(...a, ...b, ...c);
  return {
    output: quotient((h) => run(h).predict(x)),
    particles: quotient((h) => concatenate(run(h).read().particles)),
  };
}

function expectTangent(input: ConfigInput, dimension: number): void {
  const config = configOf(input);
  const train = makeSamples({ seed: 4, count: 5, dimension, weighted: true });
  const nodes = cloudOf(makeParticles({ seed: 3, width: M, dimension }));
  const x = Float32Array.of(...train.x, ...normals(8, 2 * dimension));
  const noise = centredNoise(2);
  const tangent = createTangent(config, train, nodes, noise);
  tangent.step(STEPS);
  const g = tangent.gAt(x);
  for (let q = 0; q < 2; q++) {
    const column = noise.subarray(q * M, (q + 1) * M);
    const { output, particles } = differences(config, nodes, train, column, x);
    const outputs = g.subarray(q * output.length, (q + 1) * output.length);
    expectClose(outputs, output, { ...QUOTIENT, scale: 1, label: `g of column ${q}` });
    const { a, b, c } = tangent.tangents;
    const [d, from, to] = [dimension, q * M, (q + 1) * M];
    const own = Float64Array.of(
      ...a.subarray(from * d, to * d),
      ...b.subarray(from, to),
      ...c.subarray(from, to),
    );
    expectClose(own, particles, { ...QUOTIENT, scale: 1, label: `T of column ${q}` });
    const largest = Math.max(...outputs.map(Math.abs));
    expect(largest).toBeGreaterThan(0.02);
  }
}

describe('tangent', () => {
  it.each(ACTIVATIONS.flatMap((name) => [1, 3].map((d) => [name, d] as const)))(
    'is the derivative of whole Euler runs with respect to the weights of the nodes (%s, d = %d)',
    (activation, d) => {
      expectTangent({ network: { activation, width: M }, flow: { dt: 0.1 } }, d);
    },
  );

  it.each(WITH_STRENGTH)('carries the curvature of the penalty %s', (kind) => {
    // Total variation steps by its proximal map within dt λ h of a kink, which the tangent leaves out: no node is so near.
    const penalty = { kind, strength: kind === 'total-variation' ? 0.1 : 0.7 };
    expectTangent({ network: { activation: 'tanh', width: M }, flow: { dt: 0.1, penalty } }, 2);
  });

  it.each([[['a']], [['b']], [['c']], [['a', 'c']], [[]]] as ('a' | 'b' | 'c')[][][])(
    'leaves alone what does not train: train = %j',
    (train) => {
      const penalty = { kind: 'weight-decay', strength: 0.3 } as const;
      expectTangent(
        { network: { activation: 'softplus', width: M }, flow: { dt: 0.1, train, penalty } },
        2,
      );
    },
  );

  // Total variation steps by its proximal map near its kinks, which has no derivative there.
  it.each(['none', 'output-l2', 'weight-decay'] as const)(
    'carries log-weights with birth–death, penalty %s',
    (kind) => {
      const penalty = { kind, strength: kind === 'none' ? 0 : 0.7 };
      const birthDeath = { rate: 1.5, threshold: 0 };
      expectTangent(
        { network: { activation: 'tanh', width: M }, flow: { dt: 0.1, penalty, birthDeath } },
        2,
      );
    },
  );

  it('holds b = 0 without bias', () => {
    expectTangent({ network: { activation: 'tanh', width: M, bias: false } }, 2);
  });

  it('moves its nodes as the reference does', () => {
    const config = configOf({ network: { activation: 'tanh', width: M }, flow: { dt: 0.1 } });
    const train = makeSamples({ seed: 4, count: 5, dimension: 2, weighted: true });
    const nodes = makeParticles({ seed: 3, width: M, dimension: 2 });
    const tangent = createTangent(config, train, nodes, centredNoise(1));
    const reference = createReference(config, problemOf(train), { particles: nodes });
    tangent.step(STEPS);
    reference.step(STEPS);
    expect(tangent.nodes).toEqual(reference.read().particles);
    expect(tangent.g()).toEqual(tangent.gAt(train.x));
    expect(tangent.time).toBeCloseTo(reference.time, 14);
  });

  it.each([
    [{ flow: { integrator: 'heun' } }, /Euler map/],
    [{ flow: { batch: 2 } }, /all samples/],
    [{ network: { scale: 0.5 } }, /scale 1/],
    [{ flow: { time: 'gradient' } }, /function-space/],
    [{ flow: { birthDeath: { rate: 1 } } }, /never resampled/],
  ] as [ConfigInput, RegExp][])('refuses a flow of another kind: %j', (input, message) => {
    const train = makeSamples({ seed: 4, count: 5, dimension: 1 });
    const nodes = makeParticles({ seed: 3, width: M, dimension: 1 });
    expect(() => createTangent(configOf(input), train, nodes, centredNoise(1))).toThrow(message);
  });

  it('refuses weighted nodes and noise of another width', () => {
    const config = configOf({});
    const train = makeSamples({ seed: 4, count: 5, dimension: 1 });
    const weighted = makeParticles({ seed: 3, width: M, dimension: 1, weighted: true });
    const nodes = makeParticles({ seed: 3, width: M, dimension: 1 });
    expect(() => createTangent(config, train, weighted, centredNoise(1))).toThrow(/equal weights/);
    expect(() => createTangent(config, train, nodes, new Float64Array(M + 1))).toThrow(/8 noise/);
  });
});

describe('penalty Hessian', () => {
  it.each(PENALTIES)('is the derivative of the gradient of %s', (kind) => {
    const [w, t] = [particleOf(normals(1, 5)), particleOf(normals(2, 5))];
    const along = (h: number) =>
      penaltyGradient(kind, {
        a: w.a.map((value, q) => value + h * t.a[q]),
        b: w.b + h * t.b,
        c: w.c + h * t.c,
      });
    const flat = ({ a, b, c }: Particle) => Float64Array.of(...a, b, c);
    expectClose(
      flat(penaltyHessian(kind, w, t)),
      quotient((h) => flat(along(h))),
      {
        ...QUOTIENT,
        scale: 1,
        label: kind,
      },
    );
  });

  it('is 0 for total variation at a = b = 0', () => {
    const t = particleOf(normals(2, 5));
    const none = { a: new Float64Array(3), b: 0, c: 0 };
    expect(penaltyHessian('total-variation', { ...none, c: 1 }, t)).toEqual(none);
  });
});

/** A particle in d = 3 from five numbers. */
function particleOf(numbers: Float32Array): Particle {
  return { a: Float64Array.from(numbers.subarray(0, 3)), b: numbers[3], c: numbers[4] };
}

// ---- Closed forms -------------------------------------------------------------------------------------

/** Σ_l ν_l Σ_q g_ql², ν scaled to 1. */
function meanSquare(g: Float64Array, weight: Float32Array): number {
  const total = weight.reduce((sum, nu) => sum + nu, 0);
  return g.reduce((sum, value, k) => sum + (weight[k % weight.length] / total) * value ** 2, 0);
}

/** One column e_i/√M per node: the mean square of their g, added up, is C_t of the nodes. */
function unitNoise(width: number): Float64Array {
  const noise = new Float64Array(width * width);
  for (let i = 0; i < width; i++) noise[i * width + i] = 1 / Math.sqrt(width);
  return noise;
}

describe('tangent with one column per node', () => {
  it('gives the closed form of quadratic neurons', () => {
    const [width, dt, strength] = [40, 0.02, 0.4];
    const a = normals(6, width);
    // Loss weights that sum to 1, a target A* x² with A* = 0.5, and κ = Σ ν x⁴.
    const x = Float32Array.of(-1.5, -0.5, 1, 1.25);
    const weight = Float32Array.of(0.125, 0.25, 0.5, 0.125);
    const y = x.map((value) => 0.5 * value * value);
    const kappa = x.reduce((sum, value, l) => sum + weight[l] * value ** 4, 0);
    const mean = a.reduce((sum, value) => sum + value ** 2, 0) / width;
    const variance = a.reduce((sum, value) => sum + value ** 4, 0) / width - mean ** 2;
    const exact = quadraticClt({ variance: mean, target: 0.5, strength, fourth: kappa });
    const config = configOf({
      network: { activation: 'quadratic', width, bias: false },
      flow: { dt, train: ['a'], penalty: { kind: 'weight-decay', strength } },
    });
    const tangent = createTangent(
      config,
      { count: 4, dimension: 1, x, y, weight },
      {
        ...makeParticles({ seed: 3, width, dimension: 1 }),
        a,
        b: new Float32Array(width),
        c: new Float32Array(width).fill(1),
      },
      unitNoise(width),
    );
    for (const steps of [0, 1, 10, 40]) {
      tangent.step(steps - tangent.stepsDone);
      const known = exact.afterEuler(steps, dt);
      // The closed form has Var(a²) = 2 v² of a normal law; the nodes have their own.
      const constant = (known.constant * variance) / (2 * mean ** 2);
      expectClose(meanSquare(tangent.g(), weight), constant, {
        scale: constant,
        terms: width * (steps + 1),
        factor: 16,
        unit: 2 ** -53,
        label: `C after ${steps} steps`,
      });
    }
  });

  it('gives the closed form of frozen features, rising and falling', () => {
    const [pairs, dt] = [20, 0.1];
    const width = 2 * pairs;
    const a = normals(6, pairs);
    const [y, nu, c] = [3, 0.75, 0.5];
    const square = a.reduce((sum, value) => sum + value ** 2, 0) / pairs;
    const fourth = a.reduce((sum, value) => sum + value ** 4, 0) / pairs;
    const exact = frozenFeatureClt({ variance: c * c, square, fourth, target: y, weight: nu });
    const samples = {
      count: 1,
      dimension: 1,
      x: Float32Array.of(1),
      y: Float32Array.of(y),
      weight: Float32Array.of(nu),
    };
    const nodes = {
      ...makeParticles({ seed: 3, width, dimension: 1 }),
      a: Float32Array.from({ length: width }, (_, i) => a[i >> 1]),
      b: new Float32Array(width),
      c: Float32Array.from({ length: width }, (_, i) => (i % 2 === 0 ? c : -c)),
    };
    const config = configOf({
      network: { activation: 'linear', width, bias: false },
      flow: { dt, train: ['c'] },
    });
    const tangent = createTangent(config, samples, nodes, unitNoise(width));
    const seen = [0, 1, 10, 60].map((steps) => {
      tangent.step(steps - tangent.stepsDone);
      const { constant, output } = exact.afterEuler(steps, dt);
      const closeness = { terms: width * (steps + 1), factor: 16, unit: 2 ** -53 };
      const label = `after ${steps} steps`;
      expectClose(meanSquare(tangent.g(), Float32Array.of(1)), constant, {
        ...closeness,
        scale: exact.afterEuler(10, dt).constant,
        label: `C ${label}`,
      });
      expect(output).toBeCloseTo(y * (1 - (1 - nu * dt * square) ** steps), 12);
      return constant;
    });
    expect(seen[2]).toBeGreaterThan(2 * seen[0]);
    expect(seen[3]).toBeLessThan(seen[0]);
  });
});
