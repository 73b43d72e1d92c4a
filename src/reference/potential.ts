// Potential: what every particle feels, and its mean over the cloud.
//
//   V(w; μ) = (α/m) Σ_j ν_j ρ_j φ(w; x_j) + λ r(w),   V̄ = Σ_i ω_i V_i / Σ_i ω_i
//
// Shapes: w as a [R][m][d], b, c [R][m], ρ [R][s], ν [s], x [s][d] → V [R][m], V̄ [R].
import type { Config } from '../config.ts';
import { activationOf } from '../problem/activation.ts';
import type { Batch } from './batch.ts';
import type { Cloud } from './cloud.ts';
import { alphaOf, argument } from './forward.ts';
import { penalty } from './penalty.ts';

/**
 * Potential V [R][m] of every particle.
 *
 * @param config reads `network` and `flow.penalty`
 * @param cloud the particles
 * @param batch the samples the loss runs over, the same for every replica
 * @param rho residual [R][s] at these samples
 */
export function potential(
  config: Config,
  cloud: Cloud,
  batch: Batch,
  rho: ArrayLike<number>,
): Float64Array {
  const { dimension: d, width: m } = cloud;
  const { kind, strength } = config.flow.penalty;
  const sigma = activationOf(config.network.activation);
  const factor = alphaOf(config, m) / m;
  return Float64Array.from(cloud.c, (c, p) => {
    const r = Math.floor(p / m);
    let sum = 0;
    for (let j = 0; j < batch.count; j++) {
      const z = argument(config, cloud, p, batch, j);
      sum += batch.weight[j] * rho[r * batch.count + j] * c * sigma.value(z);
    }
    const particle = { a: cloud.a.subarray(p * d, (p + 1) * d), b: cloud.b[p], c };
    return factor * sum + (strength === 0 ? 0 : strength * penalty(kind, particle));
  });
}

/** Weighted mean V̄ [R] of V [R][m]. */
export function meanPotential(cloud: Cloud, v: ArrayLike<number>): Float64Array {
  const { width: m, replicas, weight } = cloud;
  return Float64Array.from({ length: replicas }, (_, r) => {
    let sum = 0;
    let mass = 0;
    for (let p = r * m; p < (r + 1) * m; p++) {
      sum += weight[p] * v[p];
      mass += weight[p];
    }
    return sum / mass;
  });
}
