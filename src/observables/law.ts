// The law of the fluctuation in the width at one time: exponent and constant with 95 % intervals, and what tests of both say.
//
// Measured coverage of the 95 % intervals, five widths from m to 16 m, Gaussian f with 2.6 effective dimensions, B = 1000
// (binomial standard error .0015 up to R = 20, .0022 at R = 100):
//
//   R     sweeps   exponent   constant   points   half-width of the exponent's interval
//   10    20000      .951       .958      .942      0.295
//   20    20000      .949       .953      .945      0.191
//   100   10000      .951       .950      .948      0.080
//
// With 400, 100, 25, 10, 10 replicas, fewer at larger widths, over 2000 sweeps: .942, .943, .939 (standard error .005).
import { agreementOf, type Agreement, type PredictedPoint } from './agreement.ts';
import { studentisedInterval } from './bootstrap.ts';
import { pooledDimension, testConsistency, type Consistency } from './consistency.ts';
import { powerLawExponent, slopeCoefficients } from './regression.ts';

/** A number with its 95 % interval. */
export interface Estimate {
  readonly estimate: number;
  readonly ci: [number, number];
}

/** How the exponent is fitted. */
export interface ExponentFit {
  /** narrowest width of the fit; below, terms of higher order in 1/m bend the law */
  readonly from: number;
  /** level of its interval */
  readonly level: number;
}

/** The law in the width at one time. */
export interface LawAtTime {
  readonly time: number;
  /** exponent of E‖f_m − f‖² in m; null for fewer than two widths above the float32 floor */
  readonly exponent: Estimate | null;
  /**
   * constant K of the law E‖f_m − f‖² = K/m, exponent fixed at −1: the mean of m V̂ over widths with weights R − 1;
   * predicted is the same mean of the predictions
   */
  readonly constant: Estimate & { readonly predicted: number | null };
  /** the same constant at the test samples; null without a test set */
  readonly testConstant: (Estimate & { readonly predicted: number | null }) | null;
  /** test that m V̂ is the same at all widths; null for fewer than two widths above the floor */
  readonly collapse: Consistency | null;
  /** pooled difference from the prediction; null without one */
  readonly agreement: Agreement | null;
  /** widths at the float32 floor, left out above; where all are, the constant is their mean */
  readonly unresolved: readonly number[];
}

/** m V̂ of one width with resamples of its logarithm. */
export interface ResampledValue {
  readonly width: number;
  readonly replicas: number;
  /** m V̂ */
  readonly scaled: number;
  /** standard error of log V̂ */
  readonly se: number;
  /** resamples of log V̂ − log V̂, [B] */
  readonly shift: Float64Array;
  /** standard errors of the resamples, [B] */
  readonly shiftSe: Float64Array;
}

/** What one width says about the law at one time. */
export interface WidthAtTime {
  readonly value: ResampledValue;
  /** false where m V̂ is float32 rounding */
  readonly isResolved: boolean;
  readonly test: ResampledValue | null;
  readonly effectiveDimension: number | null;
  /** null where nothing is predicted that could be resolved */
  readonly predicted: PredictedPoint | null;
}

/**
 * The law at one time.
 *
 * @param widths ascending, at least one
 * @param predicted predictions m E‖f_m − f‖² of the widths, null where unknown
 * @param testPredicted the prediction at the test samples, the same for all widths; default: unknown
 * @param fit of the exponent; default: all widths, 95 %
 */
export function lawAt(
  widths: readonly WidthAtTime[],
  predicted: readonly (number | null)[],
  time: number,
  testPredicted?: number,
  { from, level }: ExponentFit = { from: 0, level: 0.95 },
): LawAtTime {
  const resolved = widths.filter(({ isResolved }) => isResolved);
  const used = resolved.length > 0 ? resolved : widths;
  const fitted = resolved.map(({ value }) => value).filter(({ width }) => width >= from);
  const tests = used.map(({ test }) => test).filter((test) => test !== null);
  const compared = widths.map((width) => width.predicted).filter((point) => point !== null);
  return {
    time,
    exponent: fitted.length < 2 ? null : exponentOf(fitted, level),
    constant: {
      ...constantOf(used.map(({ value }) => value)),
      predicted: meanPrediction(
        used,
        predicted.filter((_, k) => used.includes(widths[k])),
      ),
    },
    testConstant:
      tests.length < used.length
        ? null
        : { ...constantOf(tests), predicted: testPredicted ?? null },
    collapse: collapseOf(resolved),
    agreement: compared.length === 0 ? null : agreementOf(compared),
    unresolved: widths.filter((width) => !width.isResolved).map(({ value }) => value.width),
  };
}

/** Studentised interval on the log scale; 0 has the interval [0, 0]. */
export function positiveInterval(
  value: number,
  { se, shift, shiftSe }: Pick<ResampledValue, 'se' | 'shift' | 'shiftSe'>,
): [number, number] {
  if (value === 0) return [0, 0];
  const [low, high] = studentisedInterval(Math.log(value), se, shift, shiftSe);
  return [Math.exp(low), Math.exp(high)];
}

/** Slope of log V̂ on log m with weights R − 1, what log V̂ of Gaussian predictions has as inverse variance. */
function exponentOf(values: readonly ResampledValue[], level: number): Estimate {
  const widths = values.map(({ width }) => width);
  const weights = values.map(({ replicas }) => replicas - 1);
  const estimate = powerLawExponent(
    widths,
    values.map(({ scaled, width }) => scaled / width),
    weights,
  );
  const coefficients = slopeCoefficients(widths.map(Math.log), weights);
  const shift = combine(values, (b) =>
    values.reduce((sum, value, k) => sum + coefficients[k] * value.shift[b], 0),
  );
  const shiftSe = combine(values, (b) =>
    Math.hypot(...values.map((value, k) => coefficients[k] * value.shiftSe[b])),
  );
  const se = Math.hypot(...values.map((value, k) => coefficients[k] * value.se));
  return { estimate, ci: studentisedInterval(estimate, se, shift, shiftSe, level) };
}

/** Mean of m V̂ with weights R − 1; its interval on the log scale. */
function constantOf(values: readonly ResampledValue[]): Estimate {
  const share = sharesOf(values);
  const parts = values.map(({ scaled }, k) => share[k] * scaled);
  const estimate = parts.reduce((sum, part) => sum + part, 0);
  const at = (b: number): number[] => values.map((value, k) => parts[k] * Math.exp(value.shift[b]));
  const sumAt = (b: number): number => at(b).reduce((sum, part) => sum + part, 0);
  const shift = combine(values, (b) => Math.log(sumAt(b) / estimate));
  const shiftSe = combine(
    values,
    (b) => Math.hypot(...at(b).map((part, k) => part * values[k].shiftSe[b])) / sumAt(b),
  );
  const se =
    Math.hypot(...values.map((value, k) => (parts[k] === 0 ? 0 : parts[k] * value.se))) / estimate;
  return { estimate, ci: positiveInterval(estimate, { se, shift, shiftSe }) };
}

function meanPrediction(
  used: readonly WidthAtTime[],
  predicted: readonly (number | null)[],
): number | null {
  const share = sharesOf(used.map(({ value }) => value));
  return predicted.reduce<number | null>(
    (sum, value, k) => (sum === null || value === null ? null : sum + share[k] * value),
    0,
  );
}

function sharesOf(values: readonly ResampledValue[]): number[] {
  const total = values.reduce((sum, { replicas }) => sum + replicas - 1, 0);
  return values.map(({ replicas }) => (replicas - 1) / total);
}

function collapseOf(resolved: readonly WidthAtTime[]): Consistency | null {
  const dimensions = resolved
    .map(({ effectiveDimension }) => effectiveDimension)
    .filter((dimension) => dimension !== null);
  if (dimensions.length < resolved.length) return null;
  const dimension = pooledDimension(dimensions);
  return testConsistency(
    resolved.map(({ value: { scaled, replicas } }) => ({
      scaled,
      degrees: (replicas - 1) * dimension,
    })),
  );
}

/** A number per resample, [B]. */
function combine(values: readonly ResampledValue[], at: (b: number) => number): Float64Array {
  return Float64Array.from({ length: values[0].shift.length }, (_, b) => at(b));
}
