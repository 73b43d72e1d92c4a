// Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi rotations.

/** A = Q diag(values) Qᵀ; column k of `vectors` [n][n] belongs to values[k]. */
export interface Eigen {
  readonly values: number[];
  readonly vectors: number[][];
}

/**
 * Cyclic Jacobi method (Golub and Van Loan, "Matrix Computations", section 8.5): each rotation sets one
 * off-diagonal pair to 0; a few sweeps reach float64 rounding.
 *
 * @param matrix symmetric [n][n]; left as it is
 */
export function symmetricEigen(matrix: readonly (readonly number[])[]): Eigen {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const q = a.map((_, i) => a.map((_row, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 50 && offDiagonal(a) > 0; sweep++) {
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) rotate(a, q, i, j);
    }
  }
  return { values: a.map((row, i) => row[i]), vectors: q };
}

/** Sum of squares off the diagonal, 0 once it is rounding against the diagonal. */
function offDiagonal(a: number[][]): number {
  let off = 0;
  let all = 0;
  a.forEach((row, i) =>
    row.forEach((value, j) => {
      all += value * value;
      if (i !== j) off += value * value;
    }),
  );
  return off <= 1e-32 * all ? 0 : off;
}

/** Turns rows and columns i and j of A so that A_ij = 0, and the columns of Q with them. */
function rotate(a: number[][], q: number[][], i: number, j: number): void {
  if (a[i][j] === 0) return;
  const theta = (a[j][j] - a[i][i]) / (2 * a[i][j]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const turnColumns = (m: number[][]) => {
    for (const row of m) [row[i], row[j]] = [c * row[i] - s * row[j], s * row[i] + c * row[j]];
  };
  turnColumns(a);
  [a[i], a[j]] = [
    a[i].map((value, k) => c * value - s * a[j][k]),
    a[i].map((value, k) => s * value + c * a[j][k]),
  ];
  turnColumns(q);
}
