// Birth–death: the reaction part of one step, ∂_t μ = … − κ (V − V̄) μ, by three schemes that keep m particles.
//
//   weights    ω_i ← m ω_i e^{−κ dt V_i} / Σ_k ω_k e^{−κ dt V_k};  where (Σω)²/(m Σω²) < threshold, systematic resampling:
//              places p in random order, C_p = Σ_{q ≤ p} ω_{π(q)}, ⌊C_p + u⌋ − ⌊C_{p−1} + u⌋ copies, one uniform u, ω = 1
//   jump       with probability 1 − e^{−κ|Ṽ_i|dt}: Ṽ_i > 0: a uniformly drawn particle goes into slot i;
//              Ṽ_i < 0: i goes into a uniformly drawn slot; in a slot that several events meet a birth acts rather than the
//              death, and of the births that of the lowest i
//   published  with the same probability: Ṽ_i > 0: i dies; Ṽ_i < 0: i doubles; then random ones of the n left are deleted
//              (n > m) or doubled (n < m)
//
// Ṽ = V − V̄, or V where not centred. Reinjection: the dead of "jump" and the missing of "published" are new particles
// with a and b from their laws and c = 0. Copies get a jitter; that of a particle which stays is none.
// Random words: Philox(i, step, stream birthDeath + row, replica), rows 1 extra copy or partner, 2 order, 3 uniform u, the
// first word; row 0 event: word i mod 4 of number ⌊i/4⌋.
// Shapes: V [R][m].
import type { Config } from '../config.ts';
import { keyOf, normalOf, philox, streamOf } from '../random.ts';
import { joinReplicas, oneReplica, type Cloud } from './cloud.ts';
import { scalarOf } from './initialise.ts';
import { permute } from './permutation.ts';
import { meanPotential } from './potential.ts';
import { timeStep } from './update.ts';

/** Where the particle of a slot comes from. */
export interface Ancestor {
  /** particle of the cloud before; null for a new one */
  readonly from: number | null;
  /** whether another slot keeps that particle too */
  readonly copy: boolean;
}

/** Which moment of which replica a step is. */
export interface Moment {
  /** steps done before this one */
  readonly step: number;
  /** replica word of the random numbers */
  readonly replica: number;
}

/** A cloud after its reaction. */
export interface Reacted {
  readonly cloud: Cloud;
  /** where every slot comes from, [R][m] */
  readonly ancestors: readonly Ancestor[];
}

/**
 * The reaction of one step.
 *
 * @param config reads `flow.birthDeath`, `flow.dt` and `seed`
 * @param cloud the particles, moved already
 * @param v potential [R][m] before the move
 * @param moment the step, and the replica word of the first replica
 */
export function birthDeath(config: Config, cloud: Cloud, v: Float64Array, moment: Moment): Reacted {
  const m = cloud.width;
  const replicas = Array.from({ length: cloud.replicas }, (_, r) =>
    reactOne(config, oneReplica(cloud, r), v.subarray(r * m, (r + 1) * m), {
      step: moment.step,
      replica: moment.replica + r,
    }),
  );
  return {
    cloud: joinReplicas(replicas.map((one) => one.cloud)),
    ancestors: replicas.flatMap((one) => one.ancestors),
  };
}

function reactOne(config: Config, cloud: Cloud, v: Float64Array, moment: Moment): Reacted {
  const { rate, scheme, centred, quench, threshold } = config.flow.birthDeath;
  const dt = timeStep(config, cloud.width);
  const stay = Array.from(v, (_, i) => ({ from: i, copy: false }));
  if (quench !== null && moment.step >= Math.ceil(quench / dt - 1e-6))
    return { cloud, ancestors: stay };
  const mean = centred ? meanPotential(cloud, v)[0] : 0;
  const exponents = v.map((value) => rate * dt * (value - mean));
  if (scheme !== 'weights') {
    const ancestors =
      scheme === 'jump' ? jump(config, exponents, moment) : published(config, exponents, moment);
    return { cloud: inherit(config, cloud, ancestors, moment), ancestors };
  }
  const weight = reweigh(cloud.weight, exponents);
  const weighted = { ...cloud, weight };
  if (effectiveShare(weight) >= threshold && threshold < 1)
    return { cloud: weighted, ancestors: stay };
  const ancestors = resample(config, weight, moment);
  const ones = { ...cloud, weight: weight.map(() => 1) };
  return { cloud: inherit(config, ones, ancestors, moment), ancestors };
}

/** Weights after e^{−exponent}, with sum m again. */
export function reweigh(weight: ArrayLike<number>, exponents: ArrayLike<number>): Float64Array {
  const raw = Float64Array.from(weight, (omega, i) => omega * Math.exp(-exponents[i]));
  const total = raw.reduce((sum, omega) => sum + omega, 0);
  return raw.map((omega) => (raw.length * omega) / total);
}

/** Effective share of particles (Σω)² / (m Σω²), in (0, 1]. */
export function effectiveShare(weight: Float64Array): number {
  const sum = weight.reduce((total, omega) => total + omega, 0);
  const square = weight.reduce((total, omega) => total + omega * omega, 0);
  return sum ** 2 / (weight.length * square);
}

/** Copies of every place, ⌊C_p + u⌋ − ⌊C_{p−1} + u⌋; the last sum is m. */
export function systematicCounts(weight: ArrayLike<number>, u: number): number[] {
  const m = weight.length;
  let sum = 0;
  let before = 0;
  return Array.from(weight, (omega, p) => {
    sum += omega;
    const reached = p === m - 1 ? m : Math.floor(sum + u);
    const count = reached - before;
    before = reached;
    return count;
  });
}

function resample(config: Config, weight: Float64Array, moment: Moment): Ancestor[] {
  const m = weight.length;
  const key = wordsOf(config, 'order', 0, moment);
  const u = wordsOf(config, 'uniform', 0, moment)[0] / 2 ** 32;
  const order = Array.from({ length: m }, (_, p) => permute(p, m, key));
  const counts = systematicCounts(
    order.map((i) => weight[i]),
    u,
  );
  return counts.flatMap((count, p) =>
    Array.from({ length: count }, (_, n) => ({ from: order[p], copy: n > 0 })),
  );
}

function jump(config: Config, exponents: Float64Array, moment: Moment): Ancestor[] {
  const { clones, reinject } = config.flow.birthDeath;
  const m = exponents.length;
  const slots: (Ancestor | null)[] = Array.from({ length: m }, () => null);
  const events = Array.from(exponents, (x, i) => {
    const [draw] = wordsOf(config, 'extra', i, moment);
    const other = Math.floor((draw / 2 ** 32) * m);
    return { other, acts: x !== 0 && happens(config, Math.abs(x), eventWord(config, i, moment)) };
  });
  // Births in ascending order: the first to meet a slot is the lowest. Deaths take the slots that are left.
  events.forEach(({ other, acts }, i) => {
    if (acts && exponents[i] < 0 && clones) slots[other] ??= { from: i, copy: true };
  });
  events.forEach(({ other, acts }, i) => {
    if (acts && exponents[i] > 0)
      slots[i] ??= { from: reinject === null ? other : null, copy: true };
  });
  return slots.map((slot, i) =>
    slot === null || slot.from === i ? { from: i, copy: false } : slot,
  );
}

function published(config: Config, exponents: Float64Array, moment: Moment): Ancestor[] {
  const { clones, reinject } = config.flow.birthDeath;
  const m = exponents.length;
  const living = Array.from(exponents).flatMap((x, i): Ancestor[] => {
    const event = happens(config, Math.abs(x), eventWord(config, i, moment));
    const own = { from: i, copy: false };
    if (event && x > 0) return [];
    return event && x < 0 && clones ? [own, { from: i, copy: true }] : [own];
  });
  const n = living.length;
  const key = wordsOf(config, 'order', 0, moment);
  return Array.from({ length: m }, (_, slot): Ancestor => {
    if (n > m) return living[permute(slot, n, key)];
    if (slot < n) return living[slot];
    if (reinject !== null) return { from: null, copy: false };
    if (n === 0) return { from: slot, copy: false };
    const [word] = wordsOf(config, 'extra', slot, moment);
    return { from: living[Math.floor((word / 2 ** 32) * n)].from, copy: true };
  });
}

/** Whether 32 random bits lie below the probability of an event of exponent x. */
function happens(config: Config, x: number, word: number): boolean {
  const p = config.flow.birthDeath.law === 'linear' ? x : -Math.expm1(-x);
  return word < p * 2 ** 32;
}

/** The particles of the slots: inherited, jittered, or new. */
function inherit(
  config: Config,
  cloud: Cloud,
  ancestors: readonly Ancestor[],
  moment: Moment,
): Cloud {
  const { flow, network } = config;
  const { reinject, jitter } = flow.birthDeath;
  const d = cloud.dimension;
  const moves = (row: number): boolean =>
    row < d
      ? flow.train.includes('a')
      : row === d
        ? network.bias && flow.train.includes('b')
        : flow.train.includes('c');
  const valueAt = (slot: number, row: number): number => {
    const { from, copy } = ancestors[slot];
    const word = (purpose: 'jitter' | 'reinject'): number =>
      philox(
        [slot, moment.step, streamOf(purpose, Math.floor(row / 4)), moment.replica],
        keyOf(config.seed),
      )[row % 4];
    if (from === null) {
      if (row === d + 1 || (row === d && !network.bias) || reinject === null) return 0;
      return scalarOf(row < d ? reinject.a : reinject.b, word('reinject'));
    }
    const own = row < d ? cloud.a[from * d + row] : row === d ? cloud.b[from] : cloud.c[from];
    return copy && jitter > 0 && moves(row) ? own + jitter * normalOf(word('jitter')) : own;
  };
  return {
    ...cloud,
    a: cloud.a.map((_, at) => valueAt(Math.floor(at / d), at % d)),
    b: cloud.b.map((_, slot) => valueAt(slot, d)),
    c: cloud.c.map((_, slot) => valueAt(slot, d + 1)),
  };
}

const ROW = { event: 0, extra: 1, order: 2, uniform: 3 };

/** The random word of the event of particle i. */
function eventWord(config: Config, i: number, moment: Moment): number {
  return wordsOf(config, 'event', Math.floor(i / 4), moment)[i % 4];
}

function wordsOf(
  config: Config,
  row: keyof typeof ROW,
  index: number,
  { step, replica }: Moment,
): number[] {
  return philox([index, step, streamOf('birthDeath', ROW[row]), replica], keyOf(config.seed));
}
