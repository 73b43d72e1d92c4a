// Bitwise comparison of large arrays: fast, and with the first difference in the message.
import { expect } from 'vitest';
import type { Particles } from '../../src/state.ts';

/** Checks that two arrays hold the same bits; −0 and 0 differ. */
export function expectSameBits(
  actual: Float32Array | Uint32Array,
  expected: Float32Array | Uint32Array,
  label: string,
): void {
  const at = firstDifference(actual, expected);
  const show = (values: Float32Array | Uint32Array) => `${label}[${at}] = ${values[at]}`;
  expect(actual.length, label).toBe(expected.length);
  if (at >= 0) expect(show(actual), 'first difference').toBe(show(expected));
}

/** Checks that two clouds hold the same bits. */
export function expectSameParticles(actual: Particles, expected: Particles): void {
  for (const name of ['a', 'b', 'c', 'weight'] as const) {
    expectSameBits(actual[name], expected[name], name);
  }
}

/** Index of the first entry whose bits differ, −1 where there is none. */
export function firstDifference(
  x: Float32Array | Uint32Array,
  y: Float32Array | Uint32Array,
): number {
  const [left, right] = [x, y].map((a) => new Uint32Array(a.buffer, a.byteOffset, a.length));
  return left.findIndex((bits, k) => bits !== right[k]);
}
