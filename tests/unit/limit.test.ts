// The limit by quadrature on the host: the error from rules, what is refused, and what the verdict makes of the error.
import { describe, expect, it } from 'vitest';
import { isPaired } from '../../src/config-laws.ts';
import { ConfigError } from '../../src/config-check.ts';
import { checkFluctuations } from '../../src/experiments/fluctuations.ts';
import { meanOfRules } from '../../src/experiments/limit.ts';
import { quasiParticles } from '../../src/problem/quasi.ts';
import { describeVerdicts, limitTooCoarse } from '../../src/record/verdicts.ts';
import { gaussianPredictions, lawOf, meanOf, pointOf, SMOOTH } from '../helpers/fluctuation.ts';
import { configOf } from '../helpers/problems.ts';

describe('the mean over rules', () => {
  it('has the squared error that it really has, in the mean over many sets of rules', () => {
    const weight = [1, 2, 1, 1, 1];
    const share = weight.map((w) => w / 6);
    const truth = share.reduce((sum, w, j) => sum + w * SMOOTH[j], 0);
    for (const rules of [2, 3]) {
      const found = Array.from({ length: 3000 }, (_, set) => {
        const f = gaussianPredictions(61, set, rules, SMOOTH);
        const { mean, squaredError } = meanOfRules(
          Array.from({ length: rules }, (_unused, k) => f.subarray(k * 5, (k + 1) * 5)),
          weight,
        );
        return [squaredError[0], mean.reduce((sum, v, j) => sum + share[j] * v * v, 0)];
      });
      // Independent rules around 0: E ‖mean‖² = truth / K, and the estimate has the same mean.
      for (const at of [0, 1]) {
        const { mean, se } = meanOf(found.map((pair) => pair[at]));
        expect(Math.abs(mean - truth / rules)).toBeLessThan(5 * se);
      }
    }
  });
});

describe('quasi-random particles', () => {
  it('come in pairs where c has a symmetric law, so that f = 0', () => {
    const config = configOf({ init: { kind: 'random', sampling: 'quasi' }, network: { width: 8 } });
    const { a, b, c } = quasiParticles(config, 1, 2, 5);
    for (let i = 0; i < 16; i += 2) {
      expect([a[i + 1], b[i + 1], c[i + 1]]).toEqual([a[i], b[i], -c[i]]);
    }
    // Replicas are independent rules.
    expect(a.slice(0, 8)).not.toEqual(a.slice(8));
    const one = { kind: 'constant', value: 1 } as const;
    expect(isPaired({ kind: 'random', sampling: 'quasi', c: one })).toBe(false);
    expect(isPaired({ kind: 'random', sampling: 'iid', c: { kind: 'sign', scale: 1 } })).toBe(
      false,
    );
  });

  it('are refused as the law of replicas, and for odd widths where they are pairs', () => {
    const quasi = { kind: 'random', sampling: 'quasi' } as const;
    expect(() => checkFluctuations(configOf({ init: quasi, network: { width: 8 } }))).toThrow(
      /init\.sampling: received "quasi"; allowed for clt: "iid", "antithetic"/,
    );
    expect(() => configOf({ init: quasi, network: { width: 7 } })).toThrow(
      /network\.width: received 7; allowed: an even number with init\.sampling "quasi"/,
    );
    const shifted = { ...quasi, c: { kind: 'normal', mean: 1 } } as const;
    expect(configOf({ init: shifted, network: { width: 7 } }).network.width).toBe(7);
  });
});

describe('a limit by quadrature', () => {
  const check = (input: Parameters<typeof configOf>[0]) => () =>
    checkFluctuations(configOf({ ...input, clt: { limit: 'quadrature' } }));

  it('is refused where the nodes move by another law than the limit', () => {
    expect(check({ network: { scale: 0.5 } })).toThrow(/network\.scale: received 0\.5; allowed/);
    expect(check({ flow: { batch: 4 } })).toThrow(/flow\.batch: received 4; allowed/);
    const birthDeath = { rate: 1, scheme: 'jump' } as const;
    expect(check({ flow: { birthDeath } })).toThrow(/flow\.birthDeath\.rate: received 1; allowed/);
    const weights = { rate: 1, threshold: 0 };
    expect(check({ flow: { birthDeath: weights } })()).toContain(0);
    expect(check({})()).toContain(0);
  });

  it('is a name, or a file with its ending', () => {
    expect(() => configOf({ clt: { limit: 'quadratur' } })).toThrow(ConfigError);
    expect(() => configOf({ clt: { limit: 'quadratur' } })).toThrow(
      /clt\.limit: received "quadratur"; allowed: "replica-mean", "quadrature", or a file \.npy/,
    );
  });

  it('of a file belongs to one penalty', () => {
    const sweep = [{ kind: 'none' }, { kind: 'weight-decay', strength: 0.1 }] as const;
    const config = configOf({ clt: { limit: 'f.npy', sweep: [...sweep] } });
    expect(() => checkFluctuations(config)).toThrow(
      /clt\.limit: received "f\.npy"; allowed with 2/,
    );
  });

  it('is too coarse where its error is more than half of the interval, and the verdict says so', () => {
    const fine = pointOf(64, 1, { ciLow: 0.8, ciHigh: 1.2, limitError: 0.19 });
    const coarse = pointOf(128, 1, { ciLow: 0.8, ciHigh: 1.2, limitError: 0.21 });
    const hidden = pointOf(256, 1, { ...coarse, width: 256, isResolved: false });
    expect(limitTooCoarse([fine, coarse, hidden])).toEqual([coarse]);
    const say = (points: (typeof fine)[]) =>
      describeVerdicts({ points, laws: [lawOf(1)], gaussianity: null }).join(' ');
    expect(say([fine])).toContain('adds at most 19 % to m·V̂, less than half');
    expect(say([fine, coarse])).toContain(
      'too coarse for these widths; raise clt.quadrature.nodes',
    );
  });
});
