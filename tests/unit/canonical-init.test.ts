// Initial particles in canonical coordinates: δ, the law of |c| h, the angles, independence of δ, and what is refused.
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config-check.ts';
import { canonicalOf, deltaOf } from '../../src/problem/canonical.ts';
import { canonicalParticles } from '../../src/reference/lift.ts';

const M = 4000;

function draw(init: object, options: { replicas?: number; first?: number; flow?: object } = {}) {
  const { replicas = 1, first = 0, flow = {} } = options;
  const input = { network: { width: M }, init: { kind: 'canonical', ...init }, flow };
  const config = parseConfig(input);
  if (config.init.kind !== 'canonical') throw new Error('the kind was lost');
  return canonicalParticles(config, config.init, 1, replicas, first);
}

describe('canonical initial particles', () => {
  it('have the δ asked for, |c| h in its range, balanced signs and angles all around', () => {
    for (const delta of [-100, -1, 0, 100]) {
      const particles = draw({ delta, product: { kind: 'uniform', low: 0.05, high: 0.15 } });
      const { r, theta } = canonicalOf(particles, M);
      const scale = Math.max(1, Math.abs(delta));
      deltaOf(particles).forEach((value) =>
        expect(Math.abs(value - delta)).toBeLessThan(4e-7 * scale),
      );
      const sizes = r.map(Math.abs);
      expect(Math.min(...sizes)).toBeGreaterThan(0.0499);
      expect(Math.max(...sizes)).toBeLessThan(0.1501);
      const mean = sizes.reduce((sum, value) => sum + value, 0) / M;
      expect(Math.abs(mean - 0.1)).toBeLessThan(5 * (0.1 / Math.sqrt(12 * M)));
      const signs = r.reduce((sum, value) => sum + Math.sign(value), 0);
      expect(Math.abs(signs)).toBeLessThan(5 * Math.sqrt(M));
      for (const wave of [1, 2, 3]) {
        for (const turn of [Math.cos, Math.sin]) {
          const sum = theta.reduce((total, angle) => total + turn(wave * angle), 0);
          expect(Math.abs(sum)).toBeLessThan(5 * Math.sqrt(M / 2));
        }
      }
    }
  });

  it('give the same function for every δ, and the same particles for the same replica word', () => {
    const [low, high] = [draw({ delta: -100 }), draw({ delta: 100 })].map((w) => canonicalOf(w, M));
    low.r.forEach((value, i) => expect(Math.abs(value - high.r[i])).toBeLessThan(1e-7));
    low.theta.forEach((value, i) => expect(Math.abs(value - high.theta[i])).toBeLessThan(1e-6));
    const both = draw({ delta: 1 }, { replicas: 2, first: 3 });
    const second = draw({ delta: 1 }, { first: 4 });
    expect(both.a.slice(M)).toEqual(second.a);
    expect(both.a.slice(0, M)).not.toEqual(second.a);
  });

  it('freeze what δ = ∓∞ stands for', () => {
    const inner = draw({ delta: '-infinity' }, { flow: { train: ['c'] } });
    inner.a.forEach((a, i) => expect(Math.hypot(a, inner.b[i])).toBeCloseTo(1, 6));
    const outer = draw({ delta: 'infinity' }, { flow: { train: ['a', 'b'] } });
    outer.c.forEach((c) => expect(Math.abs(c)).toBe(1));
  });

  it('refuse what does not fit, in one line', () => {
    const refused = (input: object) => () => parseConfig(input);
    expect(refused({ init: { kind: 'canonical', delta: 'infinity' } })).toThrow(
      'flow.train: received ["a","b","c"]; allowed: ["a","b"] with init.delta "infinity"',
    );
    expect(refused({ init: { kind: 'canonical', delta: '-infinity' } })).toThrow(ConfigError);
    expect(
      refused({ init: { kind: 'canonical', product: { kind: 'uniform', low: -1, high: 1 } } }),
    ).toThrow('init.product.low');
    expect(refused({ init: { kind: 'canonical' }, network: { bias: false } })).toThrow(
      'network.bias',
    );
    expect(refused({ flow: { project: 'delta', train: ['c'] } })).toThrow('flow.project');
    expect(refused({ flow: { project: 'delta' }, network: { activation: 'tanh' } })).toThrow(
      'flow.project',
    );
    const config = parseConfig({ init: { kind: 'canonical' } });
    if (config.init.kind !== 'canonical') throw new Error('the kind was lost');
    const { init } = config;
    expect(() => canonicalParticles(config, init, 2)).toThrow('received "canonical" with d = 2');
  });
});
