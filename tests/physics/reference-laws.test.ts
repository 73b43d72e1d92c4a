// Laws of the flow on the reference: order in dt, descent of the objective, invariants, symmetries.
import { describe, expect, it } from 'vitest';
import { PENALTIES, type Config, type PenaltyName } from '../../src/config.ts';
import type { Problem } from '../../src/problem/problem.ts';
import type { Cloud } from '../../src/reference/cloud.ts';
import { createReference, type Reference } from '../../src/reference/simulation.ts';
import type { Particles } from '../../src/state.ts';
import { expectClose } from '../helpers/close.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, permutation } from '../helpers/random.ts';

type Network = Partial<Config['network']>;
type Flow = Partial<Omit<Config['flow'], 'penalty'>>;

const penaltyOf = (kind: PenaltyName, strength: number) => ({
  kind,
  strength: kind === 'none' ? 0 : strength,
});

function start(
  particles: Particles,
  network: Network,
  flow: Flow & { penalty?: Config['flow']['penalty'] },
  problem: Problem = planeProblem,
): Reference {
  const config = configOf({ network: { width: particles.width, ...network }, flow });
  return createReference(config, problem, { particles });
}

const planeProblem = problemOf(makeSamples({ seed: 21, count: 6, dimension: 2, weighted: true }));
const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((worst, value) => Math.max(worst, Math.abs(value)), 0);

describe('the error at a fixed time', () => {
  it.each([
    ['euler', 1],
    ['heun', 2],
  ] as const)('of %s falls like dt^%d on a smooth activation', (integrator, order) => {
    const particles = makeParticles({ seed: 1, width: 20, dimension: 2 });
    const predictionWith = (steps: number) => {
      const run = start(particles, { activation: 'tanh' }, { dt: 1 / steps, integrator });
      run.step(steps);
      return run.observe(['prediction']).prediction;
    };
    const [coarse, middle, fine] = [16, 32, 64].map(predictionWith);
    const change = (x: Float64Array, y: Float64Array) => largest(x.map((value, j) => value - y[j]));
    const measured = Math.log2(change(coarse, middle) / change(middle, fine));
    expect(Math.abs(measured - order)).toBeLessThan(0.25);
  });
});

describe('the objective', () => {
  const cases = [0, 0.5, 1].flatMap((scale) => PENALTIES.map((kind) => ({ scale, kind })));

  it.each(cases)('never rises at small dt, p = $scale, penalty $kind', ({ scale, kind }) => {
    const particles = makeParticles({ seed: 2, width: 30, dimension: 2, weighted: true });
    for (const activation of ['relu', 'tanh'] as const) {
      const run = start(
        particles,
        { activation, scale },
        { dt: 0.005, penalty: penaltyOf(kind, 0.1) },
      );
      const path = [run.observe(['objective']).objective[0]];
      for (let n = 0; n < 300; n++) {
        run.step(1);
        path.push(run.observe(['objective']).objective[0]);
      }
      const rises = path.filter((value, n) => n > 0 && value > path[n - 1]);
      expect(rises).toEqual([]);
      expect(path[300]).toBeLessThan(0.9 * path[0]);
    }
  });

  it.each(cases)(
    'falls at the rate (m/α²) Σ ω |dw/dt|², p = $scale, penalty $kind',
    ({ scale, kind }) => {
      const particles = makeParticles({ seed: 3, width: 10, dimension: 2, weighted: true });
      for (const train of [['a', 'b', 'c'], ['c'], ['a', 'b']] as ('a' | 'b' | 'c')[][]) {
        const dissipation = (v: Cloud) => {
          const squares = Array.from({ length: 10 }, (_, i) => [
            v.a[2 * i],
            v.a[2 * i + 1],
            v.b[i],
            v.c[i],
          ]);
          const sum = squares.reduce(
            (s, w, i) => s + v.weight[i] * w.reduce((q, x) => q + x * x, 0),
            0,
          );
          return (10 / 10 ** (2 * scale)) * sum;
        };
        // One Heun step of ±dt: the central difference of L along the flow, wrong by O(dt²).
        const change = (dt: number) => {
          const run = start(
            particles,
            { activation: 'tanh', scale },
            { dt, integrator: 'heun', train, penalty: penaltyOf(kind, 0.1) },
          );
          const before = run.observe(['objective', 'velocity']);
          run.step(1);
          const slope = (run.observe(['objective']).objective[0] - before.objective[0]) / dt;
          return { slope, rate: -dissipation(before.velocity) };
        };
        // Richardson: 2 slope(dt/2) − slope(dt) cancels the first-order term of the one-sided difference.
        const [full, half] = [change(2e-4), change(1e-4)];
        expect(Math.abs((2 * half.slope - full.slope) / full.rate - 1)).toBeLessThan(1e-5);
      }
    },
  );
});

describe('c² − |a|² − b² of a relu particle', () => {
  const particles = makeParticles({ seed: 4, width: 20, dimension: 2 });
  const deltaOf = ({ a, b, c }: Cloud) =>
    c.map((value, i) => value ** 2 - a[2 * i] ** 2 - a[2 * i + 1] ** 2 - b[i] ** 2);
  const driftOf = (
    dt: number,
    integrator: 'euler' | 'heun',
    strength = 0,
    activation: 'relu' | 'linear' = 'relu',
  ) => {
    const run = start(
      particles,
      { activation },
      { dt, integrator, penalty: penaltyOf(strength > 0 ? 'weight-decay' : 'none', strength) },
    );
    const before = deltaOf(run.read().particles);
    run.step(Math.round(2 / dt));
    const expected = before.map((value) => value * Math.exp(-2 * strength * 2));
    const after = deltaOf(run.read().particles);
    return largest(after.map((value, i) => value - expected[i]));
  };

  it.each([0, 0.3])(
    'keeps e^{−2λt} of its start, Euler drift halves with dt, λ = %d',
    (strength) => {
      const [coarse, fine] = [
        driftOf(1 / 64, 'euler', strength),
        driftOf(1 / 128, 'euler', strength),
      ];
      expect(coarse).toBeGreaterThan(1e-4);
      expect(fine).toBeLessThan(0.05);
      expect(Math.abs(Math.log2(coarse / fine) - 1)).toBeLessThan(0.1);
    },
  );

  it('drifts by O(dt²) with Heun, shown by linear particles, which conserve it too and have no kink', () => {
    const [coarse, fine] = [1 / 32, 1 / 64].map((dt) => driftOf(dt, 'heun', 0, 'linear'));
    expect(coarse).toBeGreaterThan(1e-9);
    expect(Math.log2(coarse / fine)).toBeGreaterThan(1.9);
  });
});

describe('symmetries', () => {
  const particles = makeParticles({ seed: 5, width: 25, dimension: 2, weighted: true });
  const flow = { dt: 0.05, penalty: penaltyOf('weight-decay', 0.05) };
  const rounding = { scale: 1, unit: 2 ** -53, terms: 25 * 40, factor: 16 }; // 40 steps, each reads the rounding of all before

  /** The same measure with other particles: particle i of the result is particle source[i]. */
  function rearranged(source: number[], weightFactor = 1): Particles {
    const { dimension: d, a, b, c, weight } = particles;
    return {
      ...particles,
      width: source.length,
      a: Float32Array.from(source.flatMap((i) => Array.from(a.slice(d * i, d * i + d)))),
      b: Float32Array.from(source, (i) => b[i]),
      c: Float32Array.from(source, (i) => c[i]),
      weight: Float32Array.from(source, (i) => weightFactor * weight[i]),
    };
  }
  const run = (cloud: Particles) => {
    const reference = start(cloud, { activation: 'tanh' }, flow);
    reference.step(40);
    return { ...reference.observe(['prediction', 'objective']), ...reference.read() };
  };
  const original = run(particles);

  it('permuting particles permutes the paths and leaves f unchanged to rounding', () => {
    const order = permutation(6, 25);
    const other = run(rearranged(order));
    expectClose(other.prediction, original.prediction, { ...rounding, label: 'prediction' });
    const paths = order.map((i) => original.particles.c[i]);
    expectClose(other.particles.c, paths, { ...rounding, label: 'paths' });
  });

  it('writing every particle twice leaves f and the objective unchanged, since p = 1', () => {
    const twice = run(rearranged(Array.from({ length: 50 }, (_, k) => k >> 1)));
    expectClose(twice.prediction, original.prediction, { ...rounding, label: 'prediction' });
    expectClose(twice.objective, original.objective, { ...rounding, label: 'objective' });
  });

  it('a particle of weight 0 moves without being felt', () => {
    const ghost = makeParticles({ seed: 7, width: 1, dimension: 2 });
    const { a, b, c, weight } = particles;
    // One more particle changes m = Σ ω, so the weights of the others grow by 26/25.
    const joined: Particles = {
      ...particles,
      width: 26,
      a: Float32Array.of(...a, ...ghost.a),
      b: Float32Array.of(...b, ...ghost.b),
      c: Float32Array.of(...c, ...ghost.c),
      weight: Float32Array.of(...weight.map((w) => (w * 26) / 25), 0),
    };
    const other = run(joined);
    // The weights 26/25 ω are rounded to float32.
    expectClose(other.prediction, original.prediction, { ...rounding, unit: 2 ** -24, label: 'f' });
    expect(other.particles.c[25]).not.toBe(ghost.c[0]);
  });

  it('gradient time is function-space time at dt = η m/α²', () => {
    const eta = 0.01;
    const seen = (['gradient', 'function'] as const).map((time) => {
      const dt = time === 'gradient' ? eta : (eta * 25) / 5 ** 2;
      const reference = start(particles, { activation: 'tanh', scale: 0.5 }, { dt, time });
      reference.step(20);
      return reference.observe(['prediction']).prediction;
    });
    expectClose(seen[0], seen[1], { ...rounding, label: 'prediction' });
  });
});
