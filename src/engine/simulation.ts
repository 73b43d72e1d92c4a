// The simulation: particles on a device, moved by steps of the flow. No clock, no page, no hidden randomness.
//
// One Euler step is forward ► residual ► velocity ► update; Heun does it twice; a minibatch is drawn before.
import { ConfigError } from '../config-check.ts';
import type { Config } from '../config.ts';
import { createBuffers, createReadBack, type ReadBack } from '../gpu/buffer.ts';
import type { Device } from '../gpu/device.ts';
import { encodePasses, submitPasses } from '../gpu/pass.ts';
import { createPacer, timePasses, type Pacer } from '../gpu/timing.ts';
import { makeProblem } from '../problem/make.ts';
import { loadParticles } from '../problem/particles.ts';
import type { Problem, Samples } from '../problem/problem.ts';
import { quasiParticles } from '../problem/quasi.ts';
import { readFileInNode } from '../problem/read-file.ts';
import type { Particles, State } from '../state.ts';
import { assemble, evaluationOf, NEVER, type Parts } from './assembly.ts';
import { checkInputs } from './check.ts';
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
import { createMoments, createPatterns, type Patterns } from './reductions.ts';
import { particleError, readParticles } from './snapshot.ts';
import { SUBMIT_MS } from './tuning.ts';

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
  /** Frees the buffers once the calls under way have ended; later calls reject. */
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
  const particles = options.particles ?? (await startOf(config, problem, options));
  const { dimension } = problem.train;
  const replicas = options.replicas ?? particles?.replicas ?? 1;
  checkInputs(config, problem, particles, replicas);
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
    const parts = await assemble(context, problem, particles);
    return new DeviceSimulation(context, problem, parts, weight);
  } catch (error) {
    buffers.destroy();
    throw error;
  }
}

/** Initial particles that the host makes; undefined where the device draws them. */
async function startOf(
  { init, ...rest }: Config,
  { train }: Problem,
  { replicas = 1, firstReplica = 0 }: SimulationOptions,
): Promise<Particles | undefined> {
  if (init.kind === 'file') return loadParticles(init.path, readFileInNode);
  if (init.sampling !== 'quasi') return undefined;
  return quasiParticles({ init, ...rest }, train.dimension, replicas, firstReplica);
}

/** A simulation on its device. Calls run one after the other, in the order in which they are made. */
class DeviceSimulation implements Simulation {
  stepsDone = 0;
  private readonly readBack: ReadBack;
  private readonly pacer: Pacer;
  private readonly observed: Observed;
  private patterns: Promise<Patterns> | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private destroyed = false;

  constructor(
    private readonly context: Context,
    readonly problem: Problem,
    private readonly parts: Parts,
    private readonly weight: Float32Array,
  ) {
    const { device } = context;
    this.readBack = createReadBack(device);
    this.pacer = createPacer(device, SUBMIT_MS);
    const { train, test, cloud } = parts;
    this.observed = {
      context,
      readBack: this.readBack,
      train,
      test,
      stepsDone: () => this.stepsDone,
      velocity: () => this.readVelocity(),
      patterns: () =>
        (this.patterns ??= createPatterns(
          context,
          train.set,
          cloud.particle,
          this.readBack,
          parts.writeStart,
        )),
      momentSums: createMoments(context, cloud.particle, this.readBack),
    };
  }

  get width(): number {
    return this.context.plan.m;
  }

  get dimension(): number {
    return this.context.plan.d;
  }

  get replicas(): number {
    return this.context.plan.replicas;
  }

  get time(): number {
    return this.stepsDone * this.context.plan.dt;
  }

  get kernels(): Record<string, string | number> {
    const { splits, workgroup } = this.parts.train.set.plan;
    const { velocityKernel, particleBytes } = this.context.plan;
    return { forward: 'dense', velocity: velocityKernel, splits, workgroup, particleBytes };
  }

  step(n: number): Promise<void> {
    return this.inOrder(async () => {
      if (!Number.isInteger(n) || n < 0) {
        throw new ConfigError(`step: received ${n}; allowed: a whole number >= 0`);
      }
      await this.pacer.run(
        n,
        (encoder) => encodePasses(encoder, this.parts.step),
        () => this.checkAlive(),
      );
      this.stepsDone += n;
      const [clock] = await this.readBack.read([{ buffer: this.parts.cloud.clock, bytes: 8 }]);
      const badStep = new Uint32Array(clock)[1];
      if (badStep === NEVER) return;
      throw particleError(await this.readParticles(), badStep + 1, this.context.config.flow.dt);
    });
  }

  observe<K extends ObservableName>(names: readonly K[]): Promise<Pick<Observation, K>> {
    return this.inOrder(async () => {
      const sources = createObservables(this.observed);
      const unknown = names.find((name) => !Object.hasOwn(sources, name));
      if (unknown !== undefined) {
        throw new ConfigError(
          `observe: received "${String(unknown)}"; allowed: ${Object.keys(sources).join(', ')}`,
        );
      }
      const values: Partial<Observation> = {};
      for (const name of names) Object.assign(values, { [name]: await sources[name]() });
      return values as Pick<Observation, K>;
    });
  }

  predict(x: Float32Array): Promise<Float32Array> {
    return this.inOrder(() => predictAt(this.observed, this.parts.cloud.particle, x));
  }

  read(): Promise<State> {
    return this.inOrder(async () => ({
      step: this.stepsDone,
      time: this.time,
      particles: await this.readParticles(),
    }));
  }

  timings(): Promise<Record<string, number> | null> {
    const { train, velocity } = this.parts;
    return this.inOrder(() => timePasses(this.context.device, [...train.passes, ...velocity]));
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    // The device may be at work on these buffers; what is under way ends first.
    void this.last.then(() => {
      this.readBack.destroy();
      this.context.buffers.destroy();
    });
  }

  private checkAlive(): void {
    if (this.destroyed) throw new Error('the simulation was destroyed');
  }

  private inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(() => {
      this.checkAlive();
      return work();
    });
    this.last = result.catch(() => undefined);
    return result;
  }

  private readParticles(): Promise<Particles> {
    return readParticles(this.context.plan, this.parts.cloud.particle, this.weight, this.readBack);
  }

  private readVelocity(): Promise<Particles> {
    const { train, velocity, cloud } = this.parts;
    submitPasses(this.context.device, [...train.passes, ...velocity]);
    return readParticles(this.context.plan, cloud.velocity_in, this.weight, this.readBack);
  }
}

/** f at inputs x [n][d], on buffers of its own. */
async function predictAt(
  observed: Observed,
  particle: GPUBuffer,
  x: Float32Array,
): Promise<Float32Array> {
  const { device, plan } = observed.context;
  const count = x.length / plan.d;
  if (!Number.isInteger(count) || count === 0 || !x.every(Number.isFinite)) {
    throw new ConfigError(
      `predict: received ${x.length} numbers; allowed: a positive multiple of d = ${plan.d}, all finite`,
    );
  }
  const buffers = createBuffers(device);
  const zeros = new Float32Array(count);
  const samples: Samples = { count, dimension: plan.d, x, y: zeros, weight: zeros };
  try {
    const context = { ...observed.context, buffers };
    const evaluation = await evaluationOf(context, samples, 'predict', particle);
    return (await evaluate(observed, evaluation)).prediction;
  } finally {
    buffers.destroy();
  }
}
