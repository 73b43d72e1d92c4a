// Batch: which samples one step sees.
//
//   flow.batch = 0:      all s samples with their loss weights ν
//   flow.batch = B > 0:  B draws with replacement, j_q = ⌊word_q · s / 2^32⌋,
//                        word_q = word q mod 4 of Philox(counter = (⌊q/4⌋, n, stream batch, replica), key = seed),
//                        loss weight ν′_q = ν_{j_q} · s/B, so that E Σ_q ν′_q g(x_{j_q}) = Σ_j ν_j g(x_j)
//
// n counts steps from 0. Every replica draws its own batch; the two stages of a Heun step share one.
import type { Config } from '../config.ts';
import { keyOf, philox, streamOf } from '../random.ts';

/** Samples as one step sees them. The whole set of a problem is one too. */
export interface Batch {
  /** number of samples, s or B */
  readonly count: number;
  /** input dimension d */
  readonly dimension: number;
  /** inputs [s][d] */
  readonly x: ArrayLike<number>;
  /** targets [s] */
  readonly y: ArrayLike<number>;
  /** loss weights ν [s] */
  readonly weight: ArrayLike<number>;
}

/**
 * The batch of one step in one replica.
 *
 * @param config reads `seed` and `flow.batch`
 * @param samples the whole training set
 * @param step steps done before this one
 * @param replica replica word of the random numbers
 */
export function batchOf(config: Config, samples: Batch, step: number, replica: number): Batch {
  const size = config.flow.batch;
  if (size === 0) return samples;
  const { count: s, dimension: d } = samples;
  const drawn = Array.from({ length: size }, (_, q) => drawIndex(config.seed, s, step, replica, q));
  return {
    count: size,
    dimension: d,
    x: Float64Array.from(
      drawn.flatMap((j) => Array.from({ length: d }, (_, k) => samples.x[j * d + k])),
    ),
    y: Float64Array.from(drawn, (j) => samples.y[j]),
    weight: Float64Array.from(drawn, (j) => (samples.weight[j] * s) / size),
  };
}

/**
 * Sample index of draw q: the high word of the 64-bit product word · s, in integers because the product
 * exceeds 2^53. The probability of a sample differs from 1/s by less than 2^-32.
 */
export function drawIndex(
  seed: number,
  s: number,
  step: number,
  replica: number,
  q: number,
): number {
  const words = philox([Math.floor(q / 4), step, streamOf('batch'), replica], keyOf(seed));
  return Number((BigInt(words[q % 4]) * BigInt(s)) >> 32n);
}
