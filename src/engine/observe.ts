// What a simulation shows: reads small results back from the device and finishes sums in float64.
import type { ReadBack } from '../gpu/buffer.ts';
import { submitPasses, type Pass } from '../gpu/pass.ts';
import { MOMENT_COUNT } from '../shaders/moments.wgsl.ts';
import type { Moments, Particles } from '../state.ts';
import type { Context } from './context.ts';
import { NumericError } from './errors.ts';
import type { Patterns } from './reductions.ts';
import type { SampleSet } from './samples.ts';
import { unpad } from './snapshot.ts';

/** Everything that can be observed. Letters: R replicas, s samples, m width, d dimension. */
export interface Observation {
  /** ½ Σ ν ρ² on the training samples, [R] */
  loss: Float64Array;
  /** the objective L = loss + λ (m/α²) Σ ω r, [R] */
  objective: Float64Array;
  /** ½ Σ ν ρ² on the test samples, [R]; NaN without a test set */
  testLoss: Float64Array;
  /** ρ = f − y at the training samples, [R][s] */
  residual: Float32Array;
  /** f at the training samples, [R][s] */
  prediction: Float32Array;
  /** f at the test samples, [R][s_test]; empty without a test set */
  testPrediction: Float32Array;
  /** dw/dt of every particle, in the shape of the particles */
  velocity: Particles;
  /** activation bits [R][m][⌈s/32⌉]: bit j mod 32 of word j div 32 says whether ⟨a,x_j⟩ − b > 0 */
  patterns: Uint32Array;
  /** fraction of activation bits that differ from the start, [R] */
  patternsChanged: Float64Array;
  /** moments of the cloud, one record per replica */
  moments: Moments[];
}

export type ObservableName = keyof Observation;

/** Evaluates a sample set: forward and residual on the current particles. */
export interface Evaluation {
  readonly set: SampleSet;
  readonly passes: readonly Pass[];
  /** ν on the host, [s] */
  readonly weight: Float32Array;
}

/** What observables need from the simulation. */
export interface Observed {
  readonly context: Context;
  readonly readBack: ReadBack;
  readonly train: Evaluation;
  readonly test: Evaluation | null;
  readonly stepsDone: () => number;
  readonly velocity: () => Promise<Particles>;
  readonly patterns: () => Promise<Patterns>;
  /** sums over the cloud, see createMoments */
  readonly momentSums: () => Promise<Float64Array>;
}

type Output = 'prediction' | 'residual_out';
type Sources = { [K in ObservableName]: () => Promise<Observation[K]> };

/**
 * The observables of the present state, each a function without arguments. What several of them need is
 * computed once, so ask for a new set after every step.
 */
export function createObservables(observed: Observed): Sources {
  const { context, train, test } = observed;
  const { replicas } = context.plan;
  const outputs = new Map<Evaluation, Promise<Record<Output, Float32Array>>>();
  const read = async (evaluation: Evaluation, output: Output): Promise<Float32Array> => {
    let both = outputs.get(evaluation);
    if (both === undefined) outputs.set(evaluation, (both = evaluate(observed, evaluation)));
    return (await both)[output];
  };
  const loss = async (evaluation: Evaluation): Promise<Float64Array> =>
    weightedLoss(await read(evaluation, 'residual_out'), evaluation.weight, replicas);
  let sums: Promise<Float64Array> | null = null;
  const moments = async (): Promise<Moments[]> =>
    momentsOf(context, await (sums ??= observed.momentSums()));
  const objective = async (): Promise<Float64Array> => {
    const { kind, strength } = context.config.flow.penalty;
    const data = await loss(train);
    if (kind === 'none') return data;
    // λ (m/α²) Σ ω r = λ (m/α)² · mean of r.
    const factor = strength * (context.plan.m / context.plan.alpha) ** 2;
    return (await moments()).reduce(
      (sum, { penalty }, r) => ((sum[r] += factor * penalty), sum),
      data,
    );
  };
  return {
    loss: () => loss(train),
    objective,
    testLoss: async () => (test === null ? new Float64Array(replicas).fill(NaN) : loss(test)),
    residual: () => read(train, 'residual_out'),
    prediction: () => read(train, 'prediction'),
    testPrediction: async () => (test === null ? new Float32Array(0) : read(test, 'prediction')),
    velocity: observed.velocity,
    patterns: async () => (await observed.patterns()).bits(),
    patternsChanged: async () => (await observed.patterns()).changed(),
    moments,
  };
}

/** Runs forward and residual on a set and reads f and ρ, [R][s] each; all values are finite. */
export async function evaluate(
  { context, readBack, stepsDone }: Observed,
  { set, passes }: Evaluation,
): Promise<Record<Output, Float32Array>> {
  const { replicas, dt } = context.plan;
  const { s, s4 } = set.plan;
  const bytes = 16 * replicas * s4;
  submitPasses(context.device, passes);
  const [prediction, residual_out] = (
    await readBack.read([
      { buffer: set.buffers['prediction'], bytes },
      { buffer: set.buffers['residual_out'], bytes },
    ])
  ).map((part) => unpad(part, replicas, s, s4));
  const bad = prediction.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return { prediction, residual_out };
  const [step, replica] = [stepsDone(), Math.floor(bad / s)];
  throw new NumericError(
    `step ${step}: the prediction at sample ${bad % s} of replica ${replica} is not finite; ` +
      `lower flow.dt (now ${dt}) or the initial scale`,
    step,
    replica,
    bad % s,
  );
}

/** ½ Σ ν ρ² per replica, in float64. */
function weightedLoss(
  residual: Float32Array,
  weight: Float32Array,
  replicas: number,
): Float64Array {
  const s = weight.length;
  return Float64Array.from({ length: replicas }, (_, r) => {
    let sum = 0;
    for (let j = 0; j < s; j++) sum += weight[j] * residual[r * s + j] ** 2;
    return 0.5 * sum;
  });
}

function momentsOf({ plan, config }: Context, sums: Float64Array): Moments[] {
  return Array.from({ length: plan.replicas }, (_, r) => {
    const [meanC, meanC2, meanA2, meanB2, totalVariation, squaredNorm] = sums
      .subarray(MOMENT_COUNT * r, MOMENT_COUNT * (r + 1))
      .map((sum) => sum / plan.m);
    const penalty = {
      none: 0,
      'output-l2': meanC2 / 2,
      'weight-decay': (meanA2 + meanB2 + meanC2) / 2,
      'total-variation': totalVariation,
    }[config.flow.penalty.kind];
    return { meanC, meanC2, meanA2, meanB2, totalVariation, squaredNorm, penalty };
  });
}
