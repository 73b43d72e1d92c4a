// Initial particles of the reference: addressed by counter, drawn from the laws of the configuration.
import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { keyOf, normalOf, philox, streamOf } from '../../src/random.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { forward } from '../../src/reference/forward.ts';
import { initialise } from '../../src/reference/initialise.ts';
import { configOf } from '../helpers/problems.ts';
import { makeSamples } from '../helpers/random.ts';

type Init = Extract<NonNullable<ConfigInput['init']>, { kind: 'random' }>;

const draw = (
  init: Omit<Init, 'kind'>,
  { width = 20_000, dimension = 3, bias = true, seed = 7 } = {},
) =>
  initialise(
    configOf({ seed, network: { width, bias }, init: { kind: 'random', ...init } }),
    dimension,
  );

const mean = (values: Iterable<number>) => {
  const list = Array.from(values);
  return list.reduce((sum, value) => sum + value, 0) / list.length;
};

describe('initialise', () => {
  it('reads row q of a particle from word q mod 4 of counter (index, 0, init + ⌊q/4⌋, replica)', () => {
    const d = 6;
    const seed = 3 * 2 ** 32 + 5;
    const config = configOf({ seed, network: { width: 10 } });
    const particles = initialise(config, d, 3, 40);
    const word = (i: number, r: number, block: number) =>
      philox([i, 0, streamOf('init') + block, 40 + r], keyOf(seed));
    for (const [i, r] of [
      [0, 0],
      [9, 0],
      [4, 2],
    ]) {
      const p = r * 10 + i;
      const rows = [...particles.a.slice(p * d, (p + 1) * d), particles.b[p], particles.c[p]];
      expect(rows).toEqual([...word(i, r, 0), ...word(i, r, 1)].map(normalOf));
    }
  });

  it('gives the same particles in a wider network, and the same replica from another first one', () => {
    const narrow = draw({}, { width: 12 });
    const wide = draw({}, { width: 40 });
    expect(wide.a.slice(0, 36)).toEqual(narrow.a);
    expect(wide.c.slice(0, 12)).toEqual(narrow.c);
    const config = configOf({ network: { width: 12 } });
    const many = initialise(config, 3, 4, 0);
    const last = initialise(config, 3, 1, 3);
    expect(many.a.slice(3 * 36)).toEqual(last.a);
    expect(many.b.slice(36)).toEqual(last.b);
  });

  it('differs between seeds, also when only the high word of the seed differs', () => {
    const [one, two, far] = [1, 2, 1 + 2 ** 32].map((seed) => draw({}, { width: 50, seed }));
    expect(one.a).not.toEqual(two.a);
    expect(one.a).not.toEqual(far.a);
  });

  it('gives every particle the weight 1', () => {
    expect(draw({}, { width: 5 }).weight).toEqual(new Float32Array(5).fill(1));
  });

  it('antithetic pairs share a and b and have opposite c, so that f is exactly 0', () => {
    const particles = draw({ sampling: 'antithetic' }, { width: 100 });
    for (let i = 0; i < 100; i += 2) {
      expect(particles.a.slice(3 * i, 3 * i + 3)).toEqual(particles.a.slice(3 * i + 3, 3 * i + 6));
      expect(particles.b[i]).toBe(particles.b[i + 1]);
      expect(particles.c[i]).toBe(-particles.c[i + 1]);
    }
    expect(new Set(particles.c).size).toBe(100);
    const config = configOf({ network: { activation: 'tanh', width: 100 } });
    const f = forward(config, cloudOf(particles), makeSamples({ seed: 1, count: 9, dimension: 3 }));
    expect(Array.from(f)).toEqual(new Array(9).fill(0));
  });

  it('without bias sets b to 0 and leaves a and c as they were', () => {
    const [without, full] = [false, true].map((bias) => draw({}, { width: 30, bias }));
    expect(without.b).toEqual(new Float32Array(30));
    expect(without.a).toEqual(full.a);
    expect(without.c).toEqual(full.c);
  });

  it('draws normals and uniforms with the mean and variance of their law', () => {
    const n = 20_000;
    const { b, c } = draw({
      b: { kind: 'normal', mean: 2, std: 0.5 },
      c: { kind: 'uniform', low: -1, high: 3 },
    });
    const variance = (values: Float32Array, centre: number) =>
      mean(Array.from(values, (value) => (value - centre) ** 2));
    // Standard errors: σ/√n for the mean; σ²√(2/n) (normal) and σ²√(0.8/n) (uniform) for the variance.
    expect(Math.abs(mean(b) - 2)).toBeLessThan((5 * 0.5) / Math.sqrt(n));
    expect(Math.abs(variance(b, 2) - 0.25)).toBeLessThan(5 * 0.25 * Math.sqrt(2 / n));
    expect(Math.abs(mean(c) - 1)).toBeLessThan((5 * Math.sqrt(4 / 3)) / Math.sqrt(n));
    expect(Math.abs(variance(c, 1) - 4 / 3)).toBeLessThan(
      (5 * (4 / 3) * Math.sqrt(0.8)) / Math.sqrt(n),
    );
    expect(Math.min(...c)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...c)).toBeLessThan(3);
  });

  it('draws signs with equal probability and constants without chance', () => {
    const { b, c } = draw({ b: { kind: 'constant', value: 0.3 }, c: { kind: 'sign', scale: 2 } });
    expect(new Set(b)).toEqual(new Set([Math.fround(0.3)]));
    expect(new Set(c)).toEqual(new Set([2, -2]));
    expect(Math.abs(mean(c))).toBeLessThan((5 * 2) / Math.sqrt(c.length));
  });

  it('draws a uniformly on the sphere of the given radius', () => {
    const [d, n] = [3, 20_000];
    const { a } = draw({ a: { kind: 'sphere', radius: 2 } });
    for (let i = 0; i < n; i++) {
      const norm = Math.hypot(...a.subarray(i * d, (i + 1) * d));
      expect(Math.abs(norm - 2)).toBeLessThan(2 * 2 ** -23);
    }
    for (let q = 0; q < d; q++) {
      const coordinate = Array.from({ length: n }, (_, i) => a[i * d + q] / 2);
      // On the unit sphere in R³ a coordinate is uniform on [−1, 1].
      expect(Math.abs(mean(coordinate))).toBeLessThan(5 * Math.sqrt(1 / 3 / n));
      const square = mean(coordinate.map((value) => value * value));
      expect(Math.abs(square - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / n));
    }
  });

  it('refuses a configuration whose particles come from a file', () => {
    const config = configOf({ init: { kind: 'file', path: 'particles.npz' } });
    expect(() => initialise(config, 1)).toThrow('init.kind is "file"');
  });
});
