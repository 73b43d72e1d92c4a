// The predicted constant under the population loss: the tangent at quadrature nodes, in float64 on the host.
import { ConfigError } from '../config-check.ts';
import type { Config } from '../config.ts';
import { checkTangentFlow } from '../engine/tangent-check.ts';
import type { Problem } from '../problem/problem.ts';
import { quasiNodes } from '../problem/quasi.ts';
import { expectedSquare, noiseColumns } from '../theory/noise.ts';
import { createPopulationTangent } from '../theory/population-tangent.ts';

/** Products of one prediction, nodes² · columns · d · steps · rules, up to which it takes minutes. */
const MOST_PRODUCTS = 5e10;
/** Columns and rules of the sizes that an error names. */
const SMALL = { columns: 16, rules: 4 };

/** Values of one rule of nodes at one recording step. */
export interface PopulationRuleValues {
  readonly constant: number;
  /** NaN without a test set */
  readonly test: number;
  readonly monteCarlo: number;
}

/**
 * Refuses a prediction under the population loss that is not defined or too long.
 *
 * @param last the last recording step
 * @throws ConfigError
 */
export function checkPopulationPrediction(config: Config, dimension: number, last: number): void {
  checkTangentFlow(config);
  const { nodes, columns, rules } = config.clt.prediction;
  const each = dimension * Math.max(1, last);
  const products = nodes ** 2 * columns * rules * each;
  if (products <= MOST_PRODUCTS) return;
  const most = Math.sqrt(MOST_PRODUCTS / (each * SMALL.columns * SMALL.rules));
  const fitting = 2 ** Math.floor(Math.log2(most));
  const show = (value: number): string => value.toExponential(0).replace('+', '');
  throw new ConfigError(
    `clt.prediction: received nodes ${nodes}, columns ${columns}, rules ${rules}, ${show(products)} products with ` +
      `${last} steps and d = ${dimension}; allowed with flow.loss "population": ${show(MOST_PRODUCTS)}` +
      (fitting >= 8
        ? `, such as nodes ${fitting}, columns ${SMALL.columns}, rules ${SMALL.rules}`
        : ', fewer steps'),
  );
}

/** One rule: values at every recording step. Columns are random: no few directions carry the noise of many inputs. */
export async function* populationRule(
  config: Config,
  { train, test, population }: Problem,
  steps: readonly number[],
  rule: number,
  signal?: AbortSignal,
): AsyncGenerator<PopulationRuleValues, void, undefined> {
  if (population === undefined) throw new Error('the loss is that of samples');
  const { nodes: count, columns } = config.clt.prediction;
  const nodes = quasiNodes(config, train.dimension, count, rule);
  const none = [new Float64Array(count)];
  const noise = noiseColumns(none, columns, columns, config.seed, rule);
  const tangent = createPopulationTangent(config, population, nodes, noise.noise);
  for (const step of steps) {
    while (tangent.stepsDone < step) {
      tangent.step(1);
      // Signals and the progress line get their turn between steps.
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
    }
    const { squares, monteCarlo } = tangent.observe();
    yield {
      constant: expectedSquare(squares, noise),
      test: test === null ? NaN : expectedSquare(tangent.squaresAt(test), noise),
      monteCarlo,
    };
  }
}
