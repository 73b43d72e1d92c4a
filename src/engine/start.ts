// Where a simulation starts: particles that come from the host. The device draws all others.
import type { Config } from '../config.ts';
import { canonicalParticles } from '../problem/canonical-init.ts';
import { loadParticles } from '../problem/particles.ts';
import { quasiParticles } from '../problem/quasi.ts';
import { readFileInNode } from '../problem/read-file.ts';
import type { Particles } from '../state.ts';

/** What a caller may say about the start, see `SimulationOptions`. */
interface Start {
  readonly particles?: Particles;
  readonly replicas?: number;
  readonly firstReplica?: number;
}

/**
 * The caller's particles, those of a file, quasi-random or canonical ones; undefined where the device draws them.
 *
 * @throws ConfigError for a file that does not hold particles, or canonical particles with d ≠ 1
 */
export async function givenParticles(
  config: Config,
  dimension: number,
  { particles, replicas = 1, firstReplica = 0 }: Start,
): Promise<Particles | undefined> {
  if (particles !== undefined) return particles;
  const { init } = config;
  if (init.kind === 'file') return loadParticles(init.path, readFileInNode);
  if (init.kind === 'random') {
    if (init.sampling !== 'quasi') return undefined;
    return quasiParticles({ ...config, init }, dimension, replicas, firstReplica);
  }
  return canonicalParticles(config, init, dimension, replicas, firstReplica);
}
