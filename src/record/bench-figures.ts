// The figures of a benchmark: time of a step against m, s and d, and shares of the limits.
import type { BenchResult, CaseResult, Clock, Row, Shares } from '../bench-result.ts';
import { drawChart } from './chart.ts';
import type { Series } from './series.ts';

/** A picture with the end of its file name. */
export interface BenchFigure {
  readonly suffix: string;
  readonly alt: string;
  readonly svg: string;
}

/** All figures that have something to show. */
export function benchFigures(result: BenchResult): BenchFigure[] {
  const widths = widthSeries(result);
  const samples = sampleSeries(result);
  const kernels = kernelSeries(result);
  const shares = shareSeries(result);
  const { name } = result.adapter;
  const time = {
    kind: 'log',
    title: 'milliseconds of one step, wall time, median and quartiles',
  } as const;
  const figures = [
    {
      suffix: 'width',
      alt: 'Time of a step against the width',
      series: widths,
      x: { kind: 'log', title: 'width m' } as const,
      y: time,
      notes: [name, 's = 1000.'],
    },
    {
      suffix: 'samples',
      alt: 'Time of a step against the samples',
      series: samples,
      x: { kind: 'log', title: 'samples s' } as const,
      y: time,
      notes: [name],
    },
    {
      suffix: 'dimension',
      alt: 'Time per pair against the dimension',
      series: kernels,
      x: { kind: 'log', title: 'dimension d', ticks: dimensionTicks(result) } as const,
      y: {
        kind: 'log',
        title: `nanoseconds per particle and sample, ${CLOCKS[result.clock]}`,
      } as const,
      notes: [name],
    },
    {
      suffix: 'shares',
      alt: 'Shares of the limits against the dimension',
      series: shares,
      x: { kind: 'log', title: 'dimension d', ticks: dimensionTicks(result) } as const,
      y: { kind: 'linear', title: `% of the limit, ${CLOCKS[result.clock]}` } as const,
      notes: [
        name,
        'FMA peak and copy were measured beside every kernel; the instruction floor counts multiply-adds, additions and comparisons at that peak.',
      ],
    },
  ];
  return figures
    .filter(({ series }) => series.some(({ x }) => x.length > 1))
    .map(({ suffix, alt, series, x, y, notes }) => ({
      suffix,
      alt: `${alt}, ${name}`,
      svg: drawChart({ title: alt, description: `${alt} on ${name}.`, x, y, series, notes }),
    }));
}

const CLOCKS: Record<Clock, string> = {
  device: 'device time',
  cpu: 'processor time',
  wall: 'wall time',
};

interface Point {
  readonly x: number;
  readonly row: Row;
}

function widthSeries({ cases }: BenchResult): Series[] {
  const dense = cases.filter(({ kind, sizes }) => kind === 'step' && sizes?.s === 1000);
  const sorted = cases.filter(({ kind, sizes }) => kind === 'sorted' && sizes?.s === 1000);
  return [
    ...byDimension(dense, 'm'),
    timeSeries('d = 1, sorted', pointsOf(sorted, 'm', 'sorted step'), 5),
  ];
}

function sampleSeries({ cases }: BenchResult): Series[] {
  const steps = cases.filter(({ kind }) => kind === 'step');
  const width = mostCommon(steps.map(({ sizes }) => sizes?.m ?? 0));
  const dense = steps.filter(({ sizes }) => sizes?.m === width);
  const sortedCases = cases.filter(({ kind }) => kind === 'sorted');
  const sortedWidth = mostCommon(sortedCases.map(({ sizes }) => sizes?.m ?? 0));
  const sorted = sortedCases.filter(({ sizes }) => sizes?.m === sortedWidth);
  const name = `d = 1, sorted, m = ${sortedWidth}`;
  return [
    ...byDimension(dense, 's', `, m = ${width}`),
    timeSeries(name, pointsOf(sorted, 's', 'sorted step'), 5),
  ];
}

/** One series per dimension. */
function byDimension(cases: readonly CaseResult[], key: 'm' | 's', ending = ''): Series[] {
  const dimensions = [...new Set(cases.map(({ sizes }) => sizes?.d ?? 0))].sort((x, y) => x - y);
  return dimensions.map((d, n) => {
    const those = cases.filter(({ sizes }) => sizes?.d === d);
    return timeSeries(`d = ${d}${ending}`, pointsOf(those, key, 'step'), n);
  });
}

function pointsOf(cases: readonly CaseResult[], key: 'm' | 's', name: string): Point[] {
  return cases
    .flatMap(({ sizes, rows }) => {
      const row = rows.find((candidate) => candidate.name === name);
      return row === undefined || sizes === null ? [] : [{ x: sizes[key], row }];
    })
    .sort((p, q) => p.x - q.x);
}

function timeSeries(label: string, points: readonly Point[], color: number): Series {
  const of = (key: 'median' | 'low' | 'high'): number[] =>
    points.map(({ row }) => row.timing.wall[key]);
  return {
    ...(points.length > 0 ? { label } : {}),
    x: points.map(({ x }) => x),
    y: of('median'),
    low: of('low'),
    high: of('high'),
    interval: 'bars',
    color,
    line: 'solid',
    marker: true,
  };
}

function kernelSeries({ cases, clock }: BenchResult): Series[] {
  const those = cases.filter(({ kind }) => kind === 'kernels');
  return ['forward', 'velocity', 'step'].map((name, color) => {
    const points = those.flatMap(({ sizes, rows }) => {
      const row = rows.find((candidate) => candidate.name === name);
      if (row === undefined || sizes === null) return [];
      const summary = row.timing[clock] ?? row.timing.wall;
      const scale = 1e6 / (sizes.m * sizes.s);
      return [{ x: sizes.d, ...summary, scale }];
    });
    points.sort((p, q) => p.x - q.x);
    return {
      label: name,
      x: points.map(({ x }) => x),
      y: points.map(({ median, scale }) => median * scale),
      low: points.map(({ low, scale }) => low * scale),
      high: points.map(({ high, scale }) => high * scale),
      interval: 'bars',
      color,
      line: 'solid',
      marker: true,
    };
  });
}

function shareSeries({ cases, clock }: BenchResult): Series[] {
  const those = cases.filter(({ kind }) => kind === 'kernels');
  const make = (
    label: string,
    name: string,
    key: 'peakShare' | 'floorShare' | 'copyShare',
    color: number,
    line: 'solid' | 'dashed',
  ): Series => {
    const points = those.flatMap(({ sizes, rows }) => {
      const shares: Shares | undefined = rows.find((row) => row.name === name)?.[key];
      const share = shares?.[clock] ?? shares?.wall ?? null;
      return share === null || sizes === null ? [] : [{ x: sizes.d, y: 100 * share }];
    });
    points.sort((p, q) => p.x - q.x);
    const [x, y] = [points.map((point) => point.x), points.map((point) => point.y)];
    return { label, x, y, color, line, marker: true };
  };
  return [
    make('forward, of the FMA peak', 'forward', 'peakShare', 0, 'solid'),
    make('velocity, of the FMA peak', 'velocity', 'peakShare', 1, 'solid'),
    make('step, of the instruction floor', 'step', 'floorShare', 2, 'dashed'),
    make('update, of the copy', 'update', 'copyShare', 3, 'dashed'),
  ];
}

function dimensionTicks({ cases }: BenchResult): { value: number; label: string }[] {
  const values = cases.filter(({ kind }) => kind === 'kernels').map(({ sizes }) => sizes?.d ?? 0);
  return [...new Set(values)].map((value) => ({ value, label: String(value) }));
}

function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((p, q) => q[1] - p[1])[0]?.[0] ?? 0;
}
