// Initialise: draws the particles at time 0 from the laws of `config.init`.
//
//   w_i = (a_i0 … a_i(d−1), b_i, c_i),  rows q = 0 … d+1
//   row q of particle i takes word q mod 4 of
//     Philox(counter = (index, 0, stream init + ⌊q/4⌋, replica), key = seed)
//   iid:        index = i
//   antithetic: index = ⌊i/2⌋ and odd i has −c, so that f = 0 exactly for every x
//   quasi:      no random words, the nodes of problem/quasi.ts
//
// Results: a [R][m][d], b [R][m], c [R][m], ω = 1.
import type { Config, RandomInit, ScalarLaw } from '../config.ts';
import { lawsOf } from '../problem/fan-in.ts';
import { quasiParticles } from '../problem/quasi.ts';
import { keyOf, normalOf, philox, signOf, streamOf, uniformOf } from '../random.ts';
import type { Particles } from '../state.ts';

/**
 * Random particles of a configuration, rounded to float32.
 *
 * The device computes mean + std·z with one rounding for the product and one for the sum, this code in
 * float64 with one rounding at the end: the two lie within one unit in the last place of the larger of
 * |mean| and |std·z|, and agree exactly where mean = 0 and std = 1.
 *
 * @param config `init.kind` must be "random" or "fan-in"
 * @param dimension input dimension d
 * @param replicas number of replicas R
 * @param firstReplica replica word of the first replica; replica r of the result takes firstReplica + r
 */
export function initialise(
  config: Config,
  dimension: number,
  replicas = 1,
  firstReplica = 0,
): Particles {
  const { network } = config;
  if (config.init.kind !== 'random' && config.init.kind !== 'fan-in')
    throw new Error(`initialise: init.kind is "${config.init.kind}", not "random" or "fan-in"`);
  const init = lawsOf(config.init, network, dimension);
  if (init.sampling === 'quasi') return quasiParticles(config, dimension, replicas, firstReplica);
  const [d, m] = [dimension, network.width];
  const a = new Float32Array(replicas * m * d);
  const b = new Float32Array(replicas * m);
  const c = new Float32Array(replicas * m);
  for (let r = 0; r < replicas; r++) {
    for (let i = 0; i < m; i++) {
      const p = r * m + i;
      const paired = init.sampling === 'antithetic';
      const index = paired ? Math.floor(i / 2) : i;
      const words = wordsOf(index, firstReplica + r, config.seed, d + 2);
      a.set(vectorOf(init.a, words.slice(0, d)), p * d);
      b[p] = network.bias ? scalarOf(init.b, words[d]) : 0;
      c[p] = scalarOf(init.c, words[d + 1]) * (paired && i % 2 === 1 ? -1 : 1);
    }
  }
  const weight = new Float32Array(replicas * m).fill(1);
  return { dimension: d, width: m, replicas, a, b, c, weight };
}

/** The random words of one particle, one per row. */
function wordsOf(index: number, replica: number, seed: number, rows: number): number[] {
  const blocks = Array.from({ length: Math.ceil(rows / 4) }, (_, block) =>
    philox([index, 0, streamOf('init', block), replica], keyOf(seed)),
  );
  return blocks.flat().slice(0, rows);
}

/** A number of a law from one random word. */
export function scalarOf(law: ScalarLaw, word: number): number {
  switch (law.kind) {
    case 'normal':
      return law.mean + law.std * normalOf(word);
    case 'uniform':
      return law.low + (law.high - law.low) * uniformOf(word);
    case 'sign':
      return law.scale * signOf(word);
    case 'constant':
      return law.value;
  }
}

/** Coordinates of a; on the sphere a normal vector scaled to the radius, (radius, 0, …) should it be 0. */
function vectorOf(law: RandomInit['a'], words: number[]): number[] {
  if (law.kind !== 'sphere') return words.map((word) => scalarOf(law, word));
  const normals = words.map(normalOf);
  const norm = Math.hypot(...normals);
  if (norm === 0) return words.map((_, q) => (q === 0 ? law.radius : 0));
  return normals.map((z) => (law.radius * z) / norm);
}
