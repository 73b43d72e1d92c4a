// Laws of random numbers in float64: from the 32-bit words of a counter to values of `init` and `teacher`.
import type { ScalarLaw, VectorLaw } from '../config.ts';
import { normalOf, philox, signOf, streamOf, uniformOf, type STREAM } from '../random.ts';

/**
 * The random words of rows 0 … count − 1 at one index: rows 4q … 4q + 3 are the four words of the Philox counter
 * (index, step 0, stream row q, replica 0), so a row's word depends on nothing but seed, purpose, index and row.
 *
 * @param key two words of the seed, see `keyOf`
 * @param purpose what the numbers are for
 * @param index sample or particle
 * @param count number of rows
 */
export function wordsOf(
  key: readonly [number, number],
  purpose: keyof typeof STREAM,
  index: number,
  count: number,
): Uint32Array {
  const words = new Uint32Array(4 * Math.ceil(count / 4));
  for (let q = 0; 4 * q < count; q++)
    words.set(philox([index, 0, streamOf(purpose, q), 0], key), 4 * q);
  return words.subarray(0, count);
}

/** One number of a law from one random word, float64. */
export function drawScalar(law: ScalarLaw, word: number): number {
  switch (law.kind) {
    case 'normal':
      return law.mean + law.std * normalOf(word);
    case 'uniform':
      return law.low + (law.high - law.low) * uniformOf(word);
    case 'sign':
      return law.scale * signOf(word);
    case 'constant':
      return law.value;
  }
}

/**
 * A vector of a law from one random word per coordinate, float64. Coordinates are independent, except on the sphere.
 *
 * @returns [d], d = words.length
 */
export function drawVector(law: VectorLaw, words: Uint32Array): Float64Array {
  if (law.kind === 'sphere')
    return drawDirection(words).map((coordinate) => law.radius * coordinate);
  return Float64Array.from(words, (word) => drawScalar(law, word));
}

/**
 * Uniform direction, a unit vector: standard normals divided by their length (Muller 1959), which is positive, since
 * `normalOf` is never 0.
 *
 * @returns [d], d = words.length
 */
export function drawDirection(words: Uint32Array): Float64Array {
  const normals = Float64Array.from(words, normalOf);
  const length = Math.sqrt(normals.reduce((sum, z) => sum + z * z, 0));
  return normals.map((z) => z / length);
}
