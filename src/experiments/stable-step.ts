// The time step as a share of the largest stable one, from λ_max of the tangent kernel: `flow.stableStep`.
// Euler is stable for dt λ_max < 2; the kernel moves with the particles, so the step is renewed as training goes.
import type { Config } from '../config.ts';
import type { SmallName } from '../engine/observe.ts';
import type { Advance, Simulation } from '../engine/surface.ts';
import type { Samples } from '../problem/problem.ts';
import type { Particles, State } from '../state.ts';
import { tangentEigenvalue } from '../theory/tangent-spectrum.ts';

/** Steps between two estimates once training is under way. */
const RENEW = 500;
/** The first renewal after the start; they double up to `RENEW`, since a small start grows fast. */
const FIRST_RENEWAL = 4;
/** What one estimate looks at, at most: evenly chosen particles and samples of more, numbers read per product. */
const MOST = { particles: 16_384, samples: 512, reads: 3e7 };

/** A time step and what it comes from. */
export interface StableStep {
  /** the largest eigenvalue of the tangent kernel, 1 / function-space time */
  readonly lambdaMax: number;
  /** function-space time */
  readonly dt: number;
}

/** What a stable step needs of a run: the engine and the reference have it. */
export interface Steppable {
  readonly stepsDone: number;
  read(): Promise<State>;
  setTimeStep(dt: number): Promise<void>;
}

/** Keeps the time step of one run stable. */
export interface StableSteps {
  /** the step of the start; null before it, and where `flow.stableStep` is 0 */
  readonly start: StableStep | null;
  /** the present one, likewise */
  readonly now: StableStep | null;
  /** Renews the step where it is due, and says how far one may go with it, at most to `last`. */
  until(last: number): Promise<number>;
}

/**
 * The step of `flow.stableStep` for a run. Step numbers alone decide when it is renewed, 0, 4, 8, … 256, 500, 1000, …, and
 * the particles what it is: equal runs have equal steps, however they are cut. Where nothing can move, λ_max = 0, the step
 * stays as it is.
 *
 * @param config reads `flow`, `network`
 * @param samples training samples with loss weights ν
 * @param run with the time step `flow.dt`, to be moved by nobody else
 */
export function stableSteps(config: Config, samples: Samples, run: Steppable): StableSteps {
  let start: StableStep | null = null;
  let now: StableStep | null = null;
  return {
    get start() {
      return start;
    },
    get now() {
      return now;
    },
    until: async (last) => {
      const { stepsDone } = run;
      if (config.flow.stableStep === 0) return last;
      if (stepsDone === 0 || (stepsDone < last && nextRenewal(stepsDone - 1) === stepsDone)) {
        now = stableStep(config, (await run.read()).particles, samples) ?? now;
        await run.setTimeStep(now === null ? config.flow.dt : inUnitOfConfig(config, now.dt));
        if (stepsDone === 0) start = now;
      }
      return Math.min(last, nextRenewal(stepsDone));
    },
  };
}

/** As `Simulation.advance`, with the time step that `steps` keeps; records carry it. */
export async function* advanceStably<K extends SmallName>(
  simulation: Simulation,
  steps: StableSteps,
  last: number,
  names: readonly K[],
  due: readonly number[],
): AsyncGenerator<Stable<K>, void, undefined> {
  let left = due;
  do {
    const to = await steps.until(last);
    const here = left.filter((step) => step <= to);
    left = left.slice(here.length);
    for await (const { step, records } of simulation.advance(to, names, here)) {
      const dt = steps.now?.dt;
      yield { step, records: dt === undefined ? records : records.map((row) => ({ ...row, dt })) };
    }
  } while (simulation.stepsDone < last);
}

/** What {@link advanceStably} yields: `dt` is the time step of the last step done, at step 0 of the first. */
export interface Stable<K extends SmallName> extends Advance<K> {
  readonly records: readonly (Advance<K>['records'][number] & { readonly dt?: number })[];
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

/** A step of function-space time in the unit of `flow.dt`. */
export function inUnitOfConfig({ flow, network: { width, scale } }: Config, dt: number): number {
  return flow.time === 'gradient' ? (dt * width ** (2 * scale)) / width : dt;
}

/** The first renewal after a step. */
function nextRenewal(step: number): number {
  let next = FIRST_RENEWAL;
  while (next <= step) next *= 2;
  return next < RENEW ? next : RENEW * (Math.floor(step / RENEW) + 1);
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
