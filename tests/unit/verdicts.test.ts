// Verdicts in words: what may be claimed, from how many replicas, and what is left unsaid.
import { describe, expect, it } from 'vitest';
import type { FluctuationResult, LawAtTime } from '../../src/observables/fluctuation.ts';
import {
  describeDifference,
  describeExponent,
  describeVerdicts,
  summaryLaw,
} from '../../src/record/verdicts.ts';
import { lawOf, pointOf } from '../helpers/fluctuation.ts';

function resultOf(
  laws: LawAtTime[],
  over: Partial<FluctuationResult> = {},
  replicas = 100,
): FluctuationResult {
  const points = [64, 128].flatMap((width) =>
    laws.map(({ time, unresolved }) =>
      pointOf(width, time, { replicas, isResolved: !unresolved.includes(width) }),
    ),
  );
  return {
    points,
    laws,
    losses: [],
    totalVariations: [],
    twoNorms: [],
    gaussianity: null,
    ...over,
  };
}
const exponent = { estimate: -1, ci: [-1.05, -0.95] as [number, number] };
const all = (result: FluctuationResult): string => describeVerdicts(result).join(' ');

describe('the verdict on the exponent', () => {
  it('claims −1 for an interval that holds it, no wider than ±0.1, from 100 replicas on', () => {
    const claim =
      'the interval contains −1 and is no wider than ±0.1, with 100 replicas per width or more on average';
    expect(describeExponent({ estimate: -1, ci: [-1.1, -0.9] }, 100)).toBe(claim);
    expect(describeExponent({ estimate: -1.05, ci: [-1.1, -1] }, 1000)).toBe(claim);
  });

  it('claims nothing from a wide interval or from fewer replicas, and says so', () => {
    expect(describeExponent({ estimate: -1, ci: [-1.2, -0.9] }, 100)).toBe(
      'the interval contains −1, but is wider than ±0.1, so no slope is claimed',
    );
    expect(describeExponent({ estimate: -1, ci: [-1.1, -0.9] }, 99)).toBe(
      'the interval contains −1; with 99 replicas per width on average, fewer than 100, no slope is claimed',
    );
    expect(describeExponent({ estimate: -1, ci: [-1.3, -0.7] }, 20)).toBe(
      'the interval contains −1, but is wider than ±0.1; with 20 replicas per width on average, fewer than 100, no slope is claimed',
    );
    expect(describeExponent({ estimate: -1, ci: [-Infinity, Infinity] }, 100)).toContain('wider');
  });

  it('says where the interval misses −1 on either side', () => {
    for (const ci of [
      [-0.99, -0.5],
      [-2, -1.01],
    ] as [number, number][]) {
      expect(describeExponent({ estimate: ci[0], ci }, 100)).toBe(
        'the interval does not contain −1',
      );
    }
    expect(describeExponent({ estimate: -0.5, ci: [-0.6, -0.4] }, 10)).toContain('no slope');
  });
});

describe('the verdicts on a result', () => {
  it('count replicas as their mean over widths', () => {
    const told = (few: number) =>
      all(
        resultOf([lawOf(1, { exponent })], {
          points: [pointOf(64, 1, { replicas: 190 }), pointOf(128, 1, { replicas: few })],
        }),
      );
    expect(told(10)).toContain('with 100 replicas per width or more on average');
    expect(told(8)).toContain('with 99 replicas per width on average, fewer than 100, no slope');
  });

  it('judge collapse by its p, with the spread of the widths', () => {
    const collapse = { statistic: 5.99, degrees: 2, p: 0.05, ratio: 1.25 };
    expect(all(resultOf([lawOf(1, { collapse })]))).toContain(
      'The values of m·V̂ at all widths agree with one constant (χ² = 5.99 on 2 degrees of freedom, ' +
        'p = 0.05); the largest is 1.25 times the smallest.',
    );
    expect(all(resultOf([lawOf(1, { collapse: { ...collapse, p: 0.009 } })]))).toContain(
      'differ between widths by more than chance',
    );
  });

  it('say how well the prediction knows itself, and where that is too little', () => {
    const points = (se: number) => [
      pointOf(64, 0, { predicted: 2, predictedSe: 0 }),
      pointOf(64, 1, { predicted: 2, predictedSe: 0.01 }),
      pointOf(64, 5, { predicted: 0.5, predictedSe: se }),
      pointOf(64, 9, { predicted: 1e-20, predictedSe: 1, isResolved: false }),
    ];
    const told = (se: number) => all(resultOf([lawOf(9)], { points: points(se) }));
    expect(told(0.01)).toContain(
      'standard error of the prediction is at most 2 % of it (at t = 5).',
    );
    expect(told(0.02)).toContain('at most 4 % of it (at t = 5), more than 2 %');
    expect(told(0.02)).toContain('raise clt.prediction.nodes');
    const none = [pointOf(64, 0, { predicted: 2, predictedSe: 0 })];
    expect(all(resultOf([lawOf(0)], { points: none }))).not.toContain('of the prediction');
  });

  it('call a prediction above fresh samples where three standard errors of both show it, not at time 0', () => {
    const point = (time: number, predicted: number, monteCarlo: number) =>
      pointOf(64, time, { predicted, predictedSe: 0.03, monteCarlo, monteCarloSe: 0.04 });
    const told = (last: number) =>
      all(
        resultOf([lawOf(4)], {
          // At time 0 both are equal by definition: a difference there is rounding or quadrature.
          points: [point(0, 3, 2), point(2, 1, 2), point(4, last, 2)],
        }),
      );
    const rule = 'by more than three standard errors of both';
    // 3·hypot(0.03, 0.04) = 0.15; trapezoids ((3 + 1) + (1 + last))/4.
    expect(told(2.14)).toContain(
      'Averaged over time the predicted constant is 1.79 and that of m fresh samples of the cloud 2; ' +
        `at no recorded time after 0 is the first above the second ${rule}.`,
    );
    expect(told(2.16)).toContain(`; the first is above the second ${rule} at t = 4.`);
  });

  it('judge the prediction by the pooled difference', () => {
    const say = (difference: number) => {
      const agreement = { difference, se: 0.01, deviation: difference / 0.01 };
      return all(resultOf([lawOf(1, { agreement })]));
    };
    expect(say(0.025)).toContain(
      'Measured and predicted constant agree: they differ by +2.5 ± 1 % (2.5 standard errors).',
    );
    expect(say(-0.06)).toContain(
      'Measured and predicted constant are close: they differ by −6 ± 1',
    );
    expect(say(-0.5)).toContain('Measured and predicted constant disagree');
    const nothing = { difference: -1, se: 0, deviation: -Infinity };
    expect(describeDifference(nothing)).toBe('−100 ± 0 % (−∞ standard errors)');
  });

  it('tell fluctuations off the training samples from those on them', () => {
    const constant = { estimate: 0.01, ci: [0.008, 0.012] as [number, number], predicted: null };
    const test = (estimate: number) =>
      all(
        resultOf([lawOf(1, { constant, testConstant: { estimate, ci: [0, 1], predicted: null } })]),
      );
    expect(test(0.5)).toContain(
      '50 times that at the training samples: fluctuations die out where the network is fitted, not elsewhere.',
    );
    expect(test(0.011)).toContain('1.1 times that at the training samples.');
    expect(all(resultOf([lawOf(1)]))).not.toContain('test samples');
  });

  it('count the criteria over times and name those that fail', () => {
    const good = { exponent, collapse: { statistic: 1, degrees: 1, p: 0.3, ratio: 1.1 } };
    const bad = { ...good, collapse: { ...good.collapse, p: 1e-4 } };
    const agreement = { difference: 0, se: 0.1, deviation: 0 };
    expect(
      all(resultOf([lawOf(0, { ...good, agreement }), lawOf(2, bad), lawOf(5, good)])),
    ).toContain(
      'Over the 3 recorded times: the interval of the exponent contains −1 at 3 of 3; all widths share ' +
        'one constant at 2 of 3 (not at t = 2); measured and predicted constant agree or are close at 1 of 1.',
    );
  });

  it('say what lies at the floor of float32, and judge the last time above it', () => {
    const laws = [
      lawOf(0, { exponent }),
      lawOf(3, { unresolved: [128] }),
      lawOf(8, { unresolved: [64, 128] }),
      lawOf(9, { unresolved: [64, 128] }),
    ];
    const result = resultOf(laws);
    expect(summaryLaw(result)?.time).toBe(3);
    const text = all(result);
    expect(text).toContain(
      'At time 3: no exponent can be fitted, since this takes two widths above',
    );
    expect(text).toContain(
      'At t = 8, 9 m·V̂ is at the floor of float32 rounding at every width and left out of exponent, constant and χ².',
    );
    expect(text).toContain('At t = 3 m·V̂ of m = 128 is at the floor');
    expect(all(resultOf([lawOf(0, { exponent })]))).not.toContain('left out');
  });

  it('say whether a Gaussian law was tested and with what outcome', () => {
    const direction = { share: 0.6, values: [-1, 0, 1], statistic: 0.3, p: 0.2 };
    const gaussianity = {
      width: 128,
      time: 1,
      tested: 50,
      directions: [direction, direction],
      p: 0.4,
    };
    const text = all(resultOf([lawOf(1)], { gaussianity }));
    expect(text).toContain(
      '√m (f_m − f) at m = 128, t = 1: no departure from a Gaussian is seen (Anderson–Darling along its 2 ' +
        'leading directions, found in one half of the replicas and tested in the other, 50; p = 0.4).',
    );
    expect(all(resultOf([lawOf(1)], { gaussianity: { ...gaussianity, p: 0.001 } }))).toContain(
      'it departs from a Gaussian',
    );
    expect(all(resultOf([lawOf(1)], {}, 10))).toContain('this takes 16 replicas or more');
  });

  it('say that nothing was recorded', () => {
    expect(describeVerdicts({ points: [], laws: [], gaussianity: null })).toEqual([
      'No time was recorded.',
    ]);
  });
});
