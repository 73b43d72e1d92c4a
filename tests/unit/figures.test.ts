// The figures of runs: data stand at their values, fits and guides go where the numbers say.
import { describe, expect, it } from 'vitest';
import type { HistoryRow } from '../../src/observables/history.ts';
import { cloudFigure, fitFigure, lossCurves, lossFigure } from '../../src/record/figures.ts';
import {
  fluctuationFigure,
  lawFigure,
  quantileFigure,
  testFigure,
} from '../../src/record/fluctuation-figures.ts';
import { circlesOf, plotOf, textsOf, verticesOf } from '../helpers/chart.ts';
import { lawOf, pointOf as point } from '../helpers/fluctuation.ts';
import { findAll } from '../helpers/xml.ts';

const history = (losses: [number, number][]): HistoryRow[] =>
  losses.map(([loss, testLoss], step) => ({
    step,
    time: step / 2,
    loss,
    objective: loss,
    testLoss,
    patternsChanged: 0,
    moments: {
      meanC: 0,
      meanC2: 1,
      meanA2: 1,
      meanB2: 1,
      totalVariation: 1,
      squaredNorm: 1,
      penalty: 0,
    },
  }));

describe('the loss figure', () => {
  it('shows a test loss only where there is one', () => {
    expect(
      lossCurves(
        history([
          [1, NaN],
          [0.5, NaN],
        ]),
      ).map(({ label }) => label),
    ).toEqual(['training loss']);
    const curves = lossCurves(
      history([
        [1, 2],
        [0.5, 1],
      ]),
    );
    expect(curves[1]).toEqual({ label: 'test loss', time: [0, 0.5], loss: [2, 1] });
    expect(textsOf(lossFigure(curves))).toContain('test loss');
  });

  it('draws a band of one standard error around the mean', () => {
    const svg = lossFigure([{ label: 'm = 8', time: [0, 1], loss: [10, 10], se: [9, 90] }]);
    const [band] = findAll(plotOf(svg), 'path').map(({ attributes }) => attributes['d']);
    // Values 1 to 100 with 5 % free at each end: 1 stands at 305.45, 19 at its logarithm.
    const height = (value: number): number => 320 * (1 - (Math.log10(value) + 0.1) / 2.2);
    const heights = verticesOf(band).map(([, y]) => y);
    expect(heights[0]).toBeCloseTo(height(19), 2);
    expect(heights[1]).toBeCloseTo(height(100), 2);
    expect(heights).toContain(305.45);
  });
});

describe('the fluctuation figures', () => {
  const laws = [lawOf(0), lawOf(5, { exponent: { estimate: -0.5, ci: [-0.62, -0.38] } })];
  // m V̂ = √m, so that V̂ = m^(−1/2): a law that is not the central limit theorem.
  const points = [16, 64, 256].flatMap((m) => [
    point(m, 0, { scaled: 8 }),
    point(m, 5, { scaled: Math.sqrt(m), ciLow: Math.sqrt(m) / 2, ciHigh: 2 * Math.sqrt(m) }),
  ]);

  it('put V̂ = m·V̂/m over the width, and the fit through points that obey it', () => {
    const svg = lawFigure({ points, laws });
    const circles = circlesOf(svg);
    expect(circles).toHaveLength(3);
    const [fit] = findAll(plotOf(svg), 'path').filter(
      ({ attributes }) =>
        attributes['stroke-width'] === '2' &&
        attributes['stroke-dasharray'] === undefined &&
        verticesOf(attributes['d']).length === 2,
    );
    const ends = verticesOf(fit.attributes['d']);
    expect(ends[0][1]).toBeCloseTo(circles[0][1], 1);
    expect(ends[1][1]).toBeCloseTo(circles[2][1], 1);
    expect((ends[0][1] + ends[1][1]) / 2).toBeCloseTo(circles[1][1], 1);
    expect(textsOf(svg)).toContain('fit: exponent −0.50 [−0.62, −0.38]');
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['16', '64', '256', 't = 0', 't = 5']));
  });

  it('draw a guide of slope −1 exactly: a factor in width is that factor in height', () => {
    const svg = lawFigure({ points, laws });
    const guide = findAll(plotOf(svg), 'path').find(
      ({ attributes }) => attributes['stroke-dasharray'] === '2 4',
    );
    const [[x0, y0], [x1, y1]] = verticesOf(guide?.attributes['d'] ?? '');
    const circles = circlesOf(svg);
    // The data fall by 16^(1/2) over the same widths, half the logarithm.
    expect(y1 - y0).toBeCloseTo(2 * (circles[2][1] - circles[0][1]), 1);
    expect([x0, x1]).toEqual([circles[0][0], circles[2][0]]);
    expect(textsOf(svg)).toContain('slope −1');
  });

  it('draw one width without fit and guide, and zero fluctuations as left out', () => {
    const one = lawFigure({ points: [point(64, 5, {})], laws: [laws[1]] });
    expect(textsOf(one).join()).not.toMatch(/fit|slope/);
    expect(circlesOf(one)).toHaveLength(1);
    const none = { scaled: 0, ciLow: 0, ciHigh: 0 };
    const zero = lawFigure({ points: [point(8, 5, none), point(16, 5, none)], laws: [laws[1]] });
    expect(textsOf(zero)).toContain('no values to draw');
  });

  it('show the last time above the float32 floor, and fit without what lies at the floor', () => {
    const floor = { scaled: 1e-12, ciLow: 1e-13, ciHigh: 1e-11, isResolved: false };
    const late = [16, 64, 256].map((m) => point(m, 9, floor));
    const svg = lawFigure({
      points: [...points, ...late],
      laws: [...laws, lawOf(9, { unresolved: [16, 64, 256] })],
    });
    expect(textsOf(svg)).toContain('t = 5');
    expect(textsOf(svg)).not.toContain('t = 9');
    expect(textsOf(fluctuationFigure([...points, ...late])).join()).toContain(
      '3 values are at the floor of float32 rounding.',
    );
  });

  it('show every width in the legend, and a prediction once for all widths', () => {
    const known = [16, 64].map((m) => point(m, 0, { predicted: 1.5, predictedSe: 0 }));
    const svg = fluctuationFigure(known);
    const texts = textsOf(svg);
    expect(texts).toEqual(expect.arrayContaining(['m = 16', 'm = 64', 'predicted']));
    const ink = findAll(plotOf(svg), 'g').filter(
      ({ attributes }) => attributes['class'] !== undefined,
    );
    // One bar and one marker.
    expect(ink.map(({ children }) => children.length)).toEqual([2]);
    expect(textsOf(fluctuationFigure(points))).not.toContain('predicted');
  });
});

describe('the figure of training and test samples', () => {
  it('puts both constants of a time in one column, the test one higher by its factor', () => {
    const constant = (estimate: number) => ({
      estimate,
      ci: [estimate, estimate] as [number, number],
    });
    const laws = [1, 2].map((time) =>
      lawOf(time, {
        constant: { ...constant(time === 1 ? 1 : 0.01), predicted: null },
        testConstant: { ...constant(1), predicted: null },
      }),
    );
    const svg = testFigure(laws, []);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['training samples', 'test samples']));
    // Circles are the training samples: two decades, with 5 % free at each end.
    const [[x0, y0], [x1, y1]] = circlesOf(svg);
    expect(y1 - y0).toBeCloseTo(320 / 1.1, 1);
    const squares = findAll(plotOf(svg), 'path').map(
      ({ attributes }) => attributes['transform'] ?? '',
    );
    expect(squares.filter((place) => place !== '')).toEqual([
      `translate(${x0} ${y0})`,
      `translate(${x1} ${y0})`,
    ]);
  });
});

describe('the quantile figure', () => {
  const directionOf = (values: number[]) => ({ share: 0.7, values, statistic: 0.2, p: 0.8 });

  it('puts numbers that are normal quantiles on the diagonal, and others off it', () => {
    // Φ⁻¹ of (i + 5/8)/(n + 1/4) for n = 3: Φ(−0.86942) = 5/26.
    const svg = quantileFigure({
      width: 64,
      time: 5,
      tested: 3,
      p: 0.8,
      directions: [directionOf([-0.86942, 0, 0.86942])],
    });
    const side = Number(plotOf(svg).attributes['width']);
    for (const [x, y] of circlesOf(svg)) expect(x / side).toBeCloseTo(1 - y / 320, 3);
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['normal', 'direction 1: 70 % of V̂, p = 0.8']),
    );
    const bent = quantileFigure({
      width: 64,
      time: 5,
      tested: 3,
      p: 0.8,
      directions: [directionOf([-0.8, -0.6, 1.4])],
    });
    const [, [x, y]] = circlesOf(bent);
    expect(y / 320).toBeGreaterThan(1 - x / side + 0.1);
  });

  it('draws 400 of many replicas, the extremes among them', () => {
    const values = Array.from({ length: 5000 }, (_, i) => (i - 2499.5) / 1443);
    const svg = quantileFigure({
      width: 8,
      time: 1,
      tested: 5000,
      p: 1,
      directions: [directionOf(values)],
    });
    expect(circlesOf(svg)).toHaveLength(400);
    const heights = circlesOf(svg).map(([, y]) => y);
    // The normal scores reach ±3.6, the uniform numbers ±1.73.
    expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(100);
  });
});

describe('the fit figure', () => {
  it('draws data and network over the input in one dimension', () => {
    const svg = fitFigure({
      dimension: 1,
      train: { x: [2, 0, 1], y: [0, 0, 4], f: [3, 1, 2] },
      test: null,
      inputTitle: 'year',
    });
    const width = Number(plotOf(svg).attributes['width']);
    const circles = circlesOf(svg);
    expect(circles[2][0]).toBeCloseTo(width / 2, 1);
    // Without a grid the outputs are joined in the order of the inputs: 1, 2, 3 rise evenly.
    const line = findAll(plotOf(svg), 'path').find(({ attributes }) => attributes['stroke-width']);
    const [[, y0], [, y1], [, y2]] = verticesOf(line?.attributes['d'] ?? '');
    expect(y0 - y1).toBeCloseTo(y1 - y2, 1);
    expect(y0).toBeGreaterThan(y2);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['year', 'y', 'network f']));
  });

  it('draws predicted over true values in more, exact predictions on the diagonal', () => {
    const exact = { x: [], y: [1, 2, 5], f: [1, 2, 5] };
    const svg = fitFigure({ dimension: 3, train: exact, test: { x: [], y: [3], f: [4] } });
    const width = Number(plotOf(svg).attributes['width']);
    for (const [x, y] of circlesOf(svg)) expect(x / width).toBeCloseTo(1 - y / 320, 3);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['training samples', 'test samples']));
  });

  it('draws 2000 of many samples and says so', () => {
    const y = Float32Array.from({ length: 5001 }, (_, i) => i);
    const svg = fitFigure({ dimension: 2, train: { x: [], y, f: y }, test: null });
    expect(circlesOf(svg)).toHaveLength(2000);
    expect(textsOf(svg)).toContain('2000 of 5001 training samples are drawn.');
  });
});

describe('the cloud figure', () => {
  it('draws particles at (a, b) with area growing with |c|, the first replica only', () => {
    const svg = cloudFigure({
      dimension: 1,
      width: 3,
      replicas: 2,
      a: Float32Array.of(0, 1, 2, 9, 9, 9),
      b: Float32Array.of(0, 1, 2, 9, 9, 9),
      c: Float32Array.of(4, 1, -4, 9, 9, 9),
      weight: new Float32Array(6).fill(1),
    });
    const marks = findAll(plotOf(svg), 'circle').map(({ attributes }) => Number(attributes['r']));
    expect(marks).toEqual([7, 4.25]); // 1.5 + 5.5 √(|c|/4)
    expect(textsOf(svg)).toContain('3 of 3 particles are drawn; the largest |c| is 4.');
  });
});
