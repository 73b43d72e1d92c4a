// `meanfield clt`: the fluctuation experiment over widths × replicas; writes its table, summary and report.
import { ConfigError } from '../../config-check.ts';
import type { Config } from '../../config.ts';
import { checkKernel } from '../../engine/kernel-choice.ts';
import type { KernelChoice } from '../../engine/plan.ts';
import { withFixedStep } from '../../experiments/fixed-step.ts';
import { checkPrediction } from '../../experiments/prediction.ts';
import { regimesOf } from '../../experiments/regime.ts';
import { recordingSteps } from '../../experiments/times.ts';
import { penaltySweep, type SweepPart } from '../../experiments/sweep.ts';
import type { FluctuationPoint, FluctuationResult } from '../../observables/fluctuation.ts';
import { describeRegimes } from '../../observables/regime.ts';
import { formatFluctuations, type PenaltyPoints } from '../../record/csv.ts';
import { describeParts, fluctuationReport } from '../../record/fluctuation-report.ts';
import { summariseParts, summariseRegimes } from '../../record/fluctuation-summary.ts';
import { formatNumber } from '../../record/number.ts';
import { describeTimeStep } from '../../record/report.ts';
import { describePenalty } from '../../record/penalty-comparison.ts';
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
  const { kernel = 'auto' } = options;
  checkKernel(kernel, inputs.config, inputs.problem.train.dimension);
  const predicts = options.predict === true;
  if (predicts) {
    const { config, problem } = inputs;
    checkPrediction(config, problem.train.dimension, recordingSteps(config));
    checkSmoothPenalty(inputs.config);
  }
  const { config: fixed, timeStep } = withFixedStep(inputs.config, inputs.problem);
  const own = timeStep === null ? {} : { timeStep };
  const told = timeStep === null ? [] : [describeTimeStep(inputs.config.flow.stableStep, timeStep)];
  return runOnDevice('clt', options, async (place) => {
    const start = performance.now();
    const parts = await interruptible(place, () =>
      compute({ ...inputs, config: fixed }, place, { predict: predicts, kernel }),
    );
    const regimes = regimesOf(fixed, inputs.problem, parts[0].runs);
    const lines = [...told, ...(regimes === null ? [] : [describeRegimes(regimes)])];
    const facts = { ...runFacts(fixed, inputs.problem, place.device), config: inputs.config };
    const summary = {
      ...summariseParts(parts),
      ...own,
      ...(regimes !== null && { regime: summariseRegimes(regimes) }),
      adapter: place.device.adapterName,
      seconds: Math.round(performance.now() - start) / 1000,
    };
    const files = new Map<string, Uint8Array | string>([
      ['fluctuations.csv', formatFluctuations(pointsOf(parts))],
      ['summary.json', `${JSON.stringify(summary, null, 2)}\n`],
      ['report.html', fluctuationReport({ ...facts, lines, regimes, parts })],
    ]);
    const kernels = Object.fromEntries(
      // All penalties run on the same kernels.
      parts[0].runs.flatMap(({ width, kernels: chosen, batches }) =>
        Object.entries({ ...chosen, batches }).map(([key, value]) => [`${width}.${key}`, value]),
      ),
    );
    const path = await place.save({
      ...{ config: inputs.config, files, kernels, ...own },
      status: 'done',
    });
    if (options.json) print(JSON.stringify({ ...summary, ...jsonPoints(parts), folder: path }));
    else print(describe(inputs.problem.title, parts, lines, `${path}/report.html`));
    return EXIT.done;
  });
}

/** @throws ConfigError for total variation: its proximal step at a kink has no derivative, so no tangent follows it */
function checkSmoothPenalty({ flow, clt: { sweep } }: Config): void {
  const kinds = [flow.penalty, ...sweep].map(({ kind }) => kind);
  const at = kinds.indexOf('total-variation');
  if (at < 0) return;
  throw new ConfigError(
    `${at === 0 ? 'flow.penalty' : `clt.sweep.${at - 1}`}.kind: received "total-variation"; ` +
      'allowed with a prediction: "none", "output-l2", "weight-decay"',
  );
}

async function compute(
  inputs: SweepInputs,
  place: Workplace,
  choice: { predict: boolean; kernel: KernelChoice },
): Promise<readonly SweepPart[]> {
  const { config, problem, limit } = inputs;
  const { progress, signal, device } = place;
  const options = { data: problem, signal, ...choice, ...(limit === undefined ? {} : { limit }) };
  for await (const event of penaltySweep(device, config, options)) {
    if (event.kind === 'sweep') return event.parts;
    progress.update(event.fraction, event.phase);
  }
  throw new Error('the experiment ended without a result');
}

function pointsOf(parts: readonly SweepPart[]): PenaltyPoints[] {
  return parts.map(({ penalty, result }) => ({ penalty, points: result.points }));
}

/** Points as `--json` shows them: flat for one penalty, under it for several. */
function jsonPoints(parts: readonly SweepPart[]) {
  return parts.length === 1 ? { points: parts[0].result.points } : { points: pointsOf(parts) };
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

function describe(
  title: string,
  parts: readonly SweepPart[],
  lines: readonly string[],
  report: string,
): string {
  const tables = parts.flatMap((part) => [
    ...(parts.length > 1 ? [describePenalty(part.penalty)] : []),
    ...describeTables(part.result),
  ]);
  const told = [title, ...tables, ...describeParts(parts), ...lines];
  return `${told.join('\n\n')}\n\nreport: ${report}`;
}

function describeTables({ points, laws }: FluctuationResult): string[] {
  const last = laws[laws.length - 1];
  const first = laws[0];
  const parts: string[] = [];
  for (const { time } of first === last ? [first] : [first, last]) {
    parts.push(
      `time ${formatNumber(time)}`,
      tableOf(points.filter((point) => point.time === time)),
    );
  }
  return parts;
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
