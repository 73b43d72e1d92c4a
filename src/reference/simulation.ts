// The reference simulation: the steps of this folder in the order of the equations, in float64 on the host.
// Read it to learn what the engine computes; it is slow, and used by tests and, at small widths, by the page where there is
// no WebGPU.
//
//   particles ─► [ batch ► forward ► residual ► velocity ► update ► birth–death ] × n ─► observations
import type { Config } from '../config.ts';
import type { Problem, Samples } from '../problem/problem.ts';
import type { Particles } from '../state.ts';
import { batchOf, type Batch } from './batch.ts';
import { birthDeath } from './birth-death.ts';
import { cloudOf, joinReplicas, oneReplica, type Cloud } from './cloud.ts';
import { forward } from './forward.ts';
import { initialise } from './initialise.ts';
import { canonicalParticles } from './lift.ts';
import { loss, objective } from './loss.ts';
import { populationPotential, populationProducts, populationVelocity } from './population.ts';
import { patterns, patternsChanged } from './patterns.ts';
import { potential } from './potential.ts';
import { residual } from './residual.ts';
import { timeStep, update } from './update.ts';
import { velocity } from './velocity.ts';

/** What can be observed, in the shapes of the engine. Everything is taken over all samples, never a minibatch. */
export interface ReferenceObservation {
  /** ½ Σ ν ρ² on the training samples [R] */
  loss: Float64Array;
  /** objective L with penalty [R] */
  objective: Float64Array;
  /** ½ Σ ν ρ² on the test samples [R]; NaN without a test set */
  testLoss: Float64Array;
  /** f − y at the training samples [R][s] */
  residual: Float64Array;
  /** f at the training samples [R][s] */
  prediction: Float64Array;
  /** f at the test samples [R][s_test]; empty without a test set */
  testPrediction: Float64Array;
  /** dw/dt of every particle */
  velocity: Cloud;
  /** activation bits [R][m][⌈s/32⌉] */
  patterns: Uint32Array;
  /** fraction of activation bits that differ from the start [R] */
  patternsChanged: Float64Array;
  /** potential V of every particle [R][m] */
  potential: Float64Array;
}

/** The engine's surface, synchronous and in float64. */
export interface Reference {
  readonly width: number;
  readonly dimension: number;
  readonly replicas: number;
  readonly problem: Problem;
  readonly stepsDone: number;
  /** flow time in function-space units */
  readonly time: number;
  /** Does n steps. */
  step(n: number): void;
  /** Changes the time step of the steps to come, in the unit of `flow.dt`. */
  setTimeStep(dt: number): void;
  observe<K extends keyof ReferenceObservation>(names: readonly K[]): Pick<ReferenceObservation, K>;
  /** Network output [R][n] at inputs x [n][d]. */
  predict(x: ArrayLike<number>): Float64Array;
  /** The particles now; later steps leave the returned record as it is. */
  read(): { step: number; time: number; particles: Cloud };
}

/** Where a reference starts. */
export interface ReferenceOptions {
  /** initial particles; default: drawn from `config.init` */
  readonly particles?: Particles | Cloud;
  /** number of replicas R; default: that of the particles, else 1 */
  readonly replicas?: number;
  /** replica word of the first replica's random numbers; default 0 */
  readonly firstReplica?: number;
}

/** Velocity at a cloud when replica r sees the samples batches[r]. */
function velocityOn(config: Config, cloud: Cloud, batches: readonly Batch[]): Cloud {
  const replicas = batches.map((batch, r) => {
    const one = oneReplica(cloud, r);
    const f = forward(config, one, batch);
    const rho = residual(f, batch.y);
    return velocity(config, one, batch, rho);
  });
  return joinReplicas(replicas);
}

/** Potential [R][m] at a cloud when replica r sees the samples batches[r]. */
function potentialOn(config: Config, cloud: Cloud, batches: readonly Batch[]): Float64Array {
  const { width: m, replicas } = cloud;
  const all = new Float64Array(replicas * m);
  batches.forEach((batch, r) => {
    const one = oneReplica(cloud, r);
    all.set(potential(config, one, batch, residual(forward(config, one, batch), batch.y)), r * m);
  });
  return all;
}

/** Starts a reference simulation of a configuration on a problem. */
export function createReference(
  given: Config,
  problem: Problem,
  options: ReferenceOptions = {},
): Reference {
  const { train } = problem;
  const { firstReplica = 0 } = options;
  let config = given;
  const start = startOf(config, train, options);
  /** where the present time step began */
  let base = { step: 0, time: 0 };
  let cloud = start;
  let stepsDone = 0;
  const doStep = () => {
    const batches = Array.from({ length: start.replicas }, (_, r) =>
      batchOf(config, train, stepsDone, firstReplica + r),
    );
    const before = cloud;
    const { population } = problem;
    cloud = update(config, cloud, (at) =>
      population === undefined
        ? velocityOn(config, at, batches)
        : populationVelocity(config, at, population),
    );
    if (config.flow.birthDeath.rate > 0) {
      const v =
        population === undefined
          ? potentialOn(config, before, batches)
          : populationPotential(config, before, population);
      cloud = birthDeath(config, cloud, v, { step: stepsDone, replica: firstReplica }).cloud;
    }
    stepsDone++;
  };
  const timeNow = () => base.time + (stepsDone - base.step) * timeStep(config, start.width);
  return {
    width: start.width,
    dimension: start.dimension,
    replicas: start.replicas,
    problem,
    get stepsDone() {
      return stepsDone;
    },
    get time() {
      return timeNow();
    },
    step: (n) => {
      for (let k = 0; k < n; k++) doStep();
    },
    setTimeStep: (dt) => {
      base = { step: stepsDone, time: timeNow() };
      config = { ...config, flow: { ...config.flow, dt } };
    },
    observe: (names) => observe(config, problem, start, cloud, names),
    predict: (x) => forward(config, cloud, { count: x.length / train.dimension, x }),
    read: () => ({ step: stepsDone, time: timeNow(), particles: cloud }),
  };
}

function startOf(config: Config, train: Samples, options: ReferenceOptions): Cloud {
  const { particles, replicas, firstReplica } = options;
  if (particles === undefined) {
    const { init } = config;
    return cloudOf(
      init.kind === 'canonical'
        ? canonicalParticles(config, init, train.dimension, replicas ?? 1, firstReplica)
        : initialise(config, train.dimension, replicas ?? 1, firstReplica),
    );
  }
  if (
    particles.dimension !== train.dimension ||
    (replicas ?? particles.replicas) !== particles.replicas
  ) {
    throw new Error(
      `reference: particles have d = ${particles.dimension}, R = ${particles.replicas}; ` +
        `the run has d = ${train.dimension}, R = ${replicas ?? particles.replicas}`,
    );
  }
  return cloudOf(particles as Particles);
}

function observe<K extends keyof ReferenceObservation>(
  config: Config,
  problem: Problem,
  start: Cloud,
  cloud: Cloud,
  names: readonly K[],
): Pick<ReferenceObservation, K> {
  const { train, test, population } = problem;
  const { replicas, width } = cloud;
  const rho = () => residual(forward(config, cloud, train), train.y);
  const lossNow = () => {
    if (population === undefined) return loss(rho(), train.weight);
    const products = populationProducts(config, cloud, population).residual;
    return Float64Array.from({ length: replicas }, (_, r) => products[r * (replicas + 1)] / 2);
  };
  const table: { [N in keyof ReferenceObservation]: () => ReferenceObservation[N] } = {
    loss: lossNow,
    objective: () =>
      objective(config, cloud, new Float64Array(replicas * train.count), train.weight).map(
        (penalty, r) => penalty + lossNow()[r],
      ),
    testLoss: () =>
      test === null
        ? new Float64Array(replicas).fill(NaN)
        : loss(residual(forward(config, cloud, test), test.y), test.weight),
    residual: rho,
    prediction: () => forward(config, cloud, train),
    testPrediction: () => (test === null ? new Float64Array(0) : forward(config, cloud, test)),
    velocity: () =>
      population === undefined
        ? velocity(config, cloud, train, rho())
        : populationVelocity(config, cloud, population),
    patterns: () => patterns(cloud, train),
    patternsChanged: () =>
      patternsChanged(
        patterns(start, train),
        patterns(cloud, train),
        replicas,
        width * train.count,
      ),
    potential: () =>
      population === undefined
        ? potential(config, cloud, train, rho())
        : populationPotential(config, cloud, population),
  };
  return Object.fromEntries(names.map((name) => [name, table[name]()])) as Pick<
    ReferenceObservation,
    K
  >;
}
