// report.html: what ran and what came out, in words, tables and figures. It holds no date, so that equal runs
// on one machine give equal reports.
import type {
  Estimate,
  FluctuationPoint,
  FluctuationResult,
  LawAtTime,
} from '../observables/fluctuation.ts';
import type { HistoryRow } from '../observables/history.ts';
import type { Particles } from '../state.ts';
import { cloudFigure, fitFigure, lossCurves, lossFigure, type Fit } from './figures.ts';
import { fluctuationFigure, lawFigure } from './fluctuation-figures.ts';
import type { Versioned } from './manifest.ts';
import { describeEstimate, formatEstimate, formatNumber } from './number.ts';
import { formatPage, type Figure, type Table } from './page.ts';

/** What every report says about its run. */
export interface RunFacts {
  /** title of the problem, for example "teacher–student, d = 2, s = 64" */
  readonly problem: string;
  /** input dimension d */
  readonly dimension: number;
  /** training samples s */
  readonly samples: number;
  /** held-out samples, 0 without a test set */
  readonly testSamples: number;
  /** steps asked for */
  readonly steps: number;
  /** flow time of one step */
  readonly dt: number;
  /** name of the adapter, and whether it is a rasteriser on the CPU */
  readonly adapter: { readonly name: string; readonly software: boolean };
  /** command line that gives this result again */
  readonly command: string;
  /** resolved configuration */
  readonly config: unknown;
  readonly package: Versioned;
}

/** Loss ½ Σ ν (f − y)² of the affine least-squares fit. */
export interface Baseline {
  readonly train?: number;
  readonly test?: number;
}

/** What the report of `train` shows. */
export interface TrainRecord extends RunFacts {
  readonly width: number;
  readonly history: readonly HistoryRow[];
  readonly baseline?: Baseline;
  readonly fit?: Fit;
  /** final particles, drawn for d = 1 */
  readonly particles?: Particles;
}

/** What the report of `clt` shows. */
export interface FluctuationRecord extends RunFacts {
  readonly result: FluctuationResult;
}

/** The report of one training run. */
export function trainReport(record: TrainRecord): string {
  const { width, history } = record;
  const title = `Training: ${record.problem}`;
  const last = history[history.length - 1];
  return formatPage({
    title,
    lead: `${describeRun(record)} The network has width m = ${width}.`,
    results: describeTraining(record, last),
    tables: [tabulateLosses(record, last)],
    figures: drawTraining(record),
    command: record.command,
    config: record.config,
    footer: describeFooter(record),
  });
}

/** The report of the fluctuation experiment. */
export function fluctuationReport(record: FluctuationRecord): string {
  const { points, laws } = record.result;
  const law = laws[laws.length - 1];
  const widths = [...new Set(points.map((point) => point.width))];
  const replicas = [...new Set(points.map((point) => point.replicas))].join(', ');
  return formatPage({
    title: `Fluctuations: ${record.problem}`,
    lead:
      `${describeRun(record)} Every width m = ${widths.join(', ')} ran with ${replicas} independent ` +
      'replicas, which share the data and differ in their initial particles only.',
    results: describeFluctuations(law, widths.length),
    tables: [tabulateWidths(points, law), tabulateTimes(laws)],
    figures: drawFluctuations(record.result),
    command: record.command,
    config: record.config,
    footer: describeFooter(record),
  });
}

/** Says in words whether the 95 % interval of an exponent holds −1. */
export function describeVerdict(exponent: LawAtTime['exponent']): string {
  if (exponent === null) return 'no exponent can be fitted';
  const [low, high] = exponent.ci;
  return low <= -1 && -1 <= high ? 'the interval contains −1' : 'the interval does not contain −1';
}

// ---- Words ------------------------------------------------------------------------------------------

function describeRun(record: RunFacts): string {
  const { dimension, samples, testSamples, steps, dt, adapter } = record;
  const held = testSamples > 0 ? ` and ${testSamples} held-out samples` : '';
  const time = formatNumber(steps * dt);
  const kind = adapter.software ? ' (software, on the CPU)' : '';
  return (
    `${samples} training samples${held} in dimension d = ${dimension}, ${steps} steps of ` +
    `dt = ${formatNumber(dt)} up to time ${time}, on ${adapter.name}${kind}.`
  );
}

function describeTraining(record: TrainRecord, last: HistoryRow | undefined): string[] {
  const first = record.history[0];
  if (first === undefined || last === undefined) return ['No step was recorded.'];
  const lines = [
    `The training loss went from ${formatNumber(first.loss)} to ${formatNumber(last.loss)}` +
      (Number.isNaN(last.testLoss) ? '.' : `; the test loss is ${formatNumber(last.testLoss)}.`),
  ];
  if (last.step < record.steps) {
    lines.push(`The run was interrupted at step ${last.step} of ${record.steps}.`);
  }
  const { train, test } = record.baseline ?? {};
  if (test !== undefined && !Number.isNaN(last.testLoss)) {
    lines.push(compareLosses('test loss', last.testLoss, test));
  } else if (train !== undefined) {
    lines.push(compareLosses('training loss', last.loss, train));
  }
  if (!Number.isNaN(last.patternsChanged)) {
    const share = formatNumber(100 * last.patternsChanged, 3);
    lines.push(`Of the activation bits, ${share} % differ from the start.`);
  }
  return lines;
}

function compareLosses(name: string, own: number, baseline: number): string {
  const plain = `An affine least-squares fit has ${name} ${formatNumber(baseline)}.`;
  if (!(own > 0 && baseline > 0)) return plain;
  const ratio = own / baseline;
  const words =
    ratio <= 1
      ? `${formatNumber(1 / ratio, 3)} times below`
      : `${formatNumber(ratio, 3)} times above`;
  return `This ${name} lies ${words} that of an affine least-squares fit, ${formatNumber(baseline)}.`;
}

function describeFluctuations(law: LawAtTime | undefined, widths: number): string[] {
  if (law === undefined) return ['No time was recorded.'];
  const at = `At time ${formatNumber(law.time)}`;
  const lines =
    law.exponent === null
      ? [
          `${at}: ${describeVerdict(null)}` +
            (widths < 2 ? ', since this takes two widths or more.' : ', since V̂ is 0 somewhere.'),
        ]
      : [
          `${at} the fluctuation E‖f_m − f‖² follows the width with exponent ` +
            `${describeEstimate(law.exponent)}: ${describeVerdict(law.exponent)}, ` +
            'the value of the central limit theorem.',
        ];
  const { constant } = law;
  lines.push(
    `Its constant m·V̂ is ${describeEstimate(constant)}` +
      (constant.predicted === null ? '.' : `; predicted: ${formatNumber(constant.predicted)}.`),
  );
  return lines;
}

function describeFooter({ package: own }: RunFacts): string {
  return `Written by ${own.name} ${own.version}. The numbers behind the figures stand in the .csv files beside this page; manifest.json tells versions, times and checksums.`;
}

// ---- Tables -----------------------------------------------------------------------------------------

function tabulateLosses(record: TrainRecord, last: HistoryRow | undefined): Table {
  const first = record.history[0];
  const { train = NaN, test = NaN } = record.baseline ?? {};
  const rows = [
    ['Network at the start', first?.loss ?? NaN, first?.testLoss ?? NaN],
    ['Network at the end', last?.loss ?? NaN, last?.testLoss ?? NaN],
    ...(record.baseline === undefined ? [] : [['Affine least squares', train, test]]),
  ];
  const hasTest = rows.some(([, , value]) => !Number.isNaN(value));
  return {
    caption: 'Loss ½ Σ ν (f − y)²',
    columns: ['', 'training', ...(hasTest ? ['test'] : [])],
    rows: rows.map((row) => row.slice(0, hasTest ? 3 : 2).map(formatCell)),
  };
}

function formatCell(value: string | number): string {
  return typeof value === 'string' ? value : formatNumber(value);
}

function tabulateWidths(points: readonly FluctuationPoint[], law: LawAtTime | undefined): Table {
  const own = points.filter((point) => point.time === law?.time);
  const isKnown = own.some((point) => point.predicted !== null);
  return {
    caption: `Scaled fluctuation m·V̂ at time ${formatNumber(law?.time ?? NaN)}`,
    columns: ['width m', 'replicas', 'm·V̂', '95 % interval', ...(isKnown ? ['predicted'] : [])],
    rows: own.map((point) => [
      String(point.width),
      String(point.replicas),
      ...tabulateEstimate({ estimate: point.scaled, ci: [point.ciLow, point.ciHigh] }),
      ...(isKnown ? [formatPredicted(point)] : []),
    ]),
  };
}

function formatPredicted({ predicted, predictedSe }: FluctuationPoint): string {
  if (predicted === null) return '–';
  const margin = predictedSe ? ` ± ${formatNumber(1.96 * predictedSe, 2)}` : '';
  return `${formatNumber(predicted)}${margin}`;
}

function tabulateTimes(laws: readonly LawAtTime[]): Table {
  return {
    caption: 'The law at every recorded time',
    columns: ['time t', 'exponent', '95 % interval', 'constant', '95 % interval', 'predicted'],
    rows: laws.map(({ time, exponent, constant }) => [
      formatNumber(time),
      ...(exponent === null ? ['–', '–'] : tabulateEstimate(exponent)),
      ...tabulateEstimate(constant),
      constant.predicted === null ? '–' : formatNumber(constant.predicted),
    ]),
  };
}

/** Two cells: the estimate and its interval. */
function tabulateEstimate(value: Estimate): [string, string] {
  const [estimate, low, high] = formatEstimate(value.estimate, value.ci);
  return [estimate, `[${low}, ${high}]`];
}

// ---- Figures ----------------------------------------------------------------------------------------

function drawTraining({ history, fit, particles }: TrainRecord): Figure[] {
  const figures: Figure[] = [
    {
      svg: lossFigure(lossCurves(history)),
      caption: 'A straight fall on this logarithmic axis is exponential decay of the loss.',
    },
  ];
  if (fit !== undefined) {
    figures.push({
      svg: fitFigure(fit),
      caption:
        fit.dimension === 1
          ? 'The curve is the network at the end of training, the marks are the data.'
          : 'A sample on the dashed diagonal is predicted exactly; the distance from it is the error.',
    });
  }
  if (particles?.dimension === 1) {
    figures.push({
      svg: cloudFigure(particles),
      caption:
        'Every mark is a particle at the end of training: its place is (a, b), its area grows with |c|, ' +
        'its colour is the sign of c.',
    });
  }
  return figures;
}

function drawFluctuations(result: FluctuationResult): Figure[] {
  const curves = result.losses.map(({ width, time, mean, se }) => ({
    label: `m = ${width}`,
    time,
    loss: mean,
    se,
  }));
  return [
    {
      svg: lawFigure(result),
      caption:
        'Fluctuations of size 1/√m put the points on a line of slope −1, the direction of the dotted guide. ' +
        'Bars and brackets are 95 % intervals.',
    },
    {
      svg: fluctuationFigure(result.points),
      caption:
        'Multiplied with m, the fluctuations of all widths fall on one curve where the 1/√m law holds. ' +
        'Bars are 95 % intervals.',
    },
    {
      svg: lossFigure(curves),
      caption:
        'Mean training loss over replicas; bands are one standard error wide on either side.',
    },
  ];
}
