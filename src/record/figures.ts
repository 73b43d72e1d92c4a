// The figures of one run: loss over time, prediction against data, the cloud of particles.
import type { HistoryRow } from '../observables/history.ts';
import type { Particles } from '../state.ts';
import type { AxisOptions, Tick } from './axis.ts';
import { drawChart } from './chart.ts';
import { formatNumber } from './number.ts';
import type { Series } from './series.ts';

/** A loss over time, with its standard error where it is a mean over replicas. */
export interface LossCurve {
  readonly label: string;
  readonly time: readonly number[];
  readonly loss: readonly number[];
  readonly se?: readonly number[];
}

/** Samples and what the network says about them. */
export interface FittedSamples {
  /** inputs [s][d] */
  readonly x: ArrayLike<number>;
  /** targets [s] */
  readonly y: ArrayLike<number>;
  /** network output [s] */
  readonly f: ArrayLike<number>;
}

/** Values along a line of inputs, d = 1. */
export interface Curve {
  readonly x: ArrayLike<number>;
  readonly f: ArrayLike<number>;
}

/** What {@link fitFigure} compares. */
export interface Fit {
  /** input dimension d */
  readonly dimension: number;
  readonly train: FittedSamples;
  readonly test: FittedSamples | null;
  /** the network on a grid, for d = 1; without it the outputs at the samples are joined */
  readonly curve?: Curve;
  /** a baseline drawn beside the network, for d = 1 */
  readonly baseline?: Curve & { readonly label: string };
  /** axis titles with units, default x and y */
  readonly inputTitle?: string;
  readonly targetTitle?: string;
}

/** Points drawn at most; more hide each other and make a large file. */
const MOST_POINTS = 2000;

/** Train and test loss of a history as curves; a test loss that is nowhere known is left out. */
export function lossCurves(history: readonly HistoryRow[]): LossCurve[] {
  const time = history.map((row) => row.time);
  const curves = [
    { label: 'training loss', time, loss: history.map((row) => row.loss) },
    { label: 'test loss', time, loss: history.map((row) => row.testLoss) },
  ];
  return curves.filter(({ loss }, index) => index === 0 || !loss.every(Number.isNaN));
}

/** Loss over time on a log axis, with bands of one standard error where known. */
export function lossFigure(curves: readonly LossCurve[]): string {
  return drawCurves(curves, {
    title: 'Loss over time',
    y: { kind: 'log', title: 'loss ½ Σ ν (f − y)²' },
  });
}

/** A norm of the cloud over time, drawn as the loss is, on a linear axis. */
export function normFigure(curves: readonly LossCurve[], title: string, axisTitle: string): string {
  return drawCurves(curves, { title, y: { kind: 'linear', title: axisTitle } });
}

function drawCurves(
  curves: readonly LossCurve[],
  { title, y }: { title: string; y: AxisOptions },
): string {
  const axis = makeTimeAxis(curves.flatMap(({ time }) => time));
  const series = curves.map(({ label, time, loss, se }, color): Series => {
    const base = { label, x: time.map(axis.place), y: loss, color } as const;
    const line = color > 5 ? 'dashed' : 'solid';
    const marker = time.length <= 40;
    if (se === undefined) return { ...base, line, marker };
    const low = loss.map((value, i) => value - se[i]);
    const high = loss.map((value, i) => value + se[i]);
    return { ...base, line, marker, low, high, interval: 'band' };
  });
  return drawChart({
    title,
    description: curves.map(describeCurve).join(' '),
    x: axis.options,
    y,
    series,
  });
}

function describeCurve({ label, loss }: LossCurve): string {
  const ends = [loss[0], loss[loss.length - 1]].map((value) => formatNumber(value ?? NaN, 3));
  return `${label}: from ${ends[0]} to ${ends[1]}.`;
}

/**
 * A time axis: log where most times are early, with time 0 at its left end by its own tick, else linear.
 * `place` turns a time into the value drawn.
 */
export function makeTimeAxis(times: readonly number[]): {
  options: AxisOptions;
  place: (time: number) => number;
} {
  const positive = [...new Set(times)].filter((time) => time > 0).sort((p, q) => p - q);
  const title = 'time t';
  const [first, last] = [positive[0], positive[positive.length - 1]];
  const median = positive[Math.floor(positive.length / 2)];
  if (positive.length < 4 || positive.length > 200 || last < 4 * median || last < 10 * first) {
    return { options: { kind: 'linear', title }, place: (time) => time };
  }
  if (!times.includes(0)) return { options: { kind: 'log', title }, place: (time) => time };
  const zero = first / (last / first) ** 0.1;
  const ticks: Tick[] = [{ value: zero, label: '0' }, ...decadeTicks(first, last)];
  return {
    options: { kind: 'log', title: `${title} (log scale, 0 at the left end)`, ticks },
    place: (time) => (time === 0 ? zero : time),
  };
}

/** Ticks 1, 2, 5 per decade, or whole decades where these are many. */
function decadeTicks(low: number, high: number): Tick[] {
  const digits = high / low > 300 ? [1] : [1, 2, 5];
  const ticks: Tick[] = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.log10(high); k++) {
    for (const digit of digits) {
      const value = Number(`${digit}e${k}`);
      if (value >= low * (1 - 1e-9)) ticks.push({ value, label: formatNumber(value, 1) });
    }
  }
  return ticks;
}

/** Prediction against data: over the input for d = 1, else predicted against true values with the diagonal. */
export function fitFigure(fit: Fit): string {
  return fit.dimension === 1 ? drawFitOverInput(fit) : drawFitAgainstTruth(fit);
}

function drawFitOverInput(fit: Fit): string {
  const { train, test, baseline } = fit;
  const curve = fit.curve ?? joinSamples(train, test);
  const data = pickSamples(train, test, (samples, j) => [samples.x[j], samples.y[j]]);
  const series: Series[] = [...data.series];
  if (baseline !== undefined) {
    series.push({ label: baseline.label, x: baseline.x, y: baseline.f, color: 2, line: 'dashed' });
  }
  series.push({ label: 'network f', x: curve.x, y: curve.f, color: 1, line: 'solid' });
  return drawChart({
    title: 'Network and data',
    description: `The network's output over the input, with ${train.y.length} training samples.`,
    x: { kind: 'linear', title: fit.inputTitle ?? 'x' },
    y: { kind: 'linear', title: fit.targetTitle ?? 'y' },
    series,
    notes: data.notes,
  });
}

function drawFitAgainstTruth({ train, test, targetTitle = 'y' }: Fit): string {
  const data = pickSamples(train, test, (samples, j) => [samples.y[j], samples.f[j]]);
  const values = data.series.flatMap((series) => [
    ...Array.from(series.x),
    ...Array.from(series.y),
  ]);
  const finite = values.filter(Number.isFinite);
  const ends = finite.length === 0 ? [] : [Math.min(...finite), Math.max(...finite)];
  return drawChart({
    title: 'Predicted against true values',
    description: `Every point is a sample; the nearer to the diagonal, the better its prediction.`,
    x: { kind: 'linear', title: `true value, ${targetTitle}` },
    y: { kind: 'linear', title: `predicted value, ${targetTitle}` },
    series: [
      { label: 'predicted = true', x: ends, y: ends, color: 'ink', line: 'dashed', faint: true },
      ...data.series,
    ],
    notes: data.notes,
  });
}

/** Training and test samples as marks of two kinds, an even choice of them where they are many. */
function pickSamples(
  train: FittedSamples,
  test: FittedSamples | null,
  read: (samples: FittedSamples, j: number) => [number, number],
): { series: Series[]; notes: string[] } {
  const sets = [
    { samples: train, name: 'training samples', color: 0 },
    { samples: test, name: 'test samples', color: 4 },
  ];
  const radius = train.y.length + (test?.y.length ?? 0) > 200 ? 2 : 3.5;
  const series: Series[] = [];
  const notes: string[] = [];
  for (const { samples, name, color } of sets) {
    if (samples === null) continue;
    const total = samples.y.length;
    const points = pickEvenly(total).map((j) => read(samples, j));
    if (points.length < total) notes.push(`${points.length} of ${total} ${name} are drawn.`);
    const x = points.map((point) => point[0]);
    const y = points.map((point) => point[1]);
    series.push({ label: name, x, y, color, marker: true, radius });
  }
  return { series, notes };
}

function joinSamples(train: FittedSamples, test: FittedSamples | null): Curve {
  const points = [train, ...(test === null ? [] : [test])]
    .flatMap(({ x, f }) => Array.from(x, (value, j) => [value, f[j]]))
    .sort((p, q) => p[0] - q[0]);
  return { x: points.map((point) => point[0]), f: points.map((point) => point[1]) };
}

/** Particles in a plane. */
export interface PlanePoints {
  readonly description: string;
  /** coordinates [m] with the title of their axis */
  readonly x: { readonly title: string; readonly values: ArrayLike<number> };
  readonly y: { readonly title: string; readonly values: ArrayLike<number> };
  /** output weights [m] */
  readonly c: ArrayLike<number>;
}

/**
 * The first replica of a cloud in one input dimension, in the (a, b) plane; the area of a mark grows with |c|.
 *
 * @throws Error for another input dimension
 */
export function cloudFigure(particles: Particles): string {
  const { dimension, width, a, b, c } = particles;
  if (dimension !== 1) throw new Error(`the (a, b) plane needs d = 1, not d = ${dimension}`);
  return planeFigure({
    description: 'Input weights and biases',
    x: { title: 'input weight a', values: a.subarray(0, width) },
    y: { title: 'bias b', values: b.subarray(0, width) },
    c: c.subarray(0, width),
  });
}

/** A cloud in a plane; the area of a mark grows with |c|, its colour tells the sign. */
export function planeFigure({ description, x, y, c }: PlanePoints): string {
  const width = c.length;
  const picked = pickEvenly(width);
  const largest = picked.reduce((most, i) => Math.max(most, Math.abs(c[i])), 0) || 1;
  const takeSign = (label: string, color: number, has: (value: number) => boolean): Series => {
    const kept = picked.filter((i) => has(c[i]));
    return {
      label,
      x: kept.map((i) => x.values[i]),
      y: kept.map((i) => y.values[i]),
      radius: kept.map((i) => 1.5 + 5.5 * Math.sqrt(Math.abs(c[i]) / largest)),
      color,
      marker: true,
      faint: true,
    };
  };
  return drawChart({
    title: 'Cloud of particles',
    description: `${description} of ${picked.length} of ${width} particles.`,
    x: { kind: 'linear', title: x.title },
    y: { kind: 'linear', title: y.title },
    series: [
      takeSign('c ≥ 0', 0, (value) => value >= 0),
      takeSign('c < 0', 1, (value) => value < 0),
    ],
    notes: [
      `${picked.length} of ${width} particles are drawn; the largest |c| is ${formatNumber(largest)}.`,
    ],
  });
}

/** Indices below `count`, all or an even choice of at most MOST_POINTS. */
function pickEvenly(count: number): number[] {
  const length = Math.min(count, MOST_POINTS);
  return Array.from({ length }, (_, i) => Math.floor((i * count) / length));
}
