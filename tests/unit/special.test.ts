// Special functions against published values.
import { describe, expect, it } from 'vitest';
import { erf, erfc, upperQuantile } from '../../src/special.ts';

/** |value − exact| relative to exact. */
const relative = (value: number, exact: number) => Math.abs(value / exact - 1);

describe('erf', () => {
  // Abramowitz and Stegun, table 7.1, with the digits of DLMF 7.23.
  it.each([
    [0.1, 0.11246291601828489],
    [0.5, 0.52049987781304654],
    [1, 0.84270079294971487],
    [2, 0.99532226501895273],
    [2.5, 0.99959304798255504],
    [3, 0.99997790950300141],
  ])('of %d is the published value', (x, exact) => {
    expect(relative(erf(x), exact)).toBeLessThan(1e-15);
    expect(erf(-x)).toBe(-erf(x));
  });

  it('is 0 at 0 and ±1 far out', () => {
    expect(erf(0)).toBe(0);
    expect(erf(30)).toBe(1);
    expect(erf(-30)).toBe(-1);
  });

  it('adds up to 1 with erfc on both sides of every change of method', () => {
    for (const x of [-3, -1, 0, 0.25, 0.4999, 0.5, 0.5001, 1, 2.4999, 2.5, 2.5001, 5]) {
      // erf within two units in the last place of 1, and erfc of 2, which are twice as large.
      expect(Math.abs(erf(x) + erfc(x) - 1)).toBeLessThanOrEqual(6 * 2 ** -53);
    }
  });
});

describe('erfc', () => {
  it.each([
    [0.1, 0.8875370839817151],
    [0.5, 0.47950012218695346],
    [1, 0.15729920705028513],
    [2.5, 4.0695201744495894e-4],
    [3, 2.2090496998585441e-5],
    [5, 1.5374597944280349e-12],
    [10, 2.0884875837625448e-45],
    [26, 5.6631924088561428e-296],
  ])('of %d is the published value, far into the tail', (x, exact) => {
    // The tail is e^{−x²} times a fraction: rounding x² costs x² units in the last place.
    expect(relative(erfc(x), exact)).toBeLessThan(2 ** -53 * (16 + x * x));
    expect(erfc(-x)).toBe(2 - erfc(x));
  });
});

describe('upperQuantile', () => {
  it.each([
    [0.3, 0.52440051270804078],
    [0.1, 1.2815515655446005],
    [0.025, 1.9599639845400542],
    [1e-3, 3.0902323061678135],
    [1e-6, 4.7534243088228987],
    [1e-10, 6.3613409024040562],
  ])('of %d is the published value', (tail, exact) => {
    expect(relative(upperQuantile(tail), exact)).toBeLessThan(1e-13);
  });

  it('of one half is 0', () => {
    expect(Math.abs(upperQuantile(0.5))).toBeLessThan(1e-15);
  });
});
