// Reports: self-contained, well-formed, honest in words about what the numbers say.
import { describe, expect, it } from 'vitest';
import type { FluctuationResult } from '../../src/observables/fluctuation.ts';
import type { HistoryRow } from '../../src/observables/history.ts';
import { fluctuationReport } from '../../src/record/fluctuation-report.ts';
import { trainReport } from '../../src/record/report.ts';
import { lawOf, pointOf } from '../helpers/fluctuation.ts';
import { findAll, parseXml, type Element } from '../helpers/xml.ts';

const FACTS = {
  problem: 'a & b <i>, d = 1',
  dimension: 1,
  samples: 3,
  testSamples: 2,
  steps: 20,
  dt: 0.5,
  adapter: { name: 'some adapter', software: true },
  command: 'meanfield train --set problem.path="a b.csv" --seed 7',
  config: { seed: 7, problem: { kind: 'file', path: '</pre><script>alert(1)</script>' } },
  package: { name: 'meanfield', version: '1.2.3' },
};

const row = (step: number, loss: number, testLoss: number): HistoryRow => ({
  step,
  time: step / 2,
  loss,
  objective: loss,
  testLoss,
  patternsChanged: step / 40,
  moments: {
    meanC: 0,
    meanC2: 1,
    meanA2: 1,
    meanB2: 1,
    totalVariation: 1,
    squaredNorm: 1,
    penalty: 0,
  },
});

function result(ci: [number, number] | null): FluctuationResult {
  const widths = ci === null ? [64] : [64, 256];
  const points = widths.flatMap((width) =>
    [0, 5].map((time) =>
      pointOf(width, time, {
        replicas: 50,
        scaled: 0.5 + time,
        ciLow: 0.4 + time,
        ciHigh: 0.6 + time,
        predicted: time === 0 ? 0.51 : null,
        predictedSe: time === 0 ? 0 : null,
        deviation: time === 0 ? -0.2 : null,
      }),
    ),
  );
  const exponent = ci === null ? null : { estimate: (ci[0] + ci[1]) / 2, ci };
  return {
    points,
    laws: [0, 5].map((time) =>
      lawOf(time, {
        exponent,
        constant: { estimate: 0.5 + time, ci: [0.4 + time, 0.6 + time], predicted: null },
      }),
    ),
    gaussianity: null,
    losses: widths.map((width) => ({ width, time: [0, 5], mean: [1, 0.1], se: [0.01, 0.02] })),
    totalVariations: widths.map((width) => ({
      width,
      time: [0, 5],
      mean: [1, 2],
      se: [0.01, 0.02],
    })),
    twoNorms: widths.map((width) => ({ width, time: [0, 5], mean: [2, 3], se: [0.01, 0.02] })),
  };
}

/** The only penalty. */
const partsOf = (one: FluctuationResult) => [
  { penalty: { kind: 'none', strength: 0 }, result: one },
];

/** Text as a reader sees it: a space that forbids a line break is a space. */
const textOf = (element: Element): string =>
  [element.text, ...element.children.map((child) => textOf(child))]
    .join(' ')
    .replaceAll('\u00a0', ' ');

const cellsOf = (table: Element): string[][] =>
  findAll(table, 'tr').map((line) => line.children.map(({ text }) => text));

const FIT = {
  dimension: 1,
  train: { x: [0, 1, 2], y: [0, 1, 2], f: [0, 1, 2] },
  test: { x: [3, 4], y: [3, 4], f: [3, 4] },
};
const CLOUD = {
  dimension: 1,
  width: 2,
  replicas: 1,
  a: Float32Array.of(1, 2),
  b: Float32Array.of(1, 2),
  c: Float32Array.of(1, -2),
  weight: Float32Array.of(1, 1),
};
const TRAIN = {
  ...FACTS,
  width: 2,
  history: [row(0, 1, 2), row(20, 0.01, 0.05)],
  baseline: { train: 0.5, test: 0.2 },
  fit: FIT,
  particles: CLOUD,
  regime: 'Regime number Λ = 0.01.',
};

describe.each([
  ['training', trainReport(TRAIN), 3],
  ['fluctuations', fluctuationReport({ ...FACTS, parts: partsOf(result([-1.2, -0.9])) }), 5],
])('the report of %s', (_, html, figures) => {
  const page = parseXml(html);

  it('is one well-formed page with a language, a title and labelled figures', () => {
    expect(html.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    expect(findAll(page, 'title')[0].text).toContain('a & b <i>, d = 1');
    const charts = findAll(page, 'figure').map((figure) => findAll(figure, 'svg')[0]);
    expect(charts).toHaveLength(figures);
    for (const chart of charts) {
      expect(chart.attributes['role']).toBe('img');
      expect(chart.attributes['aria-label']?.length).toBeGreaterThan(20);
      expect(chart.children[0].name).toBe('title');
    }
    expect(findAll(page, 'figcaption').every(({ text }) => text.length > 30)).toBe(true);
  });

  it('runs no script and asks for nothing from anywhere', () => {
    const names = ['script', 'link', 'img', 'iframe', 'object', 'base', 'a', 'image', 'use'];
    expect(names.filter((name) => findAll(page, name).length > 0)).toEqual([]);
    expect(html).not.toMatch(/url\(|@import|\bsrc=|\bhref=|javascript:| on\w+=/);
    const addresses = html.match(/\w+:\/\/[^"\s]+/g) ?? [];
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg']));
  });

  it('shows the command and the whole configuration as they are', () => {
    const [command, config] = findAll(page, 'code').map(({ text }) => text);
    expect(command).toBe(FACTS.command);
    expect(JSON.parse(config)).toEqual(FACTS.config);
  });

  it('holds no number that is none', () => {
    expect(html).not.toMatch(/NaN|Infinity|undefined|null/);
  });
});

describe('the report of training', () => {
  it('tells the losses, and sets the test loss beside the baseline', () => {
    const page = parseXml(trainReport(TRAIN));
    const text = textOf(page);
    expect(text).toContain('Regime number Λ = 0.01.');
    expect(text).toContain('went from 1 to 0.01; the test loss is 0.05.');
    expect(text).toContain('This test loss lies 4 times below that of an affine');
    expect(text).not.toContain('interrupted');
    expect(cellsOf(findAll(page, 'table')[0])).toEqual([
      ['', 'training', 'test'],
      ['Network at the start', '1', '2'],
      ['Network at the end', '0.01', '0.05'],
      ['Affine least squares', '0.5', '0.2'],
    ]);
  });

  it('says when the baseline wins, and when the run was interrupted', () => {
    const html = trainReport({ ...TRAIN, history: [row(0, 1, NaN), row(5, 0.75, NaN)] });
    const text = textOf(parseXml(html));
    expect(text).toContain('This training loss lies 1.5 times above that of an affine');
    expect(text).toContain('The run was interrupted at step 5 of 20.');
  });

  it('leaves out what is not given', () => {
    const page = parseXml(trainReport({ ...FACTS, width: 2, history: [row(0, 1, NaN)] }));
    expect(findAll(page, 'figure')).toHaveLength(1);
    expect(textOf(page)).not.toContain('least-squares');
    expect(cellsOf(findAll(page, 'table')[0])[0]).toEqual(['', 'training']);
  });
});

describe('the report of fluctuations', () => {
  it('says whether the interval of the exponent contains −1', () => {
    const text = textOf(
      parseXml(fluctuationReport({ ...FACTS, parts: partsOf(result([-0.7, -0.5])) })),
    );
    expect(text).toContain(
      'exponent −0.60, 95 % interval [−0.70, −0.50]: the interval does not contain −1',
    );
  });

  it('tabulates every width at the last time and every time', () => {
    const page = parseXml(fluctuationReport({ ...FACTS, parts: partsOf(result([-1.2, -0.9])) }));
    const [widths, times] = findAll(page, 'table').map(cellsOf);
    expect(widths).toEqual([
      ['width m', 'replicas', 'm·V̂', '95 % interval'],
      ['64', '50', '5.50', '[5.40, 5.60]'],
      ['256', '50', '5.50', '[5.40, 5.60]'],
    ]);
    expect(times.map(([time]) => time)).toEqual(['time t', '0', '5']);
    expect(times[2].slice(1, 4)).toEqual(['−1.05', '[−1.20, −0.90]', '5.50']);
  });

  it('says why one width gives no exponent', () => {
    const text = textOf(parseXml(fluctuationReport({ ...FACTS, parts: partsOf(result(null)) })));
    expect(text).toContain('no exponent can be fitted, since this takes two widths or more.');
  });

  it('shows what was tested: dimension, test samples, χ² and prediction as columns, two figures more', () => {
    const plain = result([-1.2, -0.9]);
    const html = fluctuationReport({
      ...FACTS,
      parts: partsOf({
        ...plain,
        points: plain.points.map((point) => ({
          ...point,
          effectiveDimension: 2.6,
          scaledTest: 7,
          testCiLow: 6,
          testCiHigh: 8,
        })),
        laws: plain.laws.map((law) => ({
          ...law,
          testConstant: { estimate: 7, ci: [6, 8], predicted: 6.5 },
          collapse: { statistic: 9.21, degrees: 1, p: 0.0024, ratio: 1.5 },
          agreement: law.time === 0 ? { difference: 0.02, se: 0.01, deviation: 2 } : null,
        })),
        gaussianity: {
          width: 256,
          time: 5,
          tested: 25,
          p: 0.6,
          directions: [{ share: 1, values: [-1, 0, 1], statistic: 0.3, p: 0.6 }],
        },
      }),
    });
    const page = parseXml(html);
    const [widths, , tests, offData] = findAll(page, 'table').map(cellsOf);
    expect(widths[1]).toEqual(['64', '50', '5.50', '[5.40, 5.60]', '2.6', '7']);
    expect(offData[2]).toEqual(['5', '5.50', '[5.40, 5.60]', '7.0', '[6.0, 8.0]', '6.5']);
    expect(tests).toEqual([
      ['time t', 'χ² of widths', 'degrees', 'p', 'widths', 'measured against predicted'],
      ['0', '9.21', '1', '0.0024', 'differ', '+2 ± 1 % (2 standard errors)'],
      ['5', '9.21', '1', '0.0024', 'differ', '–'],
    ]);
    const titles = findAll(page, 'figure').map((figure) => findAll(figure, 'title')[0].text);
    expect(titles).toHaveLength(7);
    expect(titles.slice(-2)).toEqual(['Total variation over time', '2-norm over time']);
    expect(titles[2]).toBe('Fluctuation at training and at test samples');
    expect(titles[3]).toBe('Quantiles of √m (f_m − f), m = 256, t = 5');
    expect(html).not.toMatch(/NaN|Infinity|undefined|null/);
  });
});
