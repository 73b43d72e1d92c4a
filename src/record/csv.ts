// The tables of the output folder as CSV text. Pure strings: equal records give equal bytes.
import type { FluctuationPoint } from '../observables/fluctuation.ts';
import type { HistoryRow } from '../observables/history.ts';

/** The samples a prediction belongs to. */
export interface PredictedSamples {
  /** number of samples s */
  readonly count: number;
  /** input dimension d */
  readonly dimension: number;
  /** inputs [s][d] */
  readonly x: Float32Array;
  /** targets [s] */
  readonly y: Float32Array;
}

type Columns = readonly [string, (row: HistoryRow) => number][];

const HISTORY_COLUMNS: Columns = [
  ['step', (row) => row.step],
  ['time', (row) => row.time],
  ['loss', (row) => row.loss],
  ['objective', (row) => row.objective],
  ['test_loss', (row) => row.testLoss],
  ['patterns_changed', (row) => row.patternsChanged],
  ['mean_c', (row) => row.moments.meanC],
  ['mean_c2', (row) => row.moments.meanC2],
  ['mean_a2', (row) => row.moments.meanA2],
  ['mean_b2', (row) => row.moments.meanB2],
  ['total_variation', (row) => row.moments.totalVariation],
  ['squared_norm', (row) => row.moments.squaredNorm],
  ['penalty', (row) => row.moments.penalty],
];

const POPULATION_COLUMNS: Columns = [
  ['lineages', (row) => row.population?.lineages ?? NaN],
  ['effective_share', (row) => row.population?.effective ?? NaN],
  ['resamplings', (row) => row.population?.resamplings ?? NaN],
  ['events', (row) => row.population?.events ?? NaN],
  ['largest_exponent', (row) => row.population?.largestExponent ?? NaN],
];

const FLUCTUATION_COLUMNS: readonly [string, (row: FluctuationPoint) => number | null][] = [
  ['width', (row) => row.width],
  ['replicas', (row) => row.replicas],
  ['time', (row) => row.time],
  ['scaled', (row) => row.scaled],
  ['ci_low', (row) => row.ciLow],
  ['ci_high', (row) => row.ciHigh],
  ['predicted', (row) => row.predicted],
  ['predicted_se', (row) => row.predictedSe],
  ['deviation', (row) => row.deviation],
  ['d_eff', (row) => row.effectiveDimension],
  ['scaled_test', (row) => row.scaledTest],
  ['test_ci_low', (row) => row.testCiLow],
  ['test_ci_high', (row) => row.testCiHigh],
  ['test_predicted', (row) => row.testPredicted],
  ['test_predicted_se', (row) => row.testPredictedSe],
  ['monte_carlo', (row) => row.monteCarlo],
  ['monte_carlo_se', (row) => row.monteCarloSe],
  ['limit_error', (row) => row.limitError],
  ['resolved', (row) => (row.isResolved ? 1 : 0)],
];

/** `history.csv`: one line per recorded step, dt where it changes and columns of birth–death where there is any, numbers in the shortest form that reads back exactly, NaN empty. */
export function formatHistory(rows: readonly HistoryRow[]): string {
  const step: Columns = rows.some((row) => row.dt !== undefined)
    ? [['dt', (row) => row.dt ?? NaN]]
    : [];
  if (rows.every((row) => row.population === undefined))
    return formatTable([...HISTORY_COLUMNS, ...step], rows);
  const perStep = (_row: HistoryRow, index: number): number => eventsPerStep(rows, index);
  return formatTable(
    [...HISTORY_COLUMNS, ...step, ...POPULATION_COLUMNS, ['events_per_step', perStep]],
    rows,
  );
}

/** Births and deaths per step since the row before; NaN at the first. */
function eventsPerStep(rows: readonly HistoryRow[], at: number): number {
  const [before, now] = [rows[at - 1], rows[at]];
  if (before?.population === undefined || now.population === undefined) return NaN;
  return (now.population.events - before.population.events) / (now.step - before.step);
}

/** The points of one penalty. */
export interface PenaltyPoints {
  readonly penalty: { readonly kind: string; readonly strength: number };
  readonly points: readonly FluctuationPoint[];
}

/**
 * `fluctuations.csv`: one line per penalty, width and time in the order given, the penalty in its last two columns;
 * unknown values are empty.
 */
export function formatFluctuations(parts: readonly PenaltyPoints[]): string {
  const names = [...FLUCTUATION_COLUMNS.map(([name]) => name), 'penalty', 'strength'];
  const lines = parts.flatMap(({ penalty, points }) =>
    points.map((point) =>
      [
        ...FLUCTUATION_COLUMNS.map(([, read]) => formatCell(read(point))),
        penalty.kind,
        formatCell(penalty.strength),
      ].join(','),
    ),
  );
  return `${[names.join(','), ...lines].join('\n')}\n`;
}

/**
 * `predictions.csv`: inputs, target and network output of every sample, in input order. Nine significant digits
 * bring every float32 back exactly.
 *
 * @param samples s samples in d dimensions
 * @param f network output [s], in the order of the samples
 */
export function formatPredictions(samples: PredictedSamples, f: Float32Array): string {
  const { count, dimension, x, y } = samples;
  if (f.length !== count) throw new Error(`${f.length} predictions for ${count} samples`);
  const names = Array.from({ length: dimension }, (_, k) => `x${k}`);
  const lines = [[...names, 'y', 'f'].join(',')];
  for (let j = 0; j < count; j++) {
    const row = [...x.subarray(j * dimension, (j + 1) * dimension), y[j], f[j]];
    lines.push(row.map(formatSingle).join(','));
  }
  return `${lines.join('\n')}\n`;
}

function formatTable<Row>(
  columns: readonly [string, (row: Row, index: number) => number | null][],
  rows: readonly Row[],
): string {
  const lines = rows.map((row, index) =>
    columns.map(([, read]) => formatCell(read(row, index))).join(','),
  );
  return `${[columns.map(([name]) => name).join(','), ...lines].join('\n')}\n`;
}

function formatCell(value: number | null): string {
  return value === null || Number.isNaN(value) ? '' : String(value);
}

/** A float32 with 9 significant digits, trailing zeros dropped. */
function formatSingle(value: number): string {
  return String(Number(value.toPrecision(9)));
}
