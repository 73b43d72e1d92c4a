// Particles in frozen residuals: the canonical flow of one particle, arc by arc, with stops at attracting boundaries.
//
// Inside an arc g is constant. With ψ = θ − arg g:  ṙ = −|g| cos ψ,  ψ̇ = r |g| sin ψ. The angle moves exactly at the r of
// the moment, tan(ψ/2)⁺ = tan(ψ/2) e^{r |g| h}, so that a fast particle neither overshoots an equilibrium nor chatters at
// a boundary: where the far side points back, it stays on the boundary until its sign changes.
import { arcBoundaries, arcOf } from '../problem/canonical.ts';

/** Where a particle is at the end. */
export interface RestingPlace {
  readonly kind: 'boundary' | 'equilibrium' | 'dead' | 'moving';
  readonly r: number;
  readonly theta: number;
  /** number of the boundary in `arcBoundaries` for kind "boundary" */
  readonly boundary?: number;
}

/** g on every one of the 2s arcs. */
interface Field {
  readonly ends: Float64Array;
  readonly length: Float64Array;
  readonly angle: Float64Array;
}

/** ⟨g, t⟩ counts as 0 below this share of |g|. */
const STILL = 1e-3;

/** Prepares the field of residuals ρ [s] at inputs x [s], strictly ascending; returns the flow of one particle. */
export function frozenFlow(
  x: ArrayLike<number>,
  rho: ArrayLike<number>,
): (r: number, theta: number, time: number, step: number) => RestingPlace {
  const field = fieldOf(x, rho);
  return (r, theta, time, step) => follow(field, arcOf(theta, x).label, r, theta, time, step);
}

function fieldOf(x: ArrayLike<number>, rho: ArrayLike<number>): Field {
  const ends = arcBoundaries(x);
  const arcs = ends.length;
  const length = new Float64Array(arcs);
  const angle = new Float64Array(arcs);
  for (let q = 0; q < arcs; q++) {
    const middle = (ends[q] + endOf(ends, q)) / 2;
    const { from, to } = arcOf(middle, x);
    let [g1, g0] = [0, 0];
    for (let j = from; j < to; j++) {
      g1 += rho[j] * x[j];
      g0 += rho[j];
    }
    length[q] = Math.hypot(g1, g0);
    angle[q] = Math.atan2(g0, g1);
  }
  return { ends, length, angle };
}

/** The angle at which arc q ends, above that at which it begins. */
function endOf(ends: Float64Array, q: number): number {
  return q + 1 < ends.length ? ends[q + 1] : ends[0] + 2 * Math.PI;
}

function follow(
  field: Field,
  arc: number,
  r: number,
  theta: number,
  time: number,
  step: number,
): RestingPlace {
  const { ends, length, angle } = field;
  const arcs = ends.length;
  let q = arc;
  let at = theta + 2 * Math.PI * Math.ceil((ends[q] - theta) / (2 * Math.PI));
  let held: number | undefined;
  for (let n = 0; n * step < time; n++) {
    if (length[q] === 0) return { kind: 'dead', r, theta: at };
    const psi = at - angle[q];
    const next = r - step * length[q] * Math.cos(psi);
    const moved = at + turnOf(psi, r * length[q] * step);
    r = next;
    const [low, high] = [ends[q], endOf(ends, q)];
    held = undefined;
    // Once |r| grows at a place of rest, nothing moves the particle away.
    const growing = -r * Math.cos(psi) > 0;
    if (growing && Math.abs(Math.sin(psi)) < 1e-6) return { kind: 'equilibrium', r, theta: at };
    if (moved > low && moved < high) {
      at = moved;
      continue;
    }
    // At a boundary: number `b`, the arc beyond it, and the direction that the far side gives.
    const up = moved >= high;
    const b = up ? (q + 1) % arcs : q;
    const beyond = up ? (q + 1) % arcs : (q + arcs - 1) % arcs;
    const edge = up ? high : low;
    const far = length[beyond] * r * Math.sin(edge - angle[beyond]);
    at = edge;
    if (length[beyond] > 0 && far > 0 !== up) {
      held = b;
      if (growing) break;
      continue;
    }
    q = beyond;
    at = up ? ends[beyond] + 1e-12 : endOf(ends, beyond) - 1e-12;
  }
  if (held !== undefined) return { kind: 'boundary', r, theta: at, boundary: held };
  const still = Math.abs(Math.sin(at - angle[q])) <= STILL;
  return { kind: still ? 'equilibrium' : 'moving', r, theta: at };
}

/** ψ⁺ − ψ for ψ̇ = k sin ψ over unit time. */
function turnOf(psi: number, k: number): number {
  const wrapped = Math.atan2(Math.sin(psi), Math.cos(psi));
  if (Math.abs(wrapped) >= Math.PI) return 0;
  return 2 * Math.atan(Math.tan(wrapped / 2) * Math.exp(Math.min(k, 500))) - wrapped;
}
