// Interpolants of one input: the linear spline, the natural cubic spline, and the minimal-norm interpolant of a kernel.
import { factoriseSymmetric, solveSymmetric } from './cholesky.ts';
import type { Kernel, UniformFeatures } from './univariate-kernels.ts';

/** A function of one input. */
export type Curve = (x: number) => number;

/**
 * Piecewise linear interpolant, extended by its first and last piece.
 *
 * @param x knots [s], strictly ascending, s ≥ 2
 * @param y values [s]
 */
export function linearSpline(x: ArrayLike<number>, y: ArrayLike<number>): Curve {
  return (at) => {
    const k = pieceOf(x, at);
    return y[k] + ((y[k + 1] - y[k]) * (at - x[k])) / (x[k + 1] - x[k]);
  };
}

/**
 * Cubic spline with second derivative 0 at both ends, extended linearly: the tridiagonal system of the second
 * derivatives (de Boor, "A Practical Guide to Splines", chapter IV).
 *
 * @param x knots [s], strictly ascending, s ≥ 2
 * @param y values [s]
 */
export function naturalSpline(x: ArrayLike<number>, y: ArrayLike<number>): Curve {
  const second = naturalSecondDerivatives(x, y);
  const last = x.length - 1;
  const piece = (k: number, at: number): number => {
    const h = x[k + 1] - x[k];
    const [p, q] = [(x[k + 1] - at) / h, (at - x[k]) / h];
    const bend = ((p ** 3 - p) * second[k] + (q ** 3 - q) * second[k + 1]) * (h ** 2 / 6);
    return p * y[k] + q * y[k + 1] + bend;
  };
  const slope = (k: number, end: number): number => {
    const h = x[k + 1] - x[k];
    const inner = end === k ? -2 * second[k] - second[k + 1] : second[k] + 2 * second[k + 1];
    return (y[k + 1] - y[k]) / h + (h * inner) / 6;
  };
  const [left, right] = [slope(0, 0), slope(last - 1, last)];
  return (at) => {
    if (at < x[0]) return y[0] + left * (at - x[0]);
    if (at > x[last]) return y[last] + right * (at - x[last]);
    return piece(pieceOf(x, at), at);
  };
}

/** f″ at the knots, 0 at the ends; the Thomas algorithm. */
function naturalSecondDerivatives(x: ArrayLike<number>, y: ArrayLike<number>): Float64Array {
  const s = x.length;
  const second = new Float64Array(s);
  const ratio = new Float64Array(s);
  for (let k = 1; k < s - 1; k++) {
    const [h0, h1] = [x[k] - x[k - 1], x[k + 1] - x[k]];
    const jump = (y[k + 1] - y[k]) / h1 - (y[k] - y[k - 1]) / h0;
    const pivot = 2 * (h0 + h1) - h0 * ratio[k - 1];
    ratio[k] = h1 / pivot;
    second[k] = (6 * jump - h0 * second[k - 1]) / pivot;
  }
  for (let k = s - 2; k > 0; k--) second[k] -= ratio[k] * second[k + 1];
  return second;
}

function pieceOf(x: ArrayLike<number>, at: number): number {
  let k = 0;
  while (k < x.length - 2 && at >= x[k + 1]) k++;
  return k;
}

/** f = Σ_j α_j K(x_j, ·), the interpolant of least norm in the space of the kernel, and its squared norm. */
export interface KernelInterpolant {
  readonly coefficients: Float64Array;
  readonly curve: Curve;
  /** ‖f‖² = yᵀ K⁻¹ y */
  readonly squaredNorm: number;
}

/**
 * Minimal-norm interpolant: the limit of training c alone from c = 0 as m → ∞ (Williams et al. 2019, (22)–(24)).
 *
 * @param x inputs [s], all different
 * @param y values [s]
 * @throws Error when K is not positive definite in float64
 */
export function kernelInterpolant(
  kernel: Kernel,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): KernelInterpolant {
  const s = x.length;
  const gram = Float64Array.from({ length: s * s }, (_, k) =>
    kernel(x[Math.floor(k / s)], x[k % s]),
  );
  const coefficients = solveSymmetric(factoriseSymmetric(gram, s), s, y);
  let squaredNorm = 0;
  for (let j = 0; j < s; j++) squaredNorm += coefficients[j] * y[j];
  const curve: Curve = (at) => {
    let sum = 0;
    for (let j = 0; j < s; j++) sum += coefficients[j] * kernel(x[j], at);
    return sum;
  };
  return { coefficients, curve, squaredNorm };
}

/**
 * The squared norm of f = Σ α_j K(x_j, ·) for uniform biases, K = p + q x x′ + κ |x − x′|³, from its shape on [−X, X]
 * alone:
 *
 *   ‖f‖² = (1/12κ) ∫ f″² + S₁²/(4(q − 6κX)) + S₀²/(4(p − 2κX³)),
 *   S₁ = f′(X) + f′(−X),   S₀ = X (f′(X) − f′(−X)) − f(X) − f(−X).
 *
 * The exact form of Theorem 5 of Williams et al. 2019 on an interval: the affine part is not free.
 *
 * @param features law of (a, b), with p > 2κX³ and q > 6κX
 * @param half X, at least max |x_j|
 */
export function curvatureNorm(
  features: UniformFeatures,
  x: ArrayLike<number>,
  coefficients: ArrayLike<number>,
  half: number,
): number {
  const p = features.bound ** 2 / 6;
  const q = features.meanSquare / 2;
  const kappa = features.meanCube / (24 * features.bound);
  const sum = (term: (alpha: number, x: number) => number): number => {
    let total = 0;
    for (let j = 0; j < x.length; j++) total += term(coefficients[j], x[j]);
    return total;
  };
  const value = (at: number) =>
    sum((alpha, xj) => alpha * (p + q * xj * at + kappa * Math.abs(at - xj) ** 3));
  const slope = (at: number) =>
    sum((alpha, xj) => alpha * (q * xj + 3 * kappa * (at - xj) * Math.abs(at - xj)));
  const s1 = slope(half) + slope(-half);
  const s0 = half * (slope(half) - slope(-half)) - value(half) - value(-half);
  return (
    bendingEnergy(x, coefficients, kappa, half) / (12 * kappa) +
    s1 ** 2 / (4 * (q - 6 * kappa * half)) +
    s0 ** 2 / (4 * (p - 2 * kappa * half ** 3))
  );
}

/** ∫ f″² over [−X, X]: f″ = 6κ Σ α_j |x − x_j| is linear between knots, so Simpson's rule is exact. */
function bendingEnergy(
  x: ArrayLike<number>,
  coefficients: ArrayLike<number>,
  kappa: number,
  half: number,
): number {
  const second = (at: number): number => {
    let total = 0;
    for (let j = 0; j < x.length; j++) total += coefficients[j] * Math.abs(at - x[j]);
    return 6 * kappa * total;
  };
  const ends = [-half, ...Array.from(x).sort((u, v) => u - v), half];
  let energy = 0;
  for (let k = 0; k + 1 < ends.length; k++) {
    const [low, high] = [ends[k], ends[k + 1]];
    const middle = second((low + high) / 2) ** 2;
    energy += ((high - low) / 6) * (second(low) ** 2 + 4 * middle + second(high) ** 2);
  }
  return energy;
}
