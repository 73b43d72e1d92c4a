// The one comparison of the tests: two arrays agree up to a tolerance that is computed, not guessed.

/** How near two arrays must be. */
export interface Closeness {
  /** size of what is added up: one number, or one per entry */
  readonly scale: number | ArrayLike<number>;
  /** number of terms added into one entry; default 1 */
  readonly terms?: number;
  /** safety factor on the rounding error of one term; default 4. A larger one needs a reason in a comment. */
  readonly factor?: number;
  /** rounding unit of the arithmetic; default 2^-24 (float32), 2^-53 for float64 */
  readonly unit?: number;
  /** what is compared, for the message */
  readonly label: string;
}

/** What a comparison found. */
export interface Comparison {
  /** largest |actual − expected| / scale */
  readonly worst: number;
  /** largest |actual − expected| / tolerance, at most 1 */
  readonly share: number;
}

/**
 * Checks actual against expected, entry by entry:
 *
 *   |actual − expected| <= factor · unit · √terms · scale
 *
 * The rounding errors of n additions grow like √n with high probability (Higham and Mary, "A new approach to
 * probabilistic rounding error analysis", 2019), so the bound does too. A value that is not finite never passes.
 *
 * @returns the worst error, so that a test can report it
 * @throws Error that names the number of mismatches, the first of them with both values, and the worst
 */
export function expectClose(
  actual: number | ArrayLike<number>,
  expected: number | ArrayLike<number>,
  closeness: Closeness,
): Comparison {
  const got = listOf(actual);
  const wanted = listOf(expected);
  const { label } = closeness;
  if (got.length !== wanted.length) {
    throw new Error(`${label}: ${got.length} values, expected ${wanted.length}`);
  }
  if (got.length === 0) throw new Error(`${label}: nothing to compare`);
  const { factor = 4, terms = 1, unit = 2 ** -24 } = closeness;
  const relative = factor * unit * Math.sqrt(terms);
  // An error above its tolerance, or not a number: both fail the comparison "share <= 1".
  const shareAt = (k: number) => shareOf(got[k], wanted[k], relative * scaleAt(closeness.scale, k));
  const shares = Array.from(got, (_, k) => shareAt(k));
  const worstIndex = shares.reduce((best, share, k) => (share > shares[best] ? k : best), 0);
  const bad = shares.flatMap((share, k) => (share <= 1 ? [] : [k]));
  if (bad.length > 0) {
    const show = (k: number) =>
      `[${k}] actual ${got[k]}, expected ${wanted[k]}, ${shares[k].toPrecision(3)} tolerances apart`;
    throw new Error(
      `${label}: ${bad.length} of ${got.length} values differ\n  first ${show(bad[0])}\n  worst ${show(worstIndex)}`,
    );
  }
  return { worst: shares[worstIndex] * relative, share: shares[worstIndex] };
}

function listOf(values: number | ArrayLike<number>): ArrayLike<number> {
  return typeof values === 'number' ? [values] : values;
}

function scaleAt(scale: number | ArrayLike<number>, k: number): number {
  return typeof scale === 'number' ? scale : scale[k];
}

/** |actual − expected| / tolerance; infinite where either is not finite, 0 where they are equal. */
function shareOf(actual: number, expected: number, tolerance: number): number {
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return Infinity;
  if (actual === expected) return 0;
  const share = Math.abs(actual - expected) / tolerance;
  return Number.isNaN(share) ? Infinity : share;
}
