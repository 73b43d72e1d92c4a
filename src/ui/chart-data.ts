// What a live chart shows, as plain data, and what becomes of it before it is drawn: one table with gaps, axis ranges
// and ticks. It draws nothing.
import type { AxisOptions } from '../record/axis.ts';
import { formatNumber } from '../record/number.ts';

/** One quantity. */
export interface ChartSeries {
  /** in the legend and the table; unique in its chart */
  readonly label: string;
  /** ascending where a line joins the values */
  readonly x: ArrayLike<number>;
  /** values that have no place on the axis (NaN; on a log axis ≤ 0) are left out as gaps */
  readonly y: ArrayLike<number>;
  /** ends of the error bars */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  /** number of the colour and of the shape of the marks, taken round; "ink" is the colour of text */
  readonly color: number | 'ink';
  readonly line?: 'solid' | 'dashed' | 'dotted';
  readonly marker?: boolean;
  /** radius of the marks in pixels, default 3.5 */
  readonly radius?: number;
  /** background material */
  readonly faint?: boolean;
  /** not shown until the reader chooses it in the legend */
  readonly hidden?: boolean;
}

/** A straight line across the whole chart. */
export interface Guide {
  /** "y": horizontal, at this y */
  readonly axis: 'x' | 'y';
  readonly value: number;
  readonly label?: string;
}

/** Everything a live chart shows. */
export interface ChartData {
  /** the latest numbers in a sentence or two, for those who cannot see the chart */
  readonly summary: string;
  readonly x: AxisOptions;
  readonly y: AxisOptions;
  readonly series: readonly ChartSeries[];
  readonly guides?: readonly Guide[];
}

/** The series as columns over one ascending x; null is a gap, undefined no value of this series. */
export type Columns = [number[], ...(number | null | undefined)[][]];

/** Beyond this size differences of values overflow. */
const LARGEST = 1e150;
/** Share of the axis left free at each end. */
const PADDING = 0.04;

/** Whether a value has a place on an axis. */
export function accepts(value: number, { kind }: AxisOptions): boolean {
  return Math.abs(value) <= LARGEST && (kind === 'linear' || value >= 1 / LARGEST);
}

/** All series over one x. A series that has an x twice keeps the later value. */
export function joinSeries(
  series: readonly ChartSeries[],
  x: AxisOptions,
  y: AxisOptions,
): Columns {
  const first = series[0]?.x ?? [];
  const shared = series.every((one) => one.x === first);
  const xs = (
    shared
      ? Array.from(first)
      : [...new Set(series.flatMap((one) => Array.from(one.x)))].sort((p, q) => p - q)
  ).filter((value) => accepts(value, x));
  const place = new Map(shared ? [] : xs.map((value, row) => [value, row]));
  const columns = series.map((one) => {
    const column = new Array<number | null | undefined>(xs.length).fill(shared ? null : undefined);
    let next = 0;
    for (let i = 0; i < one.x.length; i++) {
      if (!accepts(one.x[i], x)) continue;
      const row = shared ? next++ : (place.get(one.x[i]) as number);
      column[row] = accepts(one.y[i], y) ? one.y[i] : null;
    }
    return column;
  });
  return [xs, ...columns];
}

/** The ends of an axis around everything that is drawn along it. */
export function rangeOf(
  { series, guides = [] }: Pick<ChartData, 'series' | 'guides'>,
  axis: 'x' | 'y',
  options: AxisOptions,
): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  const take = (values: ArrayLike<number> = []): void => {
    for (let i = 0; i < values.length; i++) {
      if (!accepts(values[i], options)) continue;
      if (values[i] < low) low = values[i];
      if (values[i] > high) high = values[i];
    }
  };
  for (const one of series) {
    take(one[axis]);
    if (axis === 'y') take(one.low);
    if (axis === 'y') take(one.high);
  }
  take(guides.filter((guide) => guide.axis === axis).map(({ value }) => value));
  const isLog = options.kind === 'log';
  if (low > high) return isLog ? [0.1, 10] : [0, 1];
  if (isLog) {
    const factor = low === high ? 2 : (high / low) ** PADDING;
    return [low / factor, high * factor];
  }
  const margin = low === high ? Math.abs(low) / 10 || 1 : (high - low) * PADDING;
  return [low - margin, high + margin];
}

/**
 * Ticks of a log axis: powers of ten, evenly thinned; 1, 2, 5 per decade below two decades, even steps within a factor of four.
 *
 * @param most about how many fit
 */
export function logTicks(low: number, high: number, most: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const isInside = (value: number): boolean => value >= low && value <= high;
  const powers = Array.from({ length: last - first + 3 }, (_, k) => first - 1 + k);
  if (last - first >= 2) {
    const stride = Math.ceil((last - first + 1) / most);
    return powers
      .filter((k) => k % stride === 0)
      .map((k) => Number(`1e${k}`))
      .filter(isInside);
  }
  if (high / low >= 4)
    return powers
      .flatMap((k) => [1, 2, 5].map((digit) => Number(`${digit}e${k}`)))
      .filter(isInside);
  const rough = (high - low) / Math.min(most, 5);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((digit) => digit * power >= rough) ?? 10);
  const count = Math.floor(high / step) - Math.ceil(low / step) + 1;
  return Array.from({ length: count }, (_, i) => (Math.ceil(low / step) + i) * step);
}

/** A chart as a table: x, then every series, with the ends of its error bars where it has some. */
export interface ChartTable {
  readonly head: readonly string[];
  /** cells of a row; NaN is no value */
  readonly row: (index: number) => number[];
  readonly length: number;
}

/** The table behind a chart. */
export function tableOf({ x, series }: ChartData): ChartTable {
  const head = [x.title];
  const parts: ChartSeries[] = [];
  for (const one of series) {
    head.push(one.label);
    parts.push(one);
    for (const end of ['low', 'high'] as const) {
      const values = one[end];
      if (values === undefined) continue;
      head.push(`${one.label}, ${end}`);
      parts.push({ ...one, y: values });
    }
  }
  const any: AxisOptions = { kind: 'linear', title: '' };
  const columns = joinSeries(parts, any, any);
  return {
    head,
    length: columns[0].length,
    row: (index) => columns.map((column) => column[index] ?? NaN),
  };
}

/** The whole table as CSV text, numbers in the shortest form that reads back exactly, no value empty. */
export function chartCsv(data: ChartData): string {
  const { head, row, length } = tableOf(data);
  const quoted = head.map((name) => (/[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name));
  const lines = Array.from({ length }, (_, index) =>
    row(index)
      .map((value) => (Number.isNaN(value) ? '' : String(value)))
      .join(','),
  );
  return `${[quoted.join(','), ...lines].join('\n')}\n`;
}

/** A value along an axis as it is written: where it has a tick of its own, the words of the tick. */
export function readOff(value: number, { ticks = [] }: AxisOptions, digits = 4): string {
  const tick = ticks.find((one) => one.value === value);
  return tick === undefined ? formatNumber(value, digits) : tick.label;
}

/** Labels of ticks, with as many digits as say every value to a hundredth of the least distance. */
export function labelTicks(values: readonly number[]): string[] {
  const gaps = values.slice(1).map((value, i) => Math.abs(value - values[i]));
  const close = (gaps.length > 0 ? Math.min(...gaps) : Math.abs(values[0])) / 100;
  const isTold = (digits: number): boolean =>
    values.every((value) => Math.abs(Number(value.toPrecision(digits)) - value) <= close);
  const digits = [1, 2, 3, 4, 5, 6, 7].find(isTold) ?? 8;
  return values.map((value) => formatNumber(Math.abs(value) < close ? 0 : value, digits));
}
