// The replicas of one width, in batches that fit the device: step, observe, keep what they predict.
import type { Config } from '../config.ts';
import { SizeError } from '../engine/simulation.ts';
import type { Device } from '../gpu/device.ts';
import type { WidthRecords } from '../observables/measurement.ts';
import type { Problem } from '../problem/problem.ts';
import type { Moments } from '../state.ts';
import type { FluctuationProgress, WidthRun } from './events.ts';

/** What the experiment needs of a simulation. */
export interface ReplicaBatch {
  readonly kernels: Readonly<Record<string, string | number>>;
  step(n: number): Promise<void>;
  /**
   * f [R][s] and loss [R] at the training samples, f at the test samples [R][s_test], empty without a test set, and
   * moments of the cloud [R]
   */
  observe(names: readonly ('prediction' | 'testPrediction' | 'loss' | 'moments')[]): Promise<{
    prediction: Float32Array;
    testPrediction: Float32Array;
    loss: Float64Array;
    moments: Pick<Moments, 'totalVariation' | 'squaredNorm'>[];
  }>;
  destroy(): void;
}

/** Makes a batch of replicas; `createSimulation` is one. */
export type CreateBatch = (
  device: Device,
  config: Config,
  options: { data: Problem; replicas: number; firstReplica: number },
) => Promise<ReplicaBatch>;

/** Events per batch of replicas, at least. */
const PROGRESS_PARTS = 20;
/** Partial sums per sample that a forward pass may hold. */
const FORWARD_PARTIALS = 64;

/**
 * How many replicas of a width fit one simulation: the largest of its buffers must fit one storage binding.
 *
 * @param limits limits of the device, in bytes
 * @param sizes width m, input dimension d, samples of the larger set
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
export interface Sweep {
  readonly device: Device;
  readonly config: Config;
  readonly problem: Problem;
  /** recording steps, ascending */
  readonly steps: readonly number[];
  readonly signal: AbortSignal | undefined;
  readonly create: CreateBatch;
  /** work done by finished batches, in particles × steps */
  done: number;
}

/**
 * Runs all replicas of one width.
 *
 * @param index place of the width in the sweep, ascending; replica r has the Philox replica word index·R + r
 */
export async function* runWidth(
  sweep: Sweep,
  width: number,
  index: number,
): AsyncGenerator<FluctuationProgress, { run: WidthRun; records: WidthRecords }, undefined> {
  const { device, config, problem } = sweep;
  const { replicas } = config.clt;
  const records = emptyRecords(sweep);
  const samples = Math.max(problem.train.count, problem.test?.count ?? 0);
  const { dimension } = problem.train;
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

function emptyRecords({ problem, config, steps }: Sweep): WidthRecords {
  const { train, test } = problem;
  const { replicas } = config.clt;
  const ofSize = (size: number): Float32Array[] => steps.map(() => new Float32Array(size));
  return {
    prediction: ofSize(replicas * train.count),
    testPrediction: test === null ? null : ofSize(replicas * test.count),
    loss: steps.map(() => new Float64Array(replicas)),
    totalVariation: steps.map(() => new Float64Array(replicas)),
    twoNorm: steps.map(() => new Float64Array(replicas)),
  };
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
  records: WidthRecords,
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
    const seen = await batch.observe(['prediction', 'testPrediction', 'loss', 'moments']);
    records.prediction[t].set(seen.prediction, first * problem.train.count);
    records.testPrediction?.[t].set(seen.testPrediction, first * (problem.test?.count ?? 0));
    records.loss[t].set(seen.loss, first);
    seen.moments.forEach(({ totalVariation, squaredNorm }, r) => {
      records.totalVariation[t][first + r] = totalVariation;
      records.twoNorm[t][first + r] = Math.sqrt(squaredNorm);
    });
    yield progress(step);
    sweep.signal?.throwIfAborted();
  }
  sweep.done += width * count * (last + 1);
}
