// Axes, numbers and charts: values stand where they belong, and each has a place or is counted as left out.
import { describe, expect, it } from 'vitest';
import { linearTicks, logTicks, makeAxis } from '../../src/record/axis.ts';
import { drawChart } from '../../src/record/chart.ts';
import { makeTimeAxis } from '../../src/record/figures.ts';
import { formatEstimate, formatNumber } from '../../src/record/number.ts';
import { circlesOf, plotOf, textsOf, verticesOf } from '../helpers/chart.ts';
import { findAll, parseXml } from '../helpers/xml.ts';

const labelled = (ticks: { label: string }[]): string[] =>
  ticks.map(({ label }) => label).filter((label) => label !== '');

describe('axes', () => {
  it('place values of a log axis by their logarithm', () => {
    const axis = makeAxis({ kind: 'log', title: '' }, [1, 1e4], [320, 0], 6);
    // 5 % of four decades are free at each end: the axis runs from 10^-0.2 to 10^4.2.
    expect(axis.domain[0]).toBeCloseTo(10 ** -0.2, 12);
    expect(axis.domain[1]).toBeCloseTo(10 ** 4.2, 8);
    expect(axis.position(100)).toBeCloseTo(160, 9);
    expect(axis.position(10)).toBeCloseTo(320 * (1 - 1.2 / 4.4), 9);
  });

  it('place values of a linear axis in proportion', () => {
    const axis = makeAxis({ kind: 'linear', title: '' }, [-10, 30, NaN, Infinity], [0, 440], 6);
    expect(axis.domain).toEqual([-12, 32]);
    expect(axis.position(10)).toBe(220);
    expect(axis.position(-12)).toBe(0);
    expect([NaN, Infinity, -1].map((value) => axis.accepts(value))).toEqual([false, false, true]);
  });

  it('take no zero, negative or infinite value on a log axis', () => {
    const axis = makeAxis({ kind: 'log', title: '' }, [0, -3, NaN, Infinity, 5], [0, 100], 6);
    expect(axis.position(5)).toBeCloseTo(50, 9);
    expect([0, -3, NaN, Infinity, 5e-324, 5].filter((value) => axis.accepts(value))).toEqual([5]);
  });

  it('write powers of ten, thinned to whole strides where they are many', () => {
    expect(labelled(logTicks(1e-3, 100, 6))).toEqual(['10⁻³', '10⁻²', '10⁻¹', '1', '10', '10²']);
    const wide = logTicks(1e-30, 1, 6);
    expect(labelled(wide)).toEqual(['10⁻³⁰', '10⁻²⁴', '10⁻¹⁸', '10⁻¹²', '10⁻⁶', '1']);
    expect(wide.filter(({ label }) => label === '')).toHaveLength(25);
  });

  it('write 1, 2, 5 within three decades and even steps within a factor of four', () => {
    expect(labelled(logTicks(0.03, 3, 6))).toEqual(['0.05', '0.1', '0.2', '0.5', '1', '2']);
    expect(labelled(logTicks(0.95, 1.25, 6))).toEqual([
      '0.95',
      '1.00',
      '1.05',
      '1.10',
      '1.15',
      '1.20',
      '1.25',
    ]);
  });

  it('write linear ticks with the decimals of their step and a true minus sign', () => {
    expect(labelled(linearTicks(-1, 1, 5))).toEqual(['−1.0', '−0.5', '0', '0.5', '1.0']);
    expect(labelled(linearTicks(0, 2e-7, 4))).toEqual([
      '0',
      '5·10⁻⁸',
      '10⁻⁷',
      '1.5·10⁻⁷',
      '2·10⁻⁷',
    ]);
    expect(labelled(linearTicks(2e6, 3e6, 2))).toEqual(['2·10⁶', '2.5·10⁶', '3·10⁶']);
  });

  it('give early times room by a log axis with zero at its left end', () => {
    const even = makeTimeAxis([0, 1, 2, 3, 4, 5]);
    expect(even.options.kind).toBe('linear');
    expect(even.place(0)).toBe(0);
    const early = makeTimeAxis([0, 0.1, 0.3, 1, 10]);
    expect(early.options.kind).toBe('log');
    expect(early.place(0)).toBeGreaterThan(0);
    expect(early.place(0)).toBeLessThan(0.1);
    expect(early.place(0.3)).toBe(0.3);
    expect(early.options.ticks?.[0]).toEqual({ value: early.place(0), label: '0' });
    expect(labelled([...(early.options.ticks ?? [])])).toEqual([
      '0',
      '0.1',
      '0.2',
      '0.5',
      '1',
      '2',
      '5',
      '10',
      '20',
      '50',
    ]);
  });
});

describe('numbers for people', () => {
  it('have four digits, powers of ten far from one, and signs for what is no number', () => {
    const values = [0, 0.000123456, 1.23456e-5, -1234567, 123456, 1e-9, NaN, -Infinity, 9.99999];
    expect(values.map((value) => formatNumber(value))).toEqual([
      '0',
      '0.0001235',
      '1.235·10⁻⁵',
      '−1.235·10⁶',
      '123456',
      '10⁻⁹',
      '–',
      '−∞',
      '10',
    ]);
  });

  it('show an estimate with the decimals that its interval leaves', () => {
    expect(formatEstimate(-1.0134, [-1.0822, -0.9411])).toEqual(['−1.013', '−1.082', '−0.941']);
    expect(formatEstimate(123.456, [99.9, 150.1])).toEqual(['123', '100', '150']);
    expect(formatEstimate(2, [1, Infinity])).toEqual(['2', '1', '∞']);
    expect(formatEstimate(2, [2, 2])).toEqual(['2', '2', '2']);
  });
});

describe('charts', () => {
  const base = {
    title: 'a <b> & "c"',
    description: 'text',
    x: { kind: 'linear', title: 'x' },
    y: { kind: 'log', title: 'y' },
  } as const;

  it('draw every value at its pixel and count those without a place', () => {
    const svg = drawChart({
      ...base,
      series: [{ x: [0, 1, 2, 3, 4], y: [1, 100, 0, NaN, 1e4], color: 0, marker: true }],
    });
    const width = Number(plotOf(svg).attributes['width']);
    const at = (share: number): number => Math.round(width * share * 100) / 100;
    // The x axis runs from −0.2 to 4.2.
    expect(circlesOf(svg)).toEqual([
      [at(0.2 / 4.4), 305.45],
      [at(1.2 / 4.4), 160],
      [at(4.2 / 4.4), 14.55],
    ]);
    expect(textsOf(svg)).toContain('2 values are zero, negative or not finite and not drawn.');
  });

  it('give both axes of a square plot one scale', () => {
    const linear = { kind: 'linear', title: '' } as const;
    const series = [{ x: [0, 4], y: [10, 12], color: 0, marker: true }];
    const svg = drawChart({ ...base, x: linear, y: linear, square: true, series });
    const [[x0, y0], [x1, y1]] = circlesOf(svg);
    expect(plotOf(svg).attributes['width']).toBe(plotOf(svg).attributes['height']);
    expect((y0 - y1) / (x1 - x0)).toBeCloseTo(0.5, 4);
    // The shorter way lies in the middle.
    expect(y0 + y1).toBeCloseTo(Number(plotOf(svg).attributes['height']), 1);
  });

  it('draw every piece of an interrupted line, however many there are', () => {
    const x = Array.from({ length: 3000 }, (_, k) => (k % 3 === 2 ? NaN : k));
    const y = x.map((value) => 1 + (value % 3));
    const svg = drawChart({ ...base, series: [{ x, y, color: 0, line: 'solid', gaps: true }] });
    const [path] = findAll(plotOf(svg), 'path');
    expect(path.attributes['d'].match(/M/g)).toHaveLength(1000);
    expect(verticesOf(path.attributes['d'])).toHaveLength(2000);
  });

  it('escape every text and are well-formed XML', () => {
    const svg = drawChart({
      ...base,
      series: [
        { label: '<script>&\u0000"', x: [1], y: [1], color: 0, line: 'solid', note: '</g>' },
      ],
    });
    expect(textsOf(svg)).toContain('a <b> & "c"');
    expect(textsOf(svg)).toContain('<script>&"');
    expect(findAll(parseXml(svg), 'svg')[0].attributes['aria-label']).toBe('a <b> & "c". text');
    expect(svg).not.toContain('<script');
  });

  it('say so when there is nothing to draw', () => {
    const svg = drawChart({ ...base, series: [{ x: [1, 2], y: [0, -1], color: 0, marker: true }] });
    expect(textsOf(svg)).toContain('no values to draw');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('run the bar of an interval to the edge where its end has no place on the axis', () => {
    const svg = drawChart({
      ...base,
      series: [{ x: [1], y: [1], low: [0], high: [Infinity], color: 0, interval: 'bars' }],
    });
    const bar = findAll(plotOf(svg), 'path')[0].attributes['d'];
    const [, bottom, top] = /^M[\d.]+ ([-\d.]+)V([-\d.]+)/.exec(bar) ?? [];
    expect(Number(bottom)).toBeGreaterThan(320);
    expect(Number(top)).toBeLessThan(0);
  });

  it('keep a lone peak when a long line is drawn with fewer points', () => {
    const n = 100_000;
    const y = Array.from({ length: n }, (_, i) => (i === 77_777 ? 1000 : 1));
    const x = y.map((_, i) => i);
    const svg = drawChart({ ...base, series: [{ x, y, color: 0, line: 'solid' }] });
    const heights = verticesOf(findAll(plotOf(svg), 'path')[0].attributes['d']).map(([, h]) => h);
    // The axis runs from 10^-0.15 to 10^3.15, the peak stands at 10^3.
    expect(Math.min(...heights)).toBe(14.55);
    expect(heights.length).toBeLessThan(1500);
  });

  it('wrap a legend that is too wide, and never write two labels over each other', () => {
    const series = Array.from({ length: 12 }, (_, color) => ({
      label: `m = ${2 ** (color + 5)}`,
      x: [1],
      y: [1],
      color,
      marker: true,
    }));
    const root = parseXml(drawChart({ ...base, series }));
    const places = findAll(root, 'text').filter(({ text }) => text.startsWith('m = '));
    const keys = places.map(({ attributes: { x, y } }) => `${x} ${y}`);
    expect(new Set(keys).size).toBe(12);
    expect(Math.max(...places.map(({ attributes }) => Number(attributes['x'])))).toBeLessThan(680);
  });

  it('are the same text for the same data', () => {
    const chart = { ...base, series: [{ x: [1, 2], y: [1, 2], color: 3, marker: true }] };
    expect(drawChart(chart)).toBe(drawChart(chart));
  });
});
