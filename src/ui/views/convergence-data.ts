// The quantities of the convergence view: how each follows from the rows of the history, and which belong together.
import type { AxisOptions } from '../../record/axis.ts';
import { formatNumber } from '../../record/number.ts';
import type { Config } from '../../config.ts';
import type { HistoryRow } from '../../observables/history.ts';
import type { ChartData, ChartSeries } from '../chart.ts';

/** Quantities that one chart shows together. */
export type Group = 'loss' | 'cloud' | 'change';

/** One quantity of a row; `first` is the first row of the run. */
interface Quantity {
  readonly label: string;
  readonly read: (row: HistoryRow, first: HistoryRow) => number;
  readonly line?: 'dashed' | 'dotted';
  readonly hidden?: boolean;
  /** whether runs of this configuration have it; default: all */
  readonly applies?: (config: Config) => boolean;
}

/** Mean of δ_i = c² − |a|² − b², which the flow of relu networks keeps (without penalty, in the limit dt → 0). */
function meanDelta({ moments: { meanC2, meanA2, meanB2 } }: HistoryRow): number {
  return meanC2 - meanA2 - meanB2;
}

const QUANTITIES: Record<
  Group,
  { title: string; y: string; kind: AxisOptions['kind']; all: readonly Quantity[] }
> = {
  loss: {
    title: 'loss and residual',
    y: 'loss ½ Σ ν (f − y)²; residual norm',
    kind: 'log',
    all: [
      { label: 'training loss', read: (row) => row.loss },
      { label: 'test loss', read: (row) => row.testLoss, line: 'dashed' },
      {
        label: 'objective',
        read: (row) => row.objective,
        line: 'dotted',
        applies: ({ flow }) => flow.penalty.kind !== 'none',
      },
      { label: 'residual norm', read: (row) => Math.sqrt(2 * row.loss), hidden: true },
    ],
  },
  cloud: {
    title: 'moments of the cloud',
    y: 'mean over particles',
    kind: 'linear',
    all: [
      { label: 'c²', read: ({ moments }) => moments.meanC2 },
      { label: '|a|²', read: ({ moments }) => moments.meanA2, line: 'dashed' },
      { label: 'b²', read: ({ moments }) => moments.meanB2, line: 'dotted' },
      { label: 'total variation |c| |(a, b)|', read: ({ moments }) => moments.totalVariation },
      {
        label: 'squared norm c² |(a, b)|²',
        read: ({ moments }) => moments.squaredNorm,
        line: 'dashed',
        hidden: true,
      },
      { label: 'c', read: ({ moments }) => moments.meanC, line: 'dotted', hidden: true },
      {
        label: 'penalty r',
        read: ({ moments }) => moments.penalty,
        applies: ({ flow }) => flow.penalty.kind !== 'none',
      },
    ],
  },
  change: {
    title: 'change since the start',
    y: 'share, or size of the drift',
    kind: 'log',
    all: [
      { label: 'changed activation patterns', read: (row) => row.patternsChanged },
      {
        label: 'drift of the mean δ = c² − |a|² − b²',
        read: (row, first) => Math.abs(meanDelta(row) - meanDelta(first)),
        line: 'dashed',
        applies: ({ network }) => network.activation === 'relu',
      },
      {
        label: 'surviving lineages per particle',
        read: ({ population }, first) =>
          population === undefined
            ? NaN
            : population.lineages / (first.population?.lineages ?? NaN),
        line: 'dotted',
      },
      {
        label: 'effective share of particles',
        read: ({ population }) => population?.effective ?? NaN,
      },
    ],
  },
};

/** What the groups are called, in their order. */
export const GROUPS = Object.entries(QUANTITIES).map(([name, { title }]) => ({
  name: name as Group,
  title,
}));

/** The scale on which a group is read best. */
export function usualScale(group: Group): AxisOptions['kind'] {
  return QUANTITIES[group].kind;
}

/** How the reader wants to see the history. */
export interface HistoryLook {
  readonly group: Group;
  readonly abscissa: 'time' | 'step';
  readonly x: AxisOptions['kind'];
  readonly y: AxisOptions['kind'];
}

/**
 * The chart of a history. A quantity that the run does not have, or that is nowhere known, is left out.
 *
 * @param rows ascending steps, step 0 first
 */
export function historyChart(
  rows: readonly HistoryRow[],
  config: Config,
  look: HistoryLook,
): ChartData {
  const { group, abscissa } = look;
  const { all, y } = QUANTITIES[group];
  const x = Float64Array.from(rows, (row) => row[abscissa]);
  const series = all.flatMap((quantity, color): ChartSeries[] => {
    const { label, read, line = 'solid', hidden = false } = quantity;
    if (quantity.applies?.(config) === false) return [];
    const values = Float64Array.from(rows, (row) => read(row, rows[0]));
    if (values.every(Number.isNaN)) return [];
    return [{ label, x, y: values, color, line, hidden }];
  });
  const now = rows[rows.length - 1];
  const said = series.map((one) => `${one.label} ${formatNumber(one.y[rows.length - 1])}`);
  return {
    summary:
      now === undefined
        ? 'No step yet.'
        : `At step ${now.step}, time ${formatNumber(now.time)}: ${said.join(', ')}.`,
    x: { kind: look.x, title: abscissa === 'time' ? 'time t' : 'step' },
    y: { kind: look.y, title: y },
    series,
  };
}

/** The rows kept so far and the state now, each step once. */
export function withNow(
  rows: readonly HistoryRow[],
  now: HistoryRow | undefined,
): readonly HistoryRow[] {
  const last = rows[rows.length - 1];
  return now === undefined || (last !== undefined && now.step <= last.step) ? rows : [...rows, now];
}
