// The fluctuation statistic: how far f_m lies from its limit over replicas, its law in the width, and error bars.
// scaled = m V̂ with V̂ of distances.ts, of order one where fluctuations are ∝ 1/√m.
import { deviationOf, type PredictedPoint, type Prediction } from './agreement.ts';
import { logStandardError, resample, type Resamples } from './bootstrap.ts';
import { fluctuationVariance } from './distances.ts';
import type { Gaussianity } from './gaussianity.ts';
import {
  lawAt,
  positiveInterval,
  type ExponentFit,
  type LawAtTime,
  type ResampledValue,
  type WidthAtTime,
} from './law.ts';
import type { WidthMeasurement } from './measurement.ts';

export type { Agreement, Prediction } from './agreement.ts';
export type { Consistency } from './consistency.ts';
export type { DirectionTest, Gaussianity } from './gaussianity.ts';
export type { Estimate, ExponentFit, LawAtTime } from './law.ts';
export type { WidthMeasurement } from './measurement.ts';

/** The scaled fluctuation of one width at one time, with a 95 % interval. */
export interface FluctuationPoint {
  readonly width: number;
  readonly replicas: number;
  readonly time: number;
  /** m V̂ */
  readonly scaled: number;
  readonly ciLow: number;
  /** Infinity where the replicas are too few for any interval */
  readonly ciHigh: number;
  /** the value known in advance, or null */
  readonly predicted: number | null;
  /** standard error of the prediction, 0 for a closed form, null without prediction */
  readonly predictedSe: number | null;
  /** relative difference from the prediction over its standard error, null without prediction */
  readonly deviation: number | null;
  /** effective dimension (tr S)²/tr S² of the fluctuation, null where nothing fluctuates */
  readonly effectiveDimension: number | null;
  /** m V̂ at the test samples with its interval, null without a test set */
  readonly scaledTest: number | null;
  readonly testCiLow: number | null;
  readonly testCiHigh: number | null;
  /** m E‖f_m − f‖² predicted at the test samples with its standard error, null where unknown */
  readonly testPredicted: number | null;
  readonly testPredictedSe: number | null;
  /** constant MC_t of m fresh samples of the cloud at this time, with its standard error, null where unknown */
  readonly monteCarlo: number | null;
  readonly monteCarloSe: number | null;
  /** what the error of a computed limit adds to m V̂; null for another limit */
  readonly limitError: number | null;
  /** false where m V̂ is at the float32 floor and left out of the law */
  readonly isResolved: boolean;
}

/** Everything the fluctuation experiment finds. */
export interface FluctuationResult {
  /** ordered by width, then time */
  readonly points: FluctuationPoint[];
  /** one per time, ascending; the last is the summary */
  readonly laws: LawAtTime[];
  /** replica mean of the training loss with its standard error, per width at every time */
  readonly losses: ReplicaMeans[];
  /** the same of the total variation ∫ |c||(a, b)| dμ */
  readonly totalVariations: ReplicaMeans[];
  /** the same of the 2-norm (∫ c²|(a, b)|² dμ)^½ */
  readonly twoNorms: ReplicaMeans[];
  /** test of √m (f_m − f) at the largest width with enough replicas, at the last time above the float32 floor; null where none was possible */
  readonly gaussianity: Gaussianity | null;
}

/** Mean over replicas with its standard error, of one width at every time [T]. */
export interface ReplicaMeans {
  readonly width: number;
  readonly time: number[];
  readonly mean: number[];
  readonly se: number[];
}

/** What theory says of every width alike at one time, beside the fluctuation at the training samples. */
export interface TheoryAtTime {
  /** m E‖f_m − f‖² at the test samples */
  readonly test: Prediction | null;
  /** constant MC_t of m fresh samples of the cloud */
  readonly monteCarlo: Prediction | null;
}

/** How {@link fluctuationResult} finds its intervals. */
export interface FluctuationOptions {
  /** true if distances were measured from the replica mean, false for a given limit */
  readonly centreFitted: boolean;
  /** the same of the distances at the test samples; default true */
  readonly testCentreFitted?: boolean;
  /** seed of the bootstrap */
  readonly seed: number;
  /** bootstrap resamples B */
  readonly resamples: number;
  /** passed on to the result; default null */
  readonly gaussianity?: Gaussianity | null;
  /** theory at the recording times, [T]; default: unknown */
  readonly theory?: readonly TheoryAtTime[];
  /** widths of the exponent's fit and level of its interval; default: all, 95 % */
  readonly exponent?: ExponentFit;
}

/**
 * Points, laws and losses with 95 % intervals from the measurements of a sweep. Replicas of different widths are
 * resampled independently of each other; all times of a width share their resamples.
 *
 * @param measurements one per width, ascending in width
 * @param times recording times, ascending, [T]
 */
export function fluctuationResult(
  measurements: readonly WidthMeasurement[],
  times: readonly number[],
  options: FluctuationOptions,
): FluctuationResult {
  const widths = measurements.map((measurement, group) =>
    resampleWidth(measurement, group, options),
  );
  return {
    points: measurements.flatMap((measurement, k) =>
      times.map((time, t) => pointAt(measurement, widths[k][t], t, time, options.theory?.[t])),
    ),
    laws: times.map((time, t) =>
      lawAt(
        widths.map((ofWidth) => ofWidth[t]),
        measurements.map(({ predicted }) => predicted[t]?.value ?? null),
        time,
        options.theory?.[t]?.test?.value,
        options.exponent,
      ),
    ),
    losses: measurements.map(({ width, losses }) => replicaMeans(width, losses, times)),
    totalVariations: measurements.map(({ width, totalVariations }) =>
      replicaMeans(width, totalVariations, times),
    ),
    twoNorms: measurements.map(({ width, twoNorms }) => replicaMeans(width, twoNorms, times)),
    gaussianity: options.gaussianity ?? null,
  };
}

/**
 * The last recording time at which a width is above the float32 floor.
 *
 * @returns its index, −1 if there is none
 */
export function lastResolved(
  { width, distances, floor }: WidthMeasurement,
  centreFitted: boolean,
): number {
  return distances.findLastIndex(
    (ofTime, t) => width * fluctuationVariance(ofTime, centreFitted) > floor[t],
  );
}

/** One width at every time, [T]. Training and test distances belong to the same replicas and share their resamples. */
function resampleWidth(
  measurement: WidthMeasurement,
  group: number,
  { centreFitted, testCentreFitted = true, seed, resamples: count }: FluctuationOptions,
): WidthAtTime[] {
  const { width, distances, floor } = measurement;
  const tests = measurement.testDistances ?? [];
  const resamples = resample([...distances, ...tests], { seed, group, resamples: count });
  return distances.map((ofTime, t) => {
    const value = resampledValue(width, ofTime, resamples, t, centreFitted);
    const isResolved = value.scaled > floor[t];
    return {
      value,
      isResolved,
      test:
        tests.length === 0
          ? null
          : resampledValue(width, tests[t], resamples, distances.length + t, testCentreFitted),
      effectiveDimension: measurement.effectiveDimension[t],
      predicted: comparable(value, measurement.predicted[t], isResolved, floor[t]),
    };
  });
}

function resampledValue(
  width: number,
  distances: Float64Array,
  resamples: Resamples,
  at: number,
  centreFitted: boolean,
): ResampledValue {
  return {
    width,
    replicas: distances.length,
    scaled: width * fluctuationVariance(distances, centreFitted),
    se: logStandardError(distances, centreFitted),
    shift: resamples.shift[at],
    shiftSe: resamples.se[at],
  };
}

/** A point beside its prediction, unless both are at the floor: what was predicted above it and is not there counts. */
function comparable(
  { scaled, se, replicas }: ResampledValue,
  prediction: Prediction | null,
  isResolved: boolean,
  floor: number,
): PredictedPoint | null {
  if (prediction === null || !(prediction.value > 0)) return null;
  if (!isResolved && prediction.value <= floor) return null;
  return { scaled, se, weight: replicas - 1, prediction };
}

function pointAt(
  { predicted, limitError }: WidthMeasurement,
  { value, test, isResolved, effectiveDimension, predicted: compared }: WidthAtTime,
  t: number,
  time: number,
  theory?: TheoryAtTime,
): FluctuationPoint {
  const [ciLow, ciHigh] = positiveInterval(value.scaled, value);
  const testInterval = test === null ? [null, null] : positiveInterval(test.scaled, test);
  return {
    width: value.width,
    replicas: value.replicas,
    time,
    scaled: value.scaled,
    ciLow,
    ciHigh,
    predicted: predicted[t]?.value ?? null,
    predictedSe: predicted[t]?.se ?? null,
    deviation: compared === null ? null : deviationOf(compared),
    effectiveDimension,
    scaledTest: test?.scaled ?? null,
    testCiLow: testInterval[0],
    testCiHigh: testInterval[1],
    testPredicted: theory?.test?.value ?? null,
    testPredictedSe: theory?.test?.se ?? null,
    monteCarlo: theory?.monteCarlo?.value ?? null,
    monteCarloSe: theory?.monteCarlo?.se ?? null,
    limitError: limitError[t],
    isResolved,
  };
}

function replicaMeans(
  width: number,
  values: readonly Float64Array[],
  times: readonly number[],
): ReplicaMeans {
  const moments = values.map(meanWithError);
  return {
    width,
    time: [...times],
    mean: moments.map(({ mean }) => mean),
    se: moments.map(({ se }) => se),
  };
}

/** Mean of independent numbers and its standard error. */
export function meanWithError(values: Float64Array): { mean: number; se: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, se: Math.sqrt(squares / (n - 1) / n) };
}
