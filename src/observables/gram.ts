// Functions known through their inner products alone: coordinates that have the same ones.

/**
 * Coordinates F [n][n] with (1/n) Σ_j F_kj F_lj = G_kl, so that functions of an infinite space become samples with equal
 * weights: Cholesky with the largest remaining diagonal as pivot, which stops where nothing is left but rounding.
 *
 * @param gram inner products [n][n], symmetric, positive semidefinite up to rounding
 * @returns [n][n], float32
 */
export function coordinatesOf(gram: Float64Array, n: number): Float32Array {
  const rest = Float64Array.from({ length: n }, (_, k) => gram[k * n + k]);
  const columns: Float64Array[] = [];
  const least = n * Number.EPSILON * Math.max(...rest);
  for (let rank = 0; rank < n; rank++) {
    const pivot = rest.indexOf(Math.max(...rest));
    if (!(rest[pivot] > least)) break;
    const root = Math.sqrt(rest[pivot]);
    const column = Float64Array.from({ length: n }, (_, k) => {
      let left = gram[k * n + pivot];
      for (const before of columns) left -= before[k] * before[pivot];
      return left / root;
    });
    columns.push(column);
    column.forEach((value, k) => (rest[k] -= value * value));
    rest[pivot] = 0;
  }
  const scale = Math.sqrt(n);
  const coordinates = new Float32Array(n * n);
  columns.forEach((column, j) => column.forEach((v, k) => (coordinates[k * n + j] = scale * v)));
  return coordinates;
}

/**
 * ⟨f_r, f_l⟩ [R][R] from ⟨ρ_r, ρ_l⟩ [R][R], ⟨y, ρ_r⟩ [R] and ‖y‖², f = ρ + y.
 */
export function outputProducts(
  { residual, target }: { readonly residual: Float64Array; readonly target: Float64Array },
  square: number,
): Float64Array {
  const replicas = target.length;
  return residual.map(
    (value, at) => value + target[Math.floor(at / replicas)] + target[at % replicas] + square,
  );
}
