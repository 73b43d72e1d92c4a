// A live chart as a figure of the reports, and any figure as a picture. Loaded when something is saved.
import { drawChart } from '../record/chart.ts';
import type { Series } from '../record/series.ts';
import type { ChartData, ChartSeries } from './chart-data.ts';

/** More points than these are no longer told apart and make a large file. */
const MOST_MARKS = 2000;

/** The shown series as an `<svg>` element that stands alone. */
export function chartSvg(
  name: string,
  { summary, x, y, series, guides = [] }: ChartData,
  shows: (series: ChartSeries) => boolean,
): string {
  const shown = series.filter(shows);
  const ends = (axis: 'x' | 'y'): [number, number] => {
    const isPlaced = (value: number): boolean =>
      Number.isFinite(value) && ((axis === 'x' ? x : y).kind === 'linear' || value > 0);
    const values = shown.flatMap((one) => Array.from(one[axis]).filter(isPlaced));
    return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
      Infinity,
      -Infinity,
    ] as [number, number]);
  };
  const lines = guides.map(({ axis, value, label }): Series => {
    const across = ends(axis === 'x' ? 'y' : 'x');
    const [along, other] = [[value, value], across];
    return {
      x: axis === 'x' ? along : other,
      y: axis === 'x' ? other : along,
      color: 'ink',
      line: 'dashed',
      faint: true,
      ...(label !== undefined && { note: label }),
    };
  });
  return drawChart({
    title: name,
    description: summary,
    x,
    y,
    series: [...lines, ...shown.map(reportSeries)],
  });
}

/** The same series as the reports draw it. */
function reportSeries({
  label,
  x,
  y,
  low,
  high,
  color,
  line,
  marker,
  radius,
  faint,
}: ChartSeries): Series {
  const bars = low !== undefined && high !== undefined;
  const count = Math.min(x.length, MOST_MARKS);
  const at = Array.from({ length: count }, (_, n) => Math.floor((n * x.length) / count));
  const pick = (values: ArrayLike<number>): ArrayLike<number> =>
    line === undefined && count < x.length ? at.map((i) => values[i]) : values;
  return {
    label,
    x: pick(x),
    y: pick(y),
    color,
    gaps: true,
    ...(bars && { low: pick(low), high: pick(high), interval: 'bars' }),
    ...(line !== undefined && { line }),
    ...(marker === true && { marker, radius: radius ?? 3.5 }),
    ...(faint !== undefined && { faint }),
  };
}

/** Draws a figure into a picture of twice its size. */
export async function svgToPng(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [2 * image.naturalWidth, 2 * image.naturalHeight];
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) =>
      blob === null ? reject(new Error('the picture is too large')) : resolve(blob),
    );
  });
}
