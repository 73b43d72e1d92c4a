// The simulation: particles on a device, moved by steps of the flow. No clock, no page, no hidden randomness.
//
// One Euler step is forward ► residual ► velocity ► update; Heun does it twice; a minibatch is drawn before.
import { ConfigError } from '../config-check.ts';
import type { Config } from '../config.ts';
import { createBuffers, createReadBack, guardMemory } from '../gpu/buffer.ts';
import type { Device } from '../gpu/device.ts';
import { createPacer, timePasses } from '../gpu/timing.ts';
import { makeProblem } from '../problem/make.ts';
import { loadParticles } from '../problem/particles.ts';
import type { Problem, Samples } from '../problem/problem.ts';
import { readFileInNode } from '../problem/read-file.ts';
import type { Particles, State } from '../state.ts';
import { allocateCloud, evaluationOf, stepPasses, writeStart } from './assembly.ts';
import { paramsUniform, variantOf, type Context } from './context.ts';
import { packWeight } from './initialise.ts';
import {
  createObservables,
  evaluate,
  type Observation,
  type ObservableName,
  type Observed,
} from './observe.ts';
import { limitsOf, planRun } from './plan.ts';
import { createPatterns, submitPasses, type Patterns } from './reductions.ts';
import { particleError, readParticles } from './snapshot.ts';
import { SUBMIT_MS } from './tuning.ts';
import { velocityPasses } from './velocity.ts';

export { NumericError, SizeError } from './errors.ts';
export type { Observation, ObservableName } from './observe.ts';

/** Options of {@link createSimulation}. */
export interface SimulationOptions {
  /** the problem; default: made from `config.problem` */
  readonly data?: Problem;
  /** initial particles; default: `config.init` */
  readonly particles?: Particles;
  /** replicas R that run side by side; default 1, or as many as `particles` has */
  readonly replicas?: number;
  /** Philox replica word of the first replica; default 0 */
  readonly firstReplica?: number;
}

/** A running simulation. */
export interface Simulation {
  readonly width: number;
  readonly dimension: number;
  readonly replicas: number;
  readonly problem: Problem;
  readonly stepsDone: number;
  /** flow time in function-space units */
  readonly time: number;
  /** what the plan chose, for the manifest */
  readonly kernels: Readonly<Record<string, string | number>>;
  /** Does n steps; resolves when the device has done them. @throws NumericError at the first non-finite particle */
  step(n: number): Promise<void>;
  /** Reads observables of the current state. */
  observe<K extends ObservableName>(names: readonly K[]): Promise<Pick<Observation, K>>;
  /** The network at other inputs x [n][d]; returns f [R][n]. */
  predict(x: Float32Array): Promise<Float32Array>;
  /** The whole state. */
  read(): Promise<State>;
  /** Device milliseconds of the passes of one evaluation; null where the adapter has no timestamps. */
  timings(): Promise<Record<string, number> | null>;
  destroy(): void;
}

/**
 * Creates a simulation.
 *
 * @param device from `openDevice`
 * @param config from `parseConfig`
 * @throws ConfigError when data, particles and config do not fit together
 * @throws SizeError when a size exceeds the adapter, before anything is allocated
 * @throws GpuLostError when the device runs out of memory
 * @example
 * const simulation = await createSimulation(device, parseConfig({ network: { width: 4096 } }));
 * await simulation.step(100);
 * const { loss } = await simulation.observe(['loss']);
 */
export async function createSimulation(
  device: Device,
  config: Config,
  options: SimulationOptions = {},
): Promise<Simulation> {
  const problem = options.data ?? (await makeProblem(config));
  const particles =
    options.particles ??
    (config.init.kind === 'file'
      ? await loadParticles(config.init.path, readFileInNode)
      : undefined);
  const { dimension } = problem.train;
  const replicas = options.replicas ?? particles?.replicas ?? 1;
  checkTogether(config, problem, particles, replicas);
  const plan = planRun(config, dimension, replicas, limitsOf(device));
  const buffers = createBuffers(device);
  const weight = particles?.weight ?? new Float32Array(replicas * plan.m).fill(1);
  const weighted = weight.some((w) => w !== 1);
  try {
    const context: Context = {
      device,
      config,
      plan,
      buffers,
      variant: variantOf(config, dimension, weighted),
      params: paramsUniform(config, plan, buffers, options.firstReplica ?? 0),
      weight: buffers.upload('weight', weighted ? packWeight(weight, plan) : new Float32Array(4)),
    };
    return await assemble(context, problem, particles, weight);
  } catch (error) {
    buffers.destroy();
    throw error;
  }
}

async function assemble(
  context: Context,
  problem: Problem,
  start: Particles | undefined,
  weight: Float32Array,
): Promise<Simulation> {
  const { device, config, plan, buffers } = context;
  const readBack = createReadBack(device);
  const heun = config.flow.integrator === 'heun';
  const cloud = await guardMemory(device, `${plan.replicas} × ${plan.m} particles`, () =>
    allocateCloud(buffers, plan.particleBytes, heun),
  );
  const train = await evaluationOf(context, problem.train, 'train', cloud.particle);
  const test =
    problem.test === null
      ? null
      : await evaluationOf(context, problem.test, 'test', cloud.particle);
  const fill = (particle: GPUBuffer): Promise<void> => writeStart(context, start, particle);
  await fill(cloud.particle);
  device.gpu.queue.writeBuffer(cloud.clock, 0, new Uint32Array([0, 0xffffffff]));
  const observedVelocity = await velocityPasses(
    context,
    train.set,
    cloud.particle,
    cloud.velocity_in,
  );
  const passes = await stepPasses(context, train, cloud, observedVelocity);
  const pacer = createPacer(device, SUBMIT_MS);

  let stepsDone = 0;
  let patterns: Promise<Patterns> | null = null;
  const read = (): Promise<Particles> => readParticles(plan, cloud.particle, weight, readBack);
  const observed: Observed = {
    context,
    particle: cloud.particle,
    readBack,
    train,
    test,
    stepsDone: () => stepsDone,
    velocity: async () => {
      submitPasses(context, [...train.passes, ...observedVelocity]);
      return readParticles(plan, cloud.velocity_in, weight, readBack);
    },
    patterns: () =>
      (patterns ??= createPatterns(context, train.set, cloud.particle, readBack, fill)),
  };
  const observables = createObservables(observed);

  return {
    width: plan.m,
    dimension: plan.d,
    replicas: plan.replicas,
    problem,
    get stepsDone() {
      return stepsDone;
    },
    get time() {
      return stepsDone * plan.dt;
    },
    kernels: {
      forward: 'dense',
      velocity: plan.velocityKernel,
      splits: train.set.plan.splits,
      workgroup: train.set.plan.workgroup,
      particleBytes: plan.particleBytes,
    },
    step: async (n) => {
      if (!Number.isInteger(n) || n < 0)
        throw new ConfigError(`step: received ${n}; allowed: a whole number >= 0`);
      await pacer.run(n, (encoder) => {
        const compute = encoder.beginComputePass();
        for (const pass of passes) pass.encode(compute);
        compute.end();
      });
      stepsDone += n;
      const [clock] = await readBack.read([{ buffer: cloud.clock, bytes: 8 }]);
      const badStep = new Uint32Array(clock)[1];
      if (badStep !== 0xffffffff) throw particleError(await read(), badStep + 1, config.flow.dt);
    },
    observe: async (names) => {
      const values: Partial<Observation> = {};
      for (const name of names) Object.assign(values, { [name]: await observables[name]() });
      return values as Pick<Observation, (typeof names)[number]>;
    },
    predict: (x) => predictAt(observed, x),
    read: async () => ({ step: stepsDone, time: stepsDone * plan.dt, particles: await read() }),
    timings: () => timePasses(device, [...train.passes, ...observedVelocity]),
    destroy: () => {
      readBack.destroy();
      buffers.destroy();
    },
  };
}

/** f at inputs x [n][d], on buffers of its own. */
async function predictAt(observed: Observed, x: Float32Array): Promise<Float32Array> {
  const { device, plan } = observed.context;
  const count = x.length / plan.d;
  if (!Number.isInteger(count) || count === 0) {
    throw new ConfigError(
      `predict: received ${x.length} numbers; allowed: a positive multiple of d = ${plan.d}`,
    );
  }
  const buffers = createBuffers(device);
  const zeros = new Float32Array(count);
  const samples: Samples = { count, dimension: plan.d, x, y: zeros, weight: zeros };
  try {
    const context = { ...observed.context, buffers };
    const evaluation = await evaluationOf(context, samples, 'predict', observed.particle);
    return await evaluate(observed, evaluation, 'prediction');
  } finally {
    buffers.destroy();
  }
}

function checkTogether(
  config: Config,
  problem: Problem,
  particles: Particles | undefined,
  replicas: number,
): void {
  const { dimension, count } = problem.train;
  if (config.flow.batch > count) {
    throw new ConfigError(
      `flow.batch: received ${config.flow.batch}; allowed: at most the ${count} samples, or 0 for all of them`,
    );
  }
  if (problem.test !== null && problem.test.dimension !== dimension) {
    throw new ConfigError(
      `test samples: received d = ${problem.test.dimension}; allowed: d = ${dimension}, as in training`,
    );
  }
  if (particles === undefined) return;
  const expected = { dimension, width: config.network.width, replicas };
  for (const [name, value] of Object.entries(expected)) {
    const received = particles[name as keyof typeof expected];
    if (received !== value)
      throw new ConfigError(`initial particles: received ${name} ${received}; allowed: ${value}`);
  }
}
