// Data sets of the univariate figures, and what their pictures measure.
import { median } from '../../../observables/median.ts';
import type { Problem } from '../../../problem/problem.ts';
import { canonicalOf, knotOf } from '../../../problem/canonical.ts';
import { replicaOf, type Particles } from '../../../state.ts';

/** A named data set of one input, ascending. */
export interface PointSet {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

function even(count: number, half: number, target: (x: number) => number, name: string): PointSet {
  const x = Array.from({ length: count }, (_, j) => -half + (2 * half * j) / (count - 1));
  return { name, x, y: x.map(target) };
}

/** Ten points of a square wave. */
export const SQUARE: PointSet = even(
  10,
  0.9,
  (x) => Math.sign(Math.sin(Math.PI * x + 0.1)),
  'ten points of a square wave',
);
/** Ten points of a square wave with 1.44 periods on the data. */
export const FAST_SQUARE: PointSet = even(
  10,
  0.9,
  (x) => Math.sign(Math.sin(1.6 * Math.PI * x)),
  'ten points of 1.44 periods of a square wave',
);
/** Six points of a sine. */
export const SINE: PointSet = even(
  6,
  0.9,
  (x) => Math.sin(2 * Math.PI * x),
  'six points of a sine',
);
/** Twenty points of half a wave to each side. */
export const DENSE_SINE: PointSet = even(
  20,
  1,
  (x) => Math.sin(Math.PI * x),
  'twenty points of a sine',
);
/** Five points of a zigzag. */
export const ZIGZAG: PointSet = {
  name: 'five points of a zigzag',
  x: [-0.9, -0.5, 0.1, 0.4, 0.9],
  y: [0.2, -0.6, 0.7, 0.2, 0.5],
};

/** The training problem of a point set with loss ½ Σ ρ². */
export function problemOf({ name, x, y }: PointSet): Problem {
  const train = {
    count: x.length,
    dimension: 1,
    x: Float32Array.from(x),
    y: Float32Array.from(y),
    weight: new Float32Array(x.length).fill(1),
  };
  return { title: name, train, test: null };
}

/** Inputs for curves between the first and the last sample. */
export function gridOf({ x }: PointSet, count = 401): Float64Array {
  const [low, high] = [x[0], x[x.length - 1]];
  return Float64Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));
}

/** f of one replica at inputs, float64. */
export function networkAt(
  particles: Particles,
  replica: number,
  alpha: number,
  x: ArrayLike<number>,
): Float64Array {
  const { a, b, c, width } = replicaOf(particles, replica);
  return Float64Array.from({ length: x.length }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += c[i] * Math.max(a[i] * x[k] - b[i], 0);
    return sum / alpha;
  });
}

/** sup |f − g| over the grid of a point set. */
export function distanceTo(
  f: ArrayLike<number>,
  curve: (x: number) => number,
  grid: ArrayLike<number>,
): number {
  let most = 0;
  for (let k = 0; k < grid.length; k++) most = Math.max(most, Math.abs(f[k] - curve(grid[k])));
  return most;
}

/** Median over particles of the angle |Δθ| between two states of one replica. */
export function medianTurn(start: Particles, end: Particles, replica: number): number {
  const [before, after] = [start, end].map(
    (particles) => canonicalOf(replicaOf(particles, replica), 1).theta,
  );
  return median(
    Array.from(before, (theta, i) => {
      const turn = Math.abs(after[i] - theta) % (2 * Math.PI);
      return Math.min(turn, 2 * Math.PI - turn);
    }),
  );
}

/** Share of the knots between the first and the last sample that lie within 1 % of the range of a sample. */
export function knotsNear(particles: Particles, replica: number, { x }: PointSet): number {
  const { a, b, width } = replicaOf(particles, replica);
  const reach = 0.01 * (x[x.length - 1] - x[0]);
  let [near, inside] = [0, 0];
  for (let i = 0; i < width; i++) {
    const knot = knotOf(a[i], b[i]);
    if (!(knot >= x[0] - reach && knot <= x[x.length - 1] + reach)) continue;
    inside++;
    if (x.some((xj) => Math.abs(knot - xj) <= reach)) near++;
  }
  return inside === 0 ? NaN : near / inside;
}

/** Share of knots near a sample if they were spread evenly. */
export function chanceNear({ x }: PointSet): number {
  return Math.min(1, 0.02 * x.length);
}

/** The law of numbers spread evenly over [−1, 1]. */
export const UNIT = { kind: 'uniform', low: -1, high: 1 } as const;
