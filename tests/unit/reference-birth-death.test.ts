// Birth–death in float64: exact unbiasedness of resampling, dissipation, and the drift and noise of one step.
import { describe, expect, it } from 'vitest';
import {
  birthDeath,
  effectiveShare,
  reweigh,
  systematicCounts,
} from '../../src/reference/birth-death.ts';
import { cloudOf, type Cloud } from '../../src/reference/cloud.ts';
import { forward } from '../../src/reference/forward.ts';
import { objective } from '../../src/reference/loss.ts';
import { meanPotential, potential } from '../../src/reference/potential.ts';
import { residual } from '../../src/reference/residual.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { velocity } from '../../src/reference/velocity.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, normals, uniforms } from '../helpers/random.ts';

describe('systematic resampling', () => {
  /** Weights with sum m: 64 m units of 1/64 thrown at random, so that sums are exact. */
  const weights = (seed: number, m: number): number[] => {
    const omega = new Array<number>(m).fill(0);
    for (const place of uniforms(seed, 64 * m, 0, m)) omega[Math.floor(place)] += 1 / 64;
    // Half of them move to the first particle, which gets several copies.
    const moved = Math.floor(32 * omega[m - 1]) / 64;
    omega[m - 1] -= moved;
    omega[0] += moved;
    return omega;
  };

  it.each([1, 2, 7, 50])('gives m = %i particles ⌊ω⌋ or ⌈ω⌉ copies, ω on average, exactly', (m) => {
    const omega = weights(m, m);
    // Every u between two multiples of 1/64 gives the same counts: their mean is the expectation.
    const mean = new Float64Array(m);
    for (let n = 0; n < 64; n++) {
      const counts = systematicCounts(omega, (n + 0.5) / 64);
      expect(counts.reduce((sum, value) => sum + value, 0)).toBe(m);
      counts.forEach((count, i) => {
        expect([Math.floor(omega[i]), Math.ceil(omega[i])]).toContain(count);
        mean[i] += count / 64;
      });
    }
    expect(Array.from(mean)).toEqual(omega);
  });
});

describe('weights', () => {
  it('keep their sum, and count like the share of equal particles that has their spread', () => {
    const omega = reweigh(new Float64Array(1000).fill(1), normals(1, 1000, 0.5));
    const sum = omega.reduce((total, value) => total + value, 0);
    expect(Math.abs(sum / 1000 - 1)).toBeLessThan(1e-13);
    // Half of the particles at weight 2: a share of one half.
    const half = Float64Array.from({ length: 10 }, (_, i) => (i % 2) * 2);
    expect(effectiveShare(half)).toBeCloseTo(0.5, 15);
  });

  it('do not change when V is shifted', () => {
    const v = normals(2, 30);
    const one = reweigh(new Float64Array(30).fill(1), v);
    const two = reweigh(
      new Float64Array(30).fill(1),
      v.map((value) => value + 3),
    );
    one.forEach((omega, i) => expect(Math.abs(two[i] / omega - 1)).toBeLessThan(1e-6));
  });
});

describe('the dissipation of the flow with weights', () => {
  it('is −∫|∇V|² − κ∫(V − V̄)², by central differences to 1e-6', () => {
    const rate = 1.5;
    const h = 2 ** -12;
    const config = configOf({
      network: { width: 40, activation: 'tanh' },
      flow: {
        dt: h,
        penalty: { kind: 'weight-decay', strength: 0.125 },
        birthDeath: { rate, threshold: 0 },
      },
    });
    const data = problemOf(makeSamples({ seed: 8, count: 6, dimension: 2, weighted: true }));
    const particles = makeParticles({ seed: 9, width: 40, dimension: 2, weighted: true });
    const cloud = cloudOf(particles);
    const rho = residual(forward(config, cloud, data.train), data.train.y);
    const v = velocity(config, cloud, data.train, rho);
    const expected = -dissipationOf(cloud, v, potential(config, cloud, data.train, rho), rate);
    // L(h) by one Euler step; Richardson's rule on steps ±h, ±2h removes the Euler error of even and odd order.
    const at = (dt: number): number => {
      const moved: Cloud = {
        ...cloud,
        a: cloud.a.map((value, n) => value + dt * v.a[n]),
        b: cloud.b.map((value, n) => value + dt * v.b[n]),
        c: cloud.c.map((value, n) => value + dt * v.c[n]),
        weight: reweigh(
          cloud.weight,
          potential(config, cloud, data.train, rho).map((value) => rate * dt * value),
        ),
      };
      const now = residual(forward(config, moved, data.train), data.train.y);
      return objective(config, moved, now, data.train.weight)[0];
    };
    const central = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    expect(Math.abs(central / expected - 1)).toBeLessThan(1e-6);
    // One step of the twin is one of these Euler steps.
    const reference = createReference(config, data, { particles });
    reference.step(1);
    const { objective: stepped } = reference.observe(['objective']);
    expect(Math.abs(stepped[0] - at(h))).toBeLessThan(1e-13);
  });
});

/** ∫|∇V|² + κ ∫(V − V̄)² over a cloud with weights ω/m. */
function dissipationOf(cloud: Cloud, v: Cloud, values: Float64Array, rate: number): number {
  const { dimension: d, width: m } = cloud;
  const mean = meanPotential(cloud, values)[0];
  return cloud.weight.reduce((sum, omega, i) => {
    const speed = v.a.subarray(i * d, (i + 1) * d).reduce((total, x) => total + x * x, 0);
    const square = speed + v.b[i] ** 2 + v.c[i] ** 2 + rate * (values[i] - mean) ** 2;
    return sum + (omega / m) * square;
  }, 0);
}

// ---- One step at fixed V -----------------------------------------------------------------------------

const M = 100;
const V = normals(31, M);
const PSI = normals(32, M).map((value, i) => 0.7 * V[i] + value);

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const covariance = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  mean(Array.from(x, (value, i) => (value - mean(x)) * (y[i] - mean(y))));

/** Mean and variance of the change of (1/m) Σ ω ψ in one step, with the standard error of the mean. */
function oneStep(
  scheme: 'weights' | 'jump' | 'published',
  dt: number,
  repeats: number,
): { drift: number; se: number; variance: number } {
  const config = configOf({
    network: { width: M },
    flow: {
      dt,
      birthDeath: { rate: 1, scheme, ...(scheme === 'weights' && { threshold: 1 }) },
    },
  });
  const cloud: Cloud = {
    dimension: 1,
    width: M,
    replicas: 1,
    a: new Float64Array(M),
    b: new Float64Array(M),
    c: Float64Array.from(PSI),
    weight: new Float64Array(M).fill(1),
  };
  const start = mean(PSI);
  let sum = 0;
  let square = 0;
  for (let replica = 0; replica < repeats; replica++) {
    const { cloud: after } = birthDeath(config, cloud, Float64Array.from(V), { step: 0, replica });
    const change = mean(after.c) - start;
    sum += change;
    square += change * change;
  }
  const drift = sum / repeats;
  const variance = square / repeats - drift ** 2;
  return { drift, se: Math.sqrt(variance / repeats), variance };
}

/** E of the change by jumps at first order in the probabilities p, and their noise: Σ p (ψ′ − ψ)² over uniform ψ′. */
function jumpTruth(dt: number): { drift: number; variance: number } {
  const centre = mean(V);
  let drift = 0;
  let variance = 0;
  V.forEach((v, i) => {
    const p = -Math.expm1(-dt * Math.abs(v - centre));
    drift -= (Math.sign(v - centre) * p * (PSI[i] - mean(PSI))) / M;
    variance += (p * mean(PSI.map((psi) => (psi - PSI[i]) ** 2))) / M ** 2;
  });
  return { drift, variance };
}

describe('one step of 100 particles at fixed V, change of Σ ωψ/m', () => {
  const target = (dt: number): number => -dt * covariance(V, PSI);

  it('jump: drift and noise are those of the generator at dt = 0.01', () => {
    const { drift, se, variance } = oneStep('jump', 0.01, 8000);
    const truth = jumpTruth(0.01);
    expect(Math.abs(drift - truth.drift)).toBeLessThan(4 * se);
    expect(Math.abs(variance / truth.variance - 1)).toBeLessThan(0.1); // its own error is 1.6 %
    expect(Math.abs(truth.drift / target(0.01) - 1)).toBeLessThan(0.02);
  });

  it('jump: larger steps lose events, under a tenth of the drift at dt = 0.1 and about a third at 0.5', () => {
    const share = (dt: number, repeats: number): [number, number] => {
      const { drift, se } = oneStep('jump', dt, repeats);
      return [drift / target(dt), se / Math.abs(target(dt))];
    };
    const [tenth, tenthError] = share(0.1, 2000);
    expect(tenth).toBeGreaterThan(0.88 - 4 * tenthError);
    expect(tenth).toBeLessThan(0.97 + 4 * tenthError);
    const [half, halfError] = share(0.5, 1000);
    expect(half).toBeGreaterThan(0.6 - 4 * halfError);
    expect(half).toBeLessThan(0.85 + 4 * halfError);
  });

  it('published: drift as by jumps, noise no larger', () => {
    const { drift, se, variance } = oneStep('published', 0.01, 5000);
    const truth = jumpTruth(0.01);
    expect(Math.abs(drift - truth.drift)).toBeLessThan(4 * se + 0.02 * Math.abs(truth.drift));
    expect(variance).toBeLessThan(1.1 * truth.variance);
  });

  it('systematic resampling at every step: no bias at any dt', () => {
    for (const [dt, repeats] of [
      [0.1, 2000],
      [0.5, 1000],
    ]) {
      const { drift, se } = oneStep('weights', dt, repeats);
      const omega = reweigh(
        new Float64Array(M).fill(1),
        V.map((v) => dt * v),
      );
      const truth = mean(PSI.map((psi, i) => omega[i] * psi)) - mean(PSI);
      expect(Math.abs(drift - truth)).toBeLessThan(4 * se);
    }
  });
});
