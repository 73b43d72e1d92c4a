// Sorted: forward and velocity of a relu network of one input in O(m log s + s), on samples in ascending order.
//
// Particle i meets the sorted samples at one index k_i: a_i > 0 is active on k_i … s−1, a_i ≤ 0 on 0 … k_i−1. Sums over
// active sets are sums from one end of the line, carried from sample to sample by value and slope:
//
//   forward   V_j = V_{j−1} + S_{j−1} (x_j − x_{j−1}) + Σ_{a_i>0, k_i=j} ω_i c_i (a_i x_j − b_i),
//             S_j = S_{j−1} + Σ_{a_i>0, k_i=j} ω_i c_i a_i;   W_j, U_j the same from the right for a_i ≤ 0, q_i = k_i − 1;
//             f_j = (V_j + W_j)/α
//   velocity  R_k = Σ_{j≥k} ν_j ρ_j,  M_k = Σ_{j≥k} ν_j ρ_j (x_j − x_k) = M_{k+1} + R_{k+1} (x_{k+1} − x_k);
//             L_q, N_q the same from the left;  with (R, M, x) at k for a > 0, (L, N, x) at q for a ≤ 0:
//             S₀ = R,  S₁ = M + x R,  G₀ = a M + (a x − b) R;
//             da/dt = −(α/m) c S₁,  db/dt = (α/m) c S₀,  dc/dt = −(α/m) G₀
//
// No sum is the difference of two others, and only distances of neighbours enter, so a far origin costs nothing.
// Activity is decided in float32, as on the device; all else is float64. Shapes: a, b, c, ω [R][m], x, ν [s], ρ [R][s].
import type { Config } from '../config.ts';
import type { Batch } from './batch.ts';
import { zeroCloud, type Cloud } from './cloud.ts';
import { alphaOf } from './forward.ts';
import { residual } from './residual.ts';
import { update } from './update.ts';
import { addPenalty, freeze } from './velocity.ts';

/** Inputs in ascending order, equal ones in the order of the samples. */
export interface SortedInputs {
  /** x [s], ascending */
  readonly x: Float64Array;
  /** order[n] is the sample at place n */
  readonly order: Uint32Array;
}

/** Sorts the inputs [s] of a batch of one-dimensional samples. */
export function sortInputs(batch: Pick<Batch, 'count' | 'x'>): SortedInputs {
  const order = Uint32Array.from({ length: batch.count }, (_, j) => j);
  order.sort((j, l) => batch.x[j] - batch.x[l] || j - l);
  return { x: Float64Array.from(order, (j) => batch.x[j]), order };
}

/**
 * Whether fma(a, x, −b) > 0 in float32, subnormal numbers kept; a and b are rounded to float32 first.
 *
 * The product of two float32 is exact in float64 (48 bits, exponent at least −298). The sum with −b is rounded once to
 * float64 and once to float32, which is not always the fused result, but has its sign: a rounded sum is 0 or changes
 * sign only if it underflows, float64 sums never do, and rounding to float32 gives 0 only up to 2^-150. Near that, with
 * |b| ≥ 2^-149, a x and b are within a factor of 2 of each other and the float64 sum is exact (Sterbenz); with b = 0 too.
 */
export function isActive(a: number, b: number, x: number): boolean {
  return Math.fround(Math.fround(a) * x - Math.fround(b)) > 0;
}

/**
 * The index k at which a particle meets the sorted inputs x: the first active sample for a > 0 (s if none), the
 * number of active samples for a ≤ 0. Binary search; exact, since rounding keeps fma(a, x, −b) monotone in x.
 */
export function activeFrom(a: number, b: number, x: Float64Array): number {
  const rising = a > 0;
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isActive(a, b, x[middle]) === rising) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Network output f [R][s] at the inputs of a batch, in their own order.
 *
 * @param config reads `network.scale`; the activation is relu
 * @param cloud the particles, d = 1
 * @param batch only x is read
 */
export function sortedForward(
  config: Config,
  cloud: Cloud,
  batch: Pick<Batch, 'count' | 'x'>,
): Float64Array {
  const { width: m, replicas } = cloud;
  const s = batch.count;
  const { x, order } = sortInputs(batch);
  const alpha = alphaOf(config, m);
  const f = new Float64Array(replicas * s);
  for (let r = 0; r < replicas; r++) {
    const { fromLeft, fromRight } = kinksOf(cloud, r, x);
    addCarried(fromLeft, x, (n, value) => (f[r * s + order[n]] += value / alpha));
    addCarried(fromRight, x, (n, value) => (f[r * s + order[n]] += value / alpha));
  }
  return f;
}

/** What the particles add where they become active, one sum per sorted sample, in the order of the walk. */
interface Kinks {
  /** the samples in the order of the walk: first to last place, or last to first */
  readonly places: readonly number[];
  /** Σ ω c (a x − b) at the sample [s] */
  readonly value: Float64Array;
  /** Σ ω c a [s] */
  readonly slope: Float64Array;
}

/** The kinks of replica r: those of a > 0 walked from the left, those of a ≤ 0 from the right. */
function kinksOf(cloud: Cloud, r: number, x: Float64Array): { fromLeft: Kinks; fromRight: Kinks } {
  const { width: m, a, b, c, weight } = cloud;
  const s = x.length;
  const places = Array.from(x, (_, n) => n);
  const empty = (walk: number[]): Kinks => {
    return { places: walk, value: new Float64Array(s), slope: new Float64Array(s) };
  };
  const [fromLeft, fromRight] = [empty(places), empty([...places].reverse())];
  for (let p = r * m; p < (r + 1) * m; p++) {
    const k = activeFrom(a[p], b[p], x);
    const at = a[p] > 0 ? k : k - 1;
    if (at < 0 || at >= s) continue; // never active
    const kinks = a[p] > 0 ? fromLeft : fromRight;
    kinks.value[at] += weight[p] * c[p] * (a[p] * x[at] - b[p]);
    kinks.slope[at] += weight[p] * c[p] * a[p];
  }
  return { fromLeft, fromRight };
}

/** Walks over the samples, carrying value and slope, and hands the value at every place to `add`. */
function addCarried(
  { places, value, slope }: Kinks,
  x: Float64Array,
  add: (place: number, value: number) => void,
): void {
  let [height, rise, before] = [0, 0, x[places[0]]];
  for (const n of places) {
    height += rise * (x[n] - before) + value[n];
    rise += slope[n];
    before = x[n];
    add(n, height);
  }
}

/**
 * Velocity dw/dt of every particle; its `weight` is that of the cloud.
 *
 * @param config reads `network`, `flow.train` and `flow.penalty`; the activation is relu
 * @param cloud the particles, d = 1
 * @param batch the samples the loss runs over, in any order, the same for every replica
 * @param rho residual [R][s] at these samples
 */
export function sortedVelocity(
  config: Config,
  cloud: Cloud,
  batch: Batch,
  rho: Float64Array,
): Cloud {
  const { width: m, replicas, a, b, c } = cloud;
  const { x, order } = sortInputs(batch);
  const factor = alphaOf(config, m) / m;
  const v = zeroCloud(cloud);
  for (let r = 0; r < replicas; r++) {
    const pull = Float64Array.from(order, (j) => batch.weight[j] * rho[r * batch.count + j]);
    const [left, right] = [endSums(pull, x), endSums(pull.toReversed(), x.toReversed())];
    for (let p = r * m; p < (r + 1) * m; p++) {
      const k = activeFrom(a[p], b[p], x);
      const rising = a[p] > 0;
      const at = rising ? k : k - 1;
      if (at >= 0 && at < x.length) {
        const { sum, moment } = rising ? right : left;
        const n = rising ? x.length - 1 - at : at;
        v.a[p] = -factor * c[p] * (moment[n] + x[at] * sum[n]);
        v.b[p] = factor * c[p] * sum[n];
        v.c[p] = -factor * (a[p] * moment[n] + (a[p] * x[at] - b[p]) * sum[n]);
      }
      addPenalty(config, cloud, p, v);
    }
  }
  return freeze(config, v);
}

/** Sums of p over the places up to n, and of p · (x − x_n), [s] each; x is ascending or descending. */
function endSums(pull: Float64Array, x: Float64Array): { sum: Float64Array; moment: Float64Array } {
  const sum = pull.slice();
  const moment = new Float64Array(pull.length);
  for (let n = 1; n < pull.length; n++) {
    moment[n] = moment[n - 1] + sum[n - 1] * (x[n - 1] - x[n]);
    sum[n] += sum[n - 1];
  }
  return { sum, moment };
}

/**
 * The particles after one step of the flow, by the sums above.
 *
 * @param config reads `network` and `flow`; no minibatch
 * @param cloud the particles before the step; left as it is
 */
export function sortedStep(config: Config, cloud: Cloud, batch: Batch): Cloud {
  return update(config, cloud, (at) =>
    sortedVelocity(config, at, batch, residual(sortedForward(config, at, batch), batch.y)),
  );
}
