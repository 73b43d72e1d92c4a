// Random words, laws and inputs: moments and radial laws within 5 standard errors, independence of sizes.
import { describe, expect, it } from 'vitest';
import { keyOf, normalOf, philox, signOf, streamOf, uniformOf } from '../../src/random.ts';
import { drawInputs } from '../../src/problem/inputs.ts';
import { drawScalar, drawVector, wordsOf } from '../../src/problem/law.ts';

const KEY = keyOf(7);

/** Mean of values and its distance from the truth in standard errors of the estimate. */
function errorsFrom(values: ArrayLike<number>, truth: number): number {
  const list = Array.from(values);
  const mean = list.reduce((sum, v) => sum + v, 0) / list.length;
  const variance = list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (list.length - 1);
  return Math.abs(mean - truth) / Math.sqrt(variance / list.length);
}
const rowsOf = (x: Float32Array, d: number) =>
  Array.from({ length: x.length / d }, (_, j) => Array.from(x.subarray(j * d, (j + 1) * d)));
const normOf = (row: number[]) => Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));

describe('laws', () => {
  it('reads row r from word r mod 4 of stream row ⌊r/4⌋', () => {
    const words = wordsOf(KEY, 'teacher', 9, 6);
    expect(words.length).toBe(6);
    expect([...words.subarray(0, 4)]).toEqual(philox([9, 0, streamOf('teacher', 0), 0], KEY));
    expect([...words.subarray(4)]).toEqual(
      philox([9, 0, streamOf('teacher', 1), 0], KEY).slice(0, 2),
    );
  });

  it('turns one word into one number of each law', () => {
    const word = 0xc0ffee00;
    expect(drawScalar({ kind: 'normal', mean: 3, std: 2 }, word)).toBe(3 + 2 * normalOf(word));
    expect(drawScalar({ kind: 'uniform', low: -1, high: 3 }, word)).toBe(-1 + 4 * uniformOf(word));
    expect(drawScalar({ kind: 'sign', scale: 5 }, word)).toBe(5 * signOf(word));
    expect(drawScalar({ kind: 'constant', value: 0.1 }, word)).toBe(0.1);
    expect(drawVector({ kind: 'sign', scale: 1 }, Uint32Array.of(0, word))).toEqual(
      Float64Array.of(1, -1),
    );
  });

  it('gives vectors of the radius on the sphere, ± the radius in one dimension', () => {
    const sphere = { kind: 'sphere', radius: 3 } as const;
    for (let i = 0; i < 100; i++) {
      expect(normOf([...drawVector(sphere, wordsOf(KEY, 'init', i, 5))])).toBeCloseTo(3, 14);
      const [word] = wordsOf(KEY, 'init', i, 1);
      expect(drawVector(sphere, Uint32Array.of(word))[0]).toBe(3 * signOf(word));
    }
  });

  it('never divides by 0 on the sphere: the smallest normal of either sign is not 0', () => {
    for (const word of [0x7fffffff, 0xffffffff])
      expect(Math.abs(normalOf(word))).toBeGreaterThan(0);
  });
});

describe('inputs', () => {
  const COUNT = 10000;
  // Second moments of one coordinate: r²/d on the sphere, r²/(d + 2) in the ball, σ² for the Gaussian.
  it.each([
    ['sphere', { kind: 'sphere', radius: 2 } as const, (d: number) => 4 / d],
    ['ball', { kind: 'ball', radius: 2 } as const, (d: number) => 4 / (d + 2)],
    ['gaussian', { kind: 'gaussian', std: 2 } as const, () => 4],
  ])(
    'have mean 0, covariance a multiple of 1 and the variance of the law: %s',
    (_, law, variance) => {
      for (const d of [2, 5]) {
        const rows = rowsOf(drawInputs(law, COUNT, d, 'inputs', KEY), d);
        for (let p = 0; p < d; p++) {
          expect(
            errorsFrom(
              rows.map((row) => row[p]),
              0,
            ),
          ).toBeLessThan(5);
          expect(
            errorsFrom(
              rows.map((row) => row[p] ** 2),
              variance(d),
            ),
          ).toBeLessThan(5);
          const next = (p + 1) % d;
          expect(
            errorsFrom(
              rows.map((row) => row[p] * row[next]),
              0,
            ),
          ).toBeLessThan(5);
        }
      }
    },
  );

  it('lie on the sphere to float32 rounding', () => {
    for (const d of [1, 2, 17]) {
      for (const row of rowsOf(
        drawInputs({ kind: 'sphere', radius: 3 }, 200, d, 'inputs', KEY),
        d,
      )) {
        expect(Math.abs(normOf(row) / 3 - 1)).toBeLessThan(2 ** -24 * Math.sqrt(d));
      }
    }
  });

  it('lie in the ball, a fraction t^d of them within t times the radius', () => {
    for (const d of [1, 3, 4]) {
      const norms = rowsOf(drawInputs({ kind: 'ball', radius: 3 }, COUNT, d, 'inputs', KEY), d).map(
        normOf,
      );
      expect(Math.max(...norms)).toBeLessThan(3 * (1 + 2 ** -22));
      for (const t of [0.5, 0.9]) {
        expect(
          errorsFrom(
            norms.map((norm) => (norm < 3 * t ? 1 : 0)),
            t ** d,
          ),
        ).toBeLessThan(5);
      }
    }
  });

  it('have a Gaussian fourth moment', () => {
    const x = drawInputs({ kind: 'gaussian', std: 1 }, COUNT, 1, 'inputs', KEY);
    expect(
      errorsFrom(
        x.map((v) => v ** 4),
        3,
      ),
    ).toBeLessThan(5);
  });

  it('begin with the same samples whatever their number, and are fresh for the test set', () => {
    const law = { kind: 'gaussian', std: 1 } as const;
    const many = drawInputs(law, 1000, 3, 'inputs', KEY);
    expect(drawInputs(law, 10, 3, 'inputs', KEY)).toEqual(many.subarray(0, 30));
    const test = drawInputs(law, 1000, 3, 'testInputs', KEY);
    expect(
      errorsFrom(
        many.map((v, i) => v * test[i]),
        0,
      ),
    ).toBeLessThan(5);
    expect(many.some((v, i) => v === test[i])).toBe(false);
  });
});
