// The history of a run: one row per recorded step. Plain data, written as history.csv and drawn in the report.

import type { Moments, Population } from '../state.ts';

export type { Moments } from '../state.ts';

/** One row of the history of replica 0. */
export interface HistoryRow {
  readonly step: number;
  readonly time: number;
  /** ½ Σ ν ρ² on the training samples, without penalty */
  readonly loss: number;
  /** the objective L: loss + λ (m/α²) Σ ω r */
  readonly objective: number;
  /** ½ Σ ν ρ² on the test samples; NaN without a test set */
  readonly testLoss: number;
  /** fraction of activation bits that differ from the start */
  readonly patternsChanged: number;
  readonly moments: Moments;
  /** what birth–death did so far; absent at rate 0 */
  readonly population?: Population;
  /** time step of the last step done, at step 0 of the first; with `flow.stableStep` alone, where it changes */
  readonly dt?: number;
}
