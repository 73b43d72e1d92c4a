// Where the tangent of a run is defined: what a prediction may ask for.
import { ConfigError } from '../config-check.ts';
import type { Config } from '../config.ts';
import { UNROLL_LIMIT } from '../shaders/unroll.ts';

/** @throws ConfigError where the tangent of a run is not defined, or not on the device */
export function checkTangent(config: Config, dimension: number): void {
  const { loss } = config.flow;
  if (loss !== 'samples') refuse('flow.loss', loss, 'samples');
  checkTangentFlow(config);
  if (dimension > UNROLL_LIMIT) refuse('problem: d', dimension, `at most ${UNROLL_LIMIT}`);
}

function refuse(where: string, received: unknown, allowed: string): never {
  throw new ConfigError(
    `${where}: received ${String(received)}; allowed with a prediction: ${allowed}`,
  );
}

/** @throws ConfigError where the tangent of a flow is not defined */
export function checkTangentFlow(config: Config): void {
  const { flow, init, network } = config;
  if (init.kind !== 'random') refuse('init.kind', init.kind, 'random');
  else if (init.sampling !== 'iid') {
    // Pairs share their noise: another constant.
    refuse('init.sampling', init.sampling, 'iid');
  }
  if (network.features !== 'ridge') refuse('network.features', network.features, 'ridge');
  if (flow.integrator !== 'euler') refuse('flow.integrator', flow.integrator, 'euler');
  if (flow.time !== 'function') refuse('flow.time', flow.time, 'function');
  if (flow.project !== 'none') refuse('flow.project', flow.project, 'none');
  checkReaction(config);
  if (flow.batch !== 0) refuse('flow.batch', flow.batch, '0, all samples');
  if (network.scale !== 1) refuse('network.scale', network.scale, '1');
}

/** Resampling and events add noise along the way, which the tangent of the start does not carry. */
function checkReaction({ flow }: Config): void {
  const { rate, scheme, threshold } = flow.birthDeath;
  if (rate === 0) return;
  if (scheme !== 'weights') refuse('flow.birthDeath.scheme', scheme, 'weights');
  if (threshold > 0) refuse('flow.birthDeath.threshold', threshold, '0, weights alone');
  // A loss between particles has no tangent with log-weights here.
  if (flow.loss !== 'samples')
    refuse('flow.birthDeath.rate', rate, '0 with flow.loss "population"');
}
