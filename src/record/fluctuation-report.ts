// report.html of the fluctuation experiment: verdicts in words, tables and figures.
import type {
  Estimate,
  FluctuationPoint,
  FluctuationResult,
  LawAtTime,
} from '../observables/fluctuation.ts';
import { lossFigure } from './figures.ts';
import { fluctuationFigure, lawFigure, quantileFigure, testFigure } from './fluctuation-figures.ts';
import { formatEstimate, formatNumber } from './number.ts';
import { formatPage, type Figure, type Table } from './page.ts';
import { describeFooter, describeRun, type RunFacts } from './report.ts';
import { describeDifference, describeVerdicts, judgeCollapse, summaryLaw } from './verdicts.ts';

/** What the report of `clt` shows. */
export interface FluctuationRecord extends RunFacts {
  readonly result: FluctuationResult;
}

/** The report of the fluctuation experiment. */
export function fluctuationReport(record: FluctuationRecord): string {
  const { points, laws } = record.result;
  const law = summaryLaw(record.result);
  const widths = [...new Set(points.map((point) => point.width))];
  const replicas = [...new Set(points.map((point) => point.replicas))].join(', ');
  return formatPage({
    title: `Fluctuations: ${record.problem}`,
    lead:
      `${describeRun(record)} Every width m = ${widths.join(', ')} ran with ${replicas} independent ` +
      'replicas, which share the data and differ in their initial particles only.',
    results: describeVerdicts(record.result),
    tables: [
      tabulateWidths(points, law),
      tabulateTimes(laws),
      ...tabulateTests(laws),
      ...tabulateOffData(laws),
    ],
    figures: drawFluctuations(record.result),
    command: record.command,
    config: record.config,
    footer: describeFooter(record),
  });
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

/** The constant at the test samples beside that at the training samples; none without a test set. */
function tabulateOffData(laws: readonly LawAtTime[]): Table[] {
  if (laws.every(({ testConstant }) => testConstant === null)) return [];
  return [
    tabulate('The constant at training and at test samples', laws, [
      ['time t', ({ time }) => formatNumber(time)],
      ...estimateColumns<LawAtTime>('training', ({ constant }) => constant),
      ...estimateColumns<LawAtTime>('test', ({ testConstant }) => testConstant),
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
  const { points, laws, losses, gaussianity } = result;
  const curves = losses.map(({ width, time, mean, se }) => ({
    label: `m = ${width}`,
    time,
    loss: mean,
    se,
  }));
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
        'Bars are 95 % intervals.',
    },
  ];
  if (laws.some(({ testConstant }) => testConstant !== null)) {
    figures.push({
      svg: testFigure(laws),
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
  figures.push({
    svg: lossFigure(curves),
    caption: 'Mean training loss over replicas; bands are one standard error wide on either side.',
  });
  return figures;
}
