// The fluctuation experiment: the law E‖f_m − f‖² ∝ 1/m over widths × replicas, as a stream of events.
// Problem and data are common to all replicas; only the initial particles are independent.
import type { Config } from '../config.ts';
import { ConfigError, showValue } from '../config-check.ts';
import { createSimulation, SizeError } from '../engine/simulation.ts';
import type { Device } from '../gpu/device.ts';
import {
  fluctuationResult,
  squaredDistances,
  type WidthMeasurement,
} from '../observables/fluctuation.ts';
import { makeProblem } from '../problem/make.ts';
import type { Problem } from '../problem/problem.ts';
import { initialVariance } from '../theory/initial-variance.ts';
import type { FluctuationEvent, FluctuationProgress, WidthRun } from './events.ts';
import { recordingSteps, timeOfStep } from './times.ts';

/** What the experiment needs of a simulation. */
export interface ReplicaBatch {
  readonly kernels: Readonly<Record<string, string | number>>;
  step(n: number): Promise<void>;
  /** prediction [R][s] and loss [R] at the training samples */
  observe(
    names: readonly ('prediction' | 'loss')[],
  ): Promise<{ prediction: Float32Array; loss: Float64Array }>;
  destroy(): void;
}

/** Makes a batch of replicas; `createSimulation` is one. */
export type CreateBatch = (
  device: Device,
  config: Config,
  options: { data: Problem; replicas: number; firstReplica: number },
) => Promise<ReplicaBatch>;

/** Options of {@link fluctuations}. */
export interface FluctuationsOptions {
  /** the problem; default: made from the configuration */
  readonly data?: Problem;
  /** the limit f at the training samples and recording times, [T][s]; default: the replica mean */
  readonly limit?: Float64Array;
  /** stops the experiment at the next event with the signal's reason */
  readonly signal?: AbortSignal;
  /** how batches of replicas are made; default: the engine */
  readonly create?: CreateBatch;
}

/** Events per batch of replicas, at least. */
const PROGRESS_PARTS = 20;
/** Predictions of one width are kept on the host up to this size. */
const HOST_BYTES = 4 * 2 ** 30;
/** Partial sums per sample that a forward pass may hold. */
const FORWARD_PARTIALS = 64;

/**
 * Runs R replicas of every width in `config.clt.widths`, records f at `config.clt.times` and estimates the fluctuation
 * m E‖f_m − f‖²_ν, its exponent in m and its constant, with 95 % intervals.
 *
 * Replica r of the k-th width (ascending) has the Philox replica word k·R + r, so that all particles of a sweep are
 * independent. Times are step · `flow.dt`, in the unit of `flow.time`.
 *
 * @throws ConfigError for recording times, widths or sizes that do not fit, and what the engine throws
 * @example
 * for await (const event of fluctuations(device, config)) {
 *   if (event.kind === 'result') console.log(event.result.laws.at(-1)?.exponent);
 * }
 */
export async function* fluctuations(
  device: Device,
  config: Config,
  options: FluctuationsOptions = {},
): AsyncGenerator<FluctuationEvent, void, undefined> {
  const steps = checkFluctuations(config);
  const problem = options.data ?? (await makeProblem(config));
  checkSizes(config, problem, steps.length, options.limit);
  const sweep: Sweep = {
    device,
    config,
    problem,
    steps,
    limit: options.limit,
    signal: options.signal,
    create: options.create ?? createSimulation,
    done: 0,
  };
  const runs: WidthRun[] = [];
  const measurements: WidthMeasurement[] = [];
  const constant = initialVariance(config.init, config.network, problem.train);
  for (const [index, width] of sortedWidths(config).entries()) {
    const { run, records } = yield* runWidth(sweep, width, index);
    runs.push(run);
    measurements.push(measure(sweep, width, records, constant));
  }
  const result = fluctuationResult(
    measurements,
    steps.map((step) => timeOfStep(config, step)),
    {
      centreFitted: options.limit === undefined,
      seed: config.seed,
      resamples: config.clt.bootstrap,
    },
  );
  yield { kind: 'result', result, runs };
}

/**
 * Checks what can be checked of a sweep before a device is opened.
 *
 * @returns the recording steps, ascending
 * @throws ConfigError
 */
export function checkFluctuations(config: Config): number[] {
  if (config.init.kind === 'file') {
    throw new ConfigError(
      'init.kind: received "file"; allowed for clt: "random", since replicas need independent particles',
    );
  }
  if (config.init.sampling === 'antithetic') {
    const odd = config.clt.widths.findIndex((width) => width % 2 === 1);
    if (odd >= 0) {
      throw new ConfigError(
        `clt.widths.${odd}: received ${config.clt.widths[odd]}; allowed: an even number with init.sampling "antithetic"`,
      );
    }
  }
  return recordingSteps(config);
}

/**
 * How many replicas of a width fit one simulation: the largest of its buffers must fit one storage binding.
 *
 * @param limits limits of the device, in bytes
 * @param sizes width m, input dimension d, samples s
 * @returns at least 1; whether one replica fits is for the engine to say
 */
export function replicasThatFit(
  limits: { readonly maxStorageBufferBindingSize: number; readonly maxBufferSize: number },
  sizes: { readonly width: number; readonly dimension: number; readonly samples: number },
): number {
  const particleBytes = 4 * (sizes.dimension + 2) * (sizes.width + 4);
  const partialBytes = 4 * sizes.samples * FORWARD_PARTIALS;
  const limit = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  return Math.max(1, Math.floor(limit / Math.max(particleBytes, partialBytes)));
}

/** One run of the experiment. */
interface Sweep {
  readonly device: Device;
  readonly config: Config;
  readonly problem: Problem;
  /** recording steps, ascending */
  readonly steps: readonly number[];
  readonly limit: Float64Array | undefined;
  readonly signal: AbortSignal | undefined;
  readonly create: CreateBatch;
  /** work done by finished batches, in particles × steps */
  done: number;
}

/** What the replicas of one width said, at every recording step. */
interface Records {
  /** [T] of [R][s] */
  readonly prediction: Float32Array[];
  /** [T] of [R] */
  readonly loss: Float64Array[];
}

function sortedWidths(config: Config): number[] {
  return [...config.clt.widths].sort((a, b) => a - b);
}

async function* runWidth(
  sweep: Sweep,
  width: number,
  index: number,
): AsyncGenerator<FluctuationProgress, { run: WidthRun; records: Records }, undefined> {
  const { device, config, problem, steps } = sweep;
  const { count: samples, dimension } = problem.train;
  const { replicas } = config.clt;
  const records: Records = {
    prediction: steps.map(() => new Float32Array(replicas * samples)),
    loss: steps.map(() => new Float64Array(replicas)),
  };
  const fitting = replicasThatFit(device.gpu.limits, { width, dimension, samples });
  // Batches of nearly equal size.
  let size = Math.ceil(replicas / Math.ceil(replicas / fitting));
  let kernels: WidthRun['kernels'] = {};
  let batches = 0;
  for (let first = 0; first < replicas;) {
    sweep.signal?.throwIfAborted();
    const count = Math.min(size, replicas - first);
    const batch = await createOrNull(sweep, width, count, index * replicas + first);
    if (batch === null) {
      size = Math.ceil(count / 2);
      continue;
    }
    try {
      kernels = batch.kernels;
      yield* runBatch(sweep, batch, records, { width, first, count });
    } finally {
      batch.destroy();
    }
    first += count;
    batches++;
  }
  return { run: { width, batches, kernels }, records };
}

/** A batch of replicas, or null if it is too large for the device but might be halved. */
async function createOrNull(
  { create, device, config, problem }: Sweep,
  width: number,
  replicas: number,
  firstReplica: number,
): Promise<ReplicaBatch | null> {
  const ofWidth = { ...config, network: { ...config.network, width } };
  try {
    return await create(device, ofWidth, { data: problem, replicas, firstReplica });
  } catch (error) {
    if (error instanceof SizeError && replicas > 1) return null;
    throw error;
  }
}

async function* runBatch(
  sweep: Sweep,
  batch: ReplicaBatch,
  records: Records,
  { width, first, count }: { width: number; first: number; count: number },
): AsyncGenerator<FluctuationProgress, void, undefined> {
  const { steps, problem, config } = sweep;
  const last = steps[steps.length - 1];
  const part = Math.max(1, Math.ceil(last / PROGRESS_PARTS));
  const { replicas } = config.clt;
  // Counting one step more lets a sweep without steps make progress too.
  const total = config.clt.widths.reduce((sum, m) => sum + m, 0) * replicas * (last + 1);
  const progress = (step: number): FluctuationProgress => ({
    kind: 'progress',
    width,
    replicasReached: first + count,
    replicas,
    step,
    steps: last,
    fraction: Math.min(1, (sweep.done + width * count * (step === last ? last + 1 : step)) / total),
  });
  let step = 0;
  for (const [t, target] of steps.entries()) {
    while (step < target) {
      const n = Math.min(part, target - step);
      await batch.step(n);
      step += n;
      if (step < target) yield progress(step);
      sweep.signal?.throwIfAborted();
    }
    const { prediction, loss } = await batch.observe(['prediction', 'loss']);
    records.prediction[t].set(prediction, first * problem.train.count);
    records.loss[t].set(loss, first);
    yield progress(step);
    sweep.signal?.throwIfAborted();
  }
  sweep.done += width * count * (last + 1);
}

/** Reduces the predictions of a width to distances, so that only one width is in memory at a time. */
function measure(
  { problem, config, steps, limit }: Sweep,
  width: number,
  records: Records,
  constant: number | null,
): WidthMeasurement {
  const { weight, count } = problem.train;
  // f = (1/α) Σ φ has variance (m/α²) Var φ, α = m^p.
  const predicted = constant === null ? null : width ** (2 - 2 * config.network.scale) * constant;
  return {
    width,
    distances: records.prediction.map((prediction, t) =>
      squaredDistances(prediction, weight, limit?.subarray(t * count, (t + 1) * count)),
    ),
    losses: records.loss,
    predicted: steps.map((step) => (step === 0 ? predicted : null)),
  };
}

function checkSizes(
  config: Config,
  problem: Problem,
  times: number,
  limit: Float64Array | undefined,
): void {
  const samples = problem.train.count;
  if (limit !== undefined && limit.length !== times * samples) {
    throw new ConfigError(
      `clt.limit: received ${limit.length} numbers; allowed: ${times * samples}, ` +
        `${times} recording times × ${samples} samples`,
    );
  }
  const most = Math.floor(HOST_BYTES / (4 * times * samples));
  if (config.clt.replicas > most) {
    throw new ConfigError(
      `clt.replicas: received ${showValue(config.clt.replicas)}; allowed: at most ${most} with ` +
        `${times} recording times × ${samples} samples, predictions of ${HOST_BYTES / 2 ** 30} GiB`,
    );
  }
}
