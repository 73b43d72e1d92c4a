// The cells over sorted inputs hold the place of every knot, whatever its division rounds to.
import { describe, expect, it } from 'vitest';
import { cellsOf, inputWords } from '../../src/engine/sorted-inputs.ts';
import { normals, uniforms } from '../helpers/random.ts';

/** Ascending inputs, by what is hard about them. */
const INPUTS: Record<string, Float32Array> = {
  'spread evenly': uniforms(1, 1000, -1, 1),
  normal: normals(2, 777),
  'two clusters 1e-4 wide': uniforms(3, 600, -1e-4, 1e-4).map((x, j) => x + (j % 2)),
  'at 1000 ± 1': uniforms(4, 500, 999, 1001),
  'at 1000 ± 1e-3': uniforms(5, 500, 999.999, 1000.001),
  'one far away': uniforms(6, 400, 0, 1).map((x, j) => (j === 7 ? 1e6 : x)),
  'of size 1e-9': uniforms(7, 300, -1e-9, 1e-9),
  'on a grid': uniforms(8, 500, -1, 1).map((x) => Math.round(8 * x) / 8),
  equal: new Float32Array(50).fill(0.3),
  single: Float32Array.of(-2),
};

/** The first index whose sample starts, by the predicate of the kernels in float32, with one rounding or two. */
function placeOf(x: Float32Array, a: number, b: number, fused: boolean): number {
  const product = (value: number): number => (fused ? a * value : Math.fround(a * value));
  const place = x.findIndex((value) => Math.fround(product(value) - b) > 0 === a >= 0);
  return place < 0 ? x.length : place;
}

describe('the cells over sorted inputs', () => {
  it.each(Object.entries(INPUTS))('hold every knot: %s', (_, inputs) => {
    const x = inputs.slice().sort();
    const { words, params } = cellsOf(x);
    expect(params.last_cell).toBe(words.length - 1);
    const [origin, perUnit] = [params.cell_origin, params.cells_per_unit].map(Math.fround);
    const [low, high] = [x[0], x[x.length - 1]];
    const reach = high - low || 1;
    const knots = [
      ...uniforms(9, 400, low - reach, high + reach),
      // On samples, and beside them.
      ...[...x.filter((_, j) => j % 5 === 0)].flatMap((value) => [value, value * (1 + 2e-7)]),
      1e9,
      -1e9,
    ];
    const slopes = normals(10, knots.length);
    knots.forEach((knot, i) => {
      const a = slopes[i];
      const b = Math.fround(a * knot);
      const places = [true, false].map((fused) => placeOf(x, a, b, fused));
      // Division is known up to 2.5 units in the last place.
      for (const off of [-3, 0, 3]) {
        const quotient = Math.fround(Math.fround(b / a) * (1 + off * 2 ** -24));
        const cell = Math.fround(Math.fround(quotient - origin) * perUnit);
        const word = words[Math.round(Math.max(0, Math.min(cell, params.last_cell)))];
        const more = word >>> 24;
        const first = more === 127 ? 0 : word & 0xffffff;
        expect(Math.min(...places)).toBeGreaterThanOrEqual(first);
        expect(Math.max(...places)).toBeLessThanOrEqual(more === 127 ? x.length : first + more);
      }
    });
  });

  it('leave few samples to look at where inputs are spread', () => {
    const { words } = cellsOf(INPUTS['spread evenly'].slice().sort());
    const looks = words.reduce((sum, word) => sum + (word >>> 24), 0) / words.length;
    expect(looks).toBeLessThan(0.5);
  });

  it('stand behind the inputs', () => {
    const words = inputWords(Float32Array.of(1, 2), Uint32Array.of(7, 8, 9), 8);
    expect([...words]).toEqual([0x3f800000, 0x40000000, 7, 8, 9, 0, 0, 0]);
  });
});
