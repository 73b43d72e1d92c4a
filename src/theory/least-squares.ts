// Affine least squares with loss weights: the baseline a network is compared with in reports.
import type { Samples } from '../problem/problem.ts';

/** The best affine function f(x) = intercept + ⟨coefficients, x⟩ of a training set. */
export interface AffineFit {
  readonly intercept: number;
  /** [d]; 0 for dropped columns */
  readonly coefficients: Float64Array;
  /** axes left out: constant columns, and columns that are affine in the ones before them */
  readonly dropped: readonly number[];
  /** ½ Σ ν ρ² on the training samples */
  readonly trainLoss: number;
  /** ½ Σ ν ρ² on the test samples; NaN without a test set */
  readonly testLoss: number;
}

/**
 * A column counts as singular where the columns before it leave less than this fraction of its variance. Inputs are
 * float32, so an exact relation holds to about 2⁻²⁴ of the column, 4e-15 of its variance, plus the rounding of the
 * normal equations; anything below 1e-12 is noise.
 */
const SINGULAR = 1e-12;

/** Above this dimension the normal equations, s d² + d³, take longer than what they are compared with. */
export const MOST_BASELINE_DIMENSION = 1000;

/**
 * Fits an affine function by weighted least squares: normal equations of centred columns, scaled to unit variance,
 * solved by Cholesky in float64. A singular column gets coefficient 0, which leaves the minimal loss as it is.
 * Cost s d² + d³.
 *
 * @param train samples the loss is minimised on
 * @param test held-out samples, or null
 */
export function fitAffine(train: Samples, test: Samples | null = null): AffineFit {
  const d = train.dimension;
  const { mean, meanY, scale } = columnMoments(train);
  const { gram, moment } = normalEquations(train, mean, meanY, scale);
  const dropped = factorise(gram, d);
  const solution = solve(gram, moment, d, dropped);
  const coefficients = solution.map((value, axis) => (scale[axis] > 0 ? value / scale[axis] : 0));
  const intercept = coefficients.reduce((sum, value, axis) => sum - value * mean[axis], meanY);
  const loss = (samples: Samples) => affineLoss(samples, intercept, coefficients);
  return {
    intercept,
    coefficients,
    dropped,
    trainLoss: loss(train),
    testLoss: test === null ? NaN : loss(test),
  };
}

/** Values of an affine function at samples, float64 [s]. */
export function affineValues(
  samples: Samples,
  intercept: number,
  coefficients: Float64Array,
): Float64Array {
  const { count, dimension: d, x } = samples;
  return Float64Array.from({ length: count }, (_, j) =>
    coefficients.reduce((sum, value, axis) => sum + value * x[j * d + axis], intercept),
  );
}

function affineLoss(samples: Samples, intercept: number, coefficients: Float64Array): number {
  const values = affineValues(samples, intercept, coefficients);
  return values.reduce(
    (sum, value, j) => sum + 0.5 * samples.weight[j] * (value - samples.y[j]) ** 2,
    0,
  );
}

/**
 * Weighted means of the columns and of y, and the root of the weighted variance of each column; 0 where all samples
 * that count have the same input, which float32 inputs show exactly.
 */
function columnMoments({ count, dimension: d, x, y, weight }: Samples) {
  const mean = new Float64Array(d);
  const scale = new Float64Array(d);
  let meanY = 0;
  const total = weight.reduce((sum, nu) => sum + nu, 0);
  for (let j = 0; j < count; j++) {
    meanY += (weight[j] / total) * y[j];
    for (let axis = 0; axis < d; axis++) mean[axis] += (weight[j] / total) * x[j * d + axis];
  }
  const first = weight.findIndex((nu) => nu > 0);
  for (let axis = 0; axis < d; axis++) {
    let variance = 0;
    let varies = false;
    for (let j = 0; j < count; j++) {
      variance += (weight[j] / total) * (x[j * d + axis] - mean[axis]) ** 2;
      varies ||= weight[j] > 0 && x[j * d + axis] !== x[first * d + axis];
    }
    scale[axis] = varies ? Math.sqrt(variance) : 0;
  }
  return { mean, meanY, scale };
}

/** Correlation matrix of the columns, row-major [d][d], and moments with y, [d]; zero rows for constant columns. */
function normalEquations(train: Samples, mean: Float64Array, meanY: number, scale: Float64Array) {
  const { count, dimension: d, x, y, weight } = train;
  const gram = new Float64Array(d * d);
  const moment = new Float64Array(d);
  const total = weight.reduce((sum, nu) => sum + nu, 0);
  const z = new Float64Array(d);
  for (let j = 0; j < count; j++) {
    const nu = weight[j] / total;
    for (let p = 0; p < d; p++) z[p] = scale[p] > 0 ? (x[j * d + p] - mean[p]) / scale[p] : 0;
    for (let p = 0; p < d; p++) {
      moment[p] += nu * z[p] * (y[j] - meanY);
      for (let q = 0; q <= p; q++) gram[p * d + q] += nu * z[p] * z[q];
    }
  }
  return { gram, moment };
}

/**
 * Cholesky factor in place of the lower triangle of a correlation matrix. A column with a negligible pivot is
 * dropped: its row and column of the factor become zero.
 *
 * @returns the dropped columns, ascending
 */
function factorise(gram: Float64Array, d: number): number[] {
  const dropped: number[] = [];
  for (let p = 0; p < d; p++) {
    let pivot = gram[p * d + p];
    for (let q = 0; q < p; q++) {
      let sum = gram[p * d + q];
      for (let r = 0; r < q; r++) sum -= gram[p * d + r] * gram[q * d + r];
      gram[p * d + q] = gram[q * d + q] > 0 ? sum / gram[q * d + q] : 0;
      pivot -= gram[p * d + q] ** 2;
    }
    if (pivot > SINGULAR) {
      gram[p * d + p] = Math.sqrt(pivot);
    } else {
      gram.fill(0, p * d, p * d + p + 1);
      dropped.push(p);
    }
  }
  return dropped;
}

/** Solves L Lᵀ u = moment with the dropped columns at 0. */
function solve(
  factor: Float64Array,
  moment: Float64Array,
  d: number,
  dropped: readonly number[],
): Float64Array {
  const u = Float64Array.from(moment);
  for (let p = 0; p < d; p++) {
    if (dropped.includes(p)) u[p] = 0;
    else {
      for (let q = 0; q < p; q++) u[p] -= factor[p * d + q] * u[q];
      u[p] /= factor[p * d + p];
    }
  }
  for (let p = d - 1; p >= 0; p--) {
    if (dropped.includes(p)) continue;
    for (let q = p + 1; q < d; q++) u[p] -= factor[q * d + p] * u[q];
    u[p] /= factor[p * d + p];
  }
  return u;
}
