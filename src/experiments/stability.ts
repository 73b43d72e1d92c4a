// Whether explicit steps of transport and reaction stay stable: dt λ_max of the tangent kernel with the reaction, below 2.
import type { Config } from '../config.ts';
import type { Problem, Samples } from '../problem/problem.ts';
import { timeStep } from '../reference/update.ts';
import { replicaOf, type Particles } from '../state.ts';
import { tangentEigenvalue } from '../theory/tangent-spectrum.ts';

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
  const cloud = someParticles(replicaOf(particles, 0));
  return timeStep(config, particles.width) * tangentEigenvalue(config, cloud, someSamples(train));
}

/** Evenly chosen places below `count`, at most `most`. */
function placesOf(count: number, most: number): number[] {
  const chosen = Math.min(count, most);
  return Array.from({ length: chosen }, (_, n) => Math.floor((n * count) / chosen));
}

function someParticles({ dimension: d, width, a, b, c, weight }: Particles): Particles {
  const at = placesOf(width, MOST.particles);
  const sum = at.reduce((total, i) => total + weight[i], 0);
  return {
    dimension: d,
    width: at.length,
    replicas: 1,
    a: Float32Array.from(at.flatMap((i) => [...a.subarray(i * d, (i + 1) * d)])),
    b: Float32Array.from(at, (i) => b[i]),
    c: Float32Array.from(at, (i) => c[i]),
    weight: Float32Array.from(at, (i) => (weight[i] * at.length) / sum),
  };
}

function someSamples(samples: Samples): Samples {
  const { count, dimension: d, x, y, weight } = samples;
  const at = placesOf(count, MOST.samples);
  return {
    ...samples,
    count: at.length,
    x: Float32Array.from(at.flatMap((j) => [...x.subarray(j * d, (j + 1) * d)])),
    y: Float32Array.from(at, (j) => y[j]),
    weight: Float32Array.from(at, (j) => (weight[j] * count) / at.length),
  };
}
