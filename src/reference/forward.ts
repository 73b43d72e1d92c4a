// Forward: the network output at every sample.
//
//   f_j = (1/α) Σ_i ω_i c_i σ(z_ij),   z_ij = ⟨a_i, x_j⟩ − b_i or |x_j − a_i|,   α = m^p
//
// Shapes: a [R][m][d], b, c, ω [R][m], x [s][d] → f [R][s]. Sums run over i in float64.
import type { Config } from '../config.ts';
import { activationOf } from '../problem/activation.ts';
import type { Batch } from './batch.ts';
import type { Cloud } from './cloud.ts';

/**
 * Network output f [R][s] at the inputs of a batch, the same samples for every replica.
 *
 * @param config reads `network.activation` and `network.scale`
 * @param cloud the particles
 * @param batch a whole sample set or a minibatch; only x is read
 */
export function forward(
  config: Config,
  cloud: Cloud,
  batch: Pick<Batch, 'count' | 'x'>,
): Float64Array {
  const { width: m, replicas } = cloud;
  const s = batch.count;
  const sigma = activationOf(config.network.activation);
  const alpha = alphaOf(config, m);
  const f = new Float64Array(replicas * s);
  for (let r = 0; r < replicas; r++) {
    for (let j = 0; j < s; j++) {
      let sum = 0;
      for (let p = r * m; p < (r + 1) * m; p++) {
        sum += cloud.weight[p] * cloud.c[p] * sigma.value(argument(config, cloud, p, batch, j));
      }
      f[r * s + j] = sum / alpha;
    }
  }
  return f;
}

/** What the activation is taken of: z = ⟨a_p, x_j⟩ − b_p, or |x_j − a_p| for radial features. */
export function argument(
  { network }: Config,
  cloud: Cloud,
  p: number,
  batch: Pick<Batch, 'x'>,
  j: number,
): number {
  if (network.features === 'ridge') return preactivation(cloud, p, batch, j);
  const d = cloud.dimension;
  const away = Array.from({ length: d }, (_, q) => batch.x[j * d + q] - cloud.a[p * d + q]);
  return Math.hypot(...away);
}

/** z = ⟨a_p, x_j⟩ − b_p; p = r·m + i counts particles over all replicas. */
export function preactivation(cloud: Cloud, p: number, batch: Pick<Batch, 'x'>, j: number): number {
  const d = cloud.dimension;
  let z = -cloud.b[p];
  for (let q = 0; q < d; q++) z += cloud.a[p * d + q] * batch.x[j * d + q];
  return z;
}

/** α = m^p: m mean-field, √m NTK, 1 unscaled. */
export function alphaOf(config: Config, width: number): number {
  return width ** config.network.scale;
}
