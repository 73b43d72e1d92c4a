// The simulation: particles on a device, moved by steps of the flow. No clock, no page, no hidden randomness.
//
// One Euler step is forward ► residual ► velocity ► update; Heun does it twice; a minibatch is drawn before.
import { ConfigError } from '../config-check.ts';
import type { Config } from '../config.ts';
import { createBuffers, createReadBack, type ReadBack } from '../gpu/buffer.ts';
import type { Device } from '../gpu/device.ts';
import { submitPasses, type Pass } from '../gpu/pass.ts';
import { createPacer, timePasses, type Pacer } from '../gpu/timing.ts';
import { makeProblem } from '../problem/make.ts';
import type { Problem } from '../problem/problem.ts';
import type { Particles, State } from '../state.ts';
import { assemble, type Parts } from './assembly.ts';
import { weightsMove } from './birth-death.ts';
import type { CanonicalState } from './canonical.ts';
import { checkCourse, checkInputs, checkOwnStep } from './check.ts';
import { contextOf, writeTimeStep, type Context } from './context.ts';
import {
  checkNames,
  LARGE,
  probeOf,
  type Observation,
  type ObservableName,
  type Observed,
  type SmallName,
} from './observe.ts';
import { chooseKernels } from './kernel-choice.ts';
import { functionTime, kernelsOf, limitsOf, planRun } from './plan.ts';
import type { Potential } from './potential.ts';
import { predictAt } from './predict.ts';
import { readProbe, type Probe } from './probe.ts';
import { createMoments, createPatterns, type Patterns } from './reductions.ts';
import { readParticles, readRow } from './snapshot.ts';
import { givenParticles } from './start.ts';
import { runStretch, type Stretch } from './stretch.ts';
import { sortedKernels } from './sorted.ts';
import type { Advance, Simulation, SimulationOptions } from './surface.ts';
import { SUBMIT_MS } from './tuning.ts';

export type { Advance, Simulation, SimulationOptions } from './surface.ts';
export { NumericError, SizeError } from './errors.ts';
export type { Observation, ObservableName, SmallName } from './observe.ts';
export type { Products } from './population-loss.ts';

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
  const { dimension } = problem.train;
  const particles = await givenParticles(config, dimension, options);
  const replicas = options.replicas ?? particles?.replicas ?? 1;
  checkInputs(config, problem, particles, replicas);
  const sizes = {
    ...{ dimension, replicas, samples: problem.train.count },
    population: problem.population !== undefined,
  };
  const limits = limitsOf(device);
  const { kernel, persistent } = chooseKernels(options.kernel ?? 'auto', config, sizes, limits);
  const plan = { ...planRun(config, dimension, replicas, limits, kernel), persistent };
  const buffers = createBuffers(device);
  const weight = particles?.weight ?? new Float32Array(replicas * plan.m).fill(1);
  try {
    const context = contextOf({ device, config, plan, buffers }, weight, options.firstReplica ?? 0);
    const parts = await assemble(context, problem, particles);
    const { submitMs = SUBMIT_MS.interactive } = options;
    return new DeviceSimulation(context, problem, parts, weight, submitMs);
  } catch (error) {
    buffers.destroy();
    throw error;
  }
}

/** A simulation on its device. Calls run one after the other, in the order in which they are made. */
class DeviceSimulation implements Simulation {
  stepsDone = 0;
  private readonly readBack: ReadBack;
  private readonly pacer: Pacer;
  private readonly observed: Observed;
  private patterns: Promise<Patterns> | null = null;
  private potential: Promise<Potential> | null = null;
  private canonical: Promise<() => Promise<CanonicalState>> | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private destroyed = false;
  /** where the present time step began, so that times are exact multiples of it, and whether it was set */
  private base = { step: 0, time: 0, set: false };
  private dt: number;

  constructor(
    private readonly context: Context,
    readonly problem: Problem,
    private readonly parts: Parts,
    private readonly weight: Float32Array,
    submitMs: number,
  ) {
    const { device } = context;
    this.dt = context.plan.dt;
    this.readBack = createReadBack(device);
    this.pacer = createPacer(device, submitMs);
    const { train, test, cloud } = parts;
    let sums: Promise<Probe<Float64Array>> | null = null;
    this.observed = {
      context,
      train,
      test,
      patterns: () => this.patternsNow(),
      population: () => parts.populationProbe,
      products: parts.products,
      momentSums: () => (sums ??= createMoments(context, cloud.particle)),
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
    return this.timeAt(this.stepsDone);
  }

  setTimeStep(dt: number): Promise<void> {
    return this.inOrder(() => {
      if (!(dt > 0 && Number.isFinite(Math.fround(dt)))) {
        throw new ConfigError(`setTimeStep: received ${dt}; allowed: a positive number`);
      }
      if (this.context.config.flow.birthDeath.quench !== null) {
        throw new ConfigError('setTimeStep: allowed with flow.birthDeath.quench null alone');
      }
      this.base = { step: this.stepsDone, time: this.time, set: true };
      this.dt = functionTime(this.context.config, this.context.plan, dt);
      writeTimeStep(this.context, this.dt);
      return Promise.resolve();
    });
  }

  get kernels(): Record<string, string | number> {
    const { train, fused, products } = this.parts;
    const kernels =
      train.set.sorted === null
        ? kernelsOf(this.context.plan, train.set.plan)
        : sortedKernels(this.context.plan, train.set.sorted.plan, fused !== null);
    return products === null ? kernels : { ...kernels, velocity: 'population_velocity' };
  }

  get passes(): readonly Pass[] {
    return this.parts.step;
  }

  get particleBuffer(): GPUBuffer {
    return this.parts.cloud.particle;
  }

  get weightBuffer(): GPUBuffer | null {
    const { variant, weight } = this.context;
    return variant.weighted ? weight : null;
  }

  async step(n: number): Promise<void> {
    if (!Number.isInteger(n) || n < 0) {
      throw new ConfigError(`step: received ${n}; allowed: a whole number >= 0`);
    }
    // One call, however many submits: calls made meanwhile wait for its end.
    await this.inOrder(async () => {
      const last = this.stepsDone + n;
      while (this.stepsDone < last) await this.stretch(null, last, []);
    });
  }

  async *advance<K extends SmallName>(
    last: number,
    names: readonly K[],
    due: readonly number[],
  ): AsyncGenerator<Advance<K>, void, undefined> {
    const probe = await this.inOrder(() => {
      checkCourse(this.stepsDone, last, due);
      return probeOf(this.observed, checkNames(names));
    });
    let left = due;
    while (this.stepsDone < last || left.length > 0) {
      const { step, records, failure } = await this.inOrder(() => this.stretch(probe, last, left));
      left = left.slice(records.length);
      yield {
        step,
        records: records.map((record) => ({ ...record, time: this.timeAt(record.step) })),
      };
      if (failure !== null) throw failure;
    }
  }

  observe<K extends ObservableName>(names: readonly K[]): Promise<Pick<Observation, K>> {
    return this.inOrder(async () => {
      const small = checkNames(names).filter(
        (name): name is K & SmallName => !LARGE.includes(name),
      );
      const values: Partial<Observation> =
        small.length === 0
          ? {}
          : await readProbe(this.readBack, await probeOf(this.observed, small), this.stepsDone);
      if (names.includes('velocity' as K)) values.velocity = await this.readVelocity();
      if (names.includes('patterns' as K))
        values.patterns = await (await this.patternsNow()).bits();
      if (names.includes('potential' as K)) values.potential = await this.readPotential();
      if (names.includes('canonical' as K)) values.canonical = await this.readCanonical();
      return values as Pick<Observation, K>;
    });
  }

  predict(x: Float32Array): Promise<Float32Array> {
    return this.inOrder(() =>
      predictAt(this.context, this.readBack, this.parts.cloud.particle, this.stepsDone, x),
    );
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

  private timeAt(step: number): number {
    return this.base.time + (step - this.base.step) * this.dt;
  }

  private checkAlive(): void {
    if (this.destroyed) throw new Error('the simulation was destroyed');
  }

  /** One submit of steps and observations; throws where nobody can be shown the observations before a failure. */
  private async stretch<T>(
    probe: Probe<T> | null,
    last: number,
    due: readonly number[],
  ): Promise<Stretch<T>> {
    this.checkAlive();
    const { context, readBack, pacer, parts } = this;
    if (!this.base.set && last > this.stepsDone) checkOwnStep(context.config);
    const course = {
      context,
      readBack,
      pacer,
      strides: parts.strides,
      clock: parts.cloud.clock,
      probe,
    };
    const stretch = await runStretch(course, this.stepsDone, last, due);
    this.stepsDone = stretch.step;
    if (probe === null && stretch.failure !== null) throw stretch.failure;
    return stretch;
  }

  private patternsNow(): Promise<Patterns> {
    const { context, readBack, parts } = this;
    return (this.patterns ??= createPatterns(
      context,
      parts.train.set,
      parts.cloud.particle,
      readBack,
      parts.writeStart,
      parts.population?.lineage,
    ));
  }

  private inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(() => {
      this.checkAlive();
      return work();
    });
    this.last = result.catch(() => undefined);
    return result;
  }

  private async readParticles(): Promise<Particles> {
    const { particle } = this.parts.cloud;
    return readParticles(this.context.plan, particle, await this.weightNow(), this.readBack);
  }

  private async readVelocity(): Promise<Particles> {
    const { train, velocity, cloud } = this.parts;
    submitPasses(this.context.device, [...train.passes, ...velocity]);
    const weight = await this.weightNow();
    return readParticles(this.context.plan, cloud.velocity_in, weight, this.readBack);
  }

  private async readPotential(): Promise<Float32Array> {
    // This and the next are loaded where they are asked for, so that a page begins without them.
    const potential = await (this.potential ??= import('./potential.ts').then((own) =>
      own.createPotential(this.context, this.parts),
    ));
    submitPasses(this.context.device, potential.passes);
    return readRow(this.context.plan, potential.buffer, this.readBack);
  }

  private async readCanonical(): Promise<CanonicalState> {
    const { context, parts, readBack } = this;
    const { train, cloud } = parts;
    this.canonical ??= import('./canonical.ts').then((own) =>
      own.createCanonical(context, train.set, cloud.particle, readBack),
    );
    return (await this.canonical)();
  }

  /** ω [R][m]; on the device where birth–death changes it */
  private async weightNow(): Promise<Float32Array> {
    const { config, plan, weight } = this.context;
    if (!weightsMove(config.flow.birthDeath)) return this.weight;
    return readRow(plan, weight, this.readBack);
  }
}
