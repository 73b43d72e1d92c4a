// What the CLT view draws and says: from a result to the data of its two charts and to sentences. No element.
import type { FluctuationPoint, FluctuationResult } from '../../observables/fluctuation.ts';
import type { AxisOptions } from '../../record/axis.ts';
import { makeTimeAxis } from '../../record/figures.ts';
import { describeEstimate, formatNumber } from '../../record/number.ts';
import { describeVerdicts, summaryLaw } from '../../record/verdicts.ts';
import type { ChartData, ChartSeries } from '../chart-data.ts';

/** More ticks than this touch on a phone. */
const MOST_TICKS = 7;

/** The verdicts in words, the main one first, then a caveat of the prediction. */
export function wordsOf(result: FluctuationResult, caveat: string | null): string[] {
  return [...describeVerdicts(result), ...(caveat === null ? [] : [caveat])];
}

/** E‖f_m − f‖² against m: error bars, fitted law, guide of slope −1, prediction, and the start faintly. */
export function lawChart(result: FluctuationResult): ChartData {
  const { points, laws } = result;
  const law = summaryLaw(result);
  const at = (time: number | undefined): FluctuationPoint[] =>
    points.filter((point) => point.time === time);
  const last = at(law?.time);
  const widths = last.map(({ width }) => width);
  const series: ChartSeries[] = [
    { ...moments(last), label: `measured, t = ${formatNumber(law?.time ?? NaN)}`, color: 0 },
    ...fitted(last, law?.exponent?.estimate),
    ...slopeGuide(last),
  ];
  const known = last.filter(({ predicted }) => predicted !== null);
  if (known.length > 0) {
    series.push({
      label: 'predicted',
      x: known.map(({ width }) => width),
      y: known.map(({ predicted, width }) => (predicted ?? NaN) / width),
      color: 'ink',
      line: 'dashed',
    });
  }
  if (laws.length > 1 && law !== laws[0]) {
    const first = moments(at(laws[0].time));
    series.push({ ...first, label: `t = ${formatNumber(laws[0].time)}`, color: 4, faint: true });
  }
  return {
    summary: describeVerdicts(result)[0],
    x: { kind: 'log', title: 'width m', ticks: thin(widths) },
    y: { kind: 'log', title: 'fluctuation V̂ = E‖f_m − f‖²' },
    series,
  };
}

function moments(own: readonly FluctuationPoint[]) {
  return {
    x: own.map(({ width }) => width),
    y: own.map(({ scaled, width }) => scaled / width),
    low: own.map(({ ciLow, width }) => ciLow / width),
    high: own.map(({ ciHigh, width }) => ciHigh / width),
    marker: true,
  };
}

/** The fitted line through the centre of the points above the float32 floor, weighted with R − 1. */
function fitted(own: readonly FluctuationPoint[], slope: number | undefined): ChartSeries[] {
  const used = own.filter(({ isResolved }) => isResolved);
  if (slope === undefined || used.length < 2) return [];
  const total = used.reduce((sum, { replicas }) => sum + replicas - 1, 0);
  const level = used.reduce(
    (sum, { replicas, scaled, width }) =>
      sum + ((replicas - 1) / total) * (Math.log(scaled / width) - slope * Math.log(width)),
    0,
  );
  const x = used.map(({ width }) => width);
  const y = x.map((m) => Math.exp(level + slope * Math.log(m)));
  return [{ label: 'fitted power law', x, y, color: 1, line: 'solid' }];
}

/** A line of slope −1 at half the height of the points, to compare directions without touching them. */
function slopeGuide(own: readonly FluctuationPoint[]): ChartSeries[] {
  const used = own.filter(({ scaled }) => scaled > 0);
  if (used.length < 2) return [];
  const mean = used.reduce((sum, { scaled }) => sum + Math.log(scaled), 0) / used.length;
  const x = used.map(({ width }) => width);
  const y = x.map((m) => Math.exp(mean) / 2 / m);
  return [{ label: 'slope −1', x, y, color: 'ink', line: 'dotted', faint: true }];
}

/** m·V̂ over time, one curve per width with error bars, and what is predicted. */
export function timeChart({ points, laws }: FluctuationResult): ChartData {
  const { options, place } = makeTimeAxis(points.map(({ time }) => time));
  const widths = [...new Set(points.map(({ width }) => width))];
  const series = widths.map((width, color): ChartSeries => {
    const own = points.filter((point) => point.width === width);
    return {
      label: `m = ${width}`,
      x: own.map(({ time }) => place(time)),
      y: own.map(({ scaled }) => scaled),
      low: own.map(({ ciLow }) => ciLow),
      high: own.map(({ ciHigh }) => ciHigh),
      color,
      line: 'solid',
      marker: true,
    };
  });
  const theory = points.filter(({ width }) => width === widths[0]);
  const known = theory.filter(({ predicted }) => predicted !== null);
  if (known.length > 0) {
    const ends = (sign: number): number[] =>
      known.map(
        ({ predicted, predictedSe }) => (predicted ?? 0) + sign * 1.96 * (predictedSe ?? 0),
      );
    series.push({
      label: 'predicted',
      x: known.map(({ time }) => place(time)),
      y: known.map(({ predicted }) => predicted ?? NaN),
      low: ends(-1),
      high: ends(1),
      color: 'ink',
      line: 'dotted',
      marker: true,
    });
  }
  const fresh = theory.filter(({ monteCarlo }) => monteCarlo !== null);
  if (fresh.length > 0) {
    series.push({
      label: 'm fresh samples (predicted)',
      x: fresh.map(({ time }) => place(time)),
      y: fresh.map(({ monteCarlo }) => monteCarlo ?? NaN),
      color: 'ink',
      line: 'dashed',
      faint: true,
    });
  }
  const { constant, time } = laws[laws.length - 1];
  return {
    summary: `Of ${widths.length} widths. At time ${formatNumber(time)} their mean is ${describeEstimate(constant)}.`,
    x: { ...options, ...(options.ticks && { ticks: thin(options.ticks) }) },
    y: { kind: 'log', title: 'scaled fluctuation m·V̂' },
    series,
  };
}

/** Ticks that fit a phone: the first, and every second or third of the others. */
function thin(
  ticks: readonly (number | NonNullable<AxisOptions['ticks']>[number])[],
): NonNullable<AxisOptions['ticks']> {
  const stride = Math.ceil((ticks.length - 1) / (MOST_TICKS - 1));
  return ticks
    .filter((_, n) => (ticks.length - 1 - n) % Math.max(1, stride) === 0 || n === 0)
    .map((tick) => (typeof tick === 'number' ? { value: tick, label: String(tick) } : tick));
}
