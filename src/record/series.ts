// One data series of a chart: its record, and how it is drawn between two axes.
import { area, line } from 'd3-shape';
import type { Axis } from './axis.ts';
import {
  drawBar,
  drawGroup,
  drawMarker,
  drawPath,
  drawText,
  round,
  type Color,
  type LineStyle,
} from './svg.ts';

/** Data of one kind: a line, points, or both, with an optional interval around each value. */
export interface Series {
  /** legend text; none without it */
  readonly label?: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** ends of the interval around y, drawn as `interval` says */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  readonly interval?: 'bars' | 'band';
  readonly color: Color;
  readonly line?: LineStyle;
  readonly marker?: boolean;
  /** marker radius in pixels, one for all or one each [n] */
  readonly radius?: number | ArrayLike<number>;
  /** NaN interrupts the line on purpose and is not reported as missing */
  readonly gaps?: boolean;
  /** background material */
  readonly faint?: boolean;
  /** markers and bars stand this many pixels to the right, so that equal x do not hide each other */
  readonly shift?: number;
  /** text beside the middle of the line */
  readonly note?: string;
}

/** The plot area: two axes over pixels with the origin at the top left. */
export interface Plot {
  readonly x: Axis;
  readonly y: Axis;
  readonly height: number;
}

/** Radius of markers in pixels, where a series says nothing else. */
export const MARKER_RADIUS = 4;

/** More points than pixels draw the same line and only lengthen the file. */
const LINE_POINTS = 1400;

/** Draws a series: interval, then line, then markers, then its note. */
export function drawSeries(series: Series, plot: Plot): string {
  const { color, faint = false } = series;
  const drawable = drawableIndices(series, plot);
  // A line through one point has no length, so the point is marked.
  const isMarked = series.marker || (series.line !== undefined && drawable.length === 1);
  const parts = [
    drawInterval(series, plot, drawable),
    series.line === undefined ? '' : drawLine(series, plot, series.line),
    isMarked ? drawMarkers(series, plot, drawable) : '',
  ];
  return drawGroup(color, faint, parts.join('')) + drawNote(series, plot, drawable);
}

/** The sign of a series in the legend, 30 pixels wide. */
export function drawKey(series: Series, x: number, y: number): string {
  const parts = [
    series.interval === 'band'
      ? `<rect x="${round(x)}" y="${y - 6}" width="30" height="12" fill="currentColor" opacity="0.2"/>`
      : '',
    series.line === undefined ? '' : drawPath(`M${round(x)} ${y}h30`, series.line),
    series.marker ? drawMarker(series.color, x + 15, y, MARKER_RADIUS) : '',
  ];
  return drawGroup(series.color, series.faint ?? false, parts.join(''));
}

/** Indices of the points that have a place on both axes. */
export function drawableIndices({ x: xs, y: ys }: Series, { x, y }: Plot): number[] {
  const kept: number[] = [];
  for (let i = 0; i < xs.length; i++) if (x.accepts(xs[i]) && y.accepts(ys[i])) kept.push(i);
  return kept;
}

function drawInterval(series: Series, plot: Plot, drawable: readonly number[]): string {
  const { low, high, interval } = series;
  if (low === undefined || high === undefined || interval === undefined) return '';
  const at = (i: number): number => placeX(series, plot, i);
  const end = (value: number): number => placeEnd(plot, value);
  if (interval === 'bars') {
    return drawable
      .filter((i) => !Number.isNaN(low[i]) && !Number.isNaN(high[i]))
      .map((i) => drawBar(at(i), end(low[i]), end(high[i])))
      .join('');
  }
  const ribbon = area<number>(
    at,
    (i) => end(low[i]),
    (i) => end(high[i]),
  );
  const kept = new Set(drawable);
  const d = ribbon.defined((i) => kept.has(i)).digits(2)(thinIndices(series.y)) ?? '';
  return `<path d="${d}" fill="currentColor" opacity="0.2"/>`;
}

function drawLine(series: Series, plot: Plot, style: LineStyle): string {
  const { x: xs, y: ys } = series;
  const curve = line<number>(
    (i) => placeX(series, plot, i),
    (i) => plot.y.position(ys[i]),
  ).defined((i) => plot.x.accepts(xs[i]) && plot.y.accepts(ys[i]));
  // Thinned, the pieces of an interrupted line would run together.
  const kept = Array.from(ys).some(Number.isNaN) ? Array.from(ys, (_, i) => i) : thinIndices(ys);
  return drawPath(curve.digits(2)(kept) ?? '', style);
}

function drawMarkers(series: Series, plot: Plot, drawable: readonly number[]): string {
  const { color, y: ys, radius = MARKER_RADIUS } = series;
  return drawable
    .map((i) => {
      const size = round(typeof radius === 'number' ? radius : radius[i]);
      return drawMarker(color, placeX(series, plot, i), plot.y.position(ys[i]), size);
    })
    .join('');
}

function placeX({ x: xs, shift = 0 }: Series, { x }: Plot, i: number): number {
  return x.position(xs[i]) + shift;
}

/** The end of an interval; what has no place on the axis lies beyond its upper or lower edge. */
function placeEnd({ y, height }: Plot, value: number): number {
  if (y.accepts(value)) return y.position(value);
  return value > 0 ? -9 : height + 9;
}

function drawNote(series: Series, { x, y }: Plot, drawable: readonly number[]): string {
  if (series.note === undefined || drawable.length < 2) return '';
  const [first, last] = [drawable[0], drawable[drawable.length - 1]];
  const atX = (x.position(series.x[first]) + x.position(series.x[last])) / 2;
  const atY = (y.position(series.y[first]) + y.position(series.y[last])) / 2;
  return drawText(series.note, atX - 6, atY + 18, { anchor: 'end', soft: true });
}

/** Indices of a line drawn with fewer points: the ends and the extremes of each stretch, so peaks stay. */
function thinIndices(y: ArrayLike<number>): number[] {
  const count = y.length;
  const stretch = Math.ceil(count / (LINE_POINTS / 4));
  if (count <= LINE_POINTS) return Array.from({ length: count }, (_, i) => i);
  const kept: number[] = [];
  for (let start = 0; start < count; start += stretch) {
    const end = Math.min(start + stretch, count);
    let [lowest, highest] = [start, start];
    for (let i = start; i < end; i++) {
      if (y[i] < y[lowest]) lowest = i;
      if (y[i] > y[highest]) highest = i;
    }
    kept.push(...new Set([start, lowest, highest, end - 1].sort((p, q) => p - q)));
  }
  return kept;
}
