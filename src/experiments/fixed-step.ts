// The time step of a fluctuation experiment with `flow.stableStep`: one for all replicas of all widths, so that they share
// their times. It is taken at the start, of the narrowest networks, whose λ_max varies most, and stays.
import { replicasByWidth } from '../config-clt.ts';
import type { Config } from '../config.ts';
import type { Problem } from '../problem/problem.ts';
import { initialise } from '../reference/initialise.ts';
import { canonicalParticles } from '../reference/lift.ts';
import type { Particles } from '../state.ts';
import { stableStep, type StableStep } from './stable-estimate.ts';
import { inUnitOfConfig } from './stable-step.ts';

/** The largest λ_max is taken over this many replicas at most. */
const MOST_REPLICAS = 200;

/**
 * The configuration with `flow.dt` in place of `flow.stableStep`; as it is where that is 0.
 *
 * λ_max is the largest over the replicas of the smallest of `clt.widths` at the start (200 of them at most): E λ_max falls with the width,
 * and so does its spread. The strength is the largest of the penalties.
 *
 * @returns the configuration, and what the step comes from; null without, and where nothing can move
 */
export function withFixedStep(
  config: Config,
  { train }: Problem,
): { config: Config; timeStep: StableStep | null } {
  const { flow, clt } = config;
  if (flow.stableStep === 0) return { config, timeStep: null };
  const strengths = [flow.penalty, ...clt.sweep].map(({ strength }) => strength);
  const strongest = { ...flow.penalty, strength: Math.max(...strengths) };
  const [{ width, replicas }] = replicasByWidth(clt);
  const narrow: Config = {
    ...config,
    network: { ...config.network, width },
    flow: { ...flow, penalty: strongest },
  };
  const start = drawn(narrow, train.dimension, Math.min(replicas, MOST_REPLICAS));
  const timeStep = stableStep(narrow, start, train);
  const dt = timeStep === null ? flow.dt : inUnitOfConfig(narrow, timeStep.dt);
  return { config: { ...config, flow: { ...flow, dt, stableStep: 0 } }, timeStep };
}

/** The first replicas as the engine draws them. */
function drawn(config: Config, dimension: number, replicas: number): Particles {
  const { init } = config;
  return init.kind === 'canonical'
    ? canonicalParticles(config, init, dimension, replicas)
    : initialise(config, dimension, replicas);
}
