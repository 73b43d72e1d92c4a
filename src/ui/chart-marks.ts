// What a live chart draws on its canvas besides lines: marks of different shapes, error bars, guide lines.
import type { ChartData, ChartSeries } from './chart-data.ts';
import { accepts } from './chart-data.ts';
import { themeColor } from './dom.ts';

/** The colours of Okabe and Ito, in the order of the reports; on a dark page the light ones come first. */
const LIGHT = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const DARK = ['#56b4e9', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#0072b2'];

/** Lengths of dashes and gaps in pixels. */
const DASHES = { solid: [], dashed: [8, 5], dotted: [2, 4] };

/** Draws the outline of a mark around a point. */
type Shape = (path: Path2D, x: number, y: number, radius: number) => void;

/** Outlines of about equal area; five of them against six colours, so that a pair repeats only after 30 series. */
const SHAPES: readonly Shape[] = [
  (path, x, y, r) => {
    path.moveTo(x + r, y);
    path.arc(x, y, r, 0, 2 * Math.PI);
  },
  (path, x, y, r) => path.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r),
  (path, x, y, r) =>
    close(path, [x, y - 1.3 * r, x + 1.2 * r, y + 0.8 * r, x - 1.2 * r, y + 0.8 * r]),
  (path, x, y, r) => close(path, [x, y - 1.3 * r, x + 1.3 * r, y, x, y + 1.3 * r, x - 1.3 * r, y]),
  (path, x, y, r) => {
    path.rect(x - 1.3 * r, y - 0.4 * r, 2.6 * r, 0.8 * r);
    path.rect(x - 0.4 * r, y - 1.3 * r, 0.8 * r, 2.6 * r);
  },
];

function close(path: Path2D, points: readonly number[]): void {
  path.moveTo(points[0], points[1]);
  for (let i = 2; i < points.length; i += 2) path.lineTo(points[i], points[i + 1]);
  path.closePath();
}

/** Whether the page is dark, by its own choice or the system's. */
export function isDark(): boolean {
  const chosen = document.documentElement.dataset['theme'];
  return (
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  );
}

/** The colour of a series in the present theme. */
export function seriesColor(color: ChartSeries['color']): string {
  return color === 'ink' ? themeColor('ink') : (isDark() ? DARK : LIGHT)[color % LIGHT.length];
}

/** Dash pattern of a line in pixels. */
export function dashOf(line: ChartSeries['line'] = 'solid'): number[] {
  return DASHES[line];
}

/** Where values lie, in pixels of the canvas. */
export interface Place {
  readonly context: CanvasRenderingContext2D;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** left, top, width, height of the plot area */
  readonly box: readonly [number, number, number, number];
  /** pixels of the canvas per pixel of the page */
  readonly ratio: number;
}

/** Error bars and marks of all series, in their order. */
export function drawMarks(data: Pick<ChartData, 'series' | 'x' | 'y'>, place: Place): void {
  const { context, box } = place;
  context.save();
  context.beginPath();
  context.rect(...box);
  context.clip();
  context.setLineDash([]);
  for (const series of data.series) drawSeries(series, data, place);
  context.restore();
}

function drawSeries(
  series: ChartSeries,
  axes: Pick<ChartData, 'x' | 'y'>,
  { context, x, y, box, ratio }: Place,
): void {
  const kept: number[] = [];
  for (let i = 0; i < series.x.length; i++)
    if (accepts(series.x[i], axes.x) && accepts(series.y[i], axes.y)) kept.push(i);
  context.globalAlpha = series.faint === true ? 0.45 : 1;
  context.fillStyle = context.strokeStyle = seriesColor(series.color);
  context.lineWidth = 1.5 * ratio;
  const { low, high } = series;
  if (low !== undefined && high !== undefined) {
    const bars = new Path2D();
    const end = (value: number, beyond: number): number =>
      accepts(value, axes.y) ? y(value) : beyond;
    for (const i of kept) {
      if (Number.isNaN(low[i]) || Number.isNaN(high[i])) continue;
      // An end that has no place on a log axis lies below it.
      const [at, down, up] = [x(series.x[i]), end(low[i], box[1] + box[3]), end(high[i], box[1])];
      for (const level of [down, up]) {
        bars.moveTo(at - 3 * ratio, level);
        bars.lineTo(at + 3 * ratio, level);
      }
      bars.moveTo(at, down);
      bars.lineTo(at, up);
    }
    context.stroke(bars);
  }
  // A line through one point has no length, so the point is marked.
  if (series.marker !== true && kept.length !== 1) return;
  const marks = new Path2D();
  const draw = shapeOf(series.color);
  const radius = (series.radius ?? 3.5) * ratio;
  for (const i of kept) draw(marks, x(series.x[i]), y(series.y[i]), radius);
  context.fill(marks);
}

function shapeOf(color: ChartSeries['color']): Shape {
  return SHAPES[color === 'ink' ? 3 : color % SHAPES.length];
}

/** Straight lines across the plot area, named at their ends. */
export function drawGuides({ guides = [] }: Pick<ChartData, 'guides'>, place: Place): void {
  const { context, box, ratio } = place;
  const [left, top, width, height] = box;
  context.save();
  context.strokeStyle = context.fillStyle = themeColor('soft');
  context.setLineDash([5 * ratio, 5 * ratio]);
  context.lineWidth = ratio;
  context.font = `${12 * ratio}px system-ui, sans-serif`;
  for (const { axis, value, label = '' } of guides) {
    const at = place[axis](value);
    context.beginPath();
    if (axis === 'x') {
      context.moveTo(at, top);
      context.lineTo(at, top + height);
      context.textAlign = at > left + width / 2 ? 'right' : 'left';
      context.fillText(label, at + (at > left + width / 2 ? -4 : 4) * ratio, top + 13 * ratio);
    } else {
      context.moveTo(left, at);
      context.lineTo(left + width, at);
      context.textAlign = 'right';
      context.fillText(label, left + width - 4 * ratio, at - 4 * ratio);
    }
    context.stroke();
  }
  context.restore();
}

/** The sign of a series in the legend. */
export function drawSwatch(canvas: HTMLCanvasElement, series: ChartSeries): void {
  const ratio = 2;
  [canvas.width, canvas.height] = [30 * ratio, 14 * ratio];
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(ratio, ratio);
  context.globalAlpha = series.faint === true ? 0.6 : 1;
  context.strokeStyle = context.fillStyle = seriesColor(series.color);
  context.lineWidth = 2;
  if (series.line !== undefined) {
    context.setLineDash(dashOf(series.line));
    context.beginPath();
    context.moveTo(0, 7);
    context.lineTo(30, 7);
    context.stroke();
  }
  if (series.marker !== true) return;
  const mark = new Path2D();
  shapeOf(series.color)(mark, 15, 7, 4);
  context.fill(mark);
}
