// Wasserstein distance of order one between laws on the line.

/**
 * W₁ = ∫ |F(x) − G(x)| dx between two samples of equal weights: the least mean distance by which one is carried over
 * into the other.
 *
 * @param x values [n], n ≥ 1, in any order
 * @param y values [k], k ≥ 1; n and k may differ
 */
export function wasserstein1(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [a, b] = [Float64Array.from(x).sort(), Float64Array.from(y).sort()];
  let [i, j, sum] = [0, 0, 0];
  let at = Math.min(a[0], b[0]);
  while (i < a.length || j < b.length) {
    const next = Math.min(i < a.length ? a[i] : Infinity, j < b.length ? b[j] : Infinity);
    sum += Math.abs(i / a.length - j / b.length) * (next - at);
    at = next;
    while (i < a.length && a[i] === next) i++;
    while (j < b.length && b[j] === next) j++;
  }
  return sum;
}
