// Velocity: how every particle moves, dw_i/dt = −M ∇V(w_i; μ).
//
//   V(w; μ) = (α/m) Σ_j ν_j ρ_j φ(w; x_j) + λ r(w),   φ(w; x) = c σ(z),   z = ⟨a, x⟩ − b
//
//   da/dt = −(α/m) Σ_j ν_j ρ_j c σ′(z_j) x_j − λ ∂_a r
//   db/dt = +(α/m) Σ_j ν_j ρ_j c σ′(z_j)     − λ ∂_b r
//   dc/dt = −(α/m) Σ_j ν_j ρ_j σ(z_j)        − λ ∂_c r
//
// Radial features have z = |x − a|, ∂z/∂a = (a − x)/z in place of x, and no b.
//
// M sets to 0 what does not train. The particle weight ω does not enter: it says how much mass moves, not
// how fast. Shapes: a [R][m][d], b, c [R][m], ρ [R][s], ν [s], x [s][d] → dw/dt in the shape of w.
import type { Config } from '../config.ts';
import { activationOf } from '../problem/activation.ts';
import type { Batch } from './batch.ts';
import { zeroCloud, type Cloud } from './cloud.ts';
import { alphaOf, argument } from './forward.ts';
import { penaltyGradient } from './penalty.ts';
import { timeStep } from './update.ts';

/**
 * Velocity dw/dt of every particle; its `weight` is that of the cloud.
 *
 * @param config reads `network`, `flow.train` and `flow.penalty`
 * @param cloud the particles
 * @param batch the samples the loss runs over, the same for every replica
 * @param rho residual [R][s] at these samples
 */
export function velocity(config: Config, cloud: Cloud, batch: Batch, rho: Float64Array): Cloud {
  const { dimension: d, width: m, replicas } = cloud;
  const s = batch.count;
  const sigma = activationOf(config.network.activation);
  const factor = alphaOf(config, m) / m;
  const v = zeroCloud(cloud);
  const radial = config.network.features === 'radial';
  for (let p = 0; p < replicas * m; p++) {
    const r = Math.floor(p / m);
    for (let j = 0; j < s; j++) {
      const z = argument(config, cloud, p, batch, j);
      const pull = factor * batch.weight[j] * rho[r * s + j];
      const slope = pull * cloud.c[p] * sigma.derivative(z);
      for (let q = 0; q < d; q++) {
        const x = batch.x[j * d + q];
        // ∂z/∂a is x, or (a − x)/z around a centre, where σ′(0) = 0.
        const turn = radial ? (z > 0 ? (cloud.a[p * d + q] - x) / z : 0) : x;
        v.a[p * d + q] -= slope * turn;
      }
      if (!radial) v.b[p] += slope;
      v.c[p] -= pull * sigma.value(z);
    }
    addPenalty(config, cloud, p, v);
  }
  return freeze(config, v);
}

/**
 * Adds −λ ∇r(w_p) to the velocity of particle p. Near a kink of total variation the velocity is the one that leads to
 * the proximal point in one step: see `proximalVelocity`.
 */
export function addPenalty(config: Config, cloud: Cloud, p: number, v: Cloud): void {
  const { kind, strength } = config.flow.penalty;
  if (kind === 'none') return;
  const d = cloud.dimension;
  const a = cloud.a.subarray(p * d, (p + 1) * d);
  const gradient = penaltyGradient(kind, { a, b: cloud.b[p], c: cloud.c[p] });
  const dt = timeStep(config, cloud.width);
  const inner = [...a, cloud.b[p]];
  // What does not train does not move with the data either.
  const { train } = config.flow;
  const [onA, onC] = [train.includes('a') ? 1 : 0, train.includes('c') ? 1 : 0];
  const onB = train.includes('b') && config.network.bias ? 1 : 0;
  const innerVelocity = [
    ...v.a.subarray(p * d, (p + 1) * d).map((value) => onA * value),
    onB * v.b[p],
  ];
  const [outer, outerVelocity] = [[cloud.c[p]], [onC * v.c[p]]];
  const h = Math.hypot(...inner);
  const size = Math.abs(cloud.c[p]);
  const smooth = kind !== 'total-variation';
  const nextInner =
    smooth || h > dt * strength * size
      ? innerVelocity.map((value, q) => value - strength * [...gradient.a, gradient.b][q])
      : proximalVelocity(inner, innerVelocity, strength * size, dt);
  const nextOuter =
    smooth || size > dt * strength * h
      ? [outerVelocity[0] - strength * gradient.c]
      : proximalVelocity(outer, outerVelocity, strength * h, dt);
  v.a.set(nextInner.slice(0, d), p * d);
  v.b[p] = nextInner[d];
  v.c[p] = nextOuter[0];
}

/**
 * The velocity with which one step of length dt ends at the minimiser u of λ|u| + |u − w − dt v|²/(2 dt), the soft
 * threshold of the data step: 0 once the data pull less than λ (Parikh and Boyd, "Proximal Algorithms", 6.5.1).
 */
function proximalVelocity(w: number[], v: number[], lambda: number, dt: number): number[] {
  const moved = w.map((value, q) => value + dt * v[q]);
  const length = Math.hypot(...moved);
  const kept = length > dt * lambda ? 1 - (dt * lambda) / length : 0;
  return moved.map((value, q) => (kept * value - w[q]) / dt);
}

/** The mobility M: what `flow.train` does not name stands still, and so does b without `network.bias`. */
export function freeze(config: Config, v: Cloud): Cloud {
  const { train } = config.flow;
  if (!train.includes('a')) v.a.fill(0);
  if (!train.includes('b') || !config.network.bias) v.b.fill(0);
  if (!train.includes('c')) v.c.fill(0);
  return v;
}
