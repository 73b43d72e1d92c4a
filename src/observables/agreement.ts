// Whether measured fluctuations agree with a prediction: differences in units of their common standard error.

/** A scaled fluctuation known in advance. */
export interface Prediction {
  /** m E‖f_m − f‖²_ν */
  readonly value: number;
  /** its standard error, 0 for a closed form */
  readonly se: number;
}

/** A measured m V̂ beside its prediction. */
export interface PredictedPoint {
  /** m V̂ */
  readonly scaled: number;
  /** standard error of log V̂ */
  readonly se: number;
  /** weight in the mean over widths, its degrees of freedom R − 1 */
  readonly weight: number;
  readonly prediction: Prediction;
}

/** The pooled difference of all widths from their prediction. */
export interface Agreement {
  /** mean of m V̂ over mean of the prediction, less 1 */
  readonly difference: number;
  /** standard error of the difference, that of the prediction included */
  readonly se: number;
  /** difference/se */
  readonly deviation: number;
}

/** Deviations up to this many standard errors are chance. */
export const DEVIATION_BOUND = 3;
/** Relative differences up to this beyond chance are the size of terms O(1/m) and of quadrature errors. */
export const DIFFERENCE_BOUND = 0.05;

/**
 * Relative difference m V̂/C − 1 of one width from its prediction C in standard errors, those of the measurement and of
 * the prediction added in squares. Differences, not logarithms: m V̂ and its estimated error rise together, which skews
 * the ratio of the two to the left, and a logarithm would add to that.
 */
export function deviationOf(point: PredictedPoint): number {
  return agreementOf([point]).deviation;
}

/**
 * Pools widths: mean of m V̂ against mean of the predictions, both weighted with R − 1. Replicas of different widths are
 * independent; the error of the prediction is common to all widths, so it is not reduced by their number.
 *
 * @param points one per width, at least one, predictions > 0
 */
export function agreementOf(points: readonly PredictedPoint[]): Agreement {
  const mean = (read: (point: PredictedPoint) => number): number =>
    points.reduce((sum, point) => sum + point.weight * read(point), 0);
  const measured = mean(({ scaled }) => scaled);
  const predicted = mean(({ prediction }) => prediction.value);
  const noise = Math.hypot(
    ...points.map(({ weight, scaled, se }) => (scaled === 0 ? 0 : weight * scaled * se)),
  );
  const se = Math.hypot(
    measured === 0 ? 0 : noise / measured,
    mean(({ prediction }) => prediction.se) / predicted,
  );
  const difference = measured / predicted - 1;
  return { difference, se, deviation: difference === 0 ? 0 : difference / se };
}

/** Chance, small beyond chance (finite width, quadrature), or neither. */
export function judgeAgreement({ difference, se }: Agreement): 'agrees' | 'close' | 'departs' {
  const excess = Math.abs(difference) - DEVIATION_BOUND * se;
  if (excess <= 0) return 'agrees';
  return excess <= DIFFERENCE_BOUND ? 'close' : 'departs';
}
