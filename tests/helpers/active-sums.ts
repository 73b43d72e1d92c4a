// The univariate ReLU network and its velocity in float64, with the active sets that the device reports as bits.
import type { Config } from '../../src/config.ts';
import type { Samples } from '../../src/problem/problem.ts';
import type { Particles } from '../../src/state.ts';

/** f [R][s] and dw/dt in the shape of the particles, without penalty. */
export interface ActiveSums {
  readonly prediction: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly c: Float64Array;
}

/**
 * Plain sums over particles and samples, O(m s). Whether a particle sees a sample is read from `patterns`
 * [R][m][⌈s/32⌉]: the numbers compared are then the sums alone, also where a knot lies on a sample.
 */
export function activeSums(
  config: Config,
  { width: m, replicas, a, b, c, weight }: Particles,
  { count: s, x, y, weight: nu }: Samples,
  patterns: Uint32Array,
): ActiveSums {
  const alpha = m ** config.network.scale;
  const words = Math.ceil(s / 32);
  const prediction = new Float64Array(replicas * s);
  const velocity = { a: new Float64Array(a.length), b: zerosLike(b), c: zerosLike(c) };
  const overActive = (p: number, visit: (j: number, z: number) => void): void => {
    for (let j = 0; j < s; j++) {
      if ((patterns[p * words + (j >> 5)] >>> (j & 31)) & 1) visit(j, a[p] * x[j] - b[p]);
    }
  };
  for (let p = 0; p < replicas * m; p++) {
    const at = Math.floor(p / m) * s;
    overActive(p, (j, z) => (prediction[at + j] += (weight[p] * c[p] * z) / alpha));
  }
  for (let p = 0; p < replicas * m; p++) {
    const at = Math.floor(p / m) * s;
    overActive(p, (j, z) => {
      const pull = (alpha / m) * nu[j] * (prediction[at + j] - y[j]);
      velocity.a[p] -= c[p] * pull * x[j];
      velocity.b[p] += c[p] * pull;
      velocity.c[p] -= pull * z;
    });
  }
  return { prediction, ...velocity };
}

/** max |actual − expected| / max |expected|; 0 where both are zero everywhere. */
export function maxError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [error, size] = [0, 0];
  for (let k = 0; k < expected.length; k++) {
    const difference = Math.abs(actual[k] - expected[k]);
    if (!(difference <= error)) error = difference;
    size = Math.max(size, Math.abs(expected[k]));
  }
  return error === 0 ? 0 : error / size;
}

function zerosLike(values: Float32Array): Float64Array {
  return new Float64Array(values.length);
}
