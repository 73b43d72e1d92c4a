// The regime number of a training run or of a sweep: for one input, relu and samples that allow it.
import type { Config } from '../config.ts';
import type { Regime, RegimesOfWidths } from '../observables/regime.ts';
import { meanWithError } from '../observables/fluctuation.ts';
import { deltaOf } from '../problem/canonical.ts';
import type { Problem } from '../problem/problem.ts';
import { replicaOf, type Particles } from '../state.ts';
import { regimeNumber } from '../theory/random-features.ts';
import type { WidthRun } from './events.ts';

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
export function regimeOf(config: Config, problem: Problem, start: Particles): Regime {
  const unit = unitRegime(config, problem);
  if (typeof unit === 'string') return { reason: unit };
  const [delta] = medianDeltas(replicaOf(start, 0));
  return { number: numberAt(config, start.width, unit, delta), delta };
}

/**
 * Λ of every width of a sweep, its mean over replicas with the standard error; null where there is no regime at all, or
 * the runs did not keep their δ.
 */
export function regimesOf(
  config: Config,
  problem: Problem,
  runs: readonly WidthRun[],
): RegimesOfWidths | null {
  if (!hasRegime(config, problem) || runs.some(({ deltas }) => deltas === undefined)) return null;
  const unit = unitRegime(config, problem);
  if (typeof unit === 'string') return { reason: unit };
  return runs.map(({ width, deltas = [] }) => {
    const numbers = Float64Array.from(deltas, (delta) => numberAt(config, width, unit, delta));
    const infinite = numbers.filter((number) => number === Infinity).length;
    const { mean, se } = infinite > 0 ? { mean: Infinity, se: NaN } : meanWithError(numbers);
    return { width, replicas: deltas.length, mean, se, infinite };
  });
}

/** Median of δ = c² − a² − b² over the particles of every replica, [R]; d = 1. */
export function medianDeltas(start: Particles): number[] {
  return Array.from({ length: start.replicas }, (_, r) => medianOf(deltaOf(replicaOf(start, r))));
}

/** Λ from ‖y‖_{K₁⁻¹}; Infinity for δ ≥ 0. */
function numberAt({ network }: Config, width: number, unit: number, delta: number): number {
  return delta >= 0 ? Infinity : (width ** (network.scale - 1) * unit) / -delta;
}

/** Λ at α = m and δ = −1, which is ‖y‖_{K₁⁻¹}, or why there is no regime number. */
function unitRegime({ network, flow }: Config, { train, population }: Problem): number | string {
  if (population !== undefined) return 'the loss is not that of samples';
  if (!network.bias) return 'the network has no bias';
  if (flow.train.length < 3) return 'not all of a, b and c train';
  if (train.count > MOST_SAMPLES) return `there are more than ${MOST_SAMPLES} samples`;
  const x = Float64Array.from(train.x).sort();
  if (x.some((value, j) => j > 0 && value === x[j - 1])) return 'two samples have the same input';
  try {
    return regimeNumber(1, 1, -1, train.x, train.y);
  } catch {
    // The factorisation fails on a pivot that is rounding, and on nothing else.
    return 'the kernel of the samples is singular in double precision';
  }
}

function medianOf(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}
