// The median of a few values and its standard error: unbiased for normal values at every small number of them.
import { describe, expect, it } from 'vitest';
import { medianWithError } from '../../src/observables/median.ts';
import { keyOf, normalOf, philox } from '../../src/random.ts';

const DRAWS = 24000;

/** Standard normal values, [DRAWS] of [count]. */
function draws(count: number): number[][] {
  const key = keyOf(7);
  return Array.from({ length: DRAWS }, (_, n) =>
    Array.from({ length: count }, (_, k) => normalOf(philox([n, k >> 2, count, 3], key)[k & 3])),
  );
}

describe('medianWithError', () => {
  it('takes the middle value, or the mean of the two in the middle', () => {
    expect(medianWithError([9, 1, 2]).value).toBe(2);
    expect(medianWithError([9, 1, 2, 4]).value).toBe(3);
    expect(medianWithError([5, 5, 5])).toEqual({ value: 5, se: 0 });
  });

  it.each([2, 3, 4, 5, 8, 11, 16, 17, 24])(
    'has the standard error of the median of %i normal values on average, within 3 parts in a hundred',
    (count) => {
      const found = draws(count).map(medianWithError);
      const square = found.reduce((sum, { value }) => sum + value ** 2, 0) / DRAWS;
      const mean = found.reduce((sum, { se }) => sum + se, 0) / DRAWS;
      // The simulation itself knows this ratio to .007 at worst, at three values.
      expect(Math.abs(mean / Math.sqrt(square) - 1)).toBeLessThan(0.03);
    },
  );

  it('keeps both where one value of eight is a thousand times too large', () => {
    const usual = draws(8).slice(0, 2000);
    const spoilt = usual.map((values) => [...values.slice(1), 1000]);
    const mean = (of: number[][]) =>
      of.map((values) => medianWithError(values).se).reduce((sum, se) => sum + se, 0) / of.length;
    expect(mean(spoilt) / mean(usual)).toBeGreaterThan(1);
    expect(mean(spoilt) / mean(usual)).toBeLessThan(1.5);
    for (const values of spoilt) expect(Math.abs(medianWithError(values).value)).toBeLessThan(4);
  });
});
