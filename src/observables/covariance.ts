// The covariance S of the fluctuation over replicas: effective dimension and leading directions, without storing S.
import { keyOf, normalOf, philox, streamOf } from '../random.ts';
import { weightedDeviations, weightShares } from './distances.ts';

/** Replicas per block of the Gram matrix: bounds its cost to R · BLOCK · s and stays far above any d_eff of a smooth f. */
const BLOCK = 128;
/** Rounds of orthogonal iteration; directions whose variances differ by a tenth are then apart by 10⁻⁴. */
const ROUNDS = 100;

/** Unbiased estimates of two invariants of S. */
export interface TraceSquares {
  /** of (tr S)² */
  readonly squareOfTrace: number;
  /** of tr S² */
  readonly traceOfSquare: number;
}

/**
 * Unbiased estimates of (tr S)² and tr S² for any law of f with four moments.
 *
 * With x_r = √ν (f_r − f̄), V̂ = Σ ‖x_r‖²/(n − 1), B = Σ_{rq} ⟨x_r, x_q⟩²/(n − 1)² (= tr Ŝ²), Q = Σ ‖x_r‖⁴/(n − 1) and
 * c = (n − 1)/(n (n − 2)(n − 3)):
 *
 *   tr S²  ≈ c [(n − 1)(n − 2) B + V̂² − n Q]
 *   (tr S)² ≈ c [2 B + (n² − 3n + 1) V̂² − n Q]
 *
 * These are the U-statistics with kernels ⟨x₁ − x₂, x₃ − x₄⟩²/4 and ‖x₁ − x₂‖²‖x₃ − x₄‖²/4 in closed form; Himeno and
 * Yamada, J. Multivariate Anal. 130 (2014) 27. The plug-in B would be high by (tr S)²/(R − 1). Replicas are taken in
 * blocks and the blocks averaged, which stays unbiased.
 *
 * @param prediction f_r at the samples, [R][s], R ≥ 4
 * @param weight loss weights ν [s], scaled here to Σν = 1
 */
export function traceSquares(
  prediction: ArrayLike<number>,
  weight: ArrayLike<number>,
): TraceSquares {
  const share = weightShares(weight);
  const replicas = prediction.length / share.length;
  const blocks = Math.ceil(replicas / BLOCK);
  let [squareOfTrace, traceOfSquare] = [0, 0];
  for (let k = 0; k < blocks; k++) {
    const first = Math.floor((k * replicas) / blocks);
    const n = Math.floor(((k + 1) * replicas) / blocks) - first;
    const block = traceSquaresOf(weightedDeviations(prediction, share, first, n), n);
    squareOfTrace += (n / replicas) * block.squareOfTrace;
    traceOfSquare += (n / replicas) * block.traceOfSquare;
  }
  return { squareOfTrace, traceOfSquare };
}

/** The two estimates from deviations of n replicas from their mean, [n][s]. */
function traceSquaresOf(x: Float64Array, n: number): TraceSquares {
  const s = x.length / n;
  let [trace, gram, fourth] = [0, 0, 0];
  for (let r = 0; r < n; r++) {
    const norm = dot(x, r * s, x, r * s, s);
    trace += norm;
    fourth += norm * norm;
    for (let q = 0; q < r; q++) gram += 2 * dot(x, r * s, x, q * s, s) ** 2;
  }
  const square = (trace / (n - 1)) ** 2;
  const plugIn = (gram + fourth) / (n - 1) ** 2;
  const quartic = (n * fourth) / (n - 1);
  const factor = (n - 1) / (n * (n - 2) * (n - 3));
  return {
    traceOfSquare: factor * ((n - 1) * (n - 2) * plugIn + square - quartic),
    squareOfTrace: factor * (2 * plugIn + (n * n - 3 * n + 1) * square - quartic),
  };
}

/**
 * Effective dimension d_eff = (tr S)²/tr S² of the fluctuation: 1 where all of it lies along one direction, s where it
 * is the same along all. (R − 1) d_eff V̂/tr S is about χ² with (R − 1) d_eff degrees of freedom for Gaussian f.
 *
 * @param prediction f_r at the samples, [R][s]
 * @param weight loss weights ν [s]
 * @returns within [1, number of samples with weight], where the truth lies; null for fewer than 4 replicas or if nothing
 *   fluctuates
 */
export function effectiveDimension(
  prediction: ArrayLike<number>,
  weight: ArrayLike<number>,
): number | null {
  if (prediction.length < 4 * weight.length) return null;
  const { squareOfTrace, traceOfSquare } = traceSquares(prediction, weight);
  const most = Array.from(weight).filter((w) => w > 0).length;
  if (!(squareOfTrace > 0)) return null;
  return traceOfSquare > 0 ? Math.min(most, Math.max(1, squareOfTrace / traceOfSquare)) : most;
}

/**
 * Orthonormal directions of largest variance among replicas, by orthogonal iteration on S from seeded random vectors.
 *
 * @param deviations √ν (f_r − f̄), [n][s]
 * @param s number of samples
 * @param count number of directions, at most s
 * @returns [count][s], largest variance first
 */
export function leadingDirections(
  deviations: Float64Array,
  s: number,
  count: number,
): Float64Array {
  const key = keyOf(0);
  let basis = Float64Array.from({ length: count * s }, (_, at) =>
    normalOf(philox([at, 0, streamOf('bootstrap', 65535), 0], key)[0]),
  );
  for (let round = 0; round < ROUNDS; round++) {
    orthonormalise(basis, s);
    const next = new Float64Array(count * s);
    for (let row = 0; row < deviations.length; row += s) {
      for (let k = 0; k < count; k++) {
        const along = dot(deviations, row, basis, k * s, s);
        for (let j = 0; j < s; j++) next[k * s + j] += along * deviations[row + j];
      }
    }
    basis = next;
  }
  orthonormalise(basis, s);
  return basis;
}

/** Gram–Schmidt, twice for orthogonality to rounding; rows [count][s] in place. A row without length stays 0. */
function orthonormalise(basis: Float64Array, s: number): void {
  for (let at = 0; at < basis.length; at += s) {
    for (let pass = 0; pass < 2; pass++) {
      for (let before = 0; before < at; before += s) {
        const along = dot(basis, at, basis, before, s);
        for (let j = 0; j < s; j++) basis[at + j] -= along * basis[before + j];
      }
      const length = Math.sqrt(dot(basis, at, basis, at, s));
      if (length > 0) for (let j = 0; j < s; j++) basis[at + j] /= length;
    }
  }
}

function dot(x: Float64Array, atX: number, y: Float64Array, atY: number, s: number): number {
  let sum = 0;
  for (let j = 0; j < s; j++) sum += x[atX + j] * y[atY + j];
  return sum;
}
