// `meanfield clt`: the fluctuation experiment over widths × replicas; writes its table, summary and report.
import type { FluctuationDone } from '../../experiments/events.ts';
import { fluctuations } from '../../experiments/fluctuations.ts';
import type { FluctuationPoint, FluctuationResult } from '../../observables/fluctuation.ts';
import { formatFluctuations } from '../../record/csv.ts';
import { describeEstimate, formatNumber } from '../../record/number.ts';
import { describeVerdict, fluctuationReport } from '../../record/report.ts';
import { EXIT, InterruptedError } from '../errors.ts';
import { runFacts } from '../facts.ts';
import { loadSweepInputs } from '../inputs.ts';
import type { RunOptions } from '../options.ts';
import { print } from '../output.ts';
import { runOnDevice, type Workplace } from '../run.ts';
import { formatTable } from '../text.ts';

type SweepInputs = Awaited<ReturnType<typeof loadSweepInputs>>;

/** Runs the experiment and saves it. @throws InterruptedError on a signal; then nothing is written */
export async function clt(options: RunOptions): Promise<number> {
  const inputs = await loadSweepInputs(options);
  return runOnDevice('clt', options, async (place) => {
    const start = performance.now();
    const { result, runs } = await compute(inputs, place);
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

async function compute(inputs: SweepInputs, place: Workplace): Promise<FluctuationDone> {
  const { config, problem, limit } = inputs;
  const { progress, signal, device } = place;
  const options = { data: problem, signal, ...(limit === undefined ? {} : { limit }) };
  try {
    for await (const event of fluctuations(device, config, options)) {
      if (event.kind === 'result') return event;
      progress.update(event.fraction, `width ${event.width}, step ${event.step} of ${event.steps}`);
    }
  } catch (error) {
    if (signal.aborted) throw new InterruptedError('interrupted; nothing was written');
    throw error;
  } finally {
    progress.finish();
  }
  throw new Error('the experiment ended without a result');
}

/** Exponent and constant at the last time, and the same for every time. */
function summarise({ laws }: FluctuationResult) {
  const { exponent, constant } = laws[laws.length - 1];
  return { exponent, constant, times: laws };
}

function describe(title: string, { points, laws }: FluctuationResult, report: string): string {
  const last = laws[laws.length - 1];
  const first = laws[0];
  const parts = [title];
  for (const { time, exponent, constant } of first === last ? [first] : [first, last]) {
    const rows = points.filter((point) => point.time === time);
    parts.push(
      `time ${formatNumber(time)}`,
      tableOf(rows),
      exponent === null
        ? 'exponent of E‖f_m − f‖² in m: not determined by these widths'
        : `exponent of E‖f_m − f‖² in m: ${describeEstimate(exponent)}; ${describeVerdict(exponent)}`,
      `constant: ${describeEstimate(constant)}, predicted ${orDash(constant.predicted)}`,
    );
  }
  return `${parts.join('\n\n')}\n\nreport: ${report}`;
}

function tableOf(rows: readonly FluctuationPoint[]): string {
  const header = ['width', 'replicas', 'scaled fluctuation', '95 % interval', 'predicted'];
  const cells = rows.map(({ width, replicas, scaled, ciLow, ciHigh, predicted }) => [
    String(width),
    String(replicas),
    formatNumber(scaled),
    `${formatNumber(ciLow)} … ${formatNumber(ciHigh)}`,
    orDash(predicted),
  ]);
  return formatTable([header, ...cells]);
}

function orDash(value: number | null): string {
  return formatNumber(value ?? NaN);
}
