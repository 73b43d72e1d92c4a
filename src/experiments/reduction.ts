// From the records of a sweep to what it found: pure functions, shared by the experiment that runs all replicas and
// shows its end, and the one that shows every round. Knows no device, so that a worker can do it.
import type { Config } from '../config.ts';
import {
  fluctuationResult,
  lastResolved,
  type ExponentFit,
  type FluctuationResult,
  type Gaussianity,
  type Prediction,
  type TheoryAtTime,
  type WidthMeasurement,
} from '../observables/fluctuation.ts';
import { LEAST_REPLICAS, testGaussianity } from '../observables/gaussianity.ts';
import { measureWidth, type WidthRecords } from '../observables/measurement.ts';
import type { Problem } from '../problem/problem.ts';
import { startVariance, weightsOf } from './population.ts';
import { timeOfStep } from './times.ts';

/** What is known of a sweep beside its records. */
export interface Known {
  /** the limit f at the training samples and recording times, [T][s]; default: the replica mean */
  readonly limit?: Float64Array;
  /** the limit f at the test samples and recording times, [T][s_test]; default: the replica mean */
  readonly testLimit?: Float64Array;
  /**
   * scaled fluctuations m E‖f_m − f‖²_ν predicted at the recording times, the same for all widths, [T]; the closed form
   * of the start, where there is one, takes the place of the first
   */
  readonly predicted?: readonly (Prediction | null)[];
  /** test constant and Monte-Carlo constant predicted at the recording times, [T] */
  readonly theory?: readonly TheoryAtTime[];
  /** squared error ‖·‖²_ν of `limit`, Σν = 1, [T]; default: the limit is exact */
  readonly limitError?: Float64Array;
  /** widths of the exponent's fit and level of its interval; default: all, 95 % */
  readonly exponent?: ExponentFit;
}

/** The setting of a sweep. */
export interface Setting {
  readonly config: Config;
  readonly problem: Problem;
  /** recording steps, ascending, [T] */
  readonly steps: readonly number[];
}

/** The records of one width. */
export interface RecordsOfWidth {
  readonly width: number;
  readonly records: WidthRecords;
}

/** A test of Gaussianity with fewer replicas than this sees little; the width tested has as many where one does. */
const TESTED_REPLICAS = 100;

/** The width that is tested for Gaussianity: the largest with enough replicas. */
export function testedWidth<T extends { readonly replicas: number }>(
  widths: readonly T[],
): T | undefined {
  const most = Math.max(...widths.map(({ replicas }) => replicas));
  const enough = Math.max(LEAST_REPLICAS, Math.min(TESTED_REPLICAS, most));
  return widths.findLast(({ replicas }) => replicas >= enough);
}

/** Reduces the predictions of a width to distances. */
export function measure(
  { problem, config, steps }: Setting,
  { width, records }: RecordsOfWidth,
  { limit, testLimit, limitError, predicted }: Known,
): WidthMeasurement {
  const constant = startVariance(config, problem);
  // f = (1/α) Σ φ has variance (m/α²) Var φ, α = m^p.
  const start =
    constant === null ? null : { value: width ** (2 - 2 * config.network.scale) * constant, se: 0 };
  return measureWidth(records, {
    width,
    weight: weightsOf(problem, records.loss[0].length),
    ...(problem.test === null ? {} : { testWeight: problem.test.weight }),
    ...(limit === undefined ? {} : { limit }),
    ...(testLimit === undefined ? {} : { testLimit }),
    ...(limitError === undefined ? {} : { limitError }),
    predicted: steps.map((step, t) => (step === 0 ? start : null) ?? predicted?.[t] ?? null),
  });
}

/** The test at the last time at which the width is above the float32 floor; null where there is none. */
export function gaussianityOf(
  { problem, config, steps }: Setting,
  measurement: WidthMeasurement,
  { prediction }: WidthRecords,
  centreFitted: boolean,
): Gaussianity | null {
  const t = lastResolved(measurement, centreFitted);
  if (t < 0) return null;
  const { width, distances } = measurement;
  const weight = weightsOf(problem, distances[t].length);
  return testGaussianity(prediction[t], weight, { width, time: timeOfStep(config, steps[t]) });
}

/** Points, laws and intervals from the measurements of all widths, ascending. */
export function resultOf(
  { config, steps }: Setting,
  measurements: readonly WidthMeasurement[],
  gaussianity: Gaussianity | null,
  { limit, testLimit, theory, exponent }: Known,
): FluctuationResult {
  const times = steps.map((step) => timeOfStep(config, step));
  return fluctuationResult(measurements, times, {
    centreFitted: limit === undefined,
    testCentreFitted: testLimit === undefined,
    seed: config.seed,
    resamples: config.clt.bootstrap,
    gaussianity,
    ...(theory === undefined ? {} : { theory }),
    ...(exponent === undefined ? {} : { exponent }),
  });
}

/** Everything of {@link reduceSweep}, plain data. */
export interface SweepRecords {
  readonly setting: Setting;
  /** ascending in the width */
  readonly widths: readonly RecordsOfWidth[];
  readonly known: Known;
}

/** What the records of all widths say. */
export function reduceSweep({ setting, widths, known }: SweepRecords): FluctuationResult {
  const counted = widths.map((own) => ({ ...own, replicas: own.records.loss[0].length }));
  const tested = testedWidth(counted);
  let gaussianity: Gaussianity | null = null;
  const measurements = counted.map((own) => {
    const measurement = measure(setting, own, known);
    if (own === tested) {
      gaussianity = gaussianityOf(setting, measurement, own.records, known.limit === undefined);
    }
    return measurement;
  });
  return resultOf(setting, measurements, gaussianity, known);
}
