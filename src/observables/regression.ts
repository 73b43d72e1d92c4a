// Weighted straight-line fits, used on logarithms to read exponents of power laws.

/**
 * Coefficients γ of the weighted least-squares slope, Σ_k γ_k y_k. They depend on x and the weights alone, so that one
 * set serves every resample of y.
 *
 * @param x abscissae, at least two different ones
 * @param weight weights ≥ 0, one per point
 * @returns γ_k = w_k (x_k − x̄) / Σ w (x − x̄)², x̄ the weighted mean; they sum to 0
 */
export function slopeCoefficients(x: readonly number[], weight: readonly number[]): number[] {
  const total = weight.reduce((sum, w) => sum + w, 0);
  const mean = x.reduce((sum, value, k) => sum + weight[k] * value, 0) / total;
  const spread = x.reduce((sum, value, k) => sum + weight[k] * (value - mean) ** 2, 0);
  return x.map((value, k) => (weight[k] * (value - mean)) / spread);
}

/**
 * Exponent e of y ≈ K · x^e: the slope of weighted least squares of log y on log x.
 *
 * @param x positive abscissae, at least two different ones
 * @param y positive values
 * @param weight weights of the logarithms, inverse to their variances up to a common factor
 */
export function powerLawExponent(
  x: readonly number[],
  y: readonly number[],
  weight: readonly number[],
): number {
  const coefficients = slopeCoefficients(x.map(Math.log), weight);
  return y.reduce((sum, value, k) => sum + coefficients[k] * Math.log(value), 0);
}
