// Axes of a chart: which values can be drawn, where they lie, which ticks are written and how. It draws nothing.
import { scaleLinear, scaleLog } from 'd3-scale';
import { formatNumber, toSuperscript } from './number.ts';

/** A mark on an axis; without a label a minor one. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** What a figure asks of an axis. */
export interface AxisOptions {
  readonly kind: 'linear' | 'log';
  /** quantity and unit, as written beside the axis */
  readonly title: string;
  /** ticks instead of the automatic ones */
  readonly ticks?: readonly Tick[];
}

/** An axis laid out over pixels. */
export interface Axis extends AxisOptions {
  readonly domain: readonly [number, number];
  readonly ticks: readonly Tick[];
  /** pixel of a value; values outside the domain land outside the range */
  position(value: number): number;
  /** whether a value has a place on this axis: finite, and positive on a log axis */
  accepts(value: number): boolean;
}

/** Beyond this size, and below its inverse on a log axis, differences of values overflow. */
const LARGEST = 1e150;
/** Share of the axis left free at each end. */
const PADDING = 0.05;

/**
 * Lays an axis out around the values it can show.
 *
 * @param options kind, title and ticks
 * @param values everything that is drawn along this axis; what has no place is passed over
 * @param range pixels of the two ends
 * @param tickCount about how many labelled ticks fit
 */
export function makeAxis(
  options: AxisOptions,
  values: Iterable<number>,
  range: readonly [number, number],
  tickCount: number,
): Axis {
  const isLog = options.kind === 'log';
  const accepts = (value: number): boolean =>
    Math.abs(value) <= LARGEST && (!isLog || value >= 1 / LARGEST);
  const domain = pad(extentOf(values, accepts), isLog);
  const scale = (isLog ? scaleLog() : scaleLinear()).domain(domain).range(range);
  const ticks =
    options.ticks ?? (isLog ? logTicks(...domain, tickCount) : linearTicks(...domain, tickCount));
  return {
    ...options,
    domain,
    accepts,
    position: (value) => scale(value) ?? NaN,
    ticks: ticks.filter(({ value }) => value >= domain[0] && value <= domain[1]),
  };
}

/** Even ticks at 1, 2 or 5 times a power of ten. */
export function linearTicks(low: number, high: number, count: number): Tick[] {
  const values = scaleLinear().domain([low, high]).ticks(count);
  const step = values.length > 1 ? values[1] - values[0] : Math.abs(values[0] ?? 1);
  return values.map((value) => ({ value, label: formatStep(value, step, values) }));
}

/**
 * Ticks of a log axis: powers of ten over three decades or more, 1–2–5 over less, even steps within a factor
 * of four. Powers that do not fit, or the digits 2–9 between a few of them, are minor.
 */
export function logTicks(low: number, high: number, count: number): Tick[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 2) return shortLogTicks(low, high, first, last, count);
  const stride = Math.ceil((last - first + 1) / count);
  const ticks: Tick[] = [];
  for (let k = first - 1; k <= last; k++) {
    const isMajor = k % stride === 0;
    ticks.push({ value: powerOfTen(k), label: isMajor ? formatPower(k) : '' });
    if (last - first > 4) continue;
    for (let digit = 2; digit < 10; digit++) {
      ticks.push({ value: digit * powerOfTen(k), label: '' });
    }
  }
  return ticks.filter(({ value }) => value >= low && value <= high);
}

function shortLogTicks(
  low: number,
  high: number,
  first: number,
  last: number,
  count: number,
): Tick[] {
  if (high / low < 4) return linearTicks(low, high, count).filter(({ value }) => value > 0);
  const values: number[] = [];
  for (let k = first - 1; k <= last; k++) {
    for (const digit of [1, 2, 5]) values.push(digit * powerOfTen(k));
  }
  return values
    .filter((value) => value >= low && value <= high)
    .map((value) => ({ value, label: formatNumber(value, 1) }));
}

function formatStep(value: number, step: number, all: readonly number[]): string {
  const largest = Math.max(...all.map(Math.abs));
  const stepPower = Math.floor(Math.log10(step) + 1e-9);
  const largestPower = Math.floor(Math.log10(largest) + 1e-9);
  if (largestPower > 5 || largestPower < -3) {
    return formatNumber(value, Math.max(1, largestPower - stepPower + 1));
  }
  const text = value.toFixed(Math.max(0, -stepPower));
  return Number(text) === 0 ? '0' : text.replace('-', '−');
}

function formatPower(exponent: number): string {
  if (exponent === 0) return '1';
  return exponent === 1 ? '10' : `10${toSuperscript(exponent)}`;
}

/** 10^k as the nearest double, which `10 ** k` is not always. */
function powerOfTen(k: number): number {
  return Number(`1e${k}`);
}

function extentOf(
  values: Iterable<number>,
  accepts: (value: number) => boolean,
): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!accepts(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

function pad(extent: [number, number] | null, isLog: boolean): [number, number] {
  if (extent === null) return isLog ? [0.1, 10] : [0, 1];
  const [low, high] = extent;
  if (isLog) {
    const factor = low === high ? 2 : (high / low) ** PADDING;
    return [low / factor, high * factor];
  }
  const margin = low === high ? Math.abs(low) / 10 || 1 : (high - low) * PADDING;
  return [low - margin, high + margin];
}
