// What the engine trains on: samples with targets and loss weights, on the host.

import type { Teacher } from './teacher.ts';

/** Samples of a training or test set. Float32, so that host and device see the same numbers. */
export interface Samples {
  /** number of samples s */
  readonly count: number;
  /** input dimension d */
  readonly dimension: number;
  /** inputs [s][d] */
  readonly x: Float32Array;
  /** targets [s] */
  readonly y: Float32Array;
  /** loss weights ν [s]: 1/s or 1 each, or the weight column of the data (normalised for "mean") */
  readonly weight: Float32Array;
}

/** A teacher and a law of inputs that is seen through one number: what the population loss is made of. */
export interface Population {
  readonly teacher: Teacher;
  /** sizes of its neurons where these are not |a|², [k]; see `Kernel` */
  readonly sizes?: Float32Array;
  /** moment of the inputs, see `momentOf` */
  readonly moment: number;
}

/** A learning problem. */
export interface Problem {
  /** one line for reports, for example "teacher–student, d = 2, s = 64" */
  readonly title: string;
  readonly train: Samples;
  /** held-out samples, or null */
  readonly test: Samples | null;
  /** present where the loss is that of the whole population; then the samples are looked at, never trained on */
  readonly population?: Population;
}

/** Reads a whole file; the page, the CLI and tests each bring their own. */
export type ReadFile = (path: string) => Promise<Uint8Array>;
