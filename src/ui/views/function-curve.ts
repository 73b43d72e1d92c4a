// Curves of the function view: the network over one input or along an axis, and predicted against true values.
import type { AxisOptions } from '../../record/axis.ts';
import { formatNumber } from '../../record/number.ts';
import type { ChartData, ChartSeries } from '../chart.ts';

/** Samples on a chart: places and values [n]. */
export interface Points {
  readonly label: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** number of the colour, 0 = training, 4 = test, as in the reports */
  readonly color: number;
}

/** The network along a line of inputs. */
export interface Line {
  readonly title: string;
  readonly x: ArrayLike<number>;
  readonly f: ArrayLike<number>;
  readonly target: ArrayLike<number> | null;
  readonly points: readonly Points[];
}

const linear = (title: string): AxisOptions => ({ kind: 'linear', title });

/** The chart of a line: samples, target, network. */
export function lineChart({ title, x, f, target, points }: Line): ChartData {
  const series: ChartSeries[] = points.map(pointSeries);
  if (target !== null) series.push({ label: 'target', x, y: target, color: 2, line: 'dashed' });
  series.push({ label: 'network f', x, y: f, color: 1, line: 'solid' });
  const [low, high] = ends(f);
  const far =
    target === null
      ? ''
      : ` Largest distance to the target: ${formatNumber(distance(f, target), 3)}.`;
  return {
    summary:
      `The network f lies between ${formatNumber(low, 3)} and ${formatNumber(high, 3)} for ${title} from ` +
      `${formatNumber(x[0], 3)} to ${formatNumber(x[x.length - 1], 3)}.${far}`,
    x: linear(title),
    y: linear('y'),
    series,
  };
}

/** Predicted against true values, with the diagonal. */
export function fitChart(points: readonly Points[]): ChartData {
  const values = points.flatMap(({ x, y }) => [...Array.from(x), ...Array.from(y)]);
  const [low, high] = ends(values);
  const [train] = points;
  return {
    summary: `Largest distance of a prediction to its ${train.label.replace(/s$/, '')}: ${formatNumber(distance(train.x, train.y), 3)}.`,
    x: linear('true value y'),
    y: linear('predicted value f'),
    series: [
      {
        label: 'predicted = true',
        x: [low, high],
        y: [low, high],
        color: 'ink',
        line: 'dashed',
        faint: true,
      },
      ...points.map(pointSeries),
    ],
  };
}

function pointSeries({ label, x, y, color }: Points): ChartSeries {
  return { label, x, y, color, marker: true, radius: x.length > 200 ? 2 : 3.5 };
}

function ends(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return [low, high];
}

function distance(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < p.length; i++) most = Math.max(most, Math.abs(p[i] - q[i]));
  return most;
}
