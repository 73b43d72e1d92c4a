// What several penalties do to the fluctuation, side by side: a figure of the constants over time, and a table of
// where they end.
import type { FluctuationResult, LawAtTime } from '../observables/fluctuation.ts';
import { drawChart } from './chart.ts';
import { makeTimeAxis } from './figures.ts';
import { describeEstimate, formatEstimate, formatNumber } from './number.ts';
import type { Figure, Table } from './page.ts';
import type { Series } from './series.ts';
import { summaryLaw } from './verdicts.ts';

/** The result with one penalty. */
export interface FluctuationPart {
  readonly penalty: { readonly kind: string; readonly strength: number };
  readonly result: FluctuationResult;
  /** what is to be known of the prediction, in words */
  readonly caveat?: string | null;
}

/** A penalty in words. */
export function describePenalty({ kind, strength }: FluctuationPart['penalty']): string {
  return kind === 'none' ? 'no penalty' : `${kind}, λ = ${formatNumber(strength)}`;
}

/** One sentence that says where the constants end. */
export function describeComparison(parts: readonly FluctuationPart[]): string {
  const ends = parts.map(({ penalty, result }) => {
    const law = result.laws[result.laws.length - 1];
    return `${describePenalty(penalty)}: ${describeEstimate(law.constant)}`;
  });
  const { time } = parts[0].result.laws[parts[0].result.laws.length - 1];
  return `The constant m·V̂ at time ${formatNumber(time)} with ${parts.length} penalties: ${ends.join('; ')}.`;
}

/**
 * The constant m·V̂, mean of all widths, over time with 95 % intervals, one series per penalty; lines of the same color
 * are predicted.
 */
export function penaltyFigure(parts: readonly FluctuationPart[]): Figure {
  const axis = makeTimeAxis(parts[0].result.laws.map(({ time }) => time));
  const measured = parts.map(({ penalty, result: { laws } }, color): Series => {
    return {
      label: describePenalty(penalty),
      x: laws.map(({ time }) => axis.place(time)),
      y: laws.map(({ constant }) => constant.estimate),
      low: laws.map(({ constant }) => constant.ci[0]),
      high: laws.map(({ constant }) => constant.ci[1]),
      color,
      marker: true,
      interval: 'bars',
      ...(laws.some(isPredicted) ? {} : { line: 'solid' as const }),
    };
  });
  const predicted = parts.flatMap(({ result: { laws } }, color): Series[] => {
    const known = laws.filter(isPredicted);
    if (known.length < 2) return [];
    const x = known.map(({ time }) => axis.place(time));
    return [
      { x, y: known.map(({ constant }) => constant.predicted ?? NaN), color, line: 'dashed' },
    ];
  });
  return {
    svg: drawChart({
      title: 'The constant with each penalty',
      description: describeComparison(parts),
      x: axis.options,
      y: { kind: 'log', title: 'scaled fluctuation m·V̂, mean of widths (unit of y, squared)' },
      series: [...predicted, ...measured],
      notes: predicted.length === 0 ? [] : ['Dashed lines are predicted.'],
    }),
    caption:
      'Replicas of all penalties start from the same particles, so that what differs is the work of the penalty. ' +
      'Bars are 95 % intervals.',
  };
}

/** Exponent, constant, loss and norms at the last time, a row per penalty. */
export function penaltyTable(parts: readonly FluctuationPart[]): Table {
  const rows = parts.map(({ penalty, result }) => {
    const law = summaryLaw(result) ?? result.laws[result.laws.length - 1];
    const at = result.laws.indexOf(law);
    const widest = result.losses.length - 1;
    const [constant, low, high] = formatEstimate(law.constant.estimate, law.constant.ci);
    return [
      describePenalty(penalty),
      formatNumber(law.time),
      formatNumber(law.exponent?.estimate ?? NaN, 3),
      constant,
      `[${low}, ${high}]`,
      formatNumber(law.constant.predicted ?? NaN),
      formatNumber(result.losses[widest].mean[at], 3),
      formatNumber(result.totalVariations[widest].mean[at], 3),
      formatNumber(result.twoNorms[widest].mean[at], 3),
    ];
  });
  return {
    caption:
      'Where each penalty ends: the last time above the float32 floor; loss and norms at the largest width',
    columns: [
      'penalty',
      'time t',
      'exponent',
      'm·V̂',
      '95 % interval',
      'predicted',
      'loss',
      'total variation',
      '2-norm',
    ],
    rows,
  };
}

/** True where the law has a prediction that is above the floor. */
function isPredicted({ constant }: LawAtTime): boolean {
  return constant.predicted !== null;
}
