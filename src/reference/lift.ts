// Lift: canonical particles at time 0, θ uniform on the circle, a random sign, a law of |c| h, and a common δ.
//
//   particle i of replica r takes the words of Philox(counter = (i, 0, stream init, r), key = seed):
//   word 0 → θ = 2π U,   word 1 → q = |c| h,   word 2 → sign of c
//   (a, −b) = h (cos θ, sin θ),   c² − h² = δ
//
// Results: a, b, c [R][m], ω = 1.
import type { CanonicalInit, Config } from '../config.ts';
import { liftOf } from '../problem/canonical.ts';
import { checkCanonicalDimension, deltaNumber } from '../problem/canonical-init.ts';
import { drawScalar } from '../problem/law.ts';
import { keyOf, philox, signOf, streamOf, uniformOf } from '../random.ts';
import type { Particles } from '../state.ts';

/**
 * Draws the particles of `init.kind` "canonical", rounded to float32. Angle, |c| h and sign are those of the device, bit by bit;
 * a, b and c differ from those of the device by the rounding of its arithmetic.
 *
 * @param dimension input dimension, which must be 1
 * @param replicas number of replicas R
 * @param firstReplica replica word of the first replica
 * @throws ConfigError for d ≠ 1
 */
export function canonicalParticles(
  config: Config,
  init: CanonicalInit,
  dimension: number,
  replicas = 1,
  firstReplica = 0,
): Particles {
  checkCanonicalDimension(config, dimension);
  const m = config.network.width;
  const particles: Particles = {
    dimension: 1,
    width: m,
    replicas,
    a: new Float32Array(replicas * m),
    b: new Float32Array(replicas * m),
    c: new Float32Array(replicas * m),
    weight: new Float32Array(replicas * m).fill(1),
  };
  const key = keyOf(config.seed);
  for (let r = 0; r < replicas; r++) {
    const [r1, theta] = [new Float64Array(m), new Float64Array(m)];
    for (let i = 0; i < m; i++) {
      const words = philox([i, 0, streamOf('init'), firstReplica + r], key);
      theta[i] = 2 * Math.PI * uniformOf(words[0]);
      r1[i] = signOf(words[2]) * drawScalar(init.product, words[1]);
    }
    // With α = m the amplitude r is c h itself, whatever the scale of the network.
    const cloud = liftOf({ r: r1, theta }, deltaNumber(init.delta), m);
    for (const name of ['a', 'b', 'c'] as const) particles[name].set(cloud[name], r * m);
  }
  return particles;
}
