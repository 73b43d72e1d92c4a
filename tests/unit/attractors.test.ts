// Attractors and repulsors: the rule against the sign of the field itself, and the printed rule as the control that fails.
import { describe, expect, it } from 'vitest';
import { boundaryKinds, canonicalVelocity, fieldAt } from '../../src/theory/attractors.ts';
import { generator } from '../helpers/random.ts';

const random = generator(5);

/** ⟨g, t⟩ just before (−1) and just after (+1) an angle. */
function angularSides(theta: number, x: Float64Array, rho: Float64Array): [number, number] {
  return [-1e-7, 1e-7].map((step) => {
    const { g1, g0 } = fieldAt(theta + step, x, rho);
    return g0 * Math.cos(theta + step) - g1 * Math.sin(theta + step);
  }) as [number, number];
}

function cases(count: number): { x: Float64Array; rho: Float64Array }[] {
  return Array.from({ length: count }, () => {
    const s = 2 + Math.floor(random.uniform() * 8);
    return {
      x: Float64Array.from({ length: s }, () => random.normal()).sort(),
      rho: Float64Array.from({ length: s }, () => random.normal()),
    };
  });
}

describe('attractors and repulsors', () => {
  it('flip exactly where the angular velocity changes sign, and attract the sign that runs inwards', () => {
    let flips = 0;
    for (const { x, rho } of cases(300)) {
      for (const { theta, flips: flip, attracts } of boundaryKinds(x, rho)) {
        const [before, after] = angularSides(theta, x, rho);
        // Neither side may be within the step of a zero of its own.
        if (Math.min(Math.abs(before), Math.abs(after)) < 1e-5) continue;
        expect(before * after < 0).toBe(flip);
        if (!flip) continue;
        flips++;
        // θ̇ = −r ⟨g, t⟩ points inwards from both sides for the attracted sign.
        expect(-attracts * before).toBeGreaterThan(0);
        expect(-attracts * after).toBeLessThan(0);
      }
    }
    expect(flips).toBeGreaterThan(500);
  });

  it('are not what the rule without the upper bound says', () => {
    let [wrong, all] = [0, 0];
    for (const { x, rho } of cases(300)) {
      for (const { theta, sample: k, side } of boundaryKinds(x, rho)) {
        const q = x.reduce(
          (sum, xi, i) =>
            (side === 1 ? i > k : i < k) ? sum + rho[i] * rho[k] * (xi * x[k] + 1) : sum,
          0,
        );
        const [before, after] = angularSides(theta, x, rho);
        all++;
        if (before * after < 0 !== q > -(rho[k] ** 2) * (1 + x[k] ** 2)) wrong++;
      }
    }
    expect(wrong / all).toBeGreaterThan(0.2);
  });

  it('stop a particle in frozen residuals', () => {
    const x = Float64Array.of(-0.9, -0.5, 0.1, 0.4, 0.9);
    const rho = Float64Array.of(-0.2, 0.6, -0.7, -0.2, -0.5);
    const target = boundaryKinds(x, rho).find(({ attracts }) => attracts !== 0);
    if (target === undefined) throw new Error('the example has no attractor');
    let [r, theta] = [target.attracts * 1, target.theta + 0.02];
    for (let n = 0; n < 4000; n++) {
      const velocity = canonicalVelocity(r, theta, x, rho);
      theta += 1e-3 * velocity.theta;
      r = target.attracts * Math.max(Math.abs(r), 0.5);
    }
    expect(Math.abs(theta - target.theta)).toBeLessThan(5e-3);
  });
});
