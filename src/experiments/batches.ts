// The replicas of one width, in batches that fit the device: advance, keep what they predict at the recording steps.
import { replicasByWidth } from '../config-clt.ts';
import type { Config } from '../config.ts';
import type { KernelChoice } from '../engine/plan.ts';
import { SizeError, type Products } from '../engine/simulation.ts';
import { SUBMIT_MS } from '../engine/tuning.ts';
import type { Device } from '../gpu/device.ts';
import type { WidthRecords } from '../observables/measurement.ts';
import type { Problem } from '../problem/problem.ts';
import type { Moments, Particles } from '../state.ts';
import type { FluctuationProgress, WidthRun } from './events.ts';
import { outputsOf } from './population.ts';

/** What is recorded of a batch. */
const OBSERVED = ['prediction', 'testPrediction', 'loss', 'moments'] as const;
/** Under the population loss the inner products between replicas too. */
const OBSERVED_POPULATION = [...OBSERVED, 'products'] as const;

/** A batch of R replicas at a recording step. */
export interface BatchRecord {
  /** f at the training samples [R][s] */
  readonly prediction: Float32Array;
  /** f at the test samples [R][s_test], empty without a test set */
  readonly testPrediction: Float32Array;
  /** loss at the training samples [R] */
  readonly loss: Float64Array;
  /** moments of the cloud [R] */
  readonly moments: readonly Pick<Moments, 'totalVariation' | 'squaredNorm'>[];
  /** inner products of the residuals of the replicas, where they are asked for */
  readonly products?: Products;
}

/** What the experiment needs of a simulation. */
export interface ReplicaBatch {
  readonly kernels: Readonly<Record<string, string | number>>;
  /** Steps to `last`, records at the steps `due`, and yields after every submit. */
  advance(
    last: number,
    names: typeof OBSERVED | typeof OBSERVED_POPULATION,
    due: readonly number[],
  ): AsyncIterable<{
    /** steps done */
    readonly step: number;
    readonly records: readonly { readonly step: number; readonly values: BatchRecord }[];
  }>;
  /** The particles now; a batch without it has no regime number. */
  read?(): Promise<{ readonly particles: Particles }>;
  destroy(): void;
}

/** Makes a batch of replicas; `createSimulation` is one. */
export type CreateBatch = (
  device: Device,
  config: Config,
  options: {
    data: Problem;
    replicas: number;
    firstReplica: number;
    submitMs: number;
    kernel: KernelChoice;
  },
) => Promise<ReplicaBatch>;

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
  readonly kernel: KernelChoice;
  readonly create: CreateBatch;
  /** bound on the duration of a submit, milliseconds; default: that of a batch run */
  readonly submitMs?: number;
  /** work done by finished batches, in particles × steps */
  done: number;
}

/** Which replicas one width has. */
export interface WidthReplicas {
  readonly width: number;
  /** how many, R */
  readonly replicas: number;
  /** Philox replica word of the first; the others follow */
  readonly firstWord: number;
}

/** Runs all replicas of one width. */
export async function* runWidth(
  sweep: Sweep,
  { width, replicas, firstWord }: WidthReplicas,
): AsyncGenerator<FluctuationProgress, { run: WidthRun; records: WidthRecords }, undefined> {
  const { device, problem } = sweep;
  const records = emptyRecords(sweep, replicas);
  const samples = Math.max(problem.train.count, problem.test?.count ?? 0);
  const { dimension } = problem.train;
  const fitting = replicasThatFit(device.gpu.limits, { width, dimension, samples });
  // Batches of nearly equal size.
  let size = Math.ceil(replicas / Math.ceil(replicas / fitting));
  let kernels: WidthRun['kernels'] = {};
  let batches = 0;
  const deltas: number[] = [];
  for (let first = 0; first < replicas;) {
    sweep.signal?.throwIfAborted();
    const count = Math.min(size, replicas - first);
    const batch = await createOrNull(sweep, width, count, firstWord + first);
    if (batch === null) {
      size = Math.ceil(count / 2);
      continue;
    }
    try {
      kernels = batch.kernels;
      deltas.push(...(await deltasOf(sweep, batch)));
      yield* runBatch(sweep, batch, records, { width, replicas, first, count });
    } finally {
      batch.destroy();
    }
    first += count;
    batches++;
  }
  const kept = deltas.length === replicas ? { deltas } : {};
  return { run: { width, batches, kernels, ...kept }, records };
}

/** Median of δ of every replica at the start; none where there is no regime. */
async function deltasOf({ config, problem }: Sweep, batch: ReplicaBatch): Promise<number[]> {
  if (batch.read === undefined || problem.train.dimension > 1) return [];
  // Loaded where it is asked for, so that a page begins without it.
  const { hasRegime, medianDeltas } = await import('./regime.ts');
  return hasRegime(config, problem) ? medianDeltas((await batch.read()).particles) : [];
}

function emptyRecords({ problem, steps }: Sweep, replicas: number): WidthRecords {
  const { train, test, population } = problem;
  const ofSize = (size: number): Float32Array[] => steps.map(() => new Float32Array(size));
  return {
    prediction: ofSize(replicas * (population === undefined ? train.count : replicas)),
    testPrediction: test === null ? null : ofSize(replicas * test.count),
    loss: steps.map(() => new Float64Array(replicas)),
    totalVariation: steps.map(() => new Float64Array(replicas)),
    twoNorm: steps.map(() => new Float64Array(replicas)),
  };
}

/** A batch of replicas, or null if it is too large for the device but might be halved. */
async function createOrNull(
  { create, device, config, problem, kernel, submitMs = SUBMIT_MS.batch }: Sweep,
  width: number,
  replicas: number,
  firstReplica: number,
): Promise<ReplicaBatch | null> {
  const ofWidth = { ...config, network: { ...config.network, width } };
  try {
    return await create(device, ofWidth, {
      data: problem,
      replicas,
      firstReplica,
      submitMs,
      kernel,
    });
  } catch (error) {
    if (error instanceof SizeError && replicas > 1) return null;
    throw error;
  }
}

/** A batch: `count` of the replicas of a width, from `first` on. */
interface PartOfWidth {
  readonly width: number;
  readonly replicas: number;
  readonly first: number;
  readonly count: number;
}

async function* runBatch(
  sweep: Sweep,
  batch: ReplicaBatch,
  records: WidthRecords,
  { width, replicas, first, count }: PartOfWidth,
): AsyncGenerator<FluctuationProgress, void, undefined> {
  const { steps, config } = sweep;
  const last = steps[steps.length - 1];
  // Counting one step more lets a sweep without steps make progress too.
  const total =
    replicasByWidth(config.clt).reduce((sum, each) => sum + each.width * each.replicas, 0) *
    (last + 1);
  const progress = (step: number): FluctuationProgress => ({
    kind: 'progress',
    width,
    replicasReached: first + count,
    replicas,
    step,
    steps: last,
    fraction: Math.min(1, (sweep.done + width * count * (step === last ? last + 1 : step)) / total),
  });
  const names = sweep.problem.population === undefined ? OBSERVED : OBSERVED_POPULATION;
  for await (const { step, records: seen } of batch.advance(last, names, steps)) {
    for (const { step: at, values } of seen) keep(sweep, records, steps.indexOf(at), first, values);
    yield progress(step);
    sweep.signal?.throwIfAborted();
  }
  sweep.done += width * count * (last + 1);
}

/** Puts a record of a batch, whose first replica is `first`, to recording time t. */
function keep(
  { problem, config }: Sweep,
  records: WidthRecords,
  t: number,
  first: number,
  { prediction, testPrediction, loss, moments, products }: BatchRecord,
): void {
  if (products === undefined) records.prediction[t].set(prediction, first * problem.train.count);
  else records.prediction[t].set(outputsOf(config, problem, products, records.loss[t].length));
  records.testPrediction?.[t].set(testPrediction, first * (problem.test?.count ?? 0));
  records.loss[t].set(loss, first);
  moments.forEach(({ totalVariation, squaredNorm }, r) => {
    records.totalVariation[t][first + r] = totalVariation;
    records.twoNorm[t][first + r] = Math.sqrt(squaredNorm);
  });
}
