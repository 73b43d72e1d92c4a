// The planes that the cloud can be seen in: (u, v) for one input, the principal plane of a, or a chosen pair.
import { canonicalPlane, directionPlane, pairPlane, type Plane } from '../../problem/plane.ts';
import { alphaOf } from '../../reference/forward.ts';
import type { Particles } from '../../state.ts';
import type { Run } from '../engine.ts';

/** What the user chooses. */
export type PlaneName = 'canonical' | 'principal' | 'pair';

/** A plane with the names of its axes. */
export interface NamedPlane {
  readonly name: PlaneName;
  readonly plane: Plane;
  readonly x: string;
  readonly y: string;
  /** units are equal along both axes, and the origin matters */
  readonly isEqual: boolean;
}

/** Rounds of the iteration for the principal plane, which begins where the last one ended. */
const ROUNDS = 12;

/** Planes that a cloud in d dimensions has, the first by default. */
export function planeNames(dimension: number): PlaneName[] {
  return dimension === 1 ? ['canonical', 'pair'] : ['principal', 'pair'];
}

/** Names of the parameters of a particle, row by row: a0 … b, c; a alone for one input. */
export function parameterNames(dimension: number): string[] {
  const inputs = Array.from({ length: dimension }, (_, k) => (dimension === 1 ? 'a' : `a${k}`));
  return [...inputs, 'b', 'c'];
}

/**
 * The plane of a name.
 *
 * @param pair rows of the chosen pair
 * @param basis of the principal plane [2][d]
 */
export function namedPlane(
  run: Run,
  name: PlaneName,
  pair: readonly [number, number],
  basis: Float64Array,
): NamedPlane {
  if (name === 'canonical') {
    const plane = canonicalPlane(run.width, alphaOf(run.config, run.width));
    return { name, plane, x: 'u = (m/α) |c| a', y: 'v = −(m/α) |c| b', isEqual: true };
  }
  if (name === 'principal') {
    const plane = directionPlane(basis);
    return { name, plane, x: 'a, first direction', y: 'a, second direction', isEqual: true };
  }
  const names = parameterNames(run.dimension);
  const [x, y] = pair;
  return { name, plane: pairPlane(x, y), x: names[x], y: names[y], isEqual: false };
}

/** The first two coordinates of a, to begin with. */
export function firstBasis(dimension: number): Float64Array {
  const basis = new Float64Array(2 * dimension);
  basis[0] = 1;
  basis[dimension + Math.min(1, dimension - 1)] = 1;
  return basis;
}

/**
 * The two directions in which the input weights of a sample of particles vary most, [2][d]: orthogonal iteration with
 * the covariance of a, which is never formed.
 *
 * @param before basis to begin with; signs stay near it
 */
export function principalBasis(
  { dimension: d, width, a }: Particles,
  before: Float64Array,
): Float64Array {
  const mean = new Float64Array(d);
  for (let p = 0; p < width * d; p++) mean[p % d] += a[p] / width;
  let basis = before;
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(2 * d);
    for (let i = 0; i < width; i++) {
      let [x, y] = [0, 0];
      for (let n = 0; n < d; n++) {
        const value = a[i * d + n] - mean[n];
        x += value * basis[n];
        y += value * basis[d + n];
      }
      for (let n = 0; n < d; n++) {
        const value = a[i * d + n] - mean[n];
        next[n] += x * value;
        next[d + n] += y * value;
      }
    }
    const made = orthonormal(next, d);
    if (made === null) return before;
    basis = made;
  }
  return basis;
}

/** Gram and Schmidt for two vectors; null where they do not span a plane. */
function orthonormal(vectors: Float64Array, d: number): Float64Array | null {
  const [first, second] = [vectors.subarray(0, d), vectors.subarray(d)];
  const along = scaleToOne(first) ? dot(first, second) : 0;
  for (let n = 0; n < d; n++) second[n] -= along * first[n];
  return dot(first, first) > 0.5 && scaleToOne(second) ? vectors : null;
}

function scaleToOne(vector: Float64Array): boolean {
  const size = Math.sqrt(dot(vector, vector));
  if (!(size > 1e-30)) return false;
  for (let n = 0; n < vector.length; n++) vector[n] /= size;
  return true;
}

function dot(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, value, n) => sum + value * q[n], 0);
}
