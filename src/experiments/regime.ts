// The regime number of a training run: for one input, relu and samples that allow it.
import type { Config } from '../config.ts';
import type { Regime } from '../observables/regime.ts';
import { deltaOf } from '../problem/canonical.ts';
import type { Problem } from '../problem/problem.ts';
import { replicaOf, type Particles } from '../state.ts';
import { regimeNumber } from '../theory/random-features.ts';

/** Beyond this the s × s kernel is not worth its time, s³/6 operations. */
const MOST_SAMPLES = 2000;

/** Does a run have a regime at all: one input and relu? */
export function hasRegime({ network }: Config, { train }: Problem): boolean {
  return train.dimension === 1 && network.activation === 'relu';
}

/**
 * Λ = (α/m) ‖y‖_{K₁⁻¹}/(−δ) with δ the median of c² − a² − b² over the first replica.
 *
 * @param start particles at step 0, d = 1
 * @returns Λ, or the reason why there is none
 */
export function regimeOf(config: Config, { train, population }: Problem, start: Particles): Regime {
  const { network, flow } = config;
  if (population !== undefined) return { reason: 'the loss is not that of samples' };
  if (!network.bias) return { reason: 'the network has no bias' };
  if (flow.train.length < 3) return { reason: 'not all of a, b and c train' };
  if (train.count > MOST_SAMPLES) {
    return { reason: `there are more than ${MOST_SAMPLES} samples` };
  }
  const x = Float64Array.from(train.x).sort();
  if (x.some((value, j) => j > 0 && value === x[j - 1])) {
    return { reason: 'two samples have the same input' };
  }
  const delta = medianOf(deltaOf(replicaOf(start, 0)));
  const alpha = start.width ** network.scale;
  try {
    return { number: regimeNumber(alpha, start.width, delta, train.x, train.y), delta };
  } catch {
    // The factorisation fails on a pivot that is rounding, and on nothing else.
    return { reason: 'the kernel of the samples is singular in double precision' };
  }
}

function medianOf(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}
