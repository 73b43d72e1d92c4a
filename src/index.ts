// The public API: re-exports only.
export {
  openDevice,
  listAdapters,
  GpuUnavailableError,
  GpuLostError,
  type AdapterSummary,
  type Device,
  type DeviceOptions,
} from './gpu/device.ts';
export {
  createSimulation,
  NumericError,
  SizeError,
  type Observation,
  type ObservableName,
  type Simulation,
  type SimulationOptions,
} from './engine/simulation.ts';
export { configJsonSchema, type Config, type ConfigInput } from './config.ts';
export { ConfigError, parseConfig } from './config-check.ts';
export { makeProblem } from './problem/make.ts';
export type { Problem, ReadFile, Samples } from './problem/problem.ts';
export type { Moments, Particles, State } from './state.ts';
