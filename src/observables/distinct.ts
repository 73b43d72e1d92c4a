// How many particles of a cloud differ: copies never separate under the flow, so that a cloud of copies acts like few particles.
import type { Particles } from '../state.ts';

/** Distance, relative to the norm of (a, b, c), up to which two particles count as one. */
export const SAME_PARTICLE = 0.01;

/**
 * Number of different particles of every replica: each counts that is farther than `tolerance` times its norm from all
 * before it that count. O(m² d).
 *
 * @returns [R]
 */
export function countDistinct(particles: Particles, tolerance = SAME_PARTICLE): number[] {
  const { width: m, replicas } = particles;
  return Array.from({ length: replicas }, (_, r) => {
    const kept: number[] = [];
    for (let i = r * m; i < (r + 1) * m; i++) {
      const near = tolerance ** 2 * squaredDistance(particles, i, null);
      if (kept.every((other) => squaredDistance(particles, i, other) > near)) kept.push(i);
    }
    return kept.length;
  });
}

/** |w_i − w_j|², or |w_i|². */
function squaredDistance(
  { dimension: d, a, b, c }: Particles,
  i: number,
  j: number | null,
): number {
  let sum = 0;
  const add = (values: Float32Array, at: number, other: number): void => {
    sum += (values[at] - (j === null ? 0 : values[other])) ** 2;
  };
  const second = j ?? i;
  for (let axis = 0; axis < d; axis++) add(a, i * d + axis, second * d + axis);
  add(b, i, second);
  add(c, i, second);
  return sum;
}
