// What a simulation shows: the small results of the device that an observable needs, and sums finished in float64.
import { ConfigError } from '../config-check.ts';
import type { Pass } from '../gpu/pass.ts';
import { MOMENT_COUNT } from '../shaders/moments.wgsl.ts';
import type { Moments, Particles, Population } from '../state.ts';
import type { CanonicalState } from './canonical.ts';
import type { Context } from './context.ts';
import { NumericError } from './errors.ts';
import type { ProductProbes, Products } from './population-loss.ts';
import { joinProbes, type Probe } from './probe.ts';
import type { Patterns } from './reductions.ts';
import type { SampleSet } from './samples.ts';
import { lowerStep, unpad } from './snapshot.ts';

/** Everything that can be observed. Letters: R replicas, s samples, m width, d dimension. */
export interface Observation {
  /** ½ Σ ν ρ² on the training samples, or ½ E ρ² under the population loss, [R] */
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
  /** fraction of activation bits that differ from the start, particles by their weight ω, [R] */
  patternsChanged: Float64Array;
  /** moments of the cloud, one record per replica */
  moments: Moments[];
  /** potential V of every particle, [R][m] */
  potential: Float32Array;
  /** canonical coordinates of every particle, for d = 1 */
  canonical: CanonicalState;
  /** what birth–death did so far, one record per replica; empty at rate 0 */
  population: Population[];
  /** inner products of the residuals of replicas, Σ ν over the training samples or E under the population loss */
  products: Products;
}

export type ObservableName = keyof Observation;

/** All observables. */
export const OBSERVABLES: readonly ObservableName[] = [
  'loss',
  'objective',
  'testLoss',
  'residual',
  'prediction',
  'testPrediction',
  'velocity',
  'patterns',
  'patternsChanged',
  'moments',
  'potential',
  'canonical',
  'population',
  'products',
];

/** Observables with numbers for every particle and sample, read one at a time. */
export const LARGE: readonly ObservableName[] = ['velocity', 'patterns', 'potential', 'canonical'];

/** @throws ConfigError for a name that is not an observable */
export function checkNames<K extends ObservableName>(names: readonly K[]): readonly K[] {
  const unknown = names.find((name) => !OBSERVABLES.includes(name));
  if (unknown === undefined) return names;
  throw new ConfigError(
    `observe: received "${String(unknown)}"; allowed: ${OBSERVABLES.join(', ')}`,
  );
}

/** Observables that the device makes small: a run can leave many of them behind in one submit. */
export type SmallName = Exclude<
  ObservableName,
  'velocity' | 'patterns' | 'potential' | 'canonical'
>;

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
  readonly train: Evaluation;
  readonly test: Evaluation | null;
  readonly patterns: () => Promise<Patterns>;
  readonly population: () => Probe<Population[]>;
  /** null where the loss is that of samples */
  readonly products: ProductProbes | null;
  /** sums over the cloud, see createMoments */
  readonly momentSums: () => Promise<Probe<Float64Array>>;
}

/** The probes that small observables are made of; one that several need runs once. */
interface Sources {
  readonly train: Evaluated;
  readonly test: Evaluated;
  readonly sums: Float64Array;
  readonly changed: Float64Array;
  readonly population: Population[];
  /** ⟨ρ_r, ρ_r⟩ under the population loss */
  readonly own: Float64Array;
  readonly products: Products;
}
type SourceName = keyof Sources;

/** f and ρ on a sample set, [R][s] each; all values are finite. */
interface Evaluated {
  readonly prediction: Float32Array;
  readonly residual: Float32Array;
}

/** A probe of several small observables at once. */
export async function probeOf<K extends SmallName>(
  observed: Observed,
  names: readonly K[],
): Promise<Probe<Pick<Observation, K>>> {
  const needed = [...new Set(names.flatMap((name) => sourcesOf(observed, name)))];
  const probes = await Promise.all(needed.map((source) => sourceProbe(observed, source)));
  const joined = joinProbes(probes);
  return {
    ...joined,
    finish: (bytes, step) => {
      const found = joined.finish(bytes, step).map((value, n) => [needed[n], value] as const);
      const sources = Object.fromEntries(found) as unknown as Sources;
      return Object.fromEntries(
        names.map((name) => [name, valueOf(observed, name, sources)]),
      ) as Pick<Observation, K>;
    },
  };
}

function sourcesOf({ context, test, products }: Observed, name: SmallName): SourceName[] {
  const loss = products === null ? 'train' : 'own';
  switch (name) {
    case 'loss':
      return [loss];
    case 'residual':
    case 'prediction':
      return ['train'];
    case 'objective':
      return context.config.flow.penalty.kind === 'none' ? [loss] : [loss, 'sums'];
    case 'testLoss':
    case 'testPrediction':
      return test === null ? [] : ['test'];
    case 'patternsChanged':
      return ['changed'];
    case 'moments':
      return ['sums'];
    case 'population':
      return ['population'];
    case 'products':
      return [products === null ? 'train' : 'products'];
  }
}

async function sourceProbe(observed: Observed, source: SourceName): Promise<Probe<unknown>> {
  const { context, train, test, products } = observed;
  if (products !== null && source === 'own') return products.own();
  if (products !== null && source === 'products') return products.all();
  if (source === 'sums') return observed.momentSums();
  if (source === 'population') return observed.population();
  if (source === 'changed') return (await observed.patterns()).changed;
  return evaluationProbe(context, source === 'train' || test === null ? train : test);
}

/** An observable from the results of its sources, finished on the host. */
function valueOf(
  { context, train, test, products }: Observed,
  name: SmallName,
  sources: Sources,
): Observation[SmallName] {
  const { replicas } = context.plan;
  const lossOf = ({ weight }: Evaluation, { residual }: Evaluated): Float64Array =>
    weightedLoss(residual, weight, replicas);
  const loss = (): Float64Array =>
    products === null ? lossOf(train, sources.train) : sources.own.map((square) => square / 2);
  switch (name) {
    case 'loss':
      return loss();
    case 'objective':
      return addPenalty(context, loss(), sources.sums);
    case 'residual':
      return sources.train.residual;
    case 'prediction':
      return sources.train.prediction;
    case 'testLoss':
      return test === null ? new Float64Array(replicas).fill(NaN) : lossOf(test, sources.test);
    case 'testPrediction':
      return test === null ? new Float32Array(0) : sources.test.prediction;
    case 'patternsChanged':
      return sources.changed;
    case 'moments':
      return momentsOf(context, sources.sums);
    case 'population':
      return sources.population;
    case 'products':
      return products === null
        ? sampleProducts(sources.train, train.weight, replicas)
        : sources.products;
  }
}

/** loss + λ (m/α²) Σ ω r = loss + λ (m/α)² · mean of r; `sums` is read only where there is a penalty. */
function addPenalty(context: Context, loss: Float64Array, sums: Float64Array): Float64Array {
  const { kind, strength } = context.config.flow.penalty;
  if (kind === 'none') return loss;
  const factor = strength * (context.plan.m / context.plan.alpha) ** 2;
  const moments = momentsOf(context, sums);
  return loss.map((value, r) => value + factor * moments[r].penalty);
}

/** Forward and residual on a set, with f and ρ. */
export function evaluationProbe(
  { plan, config }: Context,
  { set, passes }: Evaluation,
): Probe<Evaluated> {
  const { replicas } = plan;
  const { s, s4 } = set.plan;
  const bytes = 16 * replicas * s4;
  return {
    passes,
    parts: [
      { buffer: set.buffers['prediction'], bytes },
      { buffer: set.buffers['residual_out'], bytes },
    ],
    finish: (read, step) => {
      const [prediction, residual] = read.map((part) => unpad(part, replicas, s, s4));
      const bad = prediction.findIndex((value) => !Number.isFinite(value));
      if (bad < 0) return { prediction, residual };
      const replica = Math.floor(bad / s);
      throw new NumericError(
        `step ${step}: the prediction at sample ${bad % s} of replica ${replica} is not finite; ` +
          `${lowerStep(config.flow)} or the initial scale`,
        step,
        replica,
        bad % s,
      );
    },
  };
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

/** Σ ν ρ_r ρ_l and Σ ν y ρ_r, in float64. */
function sampleProducts(
  { prediction, residual }: Evaluated,
  weight: Float32Array,
  replicas: number,
): Products {
  const s = weight.length;
  const sum = (term: (j: number) => number): number => {
    let total = 0;
    for (let j = 0; j < s; j++) total += weight[j] * term(j);
    return total;
  };
  return {
    residual: Float64Array.from({ length: replicas * replicas }, (_, at) => {
      const [r, l] = [Math.floor(at / replicas) * s, (at % replicas) * s];
      return sum((j) => residual[r + j] * residual[l + j]);
    }),
    target: Float64Array.from({ length: replicas }, (_, r) =>
      sum((j) => (prediction[r * s + j] - residual[r * s + j]) * residual[r * s + j]),
    ),
  };
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
