// The contract of an entry of `meanfield reproduce`: what it is, and a run that streams progress and ends in a result.
import type { Config } from '../../config.ts';
import type { Device } from '../../gpu/device.ts';
import type { ReproductionResult } from '../../observables/reproduction.ts';

/** Options of a reproduction. */
export interface ReproduceOptions {
  /** seed of every random number; default: that of the entry */
  readonly seed?: number;
  /** width m in place of that of the entry; only for entries with `chooseWidth` */
  readonly width?: number;
  /** stops the run at the next event with the signal's reason */
  readonly signal?: AbortSignal;
}

/** What a reproduction tells while it runs; the result comes last. */
export type ReproduceEvent =
  | { readonly kind: 'progress'; readonly fraction: number; readonly text: string }
  | { readonly kind: 'result'; readonly result: ReproductionResult };

/** An entry of `meanfield reproduce`. */
export interface Reproduction {
  /** one line for the list */
  readonly title: string;
  /** where the settings come from: taken from a source, or ours in the spirit of one */
  readonly source: string;
  /** what was chosen here, where entries share a source */
  readonly settings?: string;
  /** neuron·sample pairs, or what else measures the work, in words */
  readonly work: string;
  /** the width m can be chosen */
  readonly chooseWidth?: true;
  /** the configuration of the main run, for manifest and report */
  config(options: ReproduceOptions): Config;
  run(device: Device, options: ReproduceOptions): AsyncGenerator<ReproduceEvent, void, undefined>;
}
