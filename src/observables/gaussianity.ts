// Whether √m (f_m − f) is Gaussian: the Anderson–Darling test along the leading directions of its covariance.
//
// Directions fitted to the replicas that are tested would bend the null: a direction of largest variance seeks outliers.
// So one half of the replicas gives the directions and the other half is projected on them and tested. Given the
// directions the tested numbers are independent draws of one law, whatever the directions are, and Gaussian if f is.
import { erfc } from '../special.ts';
import { leadingDirections } from './covariance.ts';
import { weightedDeviations, weightShares } from './distances.ts';

/** The test along one direction. */
export interface DirectionTest {
  /** share of this direction in the variance of the tested replicas */
  readonly share: number;
  /** projections of the tested replicas, standardised with their own mean and deviation, ascending, [n] */
  readonly values: readonly number[];
  /** Anderson–Darling A² for fitted mean and variance, times 1 + 0.75/n + 2.25/n² */
  readonly statistic: number;
  /** probability of a statistic at least as large for Gaussian numbers */
  readonly p: number;
}

/** Outcome of the test at one width and time. */
export interface Gaussianity {
  readonly width: number;
  readonly time: number;
  /** number of replicas tested, half of all */
  readonly tested: number;
  /** largest variance first */
  readonly directions: readonly DirectionTest[];
  /** smallest p times the number of directions (Bonferroni), at most 1 */
  readonly p: number;
}

/** Directions tested at most; smooth fluctuations have two to four effective ones. */
const DIRECTIONS = 3;
/** Fewer numbers than this are not tested: the null law of A² is fitted for n ≥ 8. */
const FEWEST = 8;
/** A test takes this many replicas: one half of them is tested. */
export const LEAST_REPLICAS = 2 * FEWEST;
/** Directions with a smaller share of the variance are float32 rounding, not fluctuation. */
const SMALLEST_SHARE = 1e-6;

/**
 * Tests the replicas of one width at one time.
 *
 * @param prediction f_r at the samples, [R][s]
 * @param weight loss weights ν [s]
 * @returns null for fewer than {@link LEAST_REPLICAS} replicas or if nothing fluctuates
 */
export function testGaussianity(
  prediction: ArrayLike<number>,
  weight: ArrayLike<number>,
  { width, time }: { readonly width: number; readonly time: number },
): Gaussianity | null {
  const share = weightShares(weight);
  const s = share.length;
  const replicas = prediction.length / s;
  const fitted = Math.ceil(replicas / 2);
  const tested = replicas - fitted;
  if (tested < FEWEST) return null;
  const count = Math.min(DIRECTIONS, share.filter((w) => w > 0).length);
  const basis = leadingDirections(weightedDeviations(prediction, share, 0, fitted), s, count);
  const deviations = weightedDeviations(prediction, share, fitted, tested);
  const total = deviations.reduce((sum, x) => sum + x * x, 0);
  const directions = Array.from({ length: count }, (_, k) =>
    testDirection(project(deviations, basis.subarray(k * s, (k + 1) * s)), total),
  ).filter((direction) => direction.share > SMALLEST_SHARE);
  if (directions.length === 0) return null;
  const smallest = Math.min(...directions.map(({ p }) => p));
  return { width, time, tested, directions, p: Math.min(1, directions.length * smallest) };
}

function testDirection(projections: Float64Array, total: number): DirectionTest {
  const squares = projections.reduce((sum, x) => sum + x * x, 0);
  const values = standardise(projections).sort();
  const statistic = andersonDarling(values);
  return {
    share: total === 0 ? 0 : squares / total,
    values: [...values],
    statistic,
    p: andersonDarlingTail(statistic),
  };
}

function project(rows: Float64Array, direction: Float64Array): Float64Array {
  const s = direction.length;
  return Float64Array.from({ length: rows.length / s }, (_, r) =>
    direction.reduce((sum, v, j) => sum + v * rows[r * s + j], 0),
  );
}

/** (x − x̄)/sd with the Bessel-corrected sd. */
function standardise(x: Float64Array): Float64Array {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const squares = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = Math.sqrt(squares / (x.length - 1));
  return x.map((value) => (value - mean) / sd);
}

/**
 * Anderson–Darling statistic against the normal law with fitted mean and variance (case 3 of Stephens, J. Amer. Statist.
 * Assoc. 69 (1974) 730), with the modification for finite n of D'Agostino and Stephens, "Goodness-of-Fit Techniques"
 * (1986), table 4.7: A* = A² (1 + 0.75/n + 2.25/n²), A² = −n − Σ_i (2i − 1)/n [ln Φ(x_i) + ln(1 − Φ(x_{n+1−i}))].
 *
 * @param values standardised with mean and deviation of the same numbers, ascending
 */
export function andersonDarling(values: ArrayLike<number>): number {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const below = erfc(-values[i] / Math.SQRT2) / 2;
    const above = erfc(values[n - 1 - i] / Math.SQRT2) / 2;
    sum += ((2 * i + 1) / n) * (Math.log(below) + Math.log(above));
  }
  return (-n - sum) * (1 + 0.75 / n + 2.25 / (n * n));
}

/**
 * Probability that the modified statistic A* exceeds a value for normal numbers: the fits of D'Agostino and Stephens
 * (1986), table 4.9. They give .100, .050, .025, .010 at .631, .752, .873, 1.035 to three digits.
 */
export function andersonDarlingTail(a: number): number {
  // Beyond 13 the fitted parabola would turn; the tail is below 10⁻³⁰ there.
  if (a > 13) return 0;
  if (a >= 0.6) return Math.exp(1.2937 - 5.709 * a + 0.0186 * a * a);
  if (a >= 0.34) return Math.exp(0.9177 - 4.279 * a - 1.38 * a * a);
  if (a >= 0.2) return 1 - Math.exp(-8.318 + 42.796 * a - 59.938 * a * a);
  return 1 - Math.exp(-13.436 + 101.14 * a - 223.73 * a * a);
}
