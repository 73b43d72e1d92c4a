// Particles from a `particles.npz` file, as a run writes it or as a user makes it with NumPy.
import { ConfigError } from '../config-check.ts';
import type { NpyArray } from '../npy.ts';
import type { Particles } from '../state.ts';
import { checkShape, loadArrays, placeIn } from './arrays.ts';
import type { ReadFile } from './problem.ts';
import { toFloat32 } from './samples.ts';

/** The sum of the weights ω of a replica may differ from m by this fraction: what float32 sums of 10⁷ terms reach. */
const WEIGHT_TOLERANCE = 1e-3;

/**
 * Reads particles: arrays a [m, d], or [m] for d = 1, with b, c [m]; or a [R, m, d] with b, c [R, m] for R replicas.
 * An optional weight has the shape of b, is ≥ 0 and sums to m in every replica; without it all weights are 1.
 * Numbers are float32 or float64, rounded to float32.
 *
 * @param path path of the `.npz` file
 * @param readFile how files are read
 * @throws ConfigError with path, array, value received and values allowed
 */
export async function loadParticles(path: string, readFile: ReadFile): Promise<Particles> {
  const arrays = await loadArrays(path, readFile, ['a', 'b', 'c'], ['weight']);
  for (const [name, { data }] of arrays) {
    if (!(data instanceof Float32Array || data instanceof Float64Array)) {
      throw new ConfigError(`${path}: ${name}: received integers; allowed: float32 or float64`);
    }
  }
  const a = arrays.get('a') as NpyArray;
  const { replicas, width, dimension } = sizesOf(a.shape, path);
  const rows = a.shape.length === 3 ? [replicas, width] : [width];
  const numbers = (name: string): Float32Array => {
    const { shape, data } = arrays.get(name) as NpyArray;
    if (name !== 'a')
      checkShape(`${path}: ${name}`, shape, [rows], `[${rows.join(', ')}], as in a`);
    return toFloat32(data, (index) => `${path}: ${name}${placeIn(shape, index)}`);
  };
  const weight = arrays.has('weight')
    ? numbers('weight')
    : new Float32Array(replicas * width).fill(1);
  checkWeights(weight, width, path, rows);
  return { dimension, width, replicas, a: numbers('a'), b: numbers('b'), c: numbers('c'), weight };
}

function sizesOf(
  shape: readonly number[],
  path: string,
): { replicas: number; width: number; dimension: number } {
  if (shape.length < 1 || shape.length > 3 || shape.includes(0)) {
    throw new ConfigError(
      `${path}: a: received shape [${shape.join(', ')}]; allowed: [m, d], [m] for d = 1, or [R, m, d], not empty`,
    );
  }
  if (shape.length === 3) return { replicas: shape[0], width: shape[1], dimension: shape[2] };
  return { replicas: 1, width: shape[0], dimension: shape[1] ?? 1 };
}

function checkWeights(
  weight: Float32Array,
  width: number,
  path: string,
  rows: readonly number[],
): void {
  const bad = weight.findIndex((value) => value < 0);
  if (bad >= 0)
    throw new ConfigError(
      `${path}: weight${placeIn(rows, bad)}: received ${weight[bad]}; allowed: a number >= 0`,
    );
  for (let start = 0; start < weight.length; start += width) {
    const sum = weight.subarray(start, start + width).reduce((total, value) => total + value, 0);
    if (Math.abs(sum - width) > WEIGHT_TOLERANCE * width) {
      const replica = rows.length === 2 ? ` of replica ${start / width}` : '';
      throw new ConfigError(
        `${path}: weight: received the sum ${sum}${replica}; allowed: the width, ${width}, within 0.1 %`,
      );
    }
  }
}
