// The time step as a share of the largest stable one, from λ_max of the tangent kernel: `flow.stableStep`.
// Euler is stable for dt λ_max < 2; the kernel moves with the particles, so the step is renewed as training goes.
import type { Config } from '../config.ts';
import type { SmallName } from '../engine/observe.ts';
import type { Advance, Simulation } from '../engine/surface.ts';
import type { Samples } from '../problem/problem.ts';
import type { State } from '../state.ts';
import type { StableStep } from './stable-estimate.ts';

/** Steps between two estimates once training is under way. */
const RENEW = 500;
/** The first renewal after the start; they double up to `RENEW`, since a small start grows fast. */
const FIRST_RENEWAL = 4;

/** What a stable step needs of a run: the engine and the reference have it. */
export interface Steppable {
  readonly stepsDone: number;
  read(): Promise<State>;
  setTimeStep(dt: number): Promise<void>;
}

export type { StableStep } from './stable-estimate.ts';

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
        // Loaded where it is asked for, so that a page begins without it.
        const { stableStep } = await import('./stable-estimate.ts');
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
