// Hyperbolic step: the exact ReLU flow over one step with the data field g held fixed; it conserves δ to rounding.
//
// With p = (a, −b), g = Σ_{active} ν ρ (x, 1) and φ = (α/m) |g| dt, ĝ = g/|g|, p∥ = ⟨p, ĝ⟩:
//
//   p∥⁺ = p∥ cosh φ − c sinh φ,   c⁺ = c cosh φ − p∥ sinh φ,   the part of p across ĝ stays
//
// exact while no sample changes its activation and g is constant. A reference integrator for ReLU networks without
// penalty whose parameters all train; any input dimension.
import type { Config } from '../config.ts';
import type { Samples } from '../problem/problem.ts';
import type { Cloud } from './cloud.ts';
import { alphaOf, forward, preactivation } from './forward.ts';
import { residual } from './residual.ts';
import { timeStep } from './update.ts';

/**
 * One hyperbolic step of every particle, all at the residual of the moment.
 *
 * @param config reads `flow.dt`, `flow.time`, `network.scale`
 * @param cloud particles before the step; left as it is
 */
export function hyperbolicStep(config: Config, cloud: Cloud, samples: Samples): Cloud {
  const { width: m, replicas } = cloud;
  const rho = residual(forward(config, cloud, samples), samples.y);
  const rate = (alphaOf(config, m) / m) * timeStep(config, m);
  const next: Cloud = {
    ...cloud,
    a: Float64Array.from(cloud.a),
    b: Float64Array.from(cloud.b),
    c: Float64Array.from(cloud.c),
  };
  for (let i = 0; i < replicas * m; i++) turn(next, i, fieldOf(cloud, i, samples, rho), rate);
  return next;
}

/** g of particle i, [d + 1]: the last entry belongs to the bias. */
function fieldOf(cloud: Cloud, i: number, samples: Samples, rho: Float64Array): Float64Array {
  const { dimension: d, width: m } = cloud;
  const g = new Float64Array(d + 1);
  const first = Math.floor(i / m) * samples.count;
  for (let j = 0; j < samples.count; j++) {
    if (preactivation(cloud, i, samples, j) <= 0) continue;
    const pull = samples.weight[j] * rho[first + j];
    for (let q = 0; q < d; q++) g[q] += pull * samples.x[j * d + q];
    g[d] += pull;
  }
  return g;
}

/** Turns particle i hyperbolically in the plane of c and ĝ. */
function turn(cloud: Cloud, i: number, g: Float64Array, rate: number): void {
  const { dimension: d } = cloud;
  const length = Math.hypot(...g);
  if (length === 0) return;
  let along = -cloud.b[i] * g[d];
  for (let q = 0; q < d; q++) along += cloud.a[i * d + q] * g[q];
  along /= length;
  const angle = rate * length;
  const c = cloud.c[i];
  // cosh φ − 1 without cancellation.
  const grown = 2 * Math.sinh(angle / 2) ** 2;
  const shift = along * grown - c * Math.sinh(angle);
  for (let q = 0; q < d; q++) cloud.a[i * d + q] += (shift * g[q]) / length;
  cloud.b[i] -= (shift * g[d]) / length;
  cloud.c[i] = c + c * grown - along * Math.sinh(angle);
}
