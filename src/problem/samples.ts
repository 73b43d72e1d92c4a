// Samples from numbers of any source: the checks that every source shares, rounding to float32, loss weights ν.
import type { Config } from '../config.ts';
import { ConfigError } from '../config-check.ts';
import type { Samples } from './problem.ts';

/** How loss weights ν are normalised, see `flow.lossWeights`. */
export type LossWeights = Config['flow']['lossWeights'];

/** Largest finite float32. */
export const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** Numbers of a data set before rounding and normalisation. */
export interface RawSamples {
  /** input dimension d */
  readonly dimension: number;
  /** inputs [s][d] */
  readonly x: ArrayLike<number>;
  /** targets [s] */
  readonly y: ArrayLike<number>;
  /** weight column [s], or null */
  readonly weight: ArrayLike<number> | null;
}

/** Where a number of a data set stands, for messages: "points.csv: line 3, column y". */
export type Locate = (name: 'x' | 'y' | 'weight', index: number) => string;

/**
 * Rounds raw numbers to float32 and normalises the loss weights.
 *
 * @param raw inputs, targets and weights
 * @param lossWeights "mean": ν = 1/s, or the weights divided by their sum; "sum": ν = 1, or the weights as they are
 * @param where name of the source, shown at the head of messages
 * @param locate place of one number, shown at the head of messages
 * @throws ConfigError for a number beyond float32, a negative weight, or weights that are all zero
 */
export function makeSamples(
  raw: RawSamples,
  lossWeights: LossWeights,
  where: string,
  locate: Locate,
): Samples {
  const { dimension, x, y, weight } = raw;
  return {
    count: y.length,
    dimension,
    x: toFloat32(x, (index) => locate('x', index)),
    y: toFloat32(y, (index) => locate('y', index)),
    weight: normaliseWeights(weight, y.length, lossWeights, where, (index) =>
      locate('weight', index),
    ),
  };
}

/**
 * Float32 copy of numbers.
 *
 * @param locate place of number `index`, for the message
 * @throws ConfigError for the first number that is not finite in float32
 */
export function toFloat32(
  values: ArrayLike<number>,
  locate: (index: number) => string,
): Float32Array {
  const rounded = Float32Array.from(values);
  for (let i = 0; i < rounded.length; i++) {
    if (!Number.isFinite(rounded[i])) {
      throw new ConfigError(
        `${locate(i)}: received ${values[i]}; allowed: a finite number within ±3.4e38 (float32)`,
      );
    }
  }
  return rounded;
}

/**
 * Throws where inputs of s samples in d dimensions pass 2 GiB, before they are drawn.
 *
 * @throws ConfigError
 */
export function checkSampleMemory(samples: number, dimension: number, field: string): void {
  const gib = (samples * dimension * 4) / 2 ** 30;
  if (gib >= 2) {
    throw new ConfigError(
      `${field}: received ${samples} samples in ${dimension} dimensions, ${gib.toFixed(1)} GiB of inputs; allowed: less than 2 GiB`,
    );
  }
}

function normaliseWeights(
  column: ArrayLike<number> | null,
  count: number,
  lossWeights: LossWeights,
  where: string,
  locate: (index: number) => string,
): Float32Array {
  if (column === null) return new Float32Array(count).fill(lossWeights === 'mean' ? 1 / count : 1);
  const rounded = toFloat32(column, locate);
  const bad = rounded.findIndex((weight) => weight < 0);
  if (bad >= 0) {
    throw new ConfigError(`${locate(bad)}: received ${column[bad]}; allowed: a number >= 0`);
  }
  if (rounded.every((weight) => weight === 0)) {
    throw new ConfigError(
      `${where}: received weights that are all 0; allowed: at least one weight > 0`,
    );
  }
  if (lossWeights === 'sum') return rounded;
  const weights = Float64Array.from(column);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}
