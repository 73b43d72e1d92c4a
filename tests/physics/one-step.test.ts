// One step of births and deaths of 100 particles at fixed V on the device: mean and variance of the change of (1/m) Σ ω ψ, per
// scheme and time step, against exact expectations and against an independent float64 program.
//
// V = c where one sample has a huge target; ψ is carried in a, which the network does not see at x = 0.
import { expect } from 'vitest';
import { createSimulation } from '../../src/engine/simulation.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { normals } from '../helpers/random.ts';

const tests = deviceTests('one step of birth–death');

const [M, REPLICAS] = [100, 4000];
const V = Float32Array.from(normals(31, M));
const PSI = Float32Array.from(normals(32, M).map((value, i) => 0.7 * V[i] + value));

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const CENTRE = mean(V);
const MIDDLE = mean(PSI);
const COVARIANCE = mean(Array.from(V, (v, i) => (v - CENTRE) * (PSI[i] - MIDDLE)));
/** dt → 0 of m Var/dt of jumps: ∬ |V − V̄| (ψ′ − ψ)². */
const NOISE = mean(
  Array.from(V, (v, i) => Math.abs(v - CENTRE) * mean(PSI.map((psi) => (psi - PSI[i]) ** 2))),
);

type Scheme = 'jump' | 'published' | 'systematic' | 'triggered';

/** Mean change over −dt Cov(V, ψ) with its standard error, and m Var/dt over {@link NOISE}. */
async function oneStep(device: Parameters<typeof createSimulation>[0], scheme: Scheme, dt: number) {
  const count = M * REPLICAS;
  const Y = 2 ** 60;
  const repeated = (values: Float32Array) =>
    Float32Array.from({ length: count }, (_, n) => values[n % M]);
  const weights = scheme === 'systematic' || scheme === 'triggered';
  const config = configOf({
    network: { width: M, activation: 'linear' },
    flow: {
      dt,
      train: [],
      birthDeath: {
        rate: 1,
        ...(weights ? { threshold: scheme === 'systematic' ? 1 : 0.5 } : { scheme }),
      },
    },
  });
  const simulation = await createSimulation(device, config, {
    data: problemOf({
      count: 1,
      dimension: 1,
      x: Float32Array.of(0),
      y: Float32Array.of(-Y),
      weight: Float32Array.of(1 / Y),
    }),
    particles: {
      dimension: 1,
      width: M,
      replicas: REPLICAS,
      a: repeated(PSI),
      b: new Float32Array(count).fill(-1),
      c: repeated(V),
      weight: new Float32Array(count).fill(1),
    },
  });
  await simulation.step(1);
  const { a, weight } = (await simulation.read()).particles;
  simulation.destroy();
  const change = new Float64Array(REPLICAS).fill(-MIDDLE);
  a.forEach((psi, n) => (change[Math.floor(n / M)] += (weight[n] * psi) / M));
  const drift = mean(change);
  const variance = mean(change.map((value) => (value - drift) ** 2));
  const target = -dt * COVARIANCE;
  return {
    drift: drift / target,
    se: Math.sqrt(variance / REPLICAS) / Math.abs(target),
    noise: (M * variance) / dt / NOISE,
  };
}

/** The expected change by jumps over −dt Cov: births of lowest index first, then deaths, in every slot. */
function jumpDrift(dt: number): number {
  const p = Array.from(V, (v) => -Math.expm1(-dt * Math.abs(v - CENTRE)));
  let [born, none] = [0, 1];
  V.forEach((v, i) => {
    if (v > CENTRE) return;
    born += none * (p[i] / M) * PSI[i];
    none *= 1 - p[i] / M;
  });
  const after = Array.from(V, (v, i) => {
    const stays = v > CENTRE ? PSI[i] + p[i] * (MIDDLE - PSI[i]) : PSI[i];
    return born + none * stays;
  });
  return (mean(after) - MIDDLE) / (-dt * COVARIANCE);
}

/** The change by weights e^{−dt V}/Z over −dt Cov. */
function weightDrift(dt: number): number {
  const omega = Array.from(V, (v) => Math.exp(-dt * v));
  const after = omega.reduce((sum, w, i) => sum + w * PSI[i], 0) / (M * mean(omega));
  return (after - MIDDLE) / (-dt * COVARIANCE);
}

/** The expected change by deaths and doublings with the number restored at random, over −dt Cov, to second order in 1/m. */
function publishedDrift(dt: number): number {
  const p = Array.from(V, (v) => -Math.expm1(-dt * Math.abs(v - CENTRE)));
  // N_i copies: mean 1 ± p, variance p(1 − p). Random deletion or doubling keeps the mean Σ N ψ / Σ N on average.
  let [sum, n, covariance, variance] = [0, 0, 0, 0];
  V.forEach((v, i) => {
    const count = v > CENTRE ? 1 - p[i] : 1 + p[i];
    sum += count * PSI[i];
    n += count;
    covariance += p[i] * (1 - p[i]) * PSI[i];
    variance += p[i] * (1 - p[i]);
  });
  const after = sum / n - covariance / n ** 2 + (sum * variance) / n ** 3;
  return (after - MIDDLE) / (-dt * COVARIANCE);
}

/**
 * m Var/dt over its limit for jumps, from 2·10⁵ to 4·10⁵ repeats of an independent program with another draw of V and ψ from the
 * same laws, hence three tenths of room; at dt = 0.5 the few largest |V| of a draw decide. Resampling all weights in every
 * step is noisy where they are nearly equal.
 */
const NOISE_OF = {
  jump: { 0.01: 2.61 / 2.62, 0.1: 2.4 / 2.62 },
  published: { 0.01: 2.29 / 2.62, 0.1: 1.54 / 2.62 },
  systematic: { 0.01: 5.4 / 2.62, 0.1: 2.6 / 2.62 },
};
const DRIFT_OF = { jump: jumpDrift, published: publishedDrift, systematic: weightDrift };

tests.each(
  ['jump', 'published', 'systematic'] as const,
  (scheme) => `${scheme}: drift and noise at dt = 0.01, 0.1 and 0.5`,
  async (device, scheme) => {
    for (const dt of [0.01, 0.1, 0.5] as const) {
      const { drift, se, noise } = await oneStep(device, scheme, dt);
      expect(Math.abs(drift - DRIFT_OF[scheme](dt))).toBeLessThan(4 * se);
      if (dt !== 0.5) expect(Math.abs(noise / NOISE_OF[scheme][dt] - 1)).toBeLessThan(0.3);
    }
  },
);

tests.it('weights that are not resampled yet: the exact change, without noise', async (device) => {
  for (const dt of [0.01, 0.1, 0.5]) {
    const { drift, noise } = await oneStep(device, 'triggered', dt);
    // Float32 sums of ψ against a change of dt Cov.
    expect(Math.abs(drift - weightDrift(dt))).toBeLessThan(1e-6 / dt);
    expect(noise).toBeLessThan(1e-9);
  }
});
