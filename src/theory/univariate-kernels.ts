// Closed-form kernels of univariate ReLU networks at initialisation: random features and tangent, uniform and Gaussian.
//
// K_RF(x, x′) = E [a x − b]₊ [a x′ − b]₊;  tangent kernel K = K_RF + E c² (1 + x x′) P(both active)  (α = √m).
// Williams et al. 2019, (23), (26), (27), with the corrections that the tests of this file show by Monte Carlo: the term
// x x′ + 1 of (26) carries π − |atan x − atan x′|, and the density ν carries |a|³.

/** A kernel of two inputs. */
export type Kernel = (x: number, y: number) => number;

/** Law of (a, b): b uniform on [−B, B], a symmetric with |a| |x| ≤ B on the inputs of interest. */
export interface UniformFeatures {
  /** half-width B */
  readonly bound: number;
  /** E a² */
  readonly meanSquare: number;
  /** E |a|³ */
  readonly meanCube: number;
  /** E |a| */
  readonly meanAbsolute: number;
}

/** Moments of a uniform on [−A, A] with b uniform on [−B, B]. */
export function uniformBox(bound: number, half: number): UniformFeatures {
  return {
    bound,
    meanSquare: half ** 2 / 3,
    meanCube: half ** 3 / 4,
    meanAbsolute: half / 2,
  };
}

/** Moments of a = ±1 with b uniform on [−B, B]. */
export function signedUniform(bound: number): UniformFeatures {
  return { bound, meanSquare: 1, meanCube: 1, meanAbsolute: 1 };
}

/**
 * Random-feature kernel of uniform biases: B²/6 + E a² x x′/2 + E|a|³ |x − x′|³/(24 B), for |a x|, |a x′| ≤ B.
 */
export function uniformKernel({ bound, meanSquare, meanCube }: UniformFeatures): Kernel {
  return (x, y) =>
    bound ** 2 / 6 + (meanSquare * x * y) / 2 + (meanCube * Math.abs(x - y) ** 3) / (24 * bound);
}

/** Probability that a uniform-bias particle is active at both inputs: 1/2 − E|a| |x − x′|/(4 B). */
export function uniformBothActive({ bound, meanAbsolute }: UniformFeatures): Kernel {
  return (x, y) => 0.5 - (meanAbsolute * Math.abs(x - y)) / (4 * bound);
}

/**
 * Random-feature kernel of an isotropic law of (a, b): (C/4π) [(π − Δ)(1 + x x′) + |x − x′|], Δ = |atan x − atan x′|.
 *
 * @param meanSquare C = E(a² + b²); 2 for standard normals
 */
export function isotropicKernel(meanSquare: number): Kernel {
  return (x, y) => {
    const angle = Math.abs(Math.atan(x) - Math.atan(y));
    return (meanSquare / (4 * Math.PI)) * ((Math.PI - angle) * (1 + x * y) + Math.abs(x - y));
  };
}

/** Probability that an isotropic particle is active at both inputs: (π − Δ)/2π. */
export function isotropicBothActive(): Kernel {
  return (x, y) => (Math.PI - Math.abs(Math.atan(x) - Math.atan(y))) / (2 * Math.PI);
}

/**
 * The random-feature kernel of an isotropic law as the paper prints it, (26). It is wrong, and kept as the control that
 * the Monte-Carlo check must reject.
 */
export function isotropicKernelAsPrinted(meanSquare: number): Kernel {
  const quotient = (x: number) => x / (1 + x * x);
  return (x, y) =>
    (meanSquare / (4 * Math.PI)) *
    ((Math.PI - Math.atan(y) + Math.atan(x)) * (x * y + 1) +
      (quotient(y) - quotient(x)) * (x * y - 1) +
      (x + y) * (y * quotient(y) - x * quotient(x)));
}

/**
 * Tangent kernel K_RF + E c² (1 + x x′) P(both active).
 *
 * @param meanSquareC E c²
 */
export function tangentKernel(features: Kernel, bothActive: Kernel, meanSquareC: number): Kernel {
  return (x, y) => features(x, y) + meanSquareC * (1 + x * y) * bothActive(x, y);
}
