// One run as a stream of events: progress, a row of history now and then, and the result at the end.
// It writes no files and draws nothing.
import type { Config } from '../config.ts';
import type { Device } from '../gpu/device.ts';
import type { KernelChoice } from '../engine/plan.ts';
import { createSimulation, type Simulation } from '../engine/simulation.ts';
import { SUBMIT_MS } from '../engine/tuning.ts';
import type { HistoryRow } from '../observables/history.ts';
import type { Regime } from '../observables/regime.ts';
import type { Problem } from '../problem/problem.ts';
import type { Particles, State } from '../state.ts';
import { hasRegime, regimeOf } from './regime.ts';
import { rowNames, rowOf } from './rows.ts';
import { stepStability } from './stability.ts';
import type { StableStep } from './stable-estimate.ts';
import { advanceStably, stableSteps } from './stable-step.ts';

/** Points of the curve of a network of one input. */
const CURVE_POINTS = 401;

/** What a run gives at its end, or where it was interrupted. */
export interface TrainingResult {
  readonly problem: Problem;
  readonly history: readonly HistoryRow[];
  readonly state: State;
  /** f at the training samples [s] */
  readonly prediction: Float32Array;
  /** f at the test samples [s_test]; null without a test set */
  readonly testPrediction: Float32Array | null;
  /** f on a grid over the inputs, for d = 1; else null */
  readonly curve: { readonly x: Float32Array; readonly f: Float32Array } | null;
  /** what the engine chose, for the manifest */
  readonly kernels: Record<string, string | number>;
  /** regime number of the start, or why there is none; null where relu or d = 1 is not given */
  readonly regime: Regime | null;
  /** the larger dt λ_max of start and end with birth–death, stable below 2; null without */
  readonly stability: number | null;
  /** the first time step with `flow.stableStep`; null without, and where nothing can move */
  readonly timeStep: StableStep | null;
  /** the signal stopped the run before its last step */
  readonly interrupted: boolean;
}

/** An event of {@link training}. */
export type TrainingEvent =
  | { readonly kind: 'progress'; readonly step: number; readonly steps: number }
  | { readonly kind: 'row'; readonly row: HistoryRow }
  | { readonly kind: 'result'; readonly result: TrainingResult };

/** Options of {@link training}. */
export interface TrainingOptions {
  /** samples instead of those of `config.problem` */
  readonly data?: Problem;
  /** start instead of `config.init` */
  readonly particles?: Particles;
  /** when aborted, the run stops after the present submit with `interrupted: true` */
  readonly signal?: AbortSignal;
  /** bound on the duration of one submit in milliseconds; default 500. It changes no numbers */
  readonly submitMs?: number;
  /** kernels of the engine; default "auto" */
  readonly kernel?: KernelChoice;
}

/**
 * Runs `flow.steps` steps and records a row at step 0, every `record.every` steps and at the end.
 *
 * @throws SizeError before anything is allocated, NumericError and GpuLostError while running
 */
export async function* training(
  device: Device,
  config: Config,
  options: TrainingOptions = {},
): AsyncGenerator<TrainingEvent, void, undefined> {
  const { steps } = config.flow;
  const { every } = config.record;
  const { signal, ...start } = options;
  const simulation = await createSimulation(device, config, {
    submitMs: SUBMIT_MS.batch,
    ...start,
  });
  try {
    const regime = hasRegime(config, simulation.problem)
      ? regimeOf(config, simulation.problem, (await simulation.read()).particles)
      : null;
    const stability =
      config.flow.birthDeath.rate > 0
        ? stepStability(config, simulation.problem, (await simulation.read()).particles)
        : null;
    const history: HistoryRow[] = [];
    const names = rowNames(config, simulation);
    const timeSteps = stableSteps(config, simulation.problem.train, simulation);
    const stopped = (): boolean => signal?.aborted === true;
    const due = dueSteps(steps, every);
    for await (const { step, records } of advanceStably(simulation, timeSteps, steps, names, due)) {
      for (const { step: at, time, values, dt } of records)
        history.push(rowOf(at, time, values, dt));
      for (const row of history.slice(history.length - records.length)) yield { kind: 'row', row };
      if (step > 0) yield { kind: 'progress', step, steps };
      if (stopped()) break;
    }
    const { stepsDone, time } = simulation;
    if (history[history.length - 1].step < stepsDone) {
      const row = rowOf(stepsDone, time, await simulation.observe(names), timeSteps.now?.dt);
      history.push(row);
      yield { kind: 'row', row };
    }
    const found = await collect(simulation, history, steps);
    const atEnd = stepStability(config, found.problem, found.state.particles) ?? 0;
    const larger = stability === null ? null : Math.max(stability, atEnd);
    const first = { regime, timeStep: timeSteps.start };
    yield { kind: 'result', result: { ...found, ...first, stability: larger } };
  } finally {
    simulation.destroy();
  }
}

/** Steps that get a row: 0, every `every`-th and the last. */
function dueSteps(steps: number, every: number): number[] {
  const due = Array.from({ length: Math.floor(steps / every) + 1 }, (_, n) => n * every);
  return steps % every === 0 ? due : [...due, steps];
}

async function collect(
  simulation: Simulation,
  history: HistoryRow[],
  steps: number,
): Promise<Omit<TrainingResult, 'regime' | 'stability' | 'timeStep'>> {
  const { problem } = simulation;
  const { prediction } = await simulation.observe(['prediction']);
  const testPrediction =
    problem.test === null ? null : (await simulation.observe(['testPrediction'])).testPrediction;
  return {
    problem,
    history,
    state: await simulation.read(),
    prediction,
    testPrediction,
    curve: await curveOf(simulation),
    kernels: simulation.kernels,
    interrupted: simulation.stepsDone < steps,
  };
}

/** The network of one input on an even grid from the least to the largest input. */
async function curveOf(simulation: Simulation): Promise<TrainingResult['curve']> {
  const { train, test } = simulation.problem;
  if (train.dimension !== 1) return null;
  let low = Infinity;
  let high = -Infinity;
  for (const value of [...train.x, ...(test?.x ?? [])]) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const spacing = (high - low) / (CURVE_POINTS - 1);
  const x = Float32Array.from({ length: CURVE_POINTS }, (_, n) => low + n * spacing);
  return { x, f: await simulation.predict(x) };
}
