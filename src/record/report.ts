// report.html of a training run: what ran and what came out, in words, tables and figures, and the facts that every
// report states. It holds no date, so that equal runs on one machine give equal reports.
import type { HistoryRow } from '../observables/history.ts';
import type { PopulationSummary } from '../observables/population.ts';
import type { Particles } from '../state.ts';
import { cloudFigure, fitFigure, lossCurves, lossFigure, type Fit } from './figures.ts';
import type { TimeStepRecord, Versioned } from './manifest.ts';
import { formatNumber } from './number.ts';
import { formatPage, type Figure, type Table } from './page.ts';

/** What every report says about its run. */
export interface RunFacts {
  /** title of the problem, for example "teacher–student, d = 2, s = 64" */
  readonly problem: string;
  /** input dimension d */
  readonly dimension: number;
  /** training samples s */
  readonly samples: number;
  /** the loss is the mean over the law of the inputs, or an integral over the space, not over the samples */
  readonly populationLoss?: 'mean' | 'integral';
  /** held-out samples, 0 without a test set */
  readonly testSamples: number;
  /** steps asked for */
  readonly steps: number;
  /** flow time of one step; the mean where they differ */
  readonly dt: number;
  /** where steps come from λ_max, a sentence, in place of dt */
  readonly timeStep?: string;
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
  /** what birth–death did, in words */
  readonly population?: PopulationSummary;
  /** the regime of the start, a sentence */
  readonly regime?: string;
  /** final particles, drawn for d = 1 */
  readonly particles?: Particles;
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

// ---- Words ------------------------------------------------------------------------------------------

/** What ran, on what. */
export function describeRun(record: RunFacts): string {
  const { dimension, samples, testSamples, steps, dt, timeStep, adapter, populationLoss } = record;
  const held = testSamples > 0 ? ` and ${testSamples} held-out samples` : '';
  const time = formatNumber(steps * dt);
  const kind = adapter.software ? ' (software, on the CPU)' : '';
  const law =
    populationLoss === undefined
      ? ''
      : populationLoss === 'integral'
        ? 'The loss is the energy ½ ∫ (f − y)² dx over the whole space, in closed form, which "training" below means; ' +
          'samples are looked at, never trained on. '
        : 'The loss is the population loss ½ E (f − y)² over the law of the inputs, in closed form, and "training" below ' +
          'means this law; samples are looked at, never trained on. ';
  return (
    law +
    `${samples} ${populationLoss === undefined ? 'training ' : ''}samples${held} in dimension d = ${dimension}, ${steps} steps ` +
    `${timeStep === undefined ? `of dt = ${formatNumber(dt)} ` : ''}up to time ${time}, on ${adapter.name}${kind}.`
  );
}

/**
 * The step of `flow.stableStep` in words.
 *
 * @param share of 1/λ_max
 * @param end the last step, where they change
 */
export function describeTimeStep(
  share: number,
  { lambdaMax, dt }: TimeStepRecord,
  end?: number,
): string {
  const head = `The time step is ${share} / λ_max of the tangent kernel`;
  const [eigenvalue, step] = [formatNumber(lambdaMax), formatNumber(dt)];
  return end === undefined
    ? `${head} at the start of the narrowest networks, one for all: λ_max = ${eigenvalue}, dt = ${step}.`
    : `${head}: λ_max = ${eigenvalue} and dt = ${step} at the start, dt = ${formatNumber(end)} at the end.`;
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
  if (record.regime !== undefined) lines.push(record.regime);
  if (record.timeStep !== undefined) lines.push(record.timeStep);
  const { lines: told = [], warnings = [] } = record.population ?? {};
  lines.push(...told, ...warnings.map((text) => `Warning: ${text}.`));
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

/** Where the numbers stand. */
export function describeFooter({ package: own }: RunFacts): string {
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
