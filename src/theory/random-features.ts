// Training the output weights alone: the exact solution at any time by modes of the feature Gram matrix.
import { symmetricEigen } from './eigen.ts';
import { factoriseSymmetric, solveSymmetric } from './cholesky.ts';
import { isotropicKernel } from './univariate-kernels.ts';

/** A linear model f = (1/α) Φᵀ c, trained on c by the gradient flow of ½ Σ ρ². */
export interface RandomFeatures {
  /** features Φ [m][s], row by row: [a_i x_j − b_i]₊ */
  readonly features: Float64Array;
  readonly width: number;
  readonly samples: number;
  readonly alpha: number;
}

/** Features of particles at inputs, [m][s]. */
export function featuresOf(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  x: ArrayLike<number>,
  alpha: number,
): RandomFeatures {
  const [width, samples] = [a.length, x.length];
  const features = new Float64Array(width * samples);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < samples; j++) {
      features[i * samples + j] = Math.max(a[i] * x[j] - b[i], 0);
    }
  }
  return { features, width, samples, alpha };
}

/** The trained output weights at a time. */
export type OutputWeights = (time: number) => Float64Array;

/**
 * Exact gradient flow of c: ρ(t) = e^{−K t} ρ(0) with K = ΦᵀΦ/α², and c(t) = c(0) − (1/α) Φ ∫ρ. Time is that of plain
 * gradient descent on ½ Σ ρ²; t = ∞ gives the interpolant nearest to c(0).
 *
 * @param start c(0) [m]
 * @param y targets [s]
 */
export function trainOutput(
  model: RandomFeatures,
  start: ArrayLike<number>,
  y: ArrayLike<number>,
): OutputWeights {
  const { features, width: m, samples: s, alpha } = model;
  const { values, vectors } = symmetricEigen(gramOf(model));
  const residual = Float64Array.from({ length: s }, (_, j) => {
    let f = 0;
    for (let i = 0; i < m; i++) f += features[i * s + j] * start[i];
    return f / alpha - y[j];
  });
  const modes = values.map((_, k) =>
    vectors.reduce((sum, row, j) => sum + row[k] * residual[j], 0),
  );
  return (time) => {
    const integral = new Float64Array(s);
    values.forEach((value, k) => {
      // (1 − e^{−λt})/λ, with its limit t for a mode that does not decay.
      const weight = value * time < 1e-12 ? time : -Math.expm1(-value * time) / value;
      for (let j = 0; j < s; j++) integral[j] += vectors[j][k] * modes[k] * weight;
    });
    return Float64Array.from({ length: m }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < s; j++) sum += features[i * s + j] * integral[j];
      return start[i] - sum / alpha;
    });
  };
}

/** K = ΦᵀΦ/α², [s][s]. */
export function gramOf({ features, width: m, samples: s, alpha }: RandomFeatures): number[][] {
  const gram = Array.from({ length: s }, () => new Array<number>(s).fill(0));
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < s; j++) {
      const left = features[i * s + j] / alpha ** 2;
      if (left === 0) continue;
      for (let k = 0; k < s; k++) gram[j][k] += left * features[i * s + k];
    }
  }
  return gram;
}

/**
 * Regime number Λ = (α/m) ‖y‖_{K₁⁻¹}/(−δ) of a run with δ < 0, K₁ the isotropic kernel with E(a² + b²) = 1: below about
 * 0.03 the features stay where they are (kernel regime), above about 0.2 they move (adaptive regime).
 *
 * @param delta common invariant δ; 0 or more is adaptive whatever the scale, and gives Infinity
 * @param x inputs [s], all different
 */
export function regimeNumber(
  alpha: number,
  width: number,
  delta: number,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): number {
  if (delta >= 0) return Infinity;
  const s = x.length;
  const kernel = isotropicKernel(1);
  const gram = Float64Array.from({ length: s * s }, (_, k) =>
    kernel(x[Math.floor(k / s)], x[k % s]),
  );
  const solution = solveSymmetric(factoriseSymmetric(gram, s), s, y);
  let square = 0;
  for (let j = 0; j < s; j++) square += y[j] * solution[j];
  return ((alpha / width) * Math.sqrt(square)) / -delta;
}
