// What experiments tell while they run: plain records, the same for the page and the command line.
import type { FluctuationResult } from '../observables/fluctuation.ts';

/** Progress of the fluctuation experiment; the last one has fraction 1. */
export interface FluctuationProgress {
  readonly kind: 'progress';
  /** width m under way */
  readonly width: number;
  /** replicas of this width that are done or under way, out of `replicas` */
  readonly replicasReached: number;
  readonly replicas: number;
  /** steps the replicas under way have done, out of `steps` */
  readonly step: number;
  readonly steps: number;
  /** share of all work done, in [0, 1], never falling; work counts as particles × steps */
  readonly fraction: number;
}

/** How one width ran. */
export interface WidthRun {
  readonly width: number;
  /** number of simulations the replicas were split into to fit memory */
  readonly batches: number;
  /** what the engine's plan chose, for the manifest */
  readonly kernels: Readonly<Record<string, string | number>>;
  /** median of δ = c² − a² − b² over the initial particles, per replica; for one input and relu */
  readonly deltas?: readonly number[];
}

/** The end of the fluctuation experiment. */
export interface FluctuationDone {
  readonly kind: 'result';
  readonly result: FluctuationResult;
  /** one per width, ascending */
  readonly runs: readonly WidthRun[];
}

/** Everything `fluctuations` yields: progress, then one result. */
export type FluctuationEvent = FluctuationProgress | FluctuationDone;
