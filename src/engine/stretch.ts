// Stretches: many steps and the observations on the way in one submit, so that a run waits for the device, and reads
// from it, once per submit.
import { KEPT_BYTES, roomOf, type BufferPart, type ReadBack } from '../gpu/buffer.ts';
import { encodePasses, type Pass } from '../gpu/pass.ts';
import type { Pacer } from '../gpu/timing.ts';
import type { Context } from './context.ts';
import { NumericError } from './errors.ts';
import type { Probe } from './probe.ts';
import { NEVER, particleError } from './snapshot.ts';
import { overflowError } from './sorted-step.ts';

/** What one submit did. */
export interface Stretch<T> {
  /** steps done at its end */
  readonly step: number;
  /** observations in the order of steps; those of steps that are known to be good, where the stretch failed */
  readonly records: readonly { readonly step: number; readonly values: T }[];
  /** what is not finite, at its first step */
  readonly failure: NumericError | null;
}

/** What runs stretches: one step as passes, and what is read back. */
export interface Course<T> {
  readonly context: Context;
  readonly readBack: ReadBack;
  readonly pacer: Pacer;
  /** the passes of 1, 2, 4, … steps, in order */
  readonly strides: readonly (readonly Pass[])[];
  /** the clock of the device, see shaders/clock.wgsl.ts */
  readonly clock: GPUBuffer;
  /** what is observed; null for nothing */
  readonly probe: Probe<T> | null;
}

/** Bytes of the clock that are read. */
const CLOCK_BYTES = 16;

/**
 * Runs one submit.
 *
 * @param from steps done before it
 * @param last step not to pass
 * @param due steps to observe, ascending, from `from` on; those that fit are observed
 */
export async function runStretch<T>(
  course: Course<T>,
  from: number,
  last: number,
  due: readonly number[],
): Promise<Stretch<T>> {
  const { pacer, probe } = course;
  const recordBytes = probe === null ? 0 : roomOf(probe.parts);
  // As many observations as fit the staging buffer that is kept, one at least.
  const most = Math.max(1, Math.floor((KEPT_BYTES - CLOCK_BYTES) / Math.max(1, recordBytes)));
  const beyond = due.length > most ? due[most] - 1 : last;
  const steps = pacer.next(Math.min(last, beyond) - from);
  const to = from + steps;
  const observed = due.filter((step) => step <= to);
  const clock = { buffer: course.clock, bytes: CLOCK_BYTES };
  const room = observed.length * recordBytes + roomOf([clock]);
  const submit = (pause?: () => Promise<void>): Promise<ArrayBuffer[]> =>
    course.readBack.submit(
      room,
      (encoder, keep) => {
        encodeStretch(course, encoder, keep, from, to, observed);
        keep(clock);
      },
      pause,
    );
  const bytes = await (steps === 0 ? submit() : pacer.time(steps, submit));
  return finishStretch(course, to, observed, bytes);
}

/** Encodes steps from … to, with the observations that are due between them. */
function encodeStretch<T>(
  { strides, probe }: Course<T>,
  encoder: GPUCommandEncoder,
  keep: (part: BufferPart) => void,
  from: number,
  to: number,
  observed: readonly number[],
): void {
  let done = from;
  const stepTo = (target: number): void => {
    for (let n = strides.length - 1; n >= 0; n--) {
      const times = Math.floor((target - done) / 2 ** n);
      if (times > 0) encodePasses(encoder, strides[n], times);
      done += times * 2 ** n;
    }
  };
  for (const step of observed) {
    stepTo(step);
    if (probe === null) continue;
    encodePasses(encoder, probe.passes);
    probe.parts.forEach(keep);
  }
  stepTo(to);
}

function finishStretch<T>(
  { context, probe }: Course<T>,
  to: number,
  observed: readonly number[],
  bytes: readonly ArrayBuffer[],
): Stretch<T> {
  const [, badStep, badParticle, overflow] = new Uint32Array(bytes[bytes.length - 1]);
  const overflowStep = overflow === 0 ? NEVER : ~overflow >>> 0;
  const firstBad = Math.min(badStep, overflowStep);
  const good = firstBad === NEVER ? to : firstBad;
  const records: { step: number; values: T }[] = [];
  if (probe !== null) {
    const count = probe.parts.length;
    for (const [n, step] of observed.filter((at) => at <= good).entries()) {
      try {
        const values = probe.finish(bytes.slice(n * count, (n + 1) * count), step);
        records.push({ step, values });
      } catch (failure) {
        if (failure instanceof NumericError) return { step: to, records, failure };
        throw failure;
      }
    }
  }
  const { plan, config } = context;
  if (firstBad === NEVER) return { step: to, records, failure: null };
  // A particle that is not finite overflows the sums as well, and tells more.
  const failure =
    badStep <= overflowStep
      ? particleError(plan, badStep + 1, badParticle, config.flow)
      : overflowError(overflowStep + 1, config.flow);
  return { step: to, records, failure };
}
