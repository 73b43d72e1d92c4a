// Patterns: which samples lie on the active side of every particle.
//
//   bit j of particle i  =  [ ⟨a_i, x_j⟩ − b_i > 0 ],  at position j mod 32 of word ⌊j/32⌋
//
// Shapes: a [R][m][d], b [R][m], x [s][d] → words [R][m][⌈s/32⌉]; unused high bits are 0.
import type { Batch } from './batch.ts';
import type { Cloud } from './cloud.ts';
import { preactivation } from './forward.ts';

/** Activation patterns [R][m][⌈s/32⌉] of all particles at the inputs of a batch. */
export function patterns(cloud: Cloud, batch: Pick<Batch, 'count' | 'x'>): Uint32Array {
  const words = Math.ceil(batch.count / 32);
  const particles = cloud.replicas * cloud.width;
  const bits = new Uint32Array(particles * words);
  for (let p = 0; p < particles; p++) {
    for (let j = 0; j < batch.count; j++) {
      if (preactivation(cloud, p, batch, j) > 0)
        bits[p * words + Math.floor(j / 32)] |= 1 << (j % 32);
    }
  }
  return bits;
}

/**
 * Fraction of activation bits that differ between two moments, one number per replica [R].
 *
 * @param before words [R][m][⌈s/32⌉]
 * @param after words of the same shape
 * @param replicas number of replicas R
 * @param bits number of bits in use per replica, m·s
 */
export function patternsChanged(
  before: Uint32Array,
  after: Uint32Array,
  replicas: number,
  bits: number,
): Float64Array {
  const changed = new Float64Array(replicas);
  const wordsPerReplica = before.length / replicas;
  before.forEach((word, k) => {
    for (let rest = (word ^ after[k]) >>> 0; rest !== 0; rest >>>= 1) {
      changed[Math.floor(k / wordsPerReplica)] += rest & 1;
    }
  });
  return changed.map((count) => count / bits);
}
