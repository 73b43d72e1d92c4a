// What computes behind the page: the GPU engine, or where there is no WebGPU the float64 reference at small widths.
// Both give runs with one surface, so that no view asks which it is.
import type { Config } from '../config.ts';
import { createSimulation, type Simulation } from '../engine/simulation.ts';
import { rowNames, rowOf, type RowName } from '../experiments/rows.ts';
import type { Stable } from '../experiments/stable-step.ts';
import { openDevice, type Device } from '../gpu/device.ts';
import type { HistoryRow } from '../observables/history.ts';
import type { Problem } from '../problem/problem.ts';
import type { Particles, State } from '../state.ts';

/** Data and particles that do not come from the configuration: files that were dropped on the page. */
export interface RunData {
  readonly problem?: Problem;
  readonly particles?: Particles;
}

/** One run of the page: a cloud of particles in motion. */
export interface Run {
  readonly config: Config;
  readonly problem: Problem;
  readonly width: number;
  readonly dimension: number;
  readonly stepsDone: number;
  /** flow time in function-space units */
  readonly time: number;
  /** the simulation on the device, whose buffers can be drawn; null on the processor */
  readonly simulation: Simulation | null;
  /**
   * Steps to step `last` and gives a row for every step in `due`, ascending, from `stepsDone` to `last`.
   *
   * @throws NumericError, GpuLostError
   */
  advance(last: number, due: readonly number[]): Promise<HistoryRow[]>;
  /** The network at inputs x [n][d]; returns f [n]. */
  predict(x: Float32Array): Promise<Float32Array>;
  read(): Promise<State>;
  /** Changes the time step of the steps to come, in the unit of `flow.dt`. */
  setTimeStep(dt: number): Promise<void>;
  destroy(): void;
}

/** Makes runs. */
export interface Engine {
  /** null on the processor */
  readonly device: Device | null;
  /** one line that names what computes */
  readonly name: string;
  /** @throws ConfigError, SizeError, GpuLostError */
  start(config: Config, data?: RunData): Promise<Run>;
  destroy(): Promise<void>;
}

/** @throws GpuUnavailableError where the browser has no WebGPU */
export async function openGpuEngine(): Promise<Engine> {
  const device = await openDevice();
  return {
    device,
    name: device.adapterName,
    start: (config, data = {}) => startOnGpu(device, config, data),
    destroy: () => device.destroy(),
  };
}

async function startOnGpu(device: Device, config: Config, data: RunData): Promise<Run> {
  const { problem, particles } = data;
  const simulation = await createSimulation(device, config, {
    ...(problem && { data: problem }),
    ...(particles && { particles }),
  });
  const names = rowNames(config, simulation);
  const advance = await advanceOf(config, simulation);
  return {
    config,
    simulation,
    problem: simulation.problem,
    width: simulation.width,
    dimension: simulation.dimension,
    get stepsDone() {
      return simulation.stepsDone;
    },
    get time() {
      return simulation.time;
    },
    advance: async (last, due) => {
      const rows: HistoryRow[] = [];
      for await (const { records } of advance(last, names, due))
        for (const { step, time, values, dt } of records) rows.push(rowOf(step, time, values, dt));
      return rows;
    },
    predict: (x) => simulation.predict(x),
    read: () => simulation.read(),
    setTimeStep: (dt) => simulation.setTimeStep(dt),
    destroy: () => simulation.destroy(),
  };
}

/** How a simulation advances: by itself, or with the step of `flow.stableStep`, whose code is loaded where it is asked for. */
async function advanceOf(
  config: Config,
  simulation: Simulation,
): Promise<(...args: [number, RowName[], readonly number[]]) => AsyncIterable<Stable<RowName>>> {
  if (config.flow.stableStep === 0) return (...args) => simulation.advance(...args);
  const { advanceStably, stableSteps } = await import('../experiments/stable-step.ts');
  const timeSteps = stableSteps(config, simulation.problem.train, simulation);
  return (...args) => advanceStably(simulation, timeSteps, ...args);
}
