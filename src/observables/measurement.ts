// What the predictions of all replicas of one width are reduced to, so that only one width is in memory at a time.
import type { Prediction } from './agreement.ts';
import { effectiveDimension } from './covariance.ts';
import { fluctuationVariance, replicaMean, squaredDistances, weightShares } from './distances.ts';

/** What the replicas of one width said, at T recording times. */
export interface WidthRecords {
  /** f at the training samples, [T] of [R][s] */
  readonly prediction: readonly Float32Array[];
  /** f at the test samples, [T] of [R][s_test]; null without a test set */
  readonly testPrediction: readonly Float32Array[] | null;
  /** training losses, [T] of [R] */
  readonly loss: readonly Float64Array[];
  /** total variation ∫ |c||(a, b)| dμ, [T] of [R] */
  readonly totalVariation: readonly Float64Array[];
  /** 2-norm (∫ c²|(a, b)|² dμ)^½, [T] of [R] */
  readonly twoNorm: readonly Float64Array[];
}

/** What {@link measureWidth} needs beside the records. */
export interface MeasurementOptions {
  readonly width: number;
  /** loss weights ν of the training samples, [s] */
  readonly weight: ArrayLike<number>;
  /** loss weights of the test samples, [s_test] */
  readonly testWeight?: ArrayLike<number>;
  /** the limit f at the training samples and recording times, [T][s]; default: the replica mean */
  readonly limit?: Float64Array;
  /** the limit f at the test samples, [T][s_test]; default: the replica mean */
  readonly testLimit?: Float64Array;
  /** scaled fluctuations known in advance, [T], null where unknown */
  readonly predicted: readonly (Prediction | null)[];
  /** squared error ‖·‖²_ν of the limit, Σν = 1, [T]; absent where the limit is not computed */
  readonly limitError?: Float64Array;
}

/** What was measured at one width. */
export interface WidthMeasurement {
  readonly width: number;
  /** squared distances from the limit, [T][R], see {@link squaredDistances} */
  readonly distances: readonly Float64Array[];
  /** the same at the test samples; null without a test set */
  readonly testDistances: readonly Float64Array[] | null;
  /** training losses, [T][R] */
  readonly losses: readonly Float64Array[];
  /** total variations, [T][R] */
  readonly totalVariations: readonly Float64Array[];
  /** 2-norms, [T][R] */
  readonly twoNorms: readonly Float64Array[];
  /** what the error of the limit adds to m V̂: m times its square, [T]; null where the limit has no error of its own */
  readonly limitError: readonly (number | null)[];
  /** effective dimension of the fluctuation, [T], null where unknown */
  readonly effectiveDimension: readonly (number | null)[];
  /** m V̂ up to which float32 rounding shows, [T], see {@link roundingFloors} */
  readonly floor: readonly number[];
  /** scaled fluctuations known in advance, [T], null where unknown */
  readonly predicted: readonly (Prediction | null)[];
}

/** Reduces the records of a width. */
export function measureWidth(records: WidthRecords, options: MeasurementOptions): WidthMeasurement {
  const { width, weight, testWeight, limit, testLimit, limitError, predicted } = options;
  const s = weight.length;
  const { prediction, testPrediction, loss } = records;
  const at = (f: Float64Array | undefined, count: number, t: number) =>
    f?.subarray(t * count, (t + 1) * count);
  return {
    width,
    distances: prediction.map((f, t) => squaredDistances(f, weight, at(limit, s, t))),
    testDistances:
      testPrediction === null || testWeight === undefined
        ? null
        : testPrediction.map((f, t) =>
            squaredDistances(f, testWeight, at(testLimit, testWeight.length, t)),
          ),
    losses: loss,
    totalVariations: records.totalVariation,
    twoNorms: records.twoNorm,
    limitError: prediction.map((_, t) => (limitError === undefined ? null : width * limitError[t])),
    effectiveDimension: prediction.map((f) => effectiveDimension(f, weight)),
    floor: roundingFloors(width, prediction, weight),
    predicted,
  };
}

/** Rounding shows in m V̂ below this share of the squared size of f and its fluctuation. */
const PARTICLE_FLOOR = 1e-11;
/** A standard deviation of two float32 units in the last place of f, squared. */
const OUTPUT_FLOOR = 2 ** -44;

/**
 * The m V̂ at and below which float32 rounding shows, per time: 10⁻¹¹ of the largest m V̂ + ‖f̄‖² up to then (rounding of
 * particles, each of relative size 2⁻²⁴ and about independent, which gives m V̂ a floor at every width alike), and
 * m 2⁻⁴⁴ ‖f̄‖² (rounding of sums and of f itself, which does not shrink with m).
 *
 * Measured where the fluctuation has died out (four points, tanh, ‖f̄‖² = 0.57, m V̂ = 1.8 at the start, t from 300 to
 * 800): m V̂ between 2 and 3·10⁻¹² at m = 100, 2 and 5·10⁻¹² at 400, 5 and 8·10⁻¹² at 1600, 2 and 3·10⁻¹¹ at 6400; the
 * floors are 2.4·10⁻¹¹ at 100 and 400, 5·10⁻¹¹ at 1600, 2·10⁻¹⁰ at 6400.
 *
 * @param prediction f_r at the samples, [T] of [R][s]
 * @param weight loss weights ν [s]
 * @returns [T]
 */
export function roundingFloors(
  width: number,
  prediction: readonly ArrayLike<number>[],
  weight: ArrayLike<number>,
): number[] {
  const share = weightShares(weight);
  let size = 0;
  return prediction.map((f) => {
    const mean = replicaMean(f, share.length);
    const square = mean.reduce((sum, value, j) => sum + share[j] * value * value, 0);
    const scaled = width * fluctuationVariance(squaredDistances(f, weight, mean), true);
    size = Math.max(size, scaled + square);
    return Math.max(PARTICLE_FLOOR * size, width * OUTPUT_FLOOR * square);
  });
}
