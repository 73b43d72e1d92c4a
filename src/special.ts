// Special functions in float64 that JavaScript lacks: erf, erfc and the normal quantile.

const SQRT_PI = Math.sqrt(Math.PI);

/** Error function, full float64 accuracy. */
export function erf(x: number): number {
  const z = Math.abs(x);
  const value = z < 2.5 ? erfSeries(z) : 1 - erfcFraction(z);
  return x < 0 ? -value : value;
}

/** Complementary error function 1 − erf(x), relative accuracy near 1e-15 where it does not underflow. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  return x < 0.5 ? 1 - erfSeries(x) : erfcFraction(x);
}

/** The z with P(Z > z) = tail for a standard normal Z; tail in (0, 1/2]. */
export function upperQuantile(tail: number): number {
  // Start from the leading term of the tail, then Newton on log Q, which is nearly parabolic.
  let z = tail > 0.1 ? (0.5 - tail) * Math.sqrt(2 * Math.PI) : Math.sqrt(-2 * Math.log(tail)) - 0.5;
  for (let iteration = 0; iteration < 60; iteration++) {
    const q = 0.5 * erfc(z / Math.SQRT2);
    const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
    const step = (q * Math.log(q / tail)) / density;
    z += step;
    if (Math.abs(step) < 1e-14 * (1 + z)) break;
  }
  return z;
}

/** erf(z) = 2/√π e^{−z²} Σ 2^n z^{2n+1} / (2n+1)!!, all terms positive. */
function erfSeries(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; term > 1e-18 * sum; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * Math.exp(-z * z) * sum;
}

/** erfc(z) by the continued fraction 1/(z + (1/2)/(z + (2/2)/(z + …))), evaluated from its tail. */
function erfcFraction(z: number): number {
  const depth = Math.ceil(20 + 400 / (z * z));
  let fraction = z;
  for (let k = Math.min(depth, 2000); k >= 1; k--) fraction = z + k / 2 / fraction;
  return Math.exp(-z * z) / (SQRT_PI * fraction);
}
