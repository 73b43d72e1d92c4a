// Where a simulation starts: particles that come from the host. The device draws all others.
import type { Config } from '../config.ts';
import { checkCanonicalDimension } from '../problem/canonical-init.ts';
import type { Particles } from '../state.ts';

/** What a caller may say about the start, see `SimulationOptions`. */
interface Start {
  readonly particles?: Particles;
  readonly replicas?: number;
  readonly firstReplica?: number;
}

/**
 * The caller's particles, those of a file, or quasi-random ones; undefined where the device draws them.
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
  // Each is loaded where it is asked for, so that a page begins without them.
  if (init.kind === 'file') {
    const { loadParticles } = await import('../problem/particles.ts');
    const { readFileInNode } = await import('../problem/read-file.ts');
    return loadParticles(init.path, readFileInNode);
  }
  checkCanonicalDimension(config, dimension);
  if (init.kind !== 'random' || init.sampling !== 'quasi') return undefined;
  const { quasiParticles } = await import('../problem/quasi.ts');
  return quasiParticles({ ...config, init }, dimension, replicas, firstReplica);
}
