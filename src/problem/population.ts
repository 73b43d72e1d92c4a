// The population loss of a configuration: what it needs, and the record the engine and the reference read.
import { ConfigError, showValue } from '../config-check.ts';
import type { Config } from '../config.ts';
import { betweenOf, KERNEL_ACTIVATIONS, kernelOf, momentOf, sizeOf } from './kernels.ts';
import type { Population } from './problem.ts';
import type { Teacher } from './teacher.ts';

/**
 * Refuses what has no population loss in closed form.
 *
 * @throws ConfigError with where, received, allowed
 */
export function checkPopulation({ problem, network, flow }: Config): void {
  const need = (holds: boolean, where: string, received: unknown, allowed: string): void => {
    if (holds) return;
    throw new ConfigError(
      `${where}: received ${showValue(received)}; allowed with flow.loss "population": ${allowed}`,
    );
  };
  const { activation, bias, features } = network;
  need(flow.batch === 0, 'flow.batch', flow.batch, '0');
  if (problem.kind === 'mixture') {
    need(features === 'radial', 'network.features', features, '"radial" for a mixture');
    // The loss is an integral over the space, of which the grid is a trapezoid rule.
    need(flow.lossWeights === 'sum', 'flow.lossWeights', flow.lossWeights, '"sum" for a mixture');
  }
  if (problem.kind === 'mixture') return;
  need(
    problem.kind === 'teacher-student',
    'problem.kind',
    problem.kind,
    '"teacher-student", "mixture"',
  );
  if (problem.kind !== 'teacher-student') return;
  need(kernelOf(network) !== null, 'network.activation', activation, KERNEL_ACTIVATIONS.join(', '));
  need(
    momentOf(activation, problem.inputs, problem.dimension) !== null,
    'problem.inputs.kind',
    problem.inputs.kind,
    `"gaussian" for ${activation}`,
  );
  need(!bias, 'network.bias', bias, 'false');
  need(flow.lossWeights === 'mean', 'flow.lossWeights', flow.lossWeights, '"mean"');
}

/**
 * The population of a configuration that passed {@link checkPopulation}.
 *
 * @throws ConfigError for a teacher with biases
 */
export function populationOf({ problem, network }: Config, teacher: Teacher): Population {
  const odd = teacher.b.findIndex((b) => b !== 0);
  if (odd >= 0) {
    throw new ConfigError(
      `problem.teacher.b: received ${teacher.b[odd]} for neuron ${odd}; allowed with flow.loss "population": 0`,
    );
  }
  const inputs = problem.kind === 'teacher-student' ? problem.inputs : null;
  const moment = inputs && momentOf(network.activation, inputs, teacher.dimension);
  if (moment === null) throw new Error('the population loss of this configuration is not known');
  return { teacher, moment };
}

/** E y², from the expected products of the teacher with itself, float64. */
export function targetSquare(config: Config, { teacher, sizes, moment }: Population): number {
  const kernel = kernelOf(config.network);
  if (kernel === null) throw new Error(`no expected product of ${config.network.activation}`);
  const { neurons: k, dimension: d, a, c } = teacher;
  const row = (i: number): Float32Array => a.subarray(i * d, (i + 1) * d);
  const size = (i: number): number => sizes?.[i] ?? sizeOf(kernel, row(i));
  let square = 0;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      square +=
        c[i] *
        c[j] *
        kernel.expected(size(i), size(j), betweenOf(kernel, row(i), row(j)), moment).value;
    }
  }
  return square / k ** 2;
}
