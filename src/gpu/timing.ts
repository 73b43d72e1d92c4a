// Time on the device: how many steps fit into one submit, and the duration of single passes.
// Clocks decide only how work is cut into submits, never a result.
import { createReadBack } from './buffer.ts';
import type { Device } from './device.ts';
import type { Pass } from './pass.ts';

/** Cuts a run of equal steps into submits of bounded duration. */
export interface Pacer {
  /** Steps of the next submit: as many as fit the bound, one at least, `most` at most. */
  next(most: number): number;
  /**
   * Runs one submit of `count` steps and learns from its duration.
   *
   * @param submit submits the steps, awaits the pause it is given, then waits for the device
   */
  time<T>(count: number, submit: (pause: () => Promise<void>) => Promise<T>): Promise<T>;
  /** Encodes and submits `count` steps in as many submits as it takes; resolves when the device has done them. */
  run(count: number, encodeStep: (encoder: GPUCommandEncoder) => void): Promise<void>;
}

/** Share of the expected duration of a submit that is slept through, at most. */
const MOST_SLEEP = 0.9;
/** A shorter wait counts as none, milliseconds. */
const DONE_MS = 2;

/** Most steps in one submit, so that the encoder stays small. */
const MOST_STEPS = 1024;

/**
 * @param submitMs bound on the duration of one submit; learnt from the submits before, starting with one step. A single
 *   step is never cut: where one takes longer than the bound, it is a submit of its own and takes as long as it takes.
 */
export function createPacer(device: Device, submitMs: number): Pacer {
  let stepMs = 0;
  let earlierMs = 0;
  let share = MOST_SLEEP;
  const next: Pacer['next'] = (most) => {
    const fit = stepMs === 0 ? 1 : Math.max(1, Math.floor(submitMs / stepMs));
    return Math.min(fit, most, MOST_STEPS);
  };
  const time: Pacer['time'] = async (count, submit) => {
    const start = performance.now();
    // Dawn in Node polls while a promise is open and takes a processor from a software adapter: sleep first. The
    // smaller of two measurements counts, so that one hiccup of the machine does not become a sleep.
    const sleepMs = share * Math.min(stepMs, earlierMs) * count;
    let woke = start;
    const result = await submit(async () => {
      if (sleepMs > DONE_MS) await new Promise((resolve) => setTimeout(resolve, sleepMs));
      woke = performance.now();
    });
    const end = performance.now();
    // Work that is done when the sleep ends may have been done long before: sleep less until that is known.
    const overslept = sleepMs > DONE_MS && end - woke < DONE_MS;
    share = overslept ? share / 2 : Math.min(MOST_SLEEP, 2 * share);
    earlierMs = stepMs;
    stepMs = (end - start) / count;
    return result;
  };
  return {
    next,
    time,
    run: async (count, encodeStep) => {
      for (let left = count; left > 0;) {
        const now = next(left);
        await time(now, async (pause) => {
          const encoder = device.gpu.createCommandEncoder({ label: 'steps' });
          for (let n = 0; n < now; n++) encodeStep(encoder);
          device.gpu.queue.submit([encoder.finish()]);
          await pause();
          await device.finish();
        });
        left -= now;
      }
    },
  };
}

/**
 * Milliseconds that each pass takes on the device, by timestamp queries; null where the adapter has none.
 */
export async function timePasses(
  device: Device,
  passes: readonly Pass[],
): Promise<Record<string, number> | null> {
  const { gpu } = device;
  if (!gpu.features.has('timestamp-query')) return null;
  const count = 2 * passes.length;
  const querySet = gpu.createQuerySet({ type: 'timestamp', count });
  const resolved = gpu.createBuffer({
    size: 8 * count,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const encoder = gpu.createCommandEncoder({ label: 'timed passes' });
  passes.forEach((pass, n) => {
    const timed = encoder.beginComputePass({
      timestampWrites: {
        querySet,
        beginningOfPassWriteIndex: 2 * n,
        endOfPassWriteIndex: 2 * n + 1,
      },
    });
    pass.encode(timed);
    timed.end();
  });
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  gpu.queue.submit([encoder.finish()]);
  const readBack = createReadBack(device);
  const [bytes] = await readBack.read([{ buffer: resolved, bytes: 8 * count }]);
  readBack.destroy();
  resolved.destroy();
  querySet.destroy();
  const stamps = new BigUint64Array(bytes);
  return Object.fromEntries(
    passes.map((pass, n) => [pass.name, Number(stamps[2 * n + 1] - stamps[2 * n]) / 1e6]),
  );
}
