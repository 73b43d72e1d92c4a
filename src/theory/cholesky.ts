// Cholesky factorisation of a small symmetric positive definite matrix, float64.

/** A pivot below this fraction of its diagonal entry is rounding: n sums of float64 terms leave about n 2^-53. */
const SINGULAR = 1e-14;

/**
 * The lower factor of A = L Lᵀ.
 *
 * @param matrix symmetric [n][n], row by row; left as it is
 * @throws Error when a pivot is not positive beyond rounding: the matrix is not positive definite in float64
 */
export function factoriseSymmetric(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j];
      for (let k = 0; k < j; k++) rest -= lower[i * n + k] * lower[j * n + k];
      if (i === j && !(rest > SINGULAR * matrix[i * n + i])) {
        throw new Error(`the matrix is not positive definite: pivot ${i + 1} of ${n} is ${rest}`);
      }
      lower[i * n + j] = i === j ? Math.sqrt(rest) : rest / lower[j * n + j];
    }
  }
  return lower;
}

/**
 * Solves A z = y with the factor of {@link factoriseSymmetric}.
 *
 * @param lower [n][n]
 * @param y [n]; left as it is
 */
export function solveSymmetric(lower: Float64Array, n: number, y: ArrayLike<number>): Float64Array {
  const z = Float64Array.from(y);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) z[i] -= lower[i * n + k] * z[k];
    z[i] /= lower[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) z[i] -= lower[k * n + i] * z[k];
    z[i] /= lower[i * n + i];
  }
  return z;
}
