// The mean-field limit by quadrature: evenly spread nodes of the initial law take the place of independent particles
// and move by the same steps; independent rules of nodes tell the error.
import { isSymmetric } from '../config-laws.ts';
import type { Config } from '../config.ts';
import { ConfigError, showValue } from '../config-check.ts';
import { createSimulation } from '../engine/simulation.ts';
import { SUBMIT_MS } from '../engine/tuning.ts';
import type { Device } from '../gpu/device.ts';
import type { Problem } from '../problem/problem.ts';
import { quasiNodes } from '../problem/quasi.ts';
import type { Particles } from '../state.ts';

/** The limit f and its error. */
export interface QuadratureLimit {
  /** f at the training samples and recording times, [T][s]: the mean over rules */
  readonly limit: Float64Array;
  /** f at the test samples, [T][s_test], empty without a test set */
  readonly testLimit: Float64Array;
  /**
   * squared error ‖f − f_∞‖²_ν, Σν = 1, [T]: K rules f_k that are independent give Σ_k ‖f_k − f‖²/(K (K − 1)), which is
   * unbiased for the part of the error that differs between rules
   */
  readonly squaredError: Float64Array;
  readonly nodes: number;
  readonly rules: number;
  /** the nodes at the last time, one cloud per rule */
  readonly clouds: readonly Particles[];
}

/** Events of {@link quadratureLimit}. */
export type LimitEvent =
  | {
      readonly kind: 'limit-progress';
      readonly rule: number;
      readonly rules: number;
      readonly fraction: number;
    }
  | { readonly kind: 'limit'; readonly limit: QuadratureLimit };

/** Rules of the limit start here, so that they share no scramble with those of the prediction. */
const FIRST_RULE = 2 ** 16;

/**
 * Checks that the limit of a configuration is that of its nodes.
 *
 * @throws ConfigError for particles without a law, scales other than 1, gradient time, minibatches
 */
export function checkQuadrature(config: Config): void {
  const { init, network, flow } = config;
  const refuse = (where: string, received: unknown, allowed: string): never => {
    throw new ConfigError(
      `${where}: received ${showValue(received)}; allowed with a limit by quadrature: ${allowed}`,
    );
  };
  if (init.kind !== 'random') refuse('init.kind', init.kind, '"random"');
  if (network.scale !== 1) refuse('network.scale', network.scale, '1');
  if (flow.time !== 'function') refuse('flow.time', flow.time, '"function"');
  const { rate, scheme, threshold } = flow.birthDeath;
  if (rate > 0 && (scheme !== 'weights' || threshold > 0)) {
    // Overwritten particles are drawn at random, and evenly spread nodes would not stay so.
    refuse('flow.birthDeath.rate', rate, '0, or scheme "weights" with threshold 0');
  }
  // Draws of samples make f itself random.
  if (flow.batch !== 0) refuse('flow.batch', flow.batch, '0, all samples');
}

/**
 * Runs `clt.quadrature.rules` independent rules of `clt.quadrature.nodes` nodes and takes their mean at the steps given.
 * Where the law of c is symmetric, nodes come in pairs (a, b, ±c), so that f = 0 at the start exactly.
 *
 * @param steps recording steps, ascending, [T]
 * @throws ConfigError, see {@link checkQuadrature}, and what the engine throws
 */
export async function* quadratureLimit(
  device: Device,
  config: Config,
  data: Problem,
  steps: readonly number[],
  signal?: AbortSignal,
): AsyncGenerator<LimitEvent, void, undefined> {
  checkQuadrature(config);
  const { nodes, rules } = config.clt.quadrature;
  const seen: RuleRun[] = [];
  for (let rule = 0; rule < rules; rule++) {
    const run = emptyRun(steps.length, data);
    for await (const done of runRule(device, config, data, steps, rule, run)) {
      signal?.throwIfAborted();
      yield { kind: 'limit-progress', rule, rules, fraction: done / steps.length };
    }
    seen.push(run);
  }
  const { mean, squaredError } = meanOfRules(
    seen.map(({ train }) => train),
    data.train.weight,
  );
  yield {
    kind: 'limit',
    limit: {
      limit: mean,
      testLimit:
        data.test === null
          ? new Float64Array(0)
          : meanOfRules(
              seen.map(({ test }) => test),
              data.test.weight,
            ).mean,
      squaredError,
      nodes,
      rules,
      clouds: seen.map(({ cloud }) => cloud as Particles),
    },
  };
}

interface RuleRun {
  /** [T][s] */
  readonly train: Float32Array;
  /** [T][s_test] */
  readonly test: Float32Array;
  cloud: Particles | null;
}

function emptyRun(times: number, { train, test }: Problem): RuleRun {
  return {
    train: new Float32Array(times * train.count),
    test: new Float32Array(times * (test?.count ?? 0)),
    cloud: null,
  };
}

/** Yields the number of recording times done. */
async function* runRule(
  device: Device,
  config: Config,
  data: Problem,
  steps: readonly number[],
  rule: number,
  run: RuleRun,
): AsyncGenerator<number, void, undefined> {
  const { nodes } = config.clt.quadrature;
  const paired = config.init.kind === 'random' && isSymmetric(config.init.c);
  const particles = quasiNodes(config, data.train.dimension, nodes, FIRST_RULE + rule, paired);
  const own: Config = { ...config, network: { ...config.network, width: nodes } };
  const simulation = await createSimulation(device, own, {
    data,
    particles,
    submitMs: SUBMIT_MS.batch,
  });
  try {
    const last = steps[steps.length - 1];
    let done = 0;
    const names = ['prediction', 'testPrediction'] as const;
    for await (const { records } of simulation.advance(last, names, steps)) {
      for (const { values } of records) {
        run.train.set(values.prediction, done * data.train.count);
        run.test.set(values.testPrediction, done * (data.test?.count ?? 0));
        done++;
      }
      if (records.length > 0) yield done;
    }
    run.cloud = (await simulation.read()).particles;
  } finally {
    simulation.destroy();
  }
}

/**
 * Mean over rules, and the squared error of that mean.
 *
 * @param rules K ≥ 2 values f_k, [T][s]
 * @param weight loss weights ν [s]
 * @returns mean [T][s], squared error [T]
 */
export function meanOfRules(
  rules: readonly ArrayLike<number>[],
  weight: ArrayLike<number>,
): { mean: Float64Array; squaredError: Float64Array } {
  const count = rules.length;
  const s = weight.length;
  const total = Array.from(weight).reduce((sum, w) => sum + w, 0);
  const mean = Float64Array.from(
    { length: rules[0].length },
    (_, at) => rules.reduce((sum, rule) => sum + rule[at], 0) / count,
  );
  const squaredError = Float64Array.from({ length: mean.length / s }, (_, t) => {
    let sum = 0;
    for (let at = t * s; at < (t + 1) * s; at++) {
      for (const rule of rules) sum += (weight[at - t * s] / total) * (rule[at] - mean[at]) ** 2;
    }
    return sum / (count * (count - 1));
  });
  return { mean, squaredError };
}
