// Time on the device: how many steps fit into one submit, and the duration of single passes.
// Clocks decide only how work is cut into submits, never a result.
import { createReadBack } from './buffer.ts';
import type { Device } from './device.ts';
import type { Pass } from './pass.ts';

/** Cuts a run of equal steps into submits of bounded duration. */
export interface Pacer {
  /** Encodes and submits `count` steps; resolves when the device has done them. */
  run(count: number, encodeStep: (encoder: GPUCommandEncoder) => void): Promise<void>;
}

/** Most steps in one submit, so that the encoder stays small. */
const MOST_STEPS = 1024;

/**
 * @param submitMs bound on the duration of one submit; learnt from the submits before, starting with one step
 */
export function createPacer(device: Device, submitMs: number): Pacer {
  let stepMs = 0;
  const submit = async (
    count: number,
    encodeStep: (encoder: GPUCommandEncoder) => void,
  ): Promise<void> => {
    const start = performance.now();
    const encoder = device.gpu.createCommandEncoder({ label: 'steps' });
    for (let n = 0; n < count; n++) encodeStep(encoder);
    device.gpu.queue.submit([encoder.finish()]);
    // Dawn in Node polls while a promise is open and takes a processor from a software adapter: sleep first.
    const expectedMs = 0.9 * stepMs * count;
    if (expectedMs > 2) await new Promise((resolve) => setTimeout(resolve, expectedMs));
    await device.finish();
    const measured = (performance.now() - start) / count;
    stepMs = stepMs === 0 ? measured : 0.5 * (stepMs + measured);
  };
  return {
    run: async (count, encodeStep) => {
      for (let done = 0; done < count;) {
        const fit = stepMs === 0 ? 1 : Math.max(1, Math.floor(submitMs / stepMs));
        const now = Math.min(fit, count - done, MOST_STEPS);
        await submit(now, encodeStep);
        done += now;
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
