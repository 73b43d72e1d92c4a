// report.html of the fluctuation experiment: verdicts in words, tables and figures.
import type {
  Estimate,
  FluctuationPoint,
  FluctuationResult,
  LawAtTime,
  ReplicaMeans,
} from '../observables/fluctuation.ts';
import { regimeName, showRegime, type RegimesOfWidths } from '../observables/regime.ts';
import { lossFigure, normFigure, type LossCurve } from './figures.ts';
import { fluctuationFigure, lawFigure, quantileFigure, testFigure } from './fluctuation-figures.ts';
import { formatEstimate, formatNumber } from './number.ts';
import {
  describeComparison,
  describePenalty,
  penaltyFigure,
  penaltyTable,
  type FluctuationPart,
} from './penalty-comparison.ts';
import { formatPage, type Figure, type Table } from './page.ts';
import { describeFooter, describeRun, type RunFacts } from './report.ts';
import { describeDifference, describeVerdicts, judgeCollapse, summaryLaw } from './verdicts.ts';

/** What the report of `clt` shows. */
export interface FluctuationRecord extends RunFacts {
  /** one per penalty */
  readonly parts: readonly FluctuationPart[];
  /** what is said after the verdicts: the time step, the regime */
  readonly lines?: readonly string[];
  /** regime numbers of the start; null where there are none */
  readonly regimes?: RegimesOfWidths | null;
}

/** The report of the fluctuation experiment. */
export function fluctuationReport(record: FluctuationRecord): string {
  const { parts } = record;
  const { points } = parts[0].result;
  const widths = [...new Set(points.map((point) => point.width))];
  const numbers = widths.map((width) => points.find((point) => point.width === width)?.replicas);
  const isSame = new Set(numbers).size === 1;
  const ran = isSame
    ? `Every width m = ${widths.join(', ')} ran with ${numbers[0]}`
    : `The widths m = ${widths.join(', ')} ran with ${numbers.join(', ')}`;
  return formatPage({
    title: `Fluctuations: ${record.problem}`,
    lead:
      `${describeRun(record)} ${ran} independent ` +
      'replicas, which share the data and differ in their initial particles only.',
    results: [...describeParts(parts), ...(record.lines ?? [])],
    tables: [
      ...(parts.length > 1 ? [penaltyTable(parts)] : []),
      ...parts.flatMap((part) =>
        tabulatePart(part.result).map((table) => ({
          ...table,
          caption: headOf(part, parts) + table.caption,
        })),
      ),
      ...tabulateRegimes(record.regimes ?? null),
    ],
    figures: [
      ...(parts.length > 1 ? [penaltyFigure(parts)] : []),
      ...parts.flatMap((part) =>
        drawFluctuations(part.result).map((figure) => ({
          ...figure,
          caption: headOf(part, parts) + figure.caption,
        })),
      ),
    ],
    command: record.command,
    config: record.config,
    footer: describeFooter(record),
  });
}

/** Every verdict in words, under the name of its penalty where there are several. */
export function describeParts(parts: readonly FluctuationPart[]): string[] {
  const verdicts = parts.flatMap((part) =>
    describePart(part).map((verdict) => headOf(part, parts) + verdict),
  );
  return parts.length > 1 ? [describeComparison(parts), ...verdicts] : verdicts;
}

/** Every verdict on one penalty, and what is to be known of its prediction. */
export function describePart({ result, caveat }: FluctuationPart): string[] {
  return [...describeVerdicts(result), ...(caveat ? [caveat] : [])];
}

/** The head of what is said of one penalty of several. */
function headOf({ penalty }: FluctuationPart, parts: readonly FluctuationPart[]): string {
  if (parts.length === 1) return '';
  const name = describePenalty(penalty);
  return `${name[0].toUpperCase()}${name.slice(1)}: `;
}

// ---- Tables -----------------------------------------------------------------------------------------

/** A column of a table: its name, and how a row fills it. */
type Column<Row> = readonly [name: string, read: (row: Row) => string];

function tabulate<Row>(
  caption: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): Table {
  return {
    caption,
    columns: columns.map(([name]) => name),
    rows: rows.map((row) => columns.map(([, read]) => read(row))),
  };
}

function tabulatePart(result: FluctuationResult): Table[] {
  const { points, laws } = result;
  return [
    tabulateWidths(points, summaryLaw(result)),
    tabulateTimes(laws),
    ...tabulateTests(laws),
    ...tabulateOffData(laws),
  ];
}

function tabulateWidths(points: readonly FluctuationPoint[], law: LawAtTime | undefined): Table {
  const own = points.filter((point) => point.time === law?.time);
  const known = (read: (point: FluctuationPoint) => number | null): boolean =>
    own.some((point) => read(point) !== null);
  const training = estimateColumns<FluctuationPoint>('m·V̂', (point) => ({
    estimate: point.scaled,
    ci: [point.ciLow, point.ciHigh],
  }));
  const dimension: Column<FluctuationPoint> = [
    'd_eff',
    (point) => formatNumber(point.effectiveDimension ?? NaN, 3),
  ];
  const test: Column<FluctuationPoint> = [
    'at test samples',
    (point) => formatNumber(point.scaledTest ?? NaN),
  ];
  const prediction: Column<FluctuationPoint>[] = [
    ['predicted', formatPredicted],
    ['difference / se', (point) => formatNumber(point.deviation ?? NaN, 2)],
  ];
  return tabulate(`Scaled fluctuation m·V̂ at time ${formatNumber(law?.time ?? NaN)}`, own, [
    ['width m', (point) => String(point.width)],
    ['replicas', (point) => String(point.replicas)],
    ...training,
    ...(known((point) => point.effectiveDimension) ? [dimension] : []),
    ...(known((point) => point.predicted) ? prediction : []),
    ...(known((point) => point.scaledTest) ? [test] : []),
  ]);
}

function formatPredicted({ predicted, predictedSe }: FluctuationPoint): string {
  if (predicted === null) return '–';
  const margin = predictedSe ? ` ± ${formatNumber(1.96 * predictedSe, 2)}` : '';
  return `${formatNumber(predicted)}${margin}`;
}

function tabulateTimes(laws: readonly LawAtTime[]): Table {
  return tabulate('The law at every recorded time', laws, [
    ['time t', ({ time }) => formatNumber(time)],
    ...estimateColumns<LawAtTime>('exponent', ({ exponent }) => exponent),
    ...estimateColumns<LawAtTime>('constant', ({ constant }) => constant),
    ['predicted', ({ constant }) => formatNumber(constant.predicted ?? NaN)],
  ]);
}

/** χ² over widths and the difference from the prediction; none where neither was tested. */
function tabulateTests(laws: readonly LawAtTime[]): Table[] {
  const hasCollapse = laws.some(({ collapse }) => collapse !== null);
  const hasAgreement = laws.some(({ agreement }) => agreement !== null);
  if (!hasCollapse && !hasAgreement) return [];
  const collapse: Column<LawAtTime>[] = [
    ['χ² of widths', (law) => formatNumber(law.collapse?.statistic ?? NaN, 3)],
    ['degrees', (law) => formatNumber(law.collapse?.degrees ?? NaN)],
    ['p', (law) => formatNumber(law.collapse?.p ?? NaN, 2)],
    ['widths', (law) => (law.collapse === null ? '–' : judgeCollapse(law.collapse))],
  ];
  const agreement: Column<LawAtTime>[] = [
    [
      'measured against predicted',
      (law) => (law.agreement === null ? '–' : describeDifference(law.agreement)),
    ],
  ];
  return [
    tabulate('Tests at every recorded time', laws, [
      ['time t', ({ time }) => formatNumber(time)],
      ...(hasCollapse ? collapse : []),
      ...(hasAgreement ? agreement : []),
    ]),
  ];
}

/** Λ of every width; none where there is no regime. */
function tabulateRegimes(regimes: RegimesOfWidths | null): Table[] {
  if (regimes === null || 'reason' in regimes) return [];
  const caption =
    'Regime number Λ of the start, mean over replicas ± standard error: below 0.03 knots hardly move, above 0.2 they do';
  return [
    tabulate(caption, regimes, [
      ['width m', ({ width }) => String(width)],
      ['replicas', ({ replicas }) => String(replicas)],
      ['Λ', showRegime],
      ['regime', ({ mean }) => regimeName(mean)],
    ]),
  ];
}

/** The constant at the test samples beside that at the training samples; none without a test set. */
function tabulateOffData(laws: readonly LawAtTime[]): Table[] {
  if (laws.every(({ testConstant }) => testConstant === null)) return [];
  return [
    tabulate('The constant at training and at test samples', laws, [
      ['time t', ({ time }) => formatNumber(time)],
      ...estimateColumns<LawAtTime>('training', ({ constant }) => constant),
      ...estimateColumns<LawAtTime>('test', ({ testConstant }) => testConstant),
      ['predicted, test', ({ testConstant }) => formatNumber(testConstant?.predicted ?? NaN)],
    ]),
  ];
}

/** Two columns: the estimate and its interval. */
function estimateColumns<Row>(
  name: string,
  read: (row: Row) => Estimate | null,
): [Column<Row>, Column<Row>] {
  const cells = (row: Row): readonly string[] => {
    const value = read(row);
    if (value === null) return ['–', '–'];
    const [estimate, low, high] = formatEstimate(value.estimate, value.ci);
    return [estimate, `[${low}, ${high}]`];
  };
  return [
    [name, (row) => cells(row)[0]],
    ['95 % interval', (row) => cells(row)[1]],
  ];
}

// ---- Figures ----------------------------------------------------------------------------------------

function drawFluctuations(result: FluctuationResult): Figure[] {
  const { points, laws, gaussianity } = result;
  const figures: Figure[] = [
    {
      svg: lawFigure(result),
      caption:
        'Fluctuations of size 1/√m put the points on a line of slope −1, the direction of the dotted guide. ' +
        'Bars and brackets are 95 % intervals.',
    },
    {
      svg: fluctuationFigure(points),
      caption:
        'Multiplied with m, the fluctuations of all widths fall on one curve where the 1/√m law holds. ' +
        'Bars are 95 % intervals.' +
        (points.some(({ monteCarlo }) => monteCarlo !== null)
          ? ' The dashed line is the constant of m fresh, independent samples of the cloud at that time.'
          : ''),
    },
  ];
  if (laws.some(({ testConstant }) => testConstant !== null)) {
    figures.push({
      svg: testFigure(laws, points),
      caption:
        'Where training data are interpolated, fluctuations die out at the training samples and stay off them. ' +
        'Bars are 95 % intervals.',
    });
  }
  if (gaussianity !== null) {
    figures.push({
      svg: quantileFigure(gaussianity),
      caption:
        'Replicas projected on the directions of largest fluctuation, which were found in the other half of the ' +
        'replicas; Gaussian numbers lie on the diagonal.',
    });
  }
  return [...figures, ...drawCloudOverTime(result)];
}

/** Loss, total variation and 2-norm over time, means over replicas. */
function drawCloudOverTime({ losses, totalVariations, twoNorms }: FluctuationResult): Figure[] {
  const bands = 'bands are one standard error wide on either side.';
  return [
    { svg: lossFigure(curvesOf(losses)), caption: `Mean training loss over replicas; ${bands}` },
    {
      svg: normFigure(
        curvesOf(totalVariations),
        'Total variation over time',
        'total variation ∫ |c| |(a, b)| dμ',
      ),
      caption: `Total variation of the cloud, mean over replicas; ${bands}`,
    },
    {
      svg: normFigure(curvesOf(twoNorms), '2-norm over time', '2-norm (∫ c² |(a, b)|² dμ)^½'),
      caption: `2-norm of the cloud, mean over replicas; ${bands}`,
    },
  ];
}

function curvesOf(means: readonly ReplicaMeans[]): LossCurve[] {
  return means.map(({ width, time, mean, se }) => ({
    label: `m = ${width}`,
    time,
    loss: mean,
    se,
  }));
}
