// The fluctuation experiment: the law E‖f_m − f‖² ∝ 1/m over widths × replicas, as a stream of events.
// Problem and data are common to all replicas; only the initial particles are independent.
import { isLimitName, replicasByWidth } from '../config-clt.ts';
import type { Config } from '../config.ts';
import { ConfigError, showValue } from '../config-check.ts';
import type { KernelChoice } from '../engine/plan.ts';
import { createSimulation } from '../engine/simulation.ts';
import type { Device } from '../gpu/device.ts';
import type { Gaussianity, WidthMeasurement } from '../observables/fluctuation.ts';
import { makeProblem } from '../problem/make.ts';
import type { Problem } from '../problem/problem.ts';
import { runWidth, type CreateBatch, type Sweep, type WidthReplicas } from './batches.ts';
import type { FluctuationEvent, WidthRun } from './events.ts';
import { withFixedStep } from './fixed-step.ts';
import { checkQuadrature } from './limit.ts';
import { checkPopulationSweep } from './population.ts';
import { gaussianityOf, measure, resultOf, testedWidth, type Known } from './reduction.ts';
import { recordingSteps } from './times.ts';

/** Options of {@link fluctuations}. */
export interface FluctuationsOptions extends Known {
  /** the problem; default: made from the configuration */
  readonly data?: Problem;
  /** stops the experiment at the next event with the signal's reason */
  readonly signal?: AbortSignal;
  /** kernels of the engine; default "auto" */
  readonly kernel?: KernelChoice;
  /** how batches of replicas are made; default: the engine */
  readonly create?: CreateBatch;
}

/** Predictions of one width are kept on the host up to this size. */
const HOST_BYTES = 4 * 2 ** 30;

/**
 * Runs the replicas of every width in `config.clt.widths`, records f at `config.clt.times` and estimates the fluctuation
 * m E‖f_m − f‖²_ν, its exponent in m and its constant, with 95 % intervals.
 *
 * Replica r of a width has the Philox replica word r + replicas of all smaller widths, so that all particles of a sweep
 * are independent. Times are step · `flow.dt`, in the unit of `flow.time`.
 *
 * @throws ConfigError for recording times, widths or sizes that do not fit, and what the engine throws
 * @example
 * for await (const event of fluctuations(device, config)) {
 *   if (event.kind === 'result') console.log(event.result.laws.at(-1)?.exponent);
 * }
 */
export async function* fluctuations(
  device: Device,
  given: Config,
  options: FluctuationsOptions = {},
): AsyncGenerator<FluctuationEvent, void, undefined> {
  const steps = checkFluctuations(given);
  const problem = options.data ?? (await makeProblem(given));
  const { config } = withFixedStep(given, problem);
  checkSizes(config, problem, steps.length, options);
  const sweep: Sweep = {
    device,
    config,
    problem,
    steps,
    signal: options.signal,
    kernel: options.kernel ?? 'auto',
    create: options.create ?? createSimulation,
    done: 0,
  };
  const runs: WidthRun[] = [];
  const measurements: WidthMeasurement[] = [];
  let gaussianity: Gaussianity | null = null;
  const widths = widthsOf(config);
  const tested = testedWidth(widths);
  for (const each of widths) {
    const { run, records } = yield* runWidth(sweep, each);
    runs.push(run);
    // Only one width is in memory at a time.
    const measurement = measure(sweep, { width: each.width, records }, options);
    measurements.push(measurement);
    if (each === tested) {
      gaussianity = gaussianityOf(sweep, measurement, records, options.limit === undefined);
    }
  }
  yield { kind: 'result', result: resultOf(sweep, measurements, gaussianity, options), runs };
}

/**
 * Checks what can be checked of a sweep before a device is opened.
 *
 * @returns the recording steps, ascending
 * @throws ConfigError
 */
export function checkFluctuations(config: Config): number[] {
  const { time } = config.flow;
  if (time === 'gradient' && config.network.scale !== 0.5) {
    throw new ConfigError(
      'flow.time: received "gradient"; allowed for clt: "function", or network.scale 0.5: else dt = η m/α² and every width has times of its own',
    );
  }
  if (config.init.kind === 'file') {
    throw new ConfigError(
      'init.kind: received "file"; allowed for clt: "random", since replicas need independent particles',
    );
  }
  const sampling = config.init.kind === 'random' ? config.init.sampling : 'iid';
  if (sampling === 'quasi') {
    throw new ConfigError(
      'init.sampling: received "quasi"; allowed for clt: "iid", "antithetic": replicas must be random draws (a limit by quadrature is clt.limit "quadrature")',
    );
  }
  if (sampling === 'antithetic') {
    const odd = config.clt.widths.findIndex((width) => width % 2 === 1);
    if (odd >= 0) {
      throw new ConfigError(
        `clt.widths.${odd}: received ${config.clt.widths[odd]}; allowed: an even number with init.sampling "antithetic"`,
      );
    }
  }
  const { limit, sweep, times } = config.clt;
  if (config.flow.stableStep > 0 && Array.isArray(times)) {
    throw new ConfigError(
      `clt.times: received ${showValue(times)}; allowed with flow.stableStep above 0: a grid, since dt comes from the start`,
    );
  }
  if (limit === 'quadrature') checkQuadrature(config);
  if (!isLimitName(limit) && sweep.length > 1) {
    throw new ConfigError(
      `clt.limit: received ${showValue(limit)}; allowed with ${sweep.length} penalties in clt.sweep: "replica-mean", "quadrature", since each has its own limit`,
    );
  }
  checkPopulationSweep(config);
  return recordingSteps(config);
}

/** Widths with their replicas, ascending; no two replicas share a Philox word. */
export function widthsOf(config: Config): WidthReplicas[] {
  let firstWord = 0;
  return replicasByWidth(config.clt).map((each) => {
    const own = { ...each, firstWord };
    firstWord += each.replicas;
    return own;
  });
}

/** @throws ConfigError for a limit or a prediction of another length, and for more than the host holds */
export function checkSizes(
  config: Config,
  problem: Problem,
  times: number,
  { limit, predicted }: FluctuationsOptions,
): void {
  const samples = problem.train.count;
  const all = samples + (problem.test?.count ?? 0);
  if (limit !== undefined && limit.length !== times * samples) {
    throw new ConfigError(
      `clt.limit: received ${limit.length} numbers; allowed: ${times * samples}, ` +
        `${times} recording times × ${samples} samples`,
    );
  }
  if (predicted !== undefined && predicted.length !== times) {
    throw new ConfigError(
      `clt.predicted: received ${predicted.length} values; allowed: ${times}, one per recording time`,
    );
  }
  const most = Math.floor(HOST_BYTES / (4 * times * all));
  const largest = Math.max(...replicasByWidth(config.clt).map(({ replicas }) => replicas));
  if (largest > most) {
    throw new ConfigError(
      `clt.replicas: received ${showValue(largest)}; allowed: at most ${most} with ` +
        `${times} recording times × ${all} samples, predictions of ${HOST_BYTES / 2 ** 30} GiB`,
    );
  }
}
