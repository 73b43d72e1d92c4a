// The predicted constant C_t of the 1/√m law, without replicas and without a fit: the tangent of the mean-field flow at
// quadrature nodes of the initial law. The median over
// independent rules of nodes is the prediction, their spread its standard error, node error included.
import type { Config } from '../config.ts';
import type { Device } from '../gpu/device.ts';
import { createSimulation } from '../engine/simulation.ts';
import { SUBMIT_MS } from '../engine/tuning.ts';
import { checkTangent } from '../engine/tangent-check.ts';
import { createTangent, type Tangent } from '../engine/tangent.ts';
import { medianWithError, type ValueWithError } from '../observables/median.ts';
import { activationOf } from '../problem/activation.ts';
import type { Problem, Samples } from '../problem/problem.ts';
import type { Particles } from '../state.ts';
import { expectedSquare, noiseColumnsInParts, type NoiseColumns } from '../theory/noise.ts';
import { quasiNodes } from '../problem/quasi.ts';
import { checkPopulationPrediction, populationRule } from './population-prediction.ts';

/** A predicted value with its standard error over rules of nodes. */
export type Predicted = ValueWithError;

/** The prediction at one recording step. */
export interface PredictionAtStep {
  readonly step: number;
  /** C_t on the training samples, Σν = 1 */
  readonly constant: Predicted;
  /** C_t on the test samples; null without a test set */
  readonly test: Predicted | null;
  /** the constant MC_t of m fresh samples of the cloud at that time */
  readonly monteCarlo: Predicted;
}

/** Events of {@link prediction}. */
export type PredictionEvent =
  | {
      readonly kind: 'prediction-progress';
      readonly rule: number;
      readonly rules: number;
      readonly fraction: number;
    }
  | {
      readonly kind: 'prediction';
      readonly steps: readonly PredictionAtStep[];
      readonly nodes: number;
      readonly columns: number;
      readonly rules: number;
    };

/** What is to be known of a prediction, in words; null where nothing is. */
export function predictionCaveat({ flow, network }: Config): string | null {
  return network.activation === 'relu' && flow.loss === 'samples'
    ? 'The prediction takes the derivative of relu almost everywhere: particles whose kink crosses a sample are left ' +
        'out, which is a few per cent on a handful of samples.'
    : null;
}

/** Columns kept random, for what the basis of the noise leaves out. */
const RANDOM_COLUMNS = 8;
/** Times at which the directions of the noise are looked for. */
const DIRECTION_TIMES = 24;

/**
 * Predicts C_t at the steps given, by `clt.prediction`: rules × nodes of the initial law, columns of noise each.
 *
 * @throws ConfigError, see {@link checkPrediction}
 */
export async function* prediction(
  device: Device,
  config: Config,
  data: Problem,
  steps: readonly number[],
  signal?: AbortSignal,
): AsyncGenerator<PredictionEvent, void, undefined> {
  checkPrediction(config, data.train.dimension, steps);
  const { nodes, columns, rules } = config.clt.prediction;
  const seen: RuleValues[][] = [];
  for (let rule = 0; rule < rules; rule++) {
    const values =
      data.population === undefined
        ? runRule(device, config, data, steps, rule)
        : populationRule(config, data, steps, rule, signal);
    const row: RuleValues[] = [];
    for await (const value of values) {
      signal?.throwIfAborted();
      row.push(value);
      yield { kind: 'prediction-progress', rule, rules, fraction: row.length / steps.length };
    }
    seen.push(row);
  }
  // Nodes near a separatrix can carry tangents a thousand times the usual size: at 4096 nodes about one rule in thirty is
  // several times too large, which would spoil a mean and leaves a median as it is.
  const over = (at: number, of: (values: RuleValues) => number): Predicted =>
    medianWithError(seen.map((row) => of(row[at])));
  yield {
    kind: 'prediction',
    nodes,
    columns,
    rules,
    steps: steps.map((step, at) => ({
      step,
      constant: over(at, (values) => values.constant),
      test: data.test === null ? null : over(at, (values) => values.test),
      monteCarlo: over(at, (values) => values.monteCarlo),
    })),
  };
}

/**
 * Checks what can be checked of a prediction before a device is opened.
 *
 * @param steps recording steps, ascending
 * @throws ConfigError where the tangent is not defined, or under the population loss too long for the host
 */
export function checkPrediction(config: Config, dimension: number, steps: readonly number[]): void {
  if (config.flow.loss === 'samples') checkTangent(config, dimension);
  else checkPopulationPrediction(config, dimension, steps[steps.length - 1]);
}

interface RuleValues {
  readonly constant: number;
  readonly test: number;
  readonly monteCarlo: number;
}

async function* runRule(
  device: Device,
  config: Config,
  data: Problem,
  steps: readonly number[],
  rule: number,
): AsyncGenerator<RuleValues, void, undefined> {
  const { nodes: count, columns } = config.clt.prediction;
  const nodes = quasiNodes(config, data.train.dimension, count, rule);
  const rows = await noiseRows(device, config, data, nodes, steps[steps.length - 1]);
  const noise = await inTurns(
    noiseColumnsInParts(rows, columns, RANDOM_COLUMNS, config.seed, rule),
  );
  const tangent = await createTangent(device, config, { data, nodes, noise: noise.noise });
  try {
    for (const step of steps) {
      await tangent.step(step - tangent.stepsDone);
      yield await valuesNow(tangent, data, noise);
    }
  } finally {
    tangent.destroy();
  }
}

async function valuesNow(
  tangent: Tangent,
  data: Problem,
  noise: NoiseColumns,
): Promise<RuleValues> {
  const train = await tangent.observe();
  const test =
    data.test === null ? NaN : expectedSquare((await tangent.observe('test')).squares, noise);
  return { constant: expectedSquare(train.squares, noise), test, monteCarlo: train.monteCarlo };
}

/** Milliseconds after which work on the host lets a page draw. */
const TURN_MS = 20;

/** Does work part by part and lets go of the thread now and then. */
async function inTurns<T>(parts: Generator<void, T, undefined>): Promise<T> {
  let since = performance.now();
  for (;;) {
    const part = parts.next();
    if (part.done === true) return part.value;
    if (performance.now() - since < TURN_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  }
}

/** √ν_l ω_i (φ_i(x_l) − f(x_l)) over the nodes, at the samples and some steps of the nodes' own flow. */
async function noiseRows(
  device: Device,
  config: Config,
  data: Problem,
  nodes: Particles,
  last: number,
): Promise<Float64Array[]> {
  const own: Config = { ...config, network: { ...config.network, width: nodes.width } };
  const simulation = await createSimulation(device, own, {
    data,
    particles: nodes,
    submitMs: SUBMIT_MS.batch,
  });
  try {
    const rows: Float64Array[] = [];
    for (const step of directionSteps(last)) {
      await simulation.step(step - simulation.stepsDone);
      const { particles } = await simulation.read();
      rows.push(...(await inTurns(featureRows(config, data.train, particles))));
      if (data.test !== null && step === 0)
        rows.push(...(await inTurns(featureRows(config, data.test, nodes))));
    }
    return rows;
  } finally {
    simulation.destroy();
  }
}

/** 0, then steps in geometric progression up to the last. */
function directionSteps(last: number): number[] {
  const steps = new Set([0]);
  for (let n = 0; n < DIRECTION_TIMES - 1; n++) {
    steps.add(Math.round(Math.max(1, last) ** (n / (DIRECTION_TIMES - 2))));
  }
  return [...steps].filter((step) => step <= last).sort((x, y) => x - y);
}

/** One row per sample, and a part of the work each. */
function* featureRows(
  config: Config,
  samples: Samples,
  nodes: Particles,
): Generator<void, Float64Array[], undefined> {
  const activation = activationOf(config.network.activation);
  const { width, dimension: d, a, b, c, weight } = nodes;
  const rows: Float64Array[] = [];
  for (let j = 0; j < samples.count; j++) {
    const row = new Float64Array(width);
    let mean = 0;
    for (let i = 0; i < width; i++) {
      let z = -b[i];
      for (let k = 0; k < d; k++) z += a[i * d + k] * samples.x[j * d + k];
      row[i] = c[i] * activation.value(z);
      mean += (weight[i] * row[i]) / width;
    }
    const root = Math.sqrt(samples.weight[j]);
    for (let i = 0; i < width; i++) row[i] = root * weight[i] * (row[i] - mean);
    rows.push(row);
    yield;
  }
  return rows;
}
