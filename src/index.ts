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
export type { Moments, Particles, Population, State } from './state.ts';
export { fluctuations, type FluctuationsOptions } from './experiments/fluctuations.ts';
export {
  createLiveFluctuations,
  type LiveEvent,
  type LiveFluctuations,
  type LiveOptions,
} from './experiments/live-fluctuations.ts';
export type { FluctuationEvent } from './experiments/events.ts';
export {
  advanceStably,
  stableSteps,
  type Stable,
  type StableStep,
  type StableSteps,
  type Steppable,
} from './experiments/stable-step.ts';
export { training, type TrainingEvent, type TrainingOptions } from './experiments/training.ts';
export type {
  Estimate,
  FluctuationPoint,
  FluctuationResult,
  LawAtTime,
} from './observables/fluctuation.ts';
export { loss } from './observables/loss.ts';
export { moments } from './observables/moments.ts';
export { fractionChanged } from './observables/patterns.ts';
export { arcOf, canonicalOf, liftOf, type Arc, type Canonical } from './problem/canonical.ts';
export { tangentEigenvalue } from './theory/tangent-spectrum.ts';
export { coneRates, type ConeRates } from './observables/cone.ts';
