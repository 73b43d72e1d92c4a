// The stable time step at given particles: a share of 1/λ_max of the tangent kernel, from some of many particles and samples.
import type { Config } from '../config.ts';
import type { Samples } from '../problem/problem.ts';
import type { Particles } from '../state.ts';
import { tangentEigenvalue } from '../theory/tangent-spectrum.ts';

/** What one estimate looks at, at most: evenly chosen particles and samples of more, numbers read per product. */
const MOST = { particles: 16_384, samples: 512, reads: 3e7 };

/** A time step and what it comes from. */
export interface StableStep {
  /** the largest eigenvalue of the tangent kernel, 1 / function-space time */
  readonly lambdaMax: number;
  /** function-space time */
  readonly dt: number;
}

/**
 * The share `flow.stableStep` of 1/λ_max at the particles given, the largest over replicas. The strength of a penalty is
 * added to λ_max: it bounds the rate at which the penalty alone moves particles. Of clouds and sets beyond 16,384 particles
 * or 512 samples evenly chosen ones are looked at, whose λ_max is on average not smaller. Null where nothing can move.
 */
export function stableStep(
  config: Config,
  particles: Particles,
  samples: Samples,
): StableStep | null {
  const { penalty, stableStep: share } = config.flow;
  const few = someSamples(samples, MOST.samples);
  const most = Math.floor(MOST.reads / (few.count * (few.dimension + 2)));
  const cloud = someParticles(particles, Math.max(64, Math.min(MOST.particles, most)));
  const lambdaMax = tangentEigenvalue(config, cloud, few);
  const rate = lambdaMax + penalty.strength;
  return rate > 0 ? { lambdaMax, dt: share / rate } : null;
}

/** Evenly chosen places below `count`, at most `most`. */
function placesOf(count: number, most: number): number[] {
  const chosen = Math.min(count, most);
  return Array.from({ length: chosen }, (_, n) => Math.floor((n * count) / chosen));
}

/** Evenly chosen particles of every replica, at most `most`, with weights that sum to their number. */
export function someParticles(particles: Particles, most: number): Particles {
  const { dimension: d, width: m, replicas } = particles;
  if (m <= most) return particles;
  const places = placesOf(m, most);
  const at = Array.from({ length: replicas }, (_, r) => places.map((i) => r * m + i)).flat();
  const { a, b, c, weight } = particles;
  const chosen = Float32Array.from(at, (i) => weight[i]);
  for (let r = 0; r < replicas; r++) {
    const own = chosen.subarray(r * most, (r + 1) * most);
    const sum = own.reduce((total, w) => total + w, 0);
    own.set(own.map((w) => (w * most) / sum));
  }
  return {
    ...{ dimension: d, width: most, replicas },
    a: Float32Array.from(
      { length: at.length * d },
      (_, n) => a[at[Math.floor(n / d)] * d + (n % d)],
    ),
    b: Float32Array.from(at, (i) => b[i]),
    c: Float32Array.from(at, (i) => c[i]),
    weight: chosen,
  };
}

/** Evenly chosen samples, at most `most`, with loss weights that stand for all. */
export function someSamples(samples: Samples, most: number): Samples {
  const { count, dimension: d, x, y, weight } = samples;
  if (count <= most) return samples;
  const at = placesOf(count, most);
  return {
    ...samples,
    count: at.length,
    x: Float32Array.from(
      { length: at.length * d },
      (_, n) => x[at[Math.floor(n / d)] * d + (n % d)],
    ),
    y: Float32Array.from(at, (j) => y[j]),
    weight: Float32Array.from(at, (j) => (weight[j] * count) / at.length),
  };
}
