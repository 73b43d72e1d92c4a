// Reports: self-contained, well-formed, honest in words about what the numbers say.
import { describe, expect, it } from 'vitest';
import type { FluctuationPoint, FluctuationResult } from '../../src/observables/fluctuation.ts';
import type { HistoryRow } from '../../src/observables/history.ts';
import { describeVerdict, fluctuationReport, trainReport } from '../../src/record/report.ts';
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
  moments: { meanC: 0, meanC2: 1, meanA2: 1, meanB2: 1, totalVariation: 1, penalty: 0 },
});

function result(ci: [number, number] | null): FluctuationResult {
  const widths = ci === null ? [64] : [64, 256];
  const points = widths.flatMap((width) =>
    [0, 5].map((time): FluctuationPoint => ({
      width,
      replicas: 50,
      time,
      scaled: 0.5 + time,
      ciLow: 0.4 + time,
      ciHigh: 0.6 + time,
      predicted: time === 0 ? 0.51 : null,
      predictedSe: time === 0 ? 0 : null,
    })),
  );
  const exponent = ci === null ? null : { estimate: (ci[0] + ci[1]) / 2, ci };
  return {
    points,
    laws: [0, 5].map((time) => ({
      time,
      exponent,
      constant: { estimate: 0.5 + time, ci: [0.4 + time, 0.6 + time], predicted: null },
    })),
    losses: widths.map((width) => ({ width, time: [0, 5], mean: [1, 0.1], se: [0.01, 0.02] })),
  };
}

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
};

describe.each([
  ['training', trainReport(TRAIN), 3],
  ['fluctuations', fluctuationReport({ ...FACTS, result: result([-1.2, -0.9]) }), 3],
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
    expect(describeVerdict({ estimate: -1, ci: [-1.1, -0.9] })).toBe('the interval contains −1');
    expect(describeVerdict({ estimate: -1.05, ci: [-1.1, -1] })).toBe('the interval contains −1');
    for (const ci of [
      [-0.99, -0.5],
      [-2, -1.01],
    ] as [number, number][]) {
      expect(describeVerdict({ estimate: ci[0], ci })).toBe('the interval does not contain −1');
    }
    const text = textOf(parseXml(fluctuationReport({ ...FACTS, result: result([-0.7, -0.5]) })));
    expect(text).toContain(
      'exponent −0.60, 95 % interval [−0.70, −0.50]: the interval does not contain −1',
    );
  });

  it('tabulates every width at the last time and every time', () => {
    const page = parseXml(fluctuationReport({ ...FACTS, result: result([-1.2, -0.9]) }));
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
    const text = textOf(parseXml(fluctuationReport({ ...FACTS, result: result(null) })));
    expect(text).toContain('no exponent can be fitted, since this takes two widths or more.');
  });
});
