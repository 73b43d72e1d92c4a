// Host observables on small clouds whose values follow by hand or from identities.
import { describe, expect, it } from 'vitest';
import { PENALTIES } from '../../src/config.ts';
import { loss } from '../../src/observables/loss.ts';
import { moments } from '../../src/observables/moments.ts';
import { fractionChanged } from '../../src/observables/patterns.ts';
import type { Particles } from '../../src/state.ts';

describe('loss', () => {
  it('is ½ Σ ν ρ² of every replica', () => {
    const residual = Float32Array.from([1, -2, 3, 0, 0.5, -4]);
    expect([...loss(residual, [0.5, 0.25, 2])]).toEqual([9.75, 16.03125]);
  });

  it('sums float32 residuals without float32 rounding', () => {
    const n = 2 ** 20;
    const residual = new Float32Array(n).fill(1 + 2 ** -23);
    const exact = 0.5 * (1 + 2 ** -23) ** 2;
    expect(Math.abs(loss(residual, new Float64Array(n).fill(1 / n))[0] / exact - 1)).toBeLessThan(
      1e-11,
    );
  });
});

/** Two replicas of two particles in d = 2. */
const CLOUD: Particles = {
  dimension: 2,
  width: 2,
  replicas: 2,
  a: Float32Array.from([1, 2, 0, 2, 3, 0, 0, 0]),
  b: Float32Array.from([2, -1, 4, 1]),
  c: Float32Array.from([-2, 1, 1, -3]),
  weight: Float32Array.from([1.5, 0.5, 1, 1]),
};

describe('moments', () => {
  it('are means over particles with weights ω/m', () => {
    const [first, second] = moments(CLOUD, 'none');
    expect(first).toEqual({
      meanC: -1.25, // (1.5 · −2 + 0.5 · 1)/2
      meanC2: 3.25, // (1.5 · 4 + 0.5)/2
      meanA2: 4.75, // (1.5 · 5 + 0.5 · 4)/2
      meanB2: 3.25, // (1.5 · 4 + 0.5)/2
      totalVariation: (1.5 * 2 * 3 + 0.5 * Math.sqrt(5)) / 2,
      squaredNorm: (1.5 * 4 * 9 + 0.5 * 5) / 2,
      penalty: 0,
    });
    expect(second).toMatchObject({ meanC: -1, meanC2: 5, meanA2: 4.5, meanB2: 8.5 });
    expect(second.totalVariation).toBe((5 + 3) / 2);
  });

  it('give every penalty as the matching combination of moments', () => {
    for (const kind of PENALTIES) {
      for (const record of moments(CLOUD, kind)) {
        const { meanC2, meanA2, meanB2, totalVariation } = record;
        const expected = {
          none: 0,
          'output-l2': meanC2 / 2,
          'weight-decay': (meanA2 + meanB2 + meanC2) / 2,
          'total-variation': totalVariation,
        }[kind];
        expect(record.penalty).toBeCloseTo(expected, 14);
      }
    }
  });

  it('of weight decay are at least the total variation, with equality for balanced particles', () => {
    // (u² + v²)/2 ≥ u v, with equality at |c| = |(a, b)|.
    for (const record of moments(CLOUD, 'weight-decay')) {
      expect(record.penalty).toBeGreaterThan(record.totalVariation);
    }
    const balanced = {
      ...CLOUD,
      c: Float32Array.from([-3, 1, 5, 1]),
      b: Float32Array.from([2, 0, 4, 1]),
    };
    balanced.a[3] = 1;
    for (const record of moments(balanced, 'weight-decay')) {
      expect(record.penalty).toBeCloseTo(record.totalVariation, 14);
    }
  });
});

describe('fractionChanged', () => {
  it('counts single bits wherever they are, and only those of real samples', () => {
    const [m, s] = [3, 40];
    for (const j of [0, 1, 30, 31, 32, 39]) {
      const start = new Uint32Array(2 * m * 2);
      const now = start.slice();
      now[(m + 1) * 2 + Math.floor(j / 32)] ^= 2 ** (j % 32); // replica 1, particle 1
      expect([...fractionChanged(now, start, m, s)]).toEqual([0, 1 / 120]);
    }
    const start = new Uint32Array(m * 2);
    const now = start.slice();
    now[1] = 0xffffff00; // samples 40 … 63 do not exist
    expect([...fractionChanged(now, start, m, s)]).toEqual([0]);
  });

  it('is 1 if every bit is flipped, for sample numbers around the word size', () => {
    for (const s of [1, 31, 32, 33, 64, 65]) {
      const words = Math.ceil(s / 32);
      const start = Uint32Array.from({ length: 5 * words }, (_, k) => (k * 2654435761) >>> 0);
      const now = start.map((word) => ~word);
      expect([...fractionChanged(now, start, 5, s)]).toEqual([1]);
      expect([...fractionChanged(start, start, 5, s)]).toEqual([0]);
    }
  });

  it('agrees with bits counted one by one', () => {
    const [m, s] = [4, 77];
    const start = Uint32Array.from({ length: m * 3 }, (_, k) => Math.imul(k + 1, 0x9e3779b1) >>> 0);
    const now = Uint32Array.from({ length: m * 3 }, (_, k) => Math.imul(k + 7, 0x85ebca6b) >>> 0);
    let changed = 0;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < s; j++) {
        const at = i * 3 + (j >> 5);
        changed += (now[at] >>> (j & 31)) % 2 === (start[at] >>> (j & 31)) % 2 ? 0 : 1;
      }
    }
    expect(fractionChanged(now, start, m, s)[0]).toBe(changed / (m * s));
  });
});
