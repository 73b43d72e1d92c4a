// One run as a stream of events: progress, a row of history now and then, and the result at the end.
// It writes no files and draws nothing.
import type { Config } from '../config.ts';
import type { Device } from '../gpu/device.ts';
import { createSimulation, type Observation, type Simulation } from '../engine/simulation.ts';
import type { HistoryRow } from '../observables/history.ts';
import type { Problem } from '../problem/problem.ts';
import type { Particles, State } from '../state.ts';

/** Beyond this size of the activation bits (m·s/8 bytes) `patternsChanged` is not computed and is NaN. */
const PATTERN_BYTES = 256 * 2 ** 20;

/** Points of the curve of a network of one input. */
const CURVE_POINTS = 401;

/** A signal and progress are looked at about this often. */
const CHUNK_MS = 250;

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
  /** when aborted, the run stops after the present chunk of steps with `interrupted: true` */
  readonly signal?: AbortSignal;
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
  const simulation = await createSimulation(device, config, start);
  try {
    const history: HistoryRow[] = [];
    const record = async (): Promise<TrainingEvent> => {
      const row = await observeRow(simulation);
      history.push(row);
      return { kind: 'row', row };
    };
    yield await record();
    const stopped = (): boolean => signal?.aborted === true;
    let chunk = 1;
    while (simulation.stepsDone < steps && !stopped()) {
      const done = simulation.stepsDone;
      const next = Math.min(done + chunk, done - (done % every) + every, steps);
      const before = performance.now();
      await simulation.step(next - done);
      chunk = nextChunk(next - done, performance.now() - before);
      yield { kind: 'progress', step: next, steps };
      if (next % every === 0 || next === steps || stopped()) yield await record();
    }
    yield { kind: 'result', result: await collect(simulation, history, steps) };
  } finally {
    simulation.destroy();
  }
}

/** The number of steps that takes about CHUNK_MS; it changes no numbers, only how often one looks. */
function nextChunk(steps: number, elapsedMs: number): number {
  const fitting = Math.floor((steps * CHUNK_MS) / Math.max(elapsedMs, 0.01));
  return Math.max(1, Math.min(fitting, 4 * steps));
}

async function observeRow(simulation: Simulation): Promise<HistoryRow> {
  const { stepsDone: step, time } = simulation;
  const samples = simulation.problem.train.count;
  const withPatterns = (simulation.width * samples) / 8 <= PATTERN_BYTES;
  const scalars = ['loss', 'objective', 'testLoss', 'moments'] as const;
  const seen: Partial<Pick<Observation, 'patternsChanged'>> &
    Pick<Observation, (typeof scalars)[number]> = withPatterns
    ? await simulation.observe([...scalars, 'patternsChanged'])
    : await simulation.observe(scalars);
  return {
    step,
    time,
    loss: seen.loss[0],
    objective: seen.objective[0],
    testLoss: seen.testLoss[0],
    patternsChanged: seen.patternsChanged?.[0] ?? NaN,
    moments: seen.moments[0],
  };
}

async function collect(
  simulation: Simulation,
  history: HistoryRow[],
  steps: number,
): Promise<TrainingResult> {
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
