// Seeded random input for tests. Every array is a pure function of its seed.
import { keyOf, normalOf, philox, uniformOf } from '../../src/random.ts';
import type { Samples } from '../../src/problem/problem.ts';
import type { Particles } from '../../src/state.ts';

/** Stream words of the tests lie above those of the package, so that no test shares numbers with a run. */
const TEST_STREAM = 0xffff0000;

/** Random 32-bit words. */
export function words(seed: number, count: number): Uint32Array {
  const list = new Uint32Array(Math.ceil(count / 4) * 4);
  for (let k = 0; k < list.length; k += 4) {
    list.set(philox([k / 4, 0, TEST_STREAM, 0], keyOf(seed)), k);
  }
  return list.subarray(0, count);
}

/** Standard normals times std, float32. */
export function normals(seed: number, count: number, std = 1): Float32Array {
  return Float32Array.from(words(seed, count), (word) => std * normalOf(word));
}

/** Uniform numbers in [low, high), float32. */
export function uniforms(seed: number, count: number, low = 0, high = 1): Float32Array {
  return Float32Array.from(words(seed, count), (word) => low + (high - low) * uniformOf(word));
}

/** A random order of 0 … count − 1 (Fisher and Yates). */
export function permutation(seed: number, count: number): number[] {
  const order = Array.from({ length: count }, (_, k) => k);
  const random = words(seed, count);
  for (let k = count - 1; k > 0; k--) {
    const other = Math.floor(uniformOf(random[k]) * (k + 1));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}

/**
 * Gaussian particles.
 *
 * @param options.std standard deviation of a, b and c; default 1
 * @param options.weighted true for random weights ω with Σ ω = m up to rounding; default all 1
 */
export function makeParticles(options: {
  seed: number;
  width: number;
  dimension: number;
  replicas?: number;
  std?: number;
  weighted?: boolean;
}): Particles {
  const { seed, width: m, dimension: d, replicas = 1, std = 1, weighted = false } = options;
  const count = replicas * m;
  const values = normals(seed, count * (d + 2), std);
  const weight = new Float32Array(count).fill(1);
  if (weighted) weight.set(makeWeights(seed + 1, m, replicas));
  return {
    dimension: d,
    width: m,
    replicas,
    a: values.slice(0, count * d),
    b: values.slice(count * d, count * (d + 1)),
    c: values.slice(count * (d + 1)),
    weight,
  };
}

/** Weights ω [R][m] around 1 whose sum is m in every replica. */
function makeWeights(seed: number, m: number, replicas: number): Float32Array {
  const weight = uniforms(seed, replicas * m, 0.5, 1.5);
  for (let r = 0; r < replicas; r++) {
    const one = weight.subarray(r * m, (r + 1) * m);
    const mean = one.reduce((sum, value) => sum + value, 0) / m;
    one.forEach((value, i) => (one[i] = value / mean));
  }
  return weight;
}

/**
 * Gaussian inputs and targets.
 *
 * @param options.weighted true for loss weights drawn from [0.5, 1.5)/s, so that they differ; default 1/s
 */
export function makeSamples(options: {
  seed: number;
  count: number;
  dimension: number;
  weighted?: boolean;
}): Samples {
  const { seed, count: s, dimension: d, weighted = false } = options;
  return {
    count: s,
    dimension: d,
    x: normals(seed, s * d),
    y: normals(seed + 1, s),
    weight: weighted ? uniforms(seed + 2, s, 0.5 / s, 1.5 / s) : new Float32Array(s).fill(1 / s),
  };
}

/** Random numbers one after the other, float64. */
export interface Generator {
  uniform(): number;
  normal(): number;
}

/** A sequence of random numbers, a pure function of its seed. */
export function generator(seed: number): Generator {
  let drawn = 0;
  let block: readonly number[] = [];
  const word = (): number => {
    if (drawn % 4 === 0) block = philox([drawn / 4, 1, TEST_STREAM, 0], keyOf(seed));
    return block[drawn++ % 4];
  };
  return { uniform: () => uniformOf(word()), normal: () => normalOf(word()) };
}
