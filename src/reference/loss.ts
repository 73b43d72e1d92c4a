// Loss: what the flow lowers.
//
//   loss       ½ Σ_j ν_j ρ_j²
//   objective  L = ½ Σ_j ν_j ρ_j² + λ (m/α²) Σ_i ω_i r(w_i)
//
// The factor m/α² makes (α²/m) ∂L/∂w_i = ω_i ∇V(w_i) for every α = m^p, and therefore
// dL/dt = −(m/α²) Σ_i ω_i |M ∇V(w_i)|² ≤ 0; with p = 1 that is minus the mean of |M ∇V|².
// Shapes: ρ [R][s], ν [s] → [R].
import type { Config } from '../config.ts';
import type { Cloud } from './cloud.ts';
import { alphaOf } from './forward.ts';
import { penalty } from './penalty.ts';

/** Loss without penalty [R], from residuals ρ [R][s] and loss weights ν [s]. */
export function loss(rho: Float64Array, weight: ArrayLike<number>): Float64Array {
  const s = weight.length;
  const half = new Float64Array(rho.length / s);
  rho.forEach((value, k) => (half[Math.floor(k / s)] += 0.5 * weight[k % s] * value * value));
  return half;
}

/**
 * Objective L [R]: loss with penalty.
 *
 * @param config reads `flow.penalty` and `network.scale`
 * @param cloud the particles
 * @param rho residual [R][s] of these particles
 * @param weight loss weights ν [s]
 */
export function objective(
  config: Config,
  cloud: Cloud,
  rho: Float64Array,
  weight: ArrayLike<number>,
): Float64Array {
  const { dimension: d, width: m } = cloud;
  const { kind, strength } = config.flow.penalty;
  const factor = (strength * m) / alphaOf(config, m) ** 2;
  const total = loss(rho, weight);
  for (let p = 0; p < cloud.c.length; p++) {
    const a = cloud.a.subarray(p * d, (p + 1) * d);
    const r = penalty(kind, { a, b: cloud.b[p], c: cloud.c[p] });
    total[Math.floor(p / m)] += factor * cloud.weight[p] * r;
  }
  return total;
}
