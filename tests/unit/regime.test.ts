// The regime number of a run: closed forms of one and two samples, its words, and why it can be missing.
import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { hasRegime, regimeOf, regimesOf } from '../../src/experiments/regime.ts';
import { describeRegime, describeRegimes, regimeName } from '../../src/observables/regime.ts';
import type { Problem } from '../../src/problem/problem.ts';
import { summariseRegimes } from '../../src/record/fluctuation-summary.ts';
import type { Particles } from '../../src/state.ts';
import { configOf, problemOf } from '../helpers/problems.ts';

const M = 100;

/** Particles whose two middle values of δ are `delta`, with as many below as above. */
function startAt(delta: number): Particles {
  const values = Float32Array.from({ length: M }, (_, i) =>
    i < 49 ? delta - 7 : i < 51 ? delta : delta + 50,
  );
  return {
    ...{ dimension: 1, width: M, replicas: 1, weight: new Float32Array(M).fill(1) },
    // b² is −δ where δ < 0, c² is δ where δ > 0.
    a: new Float32Array(M),
    b: values.map((value) => Math.sqrt(Math.max(0, -value))),
    c: values.map((value) => Math.sqrt(Math.max(0, value))),
  };
}

function pointsOf(x: number[], y: number[]): Problem {
  return problemOf({
    ...{ count: x.length, dimension: 1 },
    x: Float32Array.from(x),
    y: Float32Array.from(y),
    weight: new Float32Array(x.length).fill(1),
  });
}

function regimeAt(delta: number, x: number[], y: number[], more: ConfigInput = {}) {
  const network = { activation: 'relu', width: M, scale: 0.5, ...more.network } as const;
  return regimeOf(configOf({ ...more, network }), pointsOf(x, y), startAt(delta));
}

describe('the regime of a run', () => {
  it('is (α/m) ‖y‖/(−δ) with K₁(0, 0) = ¼ for one sample', () => {
    expect(regimeAt(-4, [0], [3])).toEqual({
      number: expect.closeTo((0.1 * 2 * 3) / 4, 6) as number,
      delta: expect.closeTo(-4, 5) as number,
    });
    expect(regimeAt(-4, [0], [3], { network: { scale: 1 } })).toMatchObject({
      number: expect.closeTo((2 * 3) / 4, 5) as number,
    });
  });

  it('takes the kernel of two samples: ½ on the diagonal and 1/2π beside it at x = ±1', () => {
    // yᵀ K⁻¹ y of y = (1, −1) is 2/(½ − 1/2π).
    const norm = Math.sqrt(2 / (0.5 - 1 / (2 * Math.PI)));
    expect(regimeAt(-10, [1, -1], [1, -1])).toMatchObject({
      number: expect.closeTo((0.1 * norm) / 10, 7) as number,
    });
  });

  it('is infinite for δ ≥ 0, and says so', () => {
    const regime = regimeAt(2, [0, 1], [1, 2]);
    expect(regime).toMatchObject({ number: Infinity });
    expect(describeRegime(regime)).toBe(
      'Regime number Λ = ∞ at δ = 2, the median of the start: adaptive, the knots move.',
    );
  });

  it('has words for what it means', () => {
    expect([0.029, 0.031, 0.19, 0.21].map(regimeName)).toEqual([
      'kernel regime',
      'in between',
      'in between',
      'adaptive',
    ]);
    expect(describeRegime({ number: 0.0123456, delta: -100 })).toBe(
      'Regime number Λ = 0.0123 at δ = −100, the median of the start: kernel regime, the knots hardly move.',
    );
  });

  it.each<[string, number[], ConfigInput]>([
    ['two samples have the same input', [0.5, 1, 0.5], {}],
    ['the kernel of the samples is singular', [1, 1 + 2 ** -23, 1 + 2 ** -22, 1 + 2 ** -21], {}],
    ['not all of a, b and c train', [0, 1], { flow: { train: ['c'] } }],
    ['the network has no bias', [0, 1], { network: { bias: false } }],
  ])('is left out where %s', (reason, x, more) => {
    const regime = regimeAt(
      -1,
      x,
      x.map(() => 1),
      more,
    );
    expect(describeRegime(regime)).toMatch(`left out: ${reason}`);
  });

  it('belongs to relu and one input alone', () => {
    const config = configOf({ network: { activation: 'tanh' } });
    expect(hasRegime(config, pointsOf([0], [1]))).toBe(false);
    expect(hasRegime(configOf({ network: { activation: 'relu' } }), pointsOf([0], [1]))).toBe(true);
  });
});

describe('the regimes of a sweep', () => {
  const config = configOf({ network: { activation: 'relu', scale: 0.5 } });
  const problem = pointsOf([0], [3]);
  const run = (width: number, deltas: number[]) => ({ width, batches: 1, kernels: {}, deltas });

  it('are means over replicas of Λ at the δ of each, with their standard errors', () => {
    // K₁(0, 0) = ¼: Λ = 6/√m/(−δ), here 0.6/4, 0.6/2, 0.6/1, with mean 0.35 and variance 0.0525.
    const regimes = regimesOf(config, problem, [run(100, [-4, -2, -1]), run(400, [-4, -2, -1])]);
    expect(regimes).toEqual(
      [1, 2].map((n) => ({
        ...{ width: 100 * n ** 2, replicas: 3, infinite: 0 },
        mean: expect.closeTo(0.35 / n, 12) as number,
        se: expect.closeTo(Math.sqrt(0.0525 / 3) / n, 12) as number,
      })),
    );
    expect(describeRegimes(regimes ?? [])).toBe(
      'Regime number Λ of the start, mean over replicas ± standard error: ' +
        '0.35 ± 0.13 at m = 100 (adaptive), 0.175 ± 0.066 at m = 400 (in between).',
    );
  });

  it('say how many replicas have δ ≥ 0, where Λ is infinite', () => {
    const regimes = regimesOf(config, problem, [run(100, [-4, 0, 1])]) ?? [];
    expect(describeRegimes(regimes)).toMatch('∞ (δ ≥ 0 in 2 of 3 replicas) at m = 100 (adaptive)');
    expect(summariseRegimes(regimes)).toEqual([
      { width: 100, replicas: 3, mean: 'infinity', se: null, infinite: 2, name: 'adaptive' },
    ]);
  });

  it('are left out with a reason, and without a word where there is no regime', () => {
    const doubled = pointsOf([0.5, 0.5], [1, 1]);
    const left = regimesOf(config, doubled, [run(10, [-1])]) ?? [];
    expect(describeRegimes(left)).toMatch('left out: two samples have the same input');
    expect(summariseRegimes(left)).toEqual({ reason: 'two samples have the same input' });
    const tanh = configOf({ network: { activation: 'tanh' } });
    expect(regimesOf(tanh, problem, [run(10, [-1])])).toBeNull();
  });
});
