// `meanfield clt`: the fluctuation experiment over widths × replicas; writes its table, summary and report.
import type { FluctuationDone } from '../../experiments/events.ts';
import { checkFluctuations, fluctuations } from '../../experiments/fluctuations.ts';
import { prediction } from '../../experiments/prediction.ts';
import { checkTangent } from '../../engine/tangent.ts';
import type {
  FluctuationPoint,
  FluctuationResult,
  Prediction,
} from '../../observables/fluctuation.ts';
import { formatFluctuations } from '../../record/csv.ts';
import { fluctuationReport } from '../../record/fluctuation-report.ts';
import { formatNumber } from '../../record/number.ts';
import { describeVerdicts } from '../../record/verdicts.ts';
import { EXIT, InterruptedError } from '../errors.ts';
import { runFacts } from '../facts.ts';
import { loadSweepInputs } from '../inputs.ts';
import type { SweepOptions } from '../options.ts';
import { print } from '../output.ts';
import { runOnDevice, type Workplace } from '../run.ts';
import { formatTable } from '../text.ts';

type SweepInputs = Awaited<ReturnType<typeof loadSweepInputs>>;

/** Runs the experiment and saves it. @throws InterruptedError on a signal; then nothing is written */
export async function clt(options: SweepOptions): Promise<number> {
  const inputs = await loadSweepInputs(options);
  const predicts = options.predict === true;
  if (predicts) checkTangent(inputs.config, inputs.problem.train.dimension);
  return runOnDevice('clt', options, async (place) => {
    const start = performance.now();
    const { result, runs } = await interruptible(place, async () => {
      const predicted = predicts ? await predict(inputs, place) : undefined;
      return compute(inputs, place, predicted);
    });
    const facts = runFacts(inputs.config, inputs.problem, place.device);
    const summary = {
      ...summarise(result),
      adapter: place.device.adapterName,
      seconds: Math.round(performance.now() - start) / 1000,
    };
    const files = new Map<string, Uint8Array | string>([
      ['fluctuations.csv', formatFluctuations(result.points)],
      ['summary.json', `${JSON.stringify(summary, null, 2)}\n`],
      ['report.html', fluctuationReport({ ...facts, result })],
    ]);
    const kernels = Object.fromEntries(
      runs.flatMap(({ width, kernels: chosen, batches }) =>
        Object.entries({ ...chosen, batches }).map(([key, value]) => [`${width}.${key}`, value]),
      ),
    );
    const path = await place.save({ config: inputs.config, files, kernels, status: 'done' });
    if (options.json) print(JSON.stringify({ ...summary, points: result.points, folder: path }));
    else print(describe(inputs.problem.title, result, `${path}/report.html`));
    return EXIT.done;
  });
}

async function compute(
  inputs: SweepInputs,
  place: Workplace,
  predicted: readonly Prediction[] | undefined,
): Promise<FluctuationDone> {
  const { config, problem, limit } = inputs;
  const { progress, signal, device } = place;
  const options = {
    data: problem,
    signal,
    ...(limit === undefined ? {} : { limit }),
    ...(predicted === undefined ? {} : { predicted }),
  };
  for await (const event of fluctuations(device, config, options)) {
    if (event.kind === 'result') return event;
    progress.update(event.fraction, `width ${event.width}, step ${event.step} of ${event.steps}`);
  }
  throw new Error('the experiment ended without a result');
}

/** The predicted constants at the recording times. */
async function predict({ config, problem }: SweepInputs, place: Workplace): Promise<Prediction[]> {
  const { progress, signal, device } = place;
  const steps = checkFluctuations(config);
  for await (const event of prediction(device, config, problem, steps, signal)) {
    if (event.kind === 'prediction') return event.steps.map(({ constant }) => constant);
    const done = (event.rule + event.fraction) / event.rules;
    progress.update(done, `prediction, rule ${event.rule + 1} of ${event.rules}`);
  }
  throw new Error('the prediction ended without a result');
}

/** Does the work; a signal becomes an InterruptedError, and the progress line ends in any case. */
async function interruptible<T>(
  { progress, signal }: Workplace,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw new InterruptedError('interrupted; nothing was written');
    throw error;
  } finally {
    progress.finish();
  }
}

/** Exponent and constant at the last time, the same for every time, and what was tested. */
function summarise(result: FluctuationResult) {
  const { laws, gaussianity } = result;
  const { exponent, constant } = laws[laws.length - 1];
  const test =
    gaussianity === null
      ? null
      : {
          ...gaussianity,
          directions: gaussianity.directions.map(({ share, statistic, p }) => ({
            share,
            statistic,
            p,
          })),
        };
  return {
    exponent,
    constant,
    times: laws,
    gaussianity: test,
    verdicts: describeVerdicts(result),
  };
}

function describe(title: string, result: FluctuationResult, report: string): string {
  const { points, laws } = result;
  const last = laws[laws.length - 1];
  const first = laws[0];
  const parts = [title];
  for (const { time } of first === last ? [first] : [first, last]) {
    parts.push(
      `time ${formatNumber(time)}`,
      tableOf(points.filter((point) => point.time === time)),
    );
  }
  parts.push(...describeVerdicts(result));
  return `${parts.join('\n\n')}\n\nreport: ${report}`;
}

function tableOf(rows: readonly FluctuationPoint[]): string {
  const hasTest = rows.some(({ scaledTest }) => scaledTest !== null);
  const header = ['width', 'replicas', 'scaled fluctuation', '95 % interval', 'd_eff', 'predicted'];
  const cells = rows.map((row) => [
    String(row.width),
    String(row.replicas),
    formatNumber(row.scaled),
    `${formatNumber(row.ciLow)} … ${formatNumber(row.ciHigh)}`,
    formatNumber(row.effectiveDimension ?? NaN, 3),
    orDash(row.predicted),
    ...(hasTest ? [orDash(row.scaledTest)] : []),
  ]);
  return formatTable([[...header, ...(hasTest ? ['at test samples'] : [])], ...cells]);
}

function orDash(value: number | null): string {
  return formatNumber(value ?? NaN);
}
