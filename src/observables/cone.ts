// The cone identity of two-homogeneous networks: the plain flow of (c, a, b) already is transport of directions and
// reaction of masses, 1 : 2.
//
//   φ(w; x) = c σ(⟨p, (x, −1)⟩), p = (a, b), σ = relu, mass M = |c||p|, direction p̂ = p/|p|, F(p) = V/c
//   d log M/dt = −V (1/c² + 1/|p|²),   dp̂/dt = −(c/|p|) (I − p̂p̂ᵀ) ∇F(p̂)
//
// For balanced neurons, |c| = |p|, these are −2 ε F(p̂) and −ε (I − p̂p̂ᵀ) ∇F(p̂) with ε = sign c: a Wasserstein–Fisher–Rao flow of
// the signed measure Σ ε M δ_p̂ (Chizat, "Sparse optimization on measures with over-parameterized gradient descent", 2021).
import type { Particles } from '../state.ts';

/** Masses and how fast they grow, [R][m] each; NaN where a mass is 0. */
export interface ConeRates {
  /** |c| |(a, b)| */
  readonly mass: Float64Array;
  /** d log M/dt of the velocity given */
  readonly growth: Float64Array;
  /** −V (1/c² + 1/|p|²): what growth is when a, b and c all move by the flow of a relu network without penalty */
  readonly reaction: Float64Array;
}

/**
 * Growth of the masses from the velocity, and from the potential.
 *
 * @param velocity dw/dt of the same particles
 * @param potential V [R][m] of the same particles
 */
export function coneRates(
  particles: Particles,
  velocity: Particles,
  potential: ArrayLike<number>,
): ConeRates {
  const { dimension: d, a, b, c } = particles;
  const rates = {
    mass: new Float64Array(c.length),
    growth: new Float64Array(c.length),
    reaction: new Float64Array(c.length),
  };
  c.forEach((charge, p) => {
    let square = b[p] ** 2;
    let turn = b[p] * velocity.b[p];
    for (let k = p * d; k < (p + 1) * d; k++) {
      square += a[k] ** 2;
      turn += a[k] * velocity.a[k];
    }
    rates.mass[p] = Math.abs(charge) * Math.sqrt(square);
    const known = rates.mass[p] > 0;
    rates.growth[p] = known ? velocity.c[p] / charge + turn / square : NaN;
    rates.reaction[p] = known ? -potential[p] * (1 / charge ** 2 + 1 / square) : NaN;
  });
  return rates;
}
