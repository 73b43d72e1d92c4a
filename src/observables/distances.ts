// Distances of replicas from the limit, and the unbiased variance they give.
//
//   V̂ = 1/(R − 1) Σ_r ‖f_r − f̄‖²_ν        (limit estimated by the replica mean f̄; unbiased)
//   V̂ = 1/R       Σ_r ‖f_r − f‖²_ν        (limit f given)
//   ‖g‖²_ν = Σ_j ν_j g_j², Σ_j ν_j = 1

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
  const share = weightShares(weight);
  const centre = limit ?? replicaMean(prediction, s);
  const distances = new Float64Array(prediction.length / s);
  for (let r = 0; r < distances.length; r++) {
    let sum = 0;
    for (let j = 0; j < s; j++) sum += share[j] * (prediction[r * s + j] - centre[j]) ** 2;
    distances[r] = sum;
  }
  return distances;
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

/** Mean over replicas [s] of predictions [R][s]; sums of float32 numbers are exact to float64 rounding. */
export function replicaMean(prediction: ArrayLike<number>, s: number): Float64Array {
  const replicas = prediction.length / s;
  const mean = new Float64Array(s);
  for (let r = 0; r < replicas; r++) {
    for (let j = 0; j < s; j++) mean[j] += prediction[r * s + j];
  }
  return mean.map((sum) => sum / replicas);
}

/** Weights divided by their sum, [s]. */
export function weightShares(weight: ArrayLike<number>): Float64Array {
  const total = Array.from(weight).reduce((sum, w) => sum + w, 0);
  return Float64Array.from(weight, (w) => w / total);
}

/**
 * Deviations √ν_j (f_r(x_j) − f̄(x_j)) of some replicas from their own mean, [count][s]: in these coordinates ‖·‖_ν is
 * the Euclidean norm and S = Cov is symmetric.
 *
 * @param prediction f_r at the samples, [R][s]
 * @param share weights ν with Σν = 1, [s]
 * @param first first replica taken
 * @param count number of replicas taken
 */
export function weightedDeviations(
  prediction: ArrayLike<number>,
  share: Float64Array,
  first: number,
  count: number,
): Float64Array {
  const s = share.length;
  const rows = Float64Array.from({ length: count * s }, (_, at) => prediction[first * s + at]);
  const mean = replicaMean(rows, s);
  const root = share.map(Math.sqrt);
  for (let at = 0; at < rows.length; at++) rows[at] = root[at % s] * (rows[at] - mean[at % s]);
  return rows;
}
