// Noise columns for the tangent: an orthonormal basis of the directions in which the initial noise acts, and random
// columns for the little that is left.
//
// White noise ξ over M nodes enters the linearised flow only through ḡ_t(x_l) = Σ_i ω_i ξ_i (φ_i^t(x_l) − f_t(x_l)). These rows
// are smooth in t and x, so few directions v_k in R^M carry nearly all of ξ: with P the projection on them,
//
//   E‖A ξ‖² = (1/M) Σ_k ‖A v_k‖² + (1/M) E‖A (1 − P) η‖²,   η standard normal,
//
// where the first sum is exact and the second small. Plain random columns need 2 / (0.02² d_eff), thousands, for 2 %.
import { keyOf, normalOf, philox, streamOf } from '../random.ts';

/** Noise columns and how to add up what they give. */
export interface NoiseColumns {
  /** ξ [M][Q], columns of the basis first, each times 1/√M */
  readonly noise: Float32Array;
  /** columns Q, a multiple of 4 */
  readonly columns: number;
  /** columns that belong to the basis; the others are random in the complement */
  readonly basis: number;
  /** share of the rows' energy that the basis leaves out */
  readonly left: number;
}

/** Energy left out below which the basis is complete. */
const COMPLETE = 1e-8;

/**
 * Chooses columns by pivoted Gram–Schmidt over the rows: the row with most energy left joins the basis next.
 *
 * @param rows √ν_l ω_i (φ_i(x_l) − f(x_l)) at several times, each [M]; overwritten
 * @param columns Q, a multiple of 4
 * @param random columns kept for the complement, at least
 * @param seed seed of the random columns
 * @param rule Philox replica word, one per set of nodes
 */
export function noiseColumns(...choice: Parameters<typeof noiseColumnsInParts>): NoiseColumns {
  const parts = noiseColumnsInParts(...choice);
  for (;;) {
    const part = parts.next();
    if (part.done === true) return part.value;
  }
}

/** The same, a column at a time, for a page that must not stand still: between two parts it can do something else. */
export function* noiseColumnsInParts(
  rows: Float64Array[],
  columns: number,
  random: number,
  seed: number,
  rule: number,
): Generator<void, NoiseColumns, undefined> {
  const m = rows[0].length;
  const energies = rows.map((row) => dot(row, row));
  const total = energies.reduce((sum, energy) => sum + energy, 0);
  const basis: Float64Array[] = [];
  while (basis.length < columns - random) {
    const pivot = energies.indexOf(Math.max(...energies));
    if (!(energies[pivot] > 1e-14 * total)) break;
    if (energies.reduce((sum, energy) => sum + energy, 0) < COMPLETE * total) break;
    const direction = rows[pivot].slice();
    // The row is orthogonal already but for rounding; a second sweep removes that.
    for (const other of basis) subtract(direction, other, dot(direction, other));
    const length = Math.sqrt(dot(direction, direction));
    for (let i = 0; i < m; i++) direction[i] /= length;
    rows.forEach((row, n) => {
      subtract(row, direction, dot(row, direction));
      energies[n] = n === pivot ? 0 : dot(row, row);
    });
    basis.push(direction);
    yield;
  }
  const left = total === 0 ? 0 : energies.reduce((sum, energy) => sum + energy, 0) / total;
  const noise = new Float32Array(m * columns);
  basis.forEach((direction, q) => {
    for (let i = 0; i < m; i++) noise[i * columns + q] = direction[i] / Math.sqrt(m);
  });
  for (let q = basis.length; q < columns; q++) {
    const column = normals(m, q, seed, rule);
    for (const direction of basis) subtract(column, direction, dot(column, direction));
    for (let i = 0; i < m; i++) noise[i * columns + q] = column[i] / Math.sqrt(m);
    yield;
  }
  return { noise, columns, basis: basis.length, left };
}

/** E‖A ξ‖² from the squares of the columns, [Q]. */
export function expectedSquare(squares: Float64Array, { basis, columns }: NoiseColumns): number {
  const sum = (from: number, to: number): number =>
    squares.subarray(from, to).reduce((total, square) => total + square, 0);
  return sum(0, basis) + (columns > basis ? sum(basis, columns) / (columns - basis) : 0);
}

function normals(m: number, column: number, seed: number, rule: number): Float64Array {
  const key = keyOf(seed);
  return Float64Array.from({ length: m }, (_, i) =>
    normalOf(philox([i, column, streamOf('noise'), rule], key)[0]),
  );
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** x ← x − factor · y */
function subtract(x: Float64Array, y: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i] -= factor * y[i];
}
