// The fluctuation statistic: how far f_m lies from its limit over replicas, its law in the width, and error bars.
//
//   V̂ = 1/(R − 1) Σ_r ‖f_r − f̄‖²_ν        (limit estimated by the replica mean f̄; unbiased)
//   V̂ = 1/R       Σ_r ‖f_r − f‖²_ν        (limit f given)
//   ‖g‖²_ν = Σ_j ν_j g_j², Σ_j ν_j = 1;     scaled = m V̂, of order one where fluctuations are ∝ 1/√m
//
// Measured coverage of the 95 % intervals of exponent and constant, Gaussian f with 2.8 effective dimensions, B = 1000:
// 3 widths, 3000 sweeps: .951 and .960 at R = 10, .949 and .949 at R = 20; 5 widths from m to 16 m, 1000 to 2000 sweeps:
// .945 and .945 at R = 10, .953 and .949 at R = 20, .948 and .936 at R = 100, where the exponent's interval is 0.57,
// 0.36 and 0.15 wide. Coverage of points: bootstrap.ts.
import { logStandardError, resample, studentisedInterval, type Resamples } from './bootstrap.ts';
import { powerLawExponent, slopeCoefficients } from './regression.ts';

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
}

/** A number with its 95 % interval. */
export interface Estimate {
  readonly estimate: number;
  readonly ci: [number, number];
}

/** The law in the width at one time. */
export interface LawAtTime {
  readonly time: number;
  /** exponent of E‖f_m − f‖² in m; null for one width, or where some V̂ is 0 */
  readonly exponent: Estimate | null;
  /**
   * constant K of the law E‖f_m − f‖² = K/m, exponent fixed at −1: the mean of m V̂ over widths with weights R − 1;
   * predicted is the same mean of the predictions
   */
  readonly constant: Estimate & { readonly predicted: number | null };
}

/** Everything the fluctuation experiment finds. */
export interface FluctuationResult {
  /** ordered by width, then time */
  readonly points: FluctuationPoint[];
  /** one per time, ascending; the last is the summary */
  readonly laws: LawAtTime[];
  /** replica mean of the training loss with its standard error, per width at every time */
  readonly losses: { width: number; time: number[]; mean: number[]; se: number[] }[];
}

/** What was measured at one width. */
export interface WidthMeasurement {
  readonly width: number;
  /** squared distances from the limit, [T][R], see {@link squaredDistances} */
  readonly distances: readonly Float64Array[];
  /** training losses, [T][R] */
  readonly losses: readonly Float64Array[];
  /** scaled fluctuations known in advance, [T], null where unknown */
  readonly predicted: readonly (number | null)[];
}

/** How {@link fluctuationResult} finds its intervals. */
export interface FluctuationOptions {
  /** true if distances were measured from the replica mean, false for a given limit */
  readonly centreFitted: boolean;
  /** seed of the bootstrap */
  readonly seed: number;
  /** bootstrap resamples B */
  readonly resamples: number;
}

/**
 * Squared distances ‖f_r − f‖²_ν of every replica from the limit, in float64. Differences come before squares, so that
 * float32 predictions lose nothing however small the fluctuation is beside f.
 *
 * @param prediction f_r at the samples, [R][s]
 * @param weight loss weights ν [s], scaled here to Σν = 1
 * @param limit f at the samples [s]; default: the mean of the replicas
 * @returns [R]
 */
export function squaredDistances(
  prediction: ArrayLike<number>,
  weight: ArrayLike<number>,
  limit?: ArrayLike<number>,
): Float64Array {
  const s = weight.length;
  const total = Array.from(weight).reduce((sum, w) => sum + w, 0);
  const centre = limit ?? replicaMean(prediction, s);
  const distances = new Float64Array(prediction.length / s);
  for (let r = 0; r < distances.length; r++) {
    let sum = 0;
    for (let j = 0; j < s; j++) sum += weight[j] * (prediction[r * s + j] - centre[j]) ** 2;
    distances[r] = sum / total;
  }
  return distances;
}

/** Mean over replicas [s]; sums of float32 numbers are exact to float64 rounding. */
function replicaMean(prediction: ArrayLike<number>, s: number): Float64Array {
  const replicas = prediction.length / s;
  const mean = new Float64Array(s);
  for (let r = 0; r < replicas; r++) {
    for (let j = 0; j < s; j++) mean[j] += prediction[r * s + j];
  }
  return mean.map((sum) => sum / replicas);
}

/**
 * The unbiased estimate V̂ of E‖f_m − f‖²_ν.
 *
 * @param distances squared distances of the replicas, [R]; R ≥ 2 with a fitted centre
 * @param centreFitted true divides by R − 1 (Bessel), false by R
 */
export function fluctuationVariance(distances: Float64Array, centreFitted: boolean): number {
  const sum = distances.reduce((total, h) => total + h, 0);
  return sum / (centreFitted ? distances.length - 1 : distances.length);
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
  const series = measurements.map((measurement, group) => ({
    measurement,
    resamples: resample(measurement.distances, {
      seed: options.seed,
      group,
      resamples: options.resamples,
    }),
  }));
  const points = series.map(({ measurement, resamples }) =>
    times.map((time, t) => pointAt(measurement, resamples, t, time, options.centreFitted)),
  );
  return {
    points: points.flat().map(({ point }) => point),
    laws: times.map((time, t) =>
      lawAt(
        points.map((ofWidth) => ofWidth[t]),
        time,
      ),
    ),
    losses: measurements.map((measurement) => lossCurve(measurement, times)),
  };
}

/** A point with what the law over widths needs. */
interface ResampledPoint {
  readonly point: FluctuationPoint;
  /** standard error of log V̂ */
  readonly se: number;
  /** resamples of log V̂ − log V̂, [B] */
  readonly shift: Float64Array;
  /** standard errors of the resamples, [B] */
  readonly shiftSe: Float64Array;
}

function pointAt(
  measurement: WidthMeasurement,
  resamples: Resamples,
  t: number,
  time: number,
  centreFitted: boolean,
): ResampledPoint {
  const distances = measurement.distances[t];
  const scaled = measurement.width * fluctuationVariance(distances, centreFitted);
  const se = logStandardError(distances, centreFitted);
  const [shift, shiftSe] = [resamples.shift[t], resamples.se[t]];
  const [ciLow, ciHigh] = positiveInterval(scaled, se, shift, shiftSe);
  const predicted = measurement.predicted[t];
  const point = {
    width: measurement.width,
    replicas: distances.length,
    time,
    scaled,
    ciLow,
    ciHigh,
    predicted,
    predictedSe: predicted === null ? null : 0,
  };
  return { point, se, shift, shiftSe };
}

/** Studentised interval on the log scale; 0 has the interval [0, 0]. */
function positiveInterval(
  value: number,
  se: number,
  shift: Float64Array,
  shiftSe: Float64Array,
): [number, number] {
  if (value === 0) return [0, 0];
  const [low, high] = studentisedInterval(Math.log(value), se, shift, shiftSe);
  return [Math.exp(low), Math.exp(high)];
}

function lawAt(points: readonly ResampledPoint[], time: number): LawAtTime {
  const vanishes = points.some(({ point }) => point.scaled === 0);
  return {
    time,
    exponent: points.length < 2 || vanishes ? null : exponentOf(points),
    constant: constantOf(points),
  };
}

/** Slope of log V̂ on log m with weights R − 1, what log V̂ of Gaussian predictions has as inverse variance. */
function exponentOf(points: readonly ResampledPoint[]): Estimate {
  const widths = points.map(({ point }) => point.width);
  const weights = points.map(({ point }) => point.replicas - 1);
  const estimate = powerLawExponent(
    widths,
    points.map(({ point }) => point.scaled / point.width),
    weights,
  );
  const coefficients = slopeCoefficients(widths.map(Math.log), weights);
  const shift = combine(points, (b) =>
    points.reduce((sum, p, k) => sum + coefficients[k] * p.shift[b], 0),
  );
  const shiftSe = combine(points, (b) =>
    Math.hypot(...points.map((p, k) => coefficients[k] * p.shiftSe[b])),
  );
  const se = Math.hypot(...points.map((p, k) => coefficients[k] * p.se));
  return { estimate, ci: studentisedInterval(estimate, se, shift, shiftSe) };
}

/** Mean of m V̂ with weights R − 1; its interval on the log scale. */
function constantOf(points: readonly ResampledPoint[]): LawAtTime['constant'] {
  const total = points.reduce((sum, { point }) => sum + point.replicas - 1, 0);
  const share = points.map(({ point }) => (point.replicas - 1) / total);
  const parts = points.map(({ point }, k) => share[k] * point.scaled);
  const estimate = parts.reduce((sum, part) => sum + part, 0);
  const at = (b: number): number[] => points.map((p, k) => parts[k] * Math.exp(p.shift[b]));
  const sumAt = (b: number): number => at(b).reduce((sum, part) => sum + part, 0);
  const shift = combine(points, (b) => Math.log(sumAt(b) / estimate));
  const shiftSe = combine(
    points,
    (b) => Math.hypot(...at(b).map((part, k) => part * points[k].shiftSe[b])) / sumAt(b),
  );
  const se = Math.hypot(...points.map((p, k) => (parts[k] === 0 ? 0 : parts[k] * p.se))) / estimate;
  const predictions = points.map(({ point }) => point.predicted);
  const predicted = predictions.reduce<number | null>(
    (sum, value, k) => (sum === null || value === null ? null : sum + share[k] * value),
    0,
  );
  return { estimate, ci: positiveInterval(estimate, se, shift, shiftSe), predicted };
}

/** A number per resample, [B]. */
function combine(points: readonly ResampledPoint[], at: (b: number) => number): Float64Array {
  return Float64Array.from({ length: points[0].shift.length }, (_, b) => at(b));
}

function lossCurve(
  { width, losses }: WidthMeasurement,
  times: readonly number[],
): FluctuationResult['losses'][number] {
  const moments = losses.map(meanWithError);
  return {
    width,
    time: [...times],
    mean: moments.map(({ mean }) => mean),
    se: moments.map(({ se }) => se),
  };
}

/** Mean of independent numbers and its standard error. */
function meanWithError(values: Float64Array): { mean: number; se: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, se: Math.sqrt(squares / (n - 1) / n) };
}
