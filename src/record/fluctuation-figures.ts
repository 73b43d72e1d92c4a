// The figures of the fluctuation experiment: scaled fluctuation over time, at training and test samples, the law in the
// width, and quantiles against the normal law.
import type {
  Estimate,
  FluctuationPoint,
  FluctuationResult,
  Gaussianity,
  LawAtTime,
} from '../observables/fluctuation.ts';
import { upperQuantile } from '../special.ts';
import { drawChart } from './chart.ts';
import { makeTimeAxis } from './figures.ts';
import { describeEstimate, formatEstimate, formatNumber } from './number.ts';
import type { Series } from './series.ts';
import { summaryLaw } from './verdicts.ts';

/** More times than this are drawn as bands, since bars would touch. */
const MOST_BARS = 40;
/** Quantiles drawn per direction; more hide each other. */
const MOST_QUANTILES = 400;

/**
 * Scaled fluctuation m·V̂ over time, one series per width with 95 % intervals: where the 1/√m law holds the widths
 * lie on one curve. The prediction is drawn where it is known.
 */
export function fluctuationFigure(points: readonly FluctuationPoint[]): string {
  const axis = makeTimeAxis(points.map((point) => point.time));
  const widths = widthsOf(points);
  const interval = points.length / widths.length > MOST_BARS ? 'band' : 'bars';
  const step = interval === 'bars' ? Math.min(5, 30 / widths.length) : 0;
  const series = widths.map((width, color): Series => {
    const own = points.filter((point) => point.width === width);
    return {
      label: `m = ${width}`,
      ...placePoints(own, (point) => axis.place(point.time), 1),
      color,
      line: color > 5 ? 'dashed' : 'solid',
      marker: interval === 'bars',
      interval,
      shift: (color - (widths.length - 1) / 2) * step,
    };
  });
  const known = points.filter((point) => point.predicted !== null);
  const unresolved = points.filter((point) => !point.isResolved).length;
  const notes = step > 0 && widths.length > 1 ? ['Marks of one time stand side by side.'] : [];
  if (unresolved > 0) {
    const verb = unresolved === 1 ? 'value is' : 'values are';
    notes.push(`${unresolved} ${verb} at the floor of float32 rounding.`);
  }
  return drawChart({
    title: 'Scaled fluctuation over time',
    description: `Scaled fluctuation of ${widths.length} widths with 95 % intervals.`,
    x: axis.options,
    y: { kind: 'log', title: 'scaled fluctuation m·V̂ (unit of y, squared)' },
    series: [
      ...drawMonteCarlo(points, axis.place),
      ...series,
      ...drawPrediction(known, axis.place),
    ],
    notes,
  });
}

/** The constant of m fresh samples of the cloud, which bounds the fluctuation in the mean over time. */
function drawMonteCarlo(
  points: readonly FluctuationPoint[],
  place: (time: number) => number,
  label = 'm fresh samples (predicted)',
): Series[] {
  const own = new Map(points.map(({ time, monteCarlo }) => [time, monteCarlo ?? NaN]));
  if (![...own.values()].some(Number.isFinite)) return [];
  const times = [...own.keys()].sort((p, q) => p - q);
  return [
    {
      label,
      x: times.map(place),
      y: times.map((time) => own.get(time) ?? NaN),
      color: 'ink',
      line: 'dashed',
      faint: true,
    },
  ];
}

function drawPrediction(
  known: readonly FluctuationPoint[],
  place: (time: number) => number,
): Series[] {
  if (known.length === 0) return [];
  // Widths mostly share a prediction; the same point is drawn once.
  const own = [
    ...new Map(known.map((point) => [`${point.time} ${point.predicted}`, point])).values(),
  ].sort((p, q) => p.time - q.time);
  const isCurve = new Set(own.map((point) => point.time)).size === own.length;
  const value = own.map((point) => point.predicted ?? NaN);
  const margin = own.map((point) => 1.96 * (point.predictedSe ?? 0));
  return [
    {
      label: 'predicted',
      x: own.map((point) => place(point.time)),
      y: value,
      low: value.map((v, i) => v - margin[i]),
      high: value.map((v, i) => v + margin[i]),
      color: 'ink',
      marker: true,
      interval: 'bars',
      ...(isCurve && own.length > 1 ? { line: 'dotted' as const } : {}),
    },
  ];
}

/**
 * The constant m·V̂ of all widths over time with 95 % intervals, at the training samples and at the test samples: where
 * the data are interpolated the first dies out and the second stays.
 */
export function testFigure(
  laws: readonly LawAtTime[],
  points: readonly FluctuationPoint[],
): string {
  const axis = makeTimeAxis(laws.map((law) => law.time));
  const interval = laws.length > MOST_BARS ? 'band' : 'bars';
  const draw = (
    label: string,
    color: number,
    read: (law: LawAtTime) => Estimate | null,
  ): Series => ({
    label,
    x: laws.map((law) => axis.place(law.time)),
    y: laws.map((law) => read(law)?.estimate ?? NaN),
    low: laws.map((law) => read(law)?.ci[0] ?? NaN),
    high: laws.map((law) => read(law)?.ci[1] ?? NaN),
    color,
    line: 'solid',
    marker: interval === 'bars',
    interval,
  });
  return drawChart({
    title: 'Fluctuation at training and at test samples',
    description: 'Scaled fluctuation, mean of all widths, at training and at test samples.',
    x: axis.options,
    y: { kind: 'log', title: 'scaled fluctuation m·V̂, mean of widths (unit of y, squared)' },
    series: [
      ...drawMonteCarlo(points, axis.place, 'm fresh samples, training (predicted)'),
      draw('training samples', 0, (law) => law.constant),
      draw('test samples', 1, (law) => law.testConstant),
      ...(['constant', 'testConstant'] as const).flatMap((name, color) =>
        drawPredictedConstant(laws, name, color, axis.place),
      ),
    ],
  });
}

/** The predicted constant at the training or the test samples, in the color of the measured one. */
function drawPredictedConstant(
  laws: readonly LawAtTime[],
  name: 'constant' | 'testConstant',
  color: number,
  place: (time: number) => number,
): Series[] {
  const known = laws.filter((law) => law[name] !== null && law[name].predicted !== null);
  if (known.length < 2) return [];
  return [
    {
      label: name === 'constant' ? 'predicted, training' : 'predicted, test',
      x: known.map(({ time }) => place(time)),
      y: known.map((law) => law[name]?.predicted ?? NaN),
      color,
      line: 'dashed',
    },
  ];
}

/**
 * Quantiles of the tested projections of √m (f_m − f) against those of the standard normal law: Gaussian numbers lie on
 * the diagonal.
 */
export function quantileFigure({ width, time, directions }: Gaussianity): string {
  const series = directions.map(({ values, share, p }, k): Series => {
    const n = values.length;
    const drawn = Math.min(n, MOST_QUANTILES);
    const picked = Array.from({ length: drawn }, (_, i) =>
      Math.round((i * (n - 1)) / Math.max(1, drawn - 1)),
    );
    return {
      label: `direction ${k + 1}: ${formatNumber(100 * share, 2)} % of V̂, p = ${formatNumber(p, 2)}`,
      x: picked.map((i) => normalScore(i, n)),
      y: picked.map((i) => values[i]),
      color: k,
      marker: true,
      radius: n > 100 ? 2.5 : 3.5,
    };
  });
  const end = Math.max(...series.flatMap(({ x, y }) => [...Array.from(x), ...Array.from(y)]));
  const ends = [-end, end];
  return drawChart({
    title: `Quantiles of √m (f_m − f), m = ${width}, t = ${formatNumber(time)}`,
    description: `Standardised projections on ${directions.length} leading directions against normal quantiles.`,
    x: { kind: 'linear', title: 'quantile of the normal law' },
    y: { kind: 'linear', title: 'quantile of the replicas, standardised' },
    series: [
      { label: 'normal', x: ends, y: ends, color: 'ink', line: 'dashed', faint: true },
      ...series,
    ],
  });
}

/** About the expectation of the i-th of n ordered standard normals: Φ⁻¹((i + 5/8)/(n + 1/4)), i from 0 (Blom). */
function normalScore(i: number, n: number): number {
  const p = (i + 0.625) / (n + 0.25);
  return p <= 0.5 ? -upperQuantile(p) : upperQuantile(1 - p);
}

/**
 * E‖f_m − f‖² against width on log axes at the last time above the float32 floor: points with 95 % intervals, the fitted power law, the
 * prediction, and a guide of slope −1. The first time is drawn faintly.
 */
export function lawFigure(result: Pick<FluctuationResult, 'points' | 'laws'>): string {
  const { points, laws } = result;
  const law = summaryLaw(result);
  const last = points.filter((point) => point.time === law?.time);
  const first =
    laws.length > 1 && law !== laws[0] ? points.filter((point) => point.time === laws[0].time) : [];
  const series: Series[] = [];
  if (first.length > 0) series.push({ ...drawMoment(first, 5), line: 'solid', faint: true });
  series.push(...drawPredictedLaw(last), ...drawGuide(last), ...drawFit(last, law));
  series.push(drawMoment(last, 0));
  return drawChart({
    title: 'The law in the width',
    description: describeLaw(law),
    x: {
      kind: 'log',
      title: 'width m',
      ticks: widthsOf(points).map((value) => ({ value, label: String(value) })),
    },
    y: { kind: 'log', title: 'fluctuation V̂ = E‖f_m − f‖² (unit of y, squared)' },
    series,
  });
}

function describeLaw(law: FluctuationResult['laws'][number] | undefined): string {
  if (law?.exponent == null) return 'No exponent is known.';
  return `At time ${formatNumber(law.time)} the exponent is ${describeEstimate(law.exponent)}.`;
}

function drawMoment(own: readonly FluctuationPoint[], color: number): Series {
  return {
    label: `t = ${formatNumber(own[0]?.time ?? NaN)}`,
    ...placePoints(own, (point) => point.width, 'width'),
    color,
    marker: true,
    interval: 'bars',
  };
}

/** The fitted line goes through the centre of the points, each weighted with its degrees of freedom R − 1. */
function drawFit(
  last: readonly FluctuationPoint[],
  law: FluctuationResult['laws'][number] | undefined,
): Series[] {
  const used = last.filter((point) => point.isResolved);
  if (law?.exponent == null || used.length < 2) return [];
  const slope = law.exponent.estimate;
  const total = used.reduce((sum, { replicas }) => sum + replicas - 1, 0);
  const intercept = used.reduce(
    (sum, { replicas, scaled, width }) =>
      sum + ((replicas - 1) / total) * (Math.log(scaled / width) - slope * Math.log(width)),
    0,
  );
  const [estimate, low, high] = formatEstimate(slope, law.exponent.ci);
  const label = `fit: exponent ${estimate} [${low}, ${high}]`;
  const ends = endsOf(used);
  const y = ends.map((m) => Math.exp(intercept + slope * Math.log(m)));
  return [{ label, x: ends, y, color: 1, line: 'solid' }];
}

function drawPredictedLaw(last: readonly FluctuationPoint[]): Series[] {
  const known = last.filter((point) => point.predicted !== null);
  if (known.length === 0) return [];
  const x = known.map((point) => point.width);
  const y = known.map((point) => (point.predicted ?? NaN) / point.width);
  return [{ label: 'predicted', x, y, color: 'ink', line: 'dashed' }];
}

/** A line of slope −1 at half the height of the points, to compare directions without touching them. */
function drawGuide(last: readonly FluctuationPoint[]): Series[] {
  const used = last.filter((point) => point.scaled > 0);
  if (used.length < 2) return [];
  const mean = used.reduce((sum, { scaled }) => sum + Math.log(scaled), 0) / used.length;
  const x = endsOf(used);
  const y = x.map((m) => Math.exp(mean) / 2 / m);
  return [{ x, y, color: 'ink', line: 'dotted', faint: true, note: 'slope −1' }];
}

/** Points with intervals; scale `width` divides m·V̂ by m. */
function placePoints(
  own: readonly FluctuationPoint[],
  read: (point: FluctuationPoint) => number,
  scale: 1 | 'width',
): Pick<Series, 'x' | 'y' | 'low' | 'high'> {
  const by = (point: FluctuationPoint): number => (scale === 'width' ? point.width : 1);
  return {
    x: own.map(read),
    y: own.map((point) => point.scaled / by(point)),
    low: own.map((point) => point.ciLow / by(point)),
    high: own.map((point) => point.ciHigh / by(point)),
  };
}

function endsOf(points: readonly FluctuationPoint[]): number[] {
  const widths = widthsOf(points);
  return [widths[0], widths[widths.length - 1]];
}

function widthsOf(points: readonly FluctuationPoint[]): number[] {
  return [...new Set(points.map((point) => point.width))].sort((p, q) => p - q);
}
