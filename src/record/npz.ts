// particles.npz: a cloud of particles as NumPy arrays, in the form that `init.file` accepts back.
import { formatNpz } from '../npy.ts';
import type { Particles } from '../state.ts';

/**
 * Formats a cloud as float32 arrays a [m,d], b [m], c [m], weight [m]; with R > 1 replicas the replica axis leads.
 * Equal clouds give equal bytes.
 */
export function formatParticles(particles: Particles): Uint8Array {
  const { dimension, width, replicas, a, b, c, weight } = particles;
  const shape = replicas > 1 ? [replicas, width] : [width];
  return formatNpz({
    a: { data: a, shape: [...shape, dimension] },
    b: { data: b, shape },
    c: { data: c, shape },
    weight: { data: weight, shape },
  });
}
