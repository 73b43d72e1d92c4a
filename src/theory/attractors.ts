// Where univariate ReLU particles stop: attractors and repulsors among the angles at which a sample switches.
//
// In canonical coordinates a particle feels V = r ⟨g, d(θ)⟩, g = Σ_{active} ρ_j (x_j, 1), d = (cos θ, sin θ). Across the
// boundary of sample k only the angular velocity −r ⟨g, t⟩ jumps. Williams et al. 2019, (14)–(15), corrected: the sum Q
// runs over the samples active on both sides, and the bound is two-sided.

/** One of the 2s boundaries for the residuals of the moment. */
export interface Boundary {
  /** sample index k in the sorted inputs */
  readonly sample: number;
  /** +1 for a > 0 (θ = −atan x_k), −1 for a < 0 (θ = π − atan x_k) */
  readonly side: 1 | -1;
  readonly theta: number;
  /** whether the angular velocity changes sign there */
  readonly flips: boolean;
  /** sign of c for which a flip attracts: +1, −1, or 0 when there is no flip. It repels the other sign */
  readonly attracts: -1 | 0 | 1;
}

/**
 * All boundaries with their kind. With n² = 1 + x_k² and Q = ρ_k Σ ρ_i (x_i x_k + 1) over the samples that are active
 * on both sides (i > k for a > 0, i < k for a < 0), the angular velocity flips exactly when −ρ_k² n² < Q < 0; the flip
 * attracts particles with c ρ_k > 0.
 *
 * @param x inputs [s], strictly ascending
 * @param rho residuals ρ = f − y [s]
 */
export function boundaryKinds(x: ArrayLike<number>, rho: ArrayLike<number>): Boundary[] {
  const kinds: Boundary[] = [];
  for (let k = 0; k < x.length; k++) {
    for (const side of [1, -1] as const) {
      let q = 0;
      for (let i = 0; i < x.length; i++) {
        if (side === 1 ? i > k : i < k) q += rho[i] * (x[i] * x[k] + 1);
      }
      q *= rho[k];
      const flips = q < 0 && q > -(rho[k] ** 2) * (1 + x[k] ** 2);
      const theta = (side === 1 ? 0 : Math.PI) - Math.atan(x[k]);
      kinds.push({ sample: k, side, theta, flips, attracts: flips ? signOf(rho[k]) : 0 });
    }
  }
  return kinds;
}

function signOf(value: number): -1 | 0 | 1 {
  return value > 0 ? 1 : value < 0 ? -1 : 0;
}

/** g = Σ_{active} ρ_j (x_j, 1) at an angle, by the predicate x cos θ + sin θ > 0 itself. */
export function fieldAt(
  theta: number,
  x: ArrayLike<number>,
  rho: ArrayLike<number>,
): { g1: number; g0: number } {
  let [g1, g0] = [0, 0];
  for (let j = 0; j < x.length; j++) {
    if (x[j] * Math.cos(theta) + Math.sin(theta) > 0) {
      g1 += rho[j] * x[j];
      g0 += rho[j];
    }
  }
  return { g1, g0 };
}

/**
 * Velocity of a particle in canonical coordinates under the residuals: ṙ = −⟨g, d⟩, θ̇ = −r ⟨g, t⟩, t = (−sin θ, cos θ)
 * (mean-field time, metric of (r, θ)).
 */
export function canonicalVelocity(
  r: number,
  theta: number,
  x: ArrayLike<number>,
  rho: ArrayLike<number>,
): { r: number; theta: number } {
  const { g1, g0 } = fieldAt(theta, x, rho);
  return {
    r: -(g1 * Math.cos(theta) + g0 * Math.sin(theta)),
    theta: -r * (g0 * Math.cos(theta) - g1 * Math.sin(theta)),
  };
}
