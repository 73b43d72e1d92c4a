// What a live chart makes of its data before it draws: gaps, ranges and ticks.
import { describe, expect, it } from 'vitest';
import {
  chartCsv,
  joinSeries,
  labelTicks,
  logTicks,
  rangeOf,
  tableOf,
  type ChartSeries,
} from '../../src/ui/chart-data.ts';

const LINEAR = { kind: 'linear', title: 'x' } as const;
const LOG = { kind: 'log', title: 'y' } as const;
const series = (label: string, x: number[], y: number[]): ChartSeries => ({
  label,
  x,
  y,
  color: 0,
});

describe('the columns of a live chart', () => {
  it('leave out as gaps what has no place on a log axis', () => {
    const x = [0, 1, 2, 3, 4];
    const parts = [series('a', x, [1, 0, -1, NaN, 5]), series('b', x, [Infinity, 2, 3, 4, 1e200])];
    expect(joinSeries(parts, LINEAR, LOG)).toEqual([
      x,
      [1, null, null, null, 5],
      [null, 2, 3, 4, null],
    ]);
  });

  it('drop the rows that have no place on a log axis of x', () => {
    const x = [0, 1, 10];
    expect(joinSeries([series('a', x, [7, 8, 9])], LOG, LINEAR)).toEqual([
      [1, 10],
      [8, 9],
    ]);
  });

  it('join series over different x in ascending order', () => {
    const parts = [series('a', [3, 1], [30, 10]), series('b', [2, 1], [20, NaN])];
    expect(joinSeries(parts, LINEAR, LINEAR)).toEqual([
      [1, 2, 3],
      [10, undefined, 30],
      [null, 20, undefined],
    ]);
  });

  it('hold no row where there is no series', () => {
    expect(joinSeries([], LINEAR, LOG)).toEqual([[]]);
  });
});

describe('the axes of a live chart', () => {
  it('reach around error bars and guides, not around what is not drawn', () => {
    const bars = { ...series('a', [1, 2], [3, 0]), low: [0, 1], high: [4, 100] };
    const [low, high] = rangeOf({ series: [bars], guides: [{ axis: 'y', value: 0.01 }] }, 'y', LOG);
    expect(low).toBeGreaterThan(0.001);
    expect(low).toBeLessThan(0.01);
    expect(high).toBeGreaterThan(100);
    expect(high).toBeLessThan(1000);
  });

  it('have a width where all values are equal and where there are none', () => {
    for (const values of [[5, 5], [], [NaN]]) {
      for (const axis of [LINEAR, LOG]) {
        const [low, high] = rangeOf({ series: [series('a', values, values)] }, 'y', axis);
        expect(high).toBeGreaterThan(low);
        if (axis === LOG) expect(low).toBeGreaterThan(0);
      }
    }
  });

  it('tick powers of ten, then 1-2-5, then even steps', () => {
    expect(logTicks(1e-3, 1e3, 4)).toEqual([1e-2, 1, 1e2]);
    expect(logTicks(0.9, 60, 6)).toEqual([1, 2, 5, 10, 20, 50]);
    expect(logTicks(1.05, 1.45, 4)).toHaveLength(4);
    for (const value of logTicks(1.05, 1.45, 4))
      expect(value * 10).toBeCloseTo(Math.round(value * 10));
  });

  it('label every tick with its own value', () => {
    expect(labelTicks([0, 0.1, 0.2, 0.30000000000000004])).toEqual(['0', '0.1', '0.2', '0.3']);
    expect(labelTicks([1, 1.25, 1.5, 1.75])).toEqual(['1', '1.25', '1.5', '1.75']);
    expect(labelTicks([-0.1, 1e-17, 0.1])).toEqual(['−0.1', '0', '0.1']);
    expect(new Set(labelTicks([1.0001, 1.0002, 1.0003])).size).toBe(3);
  });
});

describe('the table of a live chart', () => {
  it('has a column for every series and for the ends of its error bars', () => {
    const bars = { ...series('a, b', [1], [3]), low: [2], high: [4] };
    const data = { summary: '', x: LINEAR, y: LOG, series: [bars, series('c', [2], [-5])] };
    expect(tableOf(data).head).toEqual(['x', 'a, b', 'a, b, low', 'a, b, high', 'c']);
    expect(chartCsv(data)).toBe('x,"a, b","a, b, low","a, b, high",c\n1,3,2,4,\n2,,,,-5\n');
  });
});
