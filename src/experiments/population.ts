// The fluctuation under the population loss: ‖f_m − f‖² = E_x (f_m − f)², from inner products between replicas.
import { ConfigError, showValue } from '../config-check.ts';
import type { Config } from '../config.ts';
import type { Products } from '../engine/simulation.ts';
import { coordinatesOf, outputProducts } from '../observables/gram.ts';
import { targetSquare } from '../problem/population.ts';
import type { Problem } from '../problem/problem.ts';
import { initialVariance } from '../theory/initial-variance.ts';
import { populationVariance } from '../theory/population-variance.ts';

/**
 * Refuses what the fluctuation experiment cannot do under the population loss.
 *
 * @throws ConfigError
 */
export function checkPopulationSweep({ flow, clt }: Config): void {
  if (flow.loss !== 'population' || clt.limit === 'replica-mean') return;
  throw new ConfigError(
    `clt.limit: received ${showValue(clt.limit)}; allowed with flow.loss "population": "replica-mean"`,
  );
}

/** Weights of what stands for the samples: ν, or equal ones for coordinates of the outputs of the replicas. */
export function weightsOf({ train, population }: Problem, replicas: number): Float32Array {
  return population === undefined ? train.weight : new Float32Array(replicas).fill(1 / replicas);
}

/**
 * Coordinates of f_r [R][R] that stand for samples.
 *
 * @param products of all replicas
 * @param all how many there are
 * @throws ConfigError where the replicas were split into several batches
 */
export function outputsOf(
  config: Config,
  problem: Problem,
  products: Products,
  all: number,
): Float32Array {
  const { population } = problem;
  if (population === undefined) throw new Error('the loss is that of samples');
  const replicas = products.target.length;
  if (replicas !== all) {
    throw new ConfigError(
      `clt.replicas: received ${all}; allowed with flow.loss "population": at most ${replicas}, ` +
        'what fits one batch on this adapter',
    );
  }
  return coordinatesOf(outputProducts(products, targetSquare(config, population)), replicas);
}

/** C_0 at the start, over samples or over the law of the inputs; null where it is unknown. */
export function startVariance(config: Config, { train, population }: Problem): number | null {
  if (config.network.features !== 'ridge') return null;
  if (population === undefined) return initialVariance(config.init, config.network, train);
  const { dimension } = train;
  return populationVariance(config.init, config.network.activation, population.moment, dimension);
}
