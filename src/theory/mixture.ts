// The energy of signed Gaussian units of one input in closed form: no samples, no quadrature.
//
//   f(x) = (1/m) Σ_i c_i N(x; y_i, ½),   f* = Σ_k w_k N(·; μ_k, v_k)
//   E = ½ ∫ (f − f*)² dx = C − (1/m) Σ_i c_i F(y_i) + (1/2m²) Σ_ij c_i c_j K(y_i, y_j)
//   F(y) = Σ_k w_k N(y; μ_k, ½ + v_k),   K(y, y′) = N(y − y′; 0, 1),   C = ½ Σ_kl w_k w_l N(μ_k − μ_l; 0, v_k + v_l)
//
// V(c, y) = c (−F(y) + (1/m) Σ_j c_j K(y, y_j)) is the first variation of E.

/** One component w N(mean, variance) of a target. */
export interface Component {
  readonly weight: number;
  readonly mean: number;
  readonly variance: number;
}

/** Density of the normal law N(0, variance) at x. */
export function normalDensity(x: number, variance: number): number {
  return Math.exp((-x * x) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
}

/** Derivative of {@link normalDensity} in x. */
function normalSlope(x: number, variance: number): number {
  return (-x / variance) * normalDensity(x, variance);
}

/** f* at x. */
export function mixtureTarget(target: readonly Component[], x: number): number {
  return target.reduce(
    (sum, { weight, mean, variance }) => sum + weight * normalDensity(x - mean, variance),
    0,
  );
}

/**
 * Energy, potentials and gradients of units (c_i, y_i).
 *
 * @param c,y charges and centres [m]
 * @returns E, V [m], ∂_c V [m], ∂_y V [m]
 */
export function mixtureEnergy(
  target: readonly Component[],
  c: ArrayLike<number>,
  y: ArrayLike<number>,
): { energy: number; potential: Float64Array; byCharge: Float64Array; byCentre: Float64Array } {
  const m = c.length;
  const constant = target.reduce(
    (sum, one) =>
      sum +
      target.reduce(
        (inner, other) =>
          inner +
          0.5 *
            one.weight *
            other.weight *
            normalDensity(one.mean - other.mean, one.variance + other.variance),
        0,
      ),
    0,
  );
  const byCharge = new Float64Array(m);
  const slope = new Float64Array(m);
  let energy = constant;
  for (let i = 0; i < m; i++) {
    let [force, pair, turn] = [0, 0, 0];
    for (const { weight, mean, variance } of target) {
      force += weight * normalDensity(y[i] - mean, 0.5 + variance);
      turn -= weight * normalSlope(y[i] - mean, 0.5 + variance);
    }
    for (let j = 0; j < m; j++) {
      pair += (c[j] / m) * normalDensity(y[i] - y[j], 1);
      turn += (c[j] / m) * normalSlope(y[i] - y[j], 1);
    }
    byCharge[i] = pair - force;
    slope[i] = turn;
    energy += (c[i] / m) * (0.5 * pair - force);
  }
  return {
    energy,
    potential: byCharge.map((value, i) => c[i] * value),
    byCharge,
    byCentre: slope.map((value, i) => c[i] * value),
  };
}
