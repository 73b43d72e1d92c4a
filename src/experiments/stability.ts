// Whether explicit steps of transport and reaction stay stable: dt λ_max of the tangent kernel with the reaction, below 2.
import type { Config } from '../config.ts';
import type { Problem } from '../problem/problem.ts';
import { timeStep } from '../reference/update.ts';
import { replicaOf, type Particles } from '../state.ts';
import { tangentEigenvalue } from '../theory/tangent-spectrum.ts';
import { someParticles, someSamples } from './stable-estimate.ts';

/** Particles and samples that the estimate looks at, at most: evenly chosen ones of larger clouds and sets. */
const MOST = { particles: 1000, samples: 200 };

/**
 * dt λ_max at the particles of replica 0, dt in function-space time; an estimate. Null without birth–death, and under the
 * population loss, which has no samples.
 */
export function stepStability(
  config: Config,
  { train, population }: Problem,
  particles: Particles,
): number | null {
  if (config.flow.birthDeath.rate === 0 || population !== undefined) return null;
  const cloud = someParticles(replicaOf(particles, 0), MOST.particles);
  const few = someSamples(train, MOST.samples);
  return timeStep(config, particles.width) * tangentEigenvalue(config, cloud, few);
}
