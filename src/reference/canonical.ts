// Canonical: particles of one input in the plane of the state view, with the arc of every angle.
//
//   (u, v) = (m/α) |c| (a, −b),   arc from the number of active samples
//
// Shapes: a, b, c [R][m], x [s] → u, v, sign, arc [R][m].
import type { Config } from '../config.ts';
import type { Batch } from './batch.ts';
import type { Cloud } from './cloud.ts';
import { alphaOf, preactivation } from './forward.ts';

/** Plane, sign of c and arc label of every particle, d = 1. */
export function canonical(
  config: Config,
  cloud: Cloud,
  batch: Pick<Batch, 'count' | 'x'>,
): { u: Float64Array; v: Float64Array; sign: Float64Array; arc: Uint32Array } {
  const { a, b, c, width } = cloud;
  const size = c.map((value) => (width / alphaOf(config, width)) * Math.abs(value));
  const none = 2 * batch.count - 1;
  const labelOf = (p: number): number => {
    let active = 0;
    for (let j = 0; j < batch.count; j++) if (preactivation(cloud, p, batch, j) > 0) active++;
    if (active === 0) return none;
    return a[p] > 0 ? active - 1 : none - active;
  };
  return {
    u: a.map((value, p) => size[p] * value),
    v: b.map((value, p) => -size[p] * value),
    sign: c.map(Math.sign),
    arc: Uint32Array.from(a, (_, p) => labelOf(p)),
  };
}
