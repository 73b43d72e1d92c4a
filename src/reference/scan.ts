// Scan: prefix sums of whole and of fixed-point numbers, and the owner of a slot, exactly.
//
//   S_n = x_0 + … + x_n;   owner(slot) = the least p with S_p > slot

/** Inclusive prefix sums of one row of whole numbers. */
export function prefixSums(values: ArrayLike<number>): number[] {
  let sum = 0;
  return Array.from(values, (value) => (sum += value));
}

/** Inclusive prefix sums of one row of 64-bit fixed-point numbers, in units of 2⁻³². */
export function fixedPrefixSums(values: readonly bigint[]): bigint[] {
  let sum = 0n;
  return values.map((value) => (sum += value));
}

/** The least p with S_p > slot, by looking at every p. */
export function ownerOf(sums: readonly number[], slot: number): number {
  return sums.findIndex((reached) => reached > slot);
}
