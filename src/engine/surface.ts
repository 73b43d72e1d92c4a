// The surface of a simulation: what a caller may pass, call and get. No code.
import type { Pass } from '../gpu/pass.ts';
import type { Problem } from '../problem/problem.ts';
import type { Particles, State } from '../state.ts';
import type { KernelChoice } from './plan.ts';
import type { Observation, ObservableName, SmallName } from './observe.ts';

/** Options of `createSimulation`. */
export interface SimulationOptions {
  /** the problem; default: made from `config.problem` */
  readonly data?: Problem;
  /** initial particles; default: `config.init` */
  readonly particles?: Particles;
  /** replicas R that run side by side; default 1, or as many as `particles` has */
  readonly replicas?: number;
  /** Philox replica word of the first replica; default 0 */
  readonly firstReplica?: number;
  /**
   * bound on the duration of one submit in milliseconds, kept by measuring the submits before; default 50, which leaves
   * a page responsive. One step is never cut. It decides how often one waits, never a result.
   */
  readonly submitMs?: number;
  /**
   * kernels: "dense" for any network; for the univariate ReLU network "sorted", or "persistent", which does many steps
   * per dispatch where replicas are small; default "auto", the fastest that fits
   */
  readonly kernel?: KernelChoice;
}

/** What one submit of {@link Simulation.advance} did. */
export interface Advance<K extends SmallName> {
  /** steps done */
  readonly step: number;
  /** what was observed in this submit, in the order of steps */
  readonly records: readonly {
    readonly step: number;
    readonly time: number;
    readonly values: Pick<Observation, K>;
  }[];
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
  /** the passes of one step in order, to be timed one by one; running them is not counted as a step */
  readonly passes: readonly Pass[];
  /** the particles on the device, to be drawn from and never written: [R][k][m4], see shaders/particle.wgsl.ts */
  readonly particleBuffer: GPUBuffer;
  /** particle weights ω on the device, [R][m4] in the same way; null where all are 1 and stay so */
  readonly weightBuffer: GPUBuffer | null;
  /** Does n steps; resolves when the device has done them. @throws NumericError at the first non-finite particle */
  step(n: number): Promise<void>;
  /**
   * Steps to step `last` and observes on the way, in submits of about `submitMs` each that are read back once. Yields
   * after every submit; what it yields is the same as from `step` and `observe`, bit for bit.
   *
   * @param names what to observe
   * @param due steps to observe, ascending, from `stepsDone` to `last`
   * @throws NumericError at the first non-finite particle, after the good steps before it were yielded
   * @example
   * for await (const { records } of simulation.advance(1000, ['loss'], [0, 500, 1000])) console.log(records);
   */
  advance<K extends SmallName>(
    last: number,
    names: readonly K[],
    due: readonly number[],
  ): AsyncGenerator<Advance<K>, void, undefined>;
  /**
   * Changes the time step of the steps to come.
   *
   * @param dt in the unit of `flow.dt`, positive
   */
  setTimeStep(dt: number): Promise<void>;
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
