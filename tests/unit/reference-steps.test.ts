// Forward, residual, loss, patterns and update of the reference on cases worked out by hand.
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config.ts';
import {
  cloudOf,
  joinReplicas,
  oneReplica,
  particlesOf,
  type Cloud,
} from '../../src/reference/cloud.ts';
import { alphaOf, forward } from '../../src/reference/forward.ts';
import { loss, objective } from '../../src/reference/loss.ts';
import { patterns, patternsChanged } from '../../src/reference/patterns.ts';
import { residual } from '../../src/reference/residual.ts';
import { timeStep, update } from '../../src/reference/update.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles } from '../helpers/random.ts';

/** Two replicas of two particles in the plane; numbers small enough for mental arithmetic. */
const cloud: Cloud = {
  dimension: 2,
  width: 2,
  replicas: 2,
  a: Float64Array.of(1, 0, 0, 1, /* replica 1 */ 1, 1, -1, 2),
  b: Float64Array.of(1, -1, /* replica 1 */ 0, 0),
  c: Float64Array.of(2, -3, /* replica 1 */ 1, 1),
  weight: Float64Array.of(1, 1, /* replica 1 */ 0.5, 1.5),
};
/** x = (3, 4) and (0, −2). Preactivations: replica 0: 2, −1 | 5, −1; replica 1: 7, −2 | 5, −4. */
const inputs = { count: 2, x: [3, 4, 0, -2] };
const config = (scale: number, activation: Config['network']['activation'] = 'relu') =>
  configOf({ network: { activation, scale, width: 2 } });

describe('forward', () => {
  it('sums ω c σ(⟨a,x⟩ − b) over the particles of each replica', () => {
    // relu: 2·2 − 3·5 = −11 and 0; 0.5·7 + 1.5·5 = 11 and 0.
    expect(Array.from(forward(config(0), cloud, inputs))).toEqual([-11, 0, 11, 0]);
    // linear: 2·2 − 3·5, 2·(−1) − 3·(−1); 11, 0.5·(−2) + 1.5·(−4).
    expect(Array.from(forward(config(0, 'linear'), cloud, inputs))).toEqual([-11, 1, 11, -7]);
  });

  it('divides by α = m^p', () => {
    expect([0, 0.5, 1].map((p) => alphaOf(config(p), 16))).toEqual([1, 4, 16]);
    expect(Array.from(forward(config(1), cloud, inputs))).toEqual([-5.5, 0, 5.5, 0]);
  });
});

describe('residual and loss', () => {
  it('compare every replica with the same targets', () => {
    const rho = residual(Float64Array.of(1, 2, 3, 4), [10, 20]);
    expect(Array.from(rho)).toEqual([-9, -18, -7, -16]);
    // ½ (2·1 + 4·9) and ½ (2·4 + 4·0).
    expect(Array.from(loss(Float64Array.of(1, 3, -2, 0), [2, 4]))).toEqual([19, 4]);
  });

  it.each([
    // Sums of ω r: c²/2; (|a|² + b² + c²)/2; |c| |(a, b)|.
    ['none', [0, 0]],
    ['output-l2', [(4 + 9) / 2, (0.5 + 1.5) / 2]],
    ['weight-decay', [(1 + 1 + 4) / 2 + (1 + 1 + 9) / 2, (0.5 * 3 + 1.5 * 6) / 2]],
    ['total-variation', [5 * Math.SQRT2, 0.5 * Math.SQRT2 + 1.5 * Math.sqrt(5)]],
  ] as const)('the objective adds λ (m/α²) Σ ω r for %s', (kind, sums) => {
    for (const scale of [0, 0.5, 1]) {
      const penalised = configOf({
        network: { scale, width: 2 },
        flow: { penalty: { kind, strength: kind === 'none' ? 0 : 0.25 } },
      });
      const total = objective(penalised, cloud, Float64Array.of(0, 0, 2, 0), [1, 1]);
      const factor = (0.25 * 2) / 2 ** (2 * scale);
      expect(Math.abs(total[0] - factor * sums[0])).toBeLessThan(1e-14);
      expect(Math.abs(total[1] - 2 - factor * sums[1])).toBeLessThan(1e-14);
    }
  });
});

describe('patterns', () => {
  it('set bit j where ⟨a, x_j⟩ − b > 0, and leave it unset at 0', () => {
    expect(Array.from(patterns(cloud, inputs))).toEqual([1, 1, 1, 1]);
    expect(Array.from(patterns(cloud, { count: 1, x: [1, -1] }))).toEqual([0, 0, 0, 0]);
  });

  it('continue in the next word after 32 samples', () => {
    const one = oneReplica(cloud, 0);
    // x = (j, 0): the first particle is active for j > 1, the second always.
    const x = Array.from({ length: 70 }, (_, k) => (k % 2 === 0 ? k / 2 : 0));
    const words = patterns(one, { count: 35, x });
    expect(Array.from(words)).toEqual([0xfffffffc, 7, 0xffffffff, 7]);
  });

  it('count the changed bits of each replica', () => {
    const before = Uint32Array.of(0b1011, 0, 0xffffffff, 0);
    const after = Uint32Array.of(0b0010, 0, 0, 1);
    expect(Array.from(patternsChanged(before, after, 2, 66))).toEqual([2 / 66, 33 / 66]);
  });
});

describe('update', () => {
  /** The field v(w) = −w, whose steps are known: factors 1 − h and 1 − h + h²/2. */
  const decay = (at: Cloud): Cloud => ({
    ...at,
    a: at.a.map((value) => -value),
    b: at.b.map((value) => -value),
    c: at.c.map((value) => -value),
  });
  const flow = (
    integrator: 'euler' | 'heun',
    time: 'function' | 'gradient' = 'function',
    scale = 1,
  ) => configOf({ network: { scale }, flow: { dt: 0.25, integrator, time } });

  it.each([
    ['euler', 0.75],
    ['heun', 0.75 + 0.03125],
  ] as const)('%s multiplies by its known factor when w′ = −w', (integrator, factor) => {
    const next = update(flow(integrator), cloud, decay);
    expect(next.a).toEqual(cloud.a.map((value) => factor * value));
    expect(next.b).toEqual(cloud.b.map((value) => factor * value));
    expect(next.c).toEqual(cloud.c.map((value) => factor * value));
    expect(next.weight).toEqual(cloud.weight);
  });

  it('leaves the cloud it was given as it is', () => {
    const before = cloud.a.slice();
    update(flow('heun'), cloud, decay);
    expect(cloud.a).toEqual(before);
  });

  it('reads dt as the rate η in gradient time: dt = η m/α²', () => {
    const steps = [0, 0.5, 1].map((scale) => timeStep(flow('euler', 'gradient', scale), 16));
    expect(steps).toEqual([0.25 * 16, 0.25, 0.25 / 16]);
    expect(timeStep(flow('euler', 'function', 0), 16)).toBe(0.25);
  });
});

describe('cloud', () => {
  it('goes to float64 and back without change, and apart into replicas and together again', () => {
    const particles = makeParticles({ seed: 1, width: 3, dimension: 2, replicas: 4 });
    expect(particlesOf(cloudOf(particles))).toEqual(particles);
    const one = cloudOf(particles);
    expect(joinReplicas([0, 1, 2, 3].map((r) => oneReplica(one, r)))).toEqual(one);
  });
});
