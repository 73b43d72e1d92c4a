// Measuring: windows of equal repeats, taken in turns, on three clocks. It knows nothing of particles.
//
// A submit is slept through and not waited for, because Dawn in Node polls while a promise is open: that would count as
// processor time of the kernel, and on a software adapter take a processor away from it.
import type { Clock, Summary, Timing } from '../bench-result.ts';
import type { Device } from '../gpu/device.ts';
import type { Pass } from '../gpu/pass.ts';
import { createReadBack } from '../gpu/buffer.ts';

/** Clocks that the runtime lends. */
export interface Clocks {
  /** user and system milliseconds of this process, all threads; null where unknown */
  cpuMs(): number | null;
  /** processes that want to run, mean over a minute; null where unknown */
  load(): number | null;
}

/** How long and how often to measure. */
export interface Effort {
  /** measured windows per subject, at least five */
  readonly windows: number;
  /** length of a window, milliseconds; one repeat where that is longer */
  readonly windowMs: number;
  /** bytes of the copied buffers; default: beyond every cache */
  readonly copyBytes?: number;
}

/** Something whose repeats can be timed. */
export interface Subject {
  readonly name: string;
  /**
   * Does `count` repeats and resolves when they are done.
   *
   * @param sleepMs time to sleep before waiting
   * @returns device milliseconds of them all (null without timestamps), and whether the sleep outlasted the work
   */
  run(count: number, sleepMs: number): Promise<{ deviceMs: number | null; overslept: boolean }>;
  destroy?(): void;
}

/** Most repeats in a window: the encoder stays small, and so does the time before the device starts. */
const MOST_REPEATS = 4096;
/** Share of the expected time that is slept through. */
const SLEEP = 0.92;
/** A wait below this counts as none, milliseconds. */
const DONE_MS = 0.3;
/** Windows that are taken again because the sleep outlasted the work. */
const RETRIES = 2;

/** Repeats, and the milliseconds that one of them is expected to take. */
interface Pace {
  readonly repeats: number;
  readonly expectedMs: number;
}

interface Window {
  readonly wall: number;
  readonly cpu: number | null;
  readonly device: number | null;
}

/**
 * Times subjects in turns, window by window, so that a change of the machine meets them all.
 *
 * @returns timings by name of the subject
 */
export async function measure(
  subjects: readonly Subject[],
  clocks: Clocks,
  effort: Effort,
): Promise<Map<string, Timing>> {
  const paces = new Map<Subject, Pace>();
  for (const subject of subjects) paces.set(subject, await findPace(subject, clocks, effort));
  const windows = new Map(subjects.map((subject) => [subject, [] as Window[]]));
  for (let n = 0; n < Math.max(5, effort.windows); n++) {
    for (const subject of subjects) {
      const pace = paces.get(subject) as Pace;
      windows.get(subject)?.push(await takeCarefully(subject, clocks, pace));
    }
  }
  return new Map(
    subjects.map((subject) => {
      const { repeats } = paces.get(subject) as Pace;
      return [subject.name, timingOf(windows.get(subject) as Window[], repeats)];
    }),
  );
}

/** Warms up and finds how many repeats fill a window. */
async function findPace(subject: Subject, clocks: Clocks, { windowMs }: Effort): Promise<Pace> {
  // The first run may compile.
  await subject.run(1, 0);
  let repeats = 1;
  let expectedMs = (await take(subject, clocks, 1, 0)).window.wall;
  for (let round = 0; round < 8; round++) {
    const wanted = Math.min(MOST_REPEATS, Math.max(1, Math.round(windowMs / expectedMs)));
    if (wanted <= 1.5 * repeats) break;
    repeats = Math.min(wanted, 16 * repeats);
    const { window } = await take(subject, clocks, repeats, 0);
    expectedMs = window.wall / repeats;
  }
  return { repeats, expectedMs };
}

/** One window; where the sleep outlasted the work, again with less sleep. */
async function takeCarefully(subject: Subject, clocks: Clocks, pace: Pace): Promise<Window> {
  const { repeats } = pace;
  let share = SLEEP;
  for (let n = 0; ; n++) {
    const sleepMs = share * pace.expectedMs * repeats;
    const { window, overslept } = await take(subject, clocks, repeats, sleepMs);
    if (!overslept || n === RETRIES) return window;
    share /= 2;
  }
}

async function take(
  subject: Subject,
  clocks: Clocks,
  repeats: number,
  sleepMs: number,
): Promise<{ window: Window; overslept: boolean }> {
  const cpu = clocks.cpuMs();
  const start = performance.now();
  const { deviceMs, overslept } = await subject.run(repeats, sleepMs);
  const wall = performance.now() - start;
  const used = clocks.cpuMs();
  const window = {
    wall,
    cpu: cpu === null || used === null ? null : used - cpu,
    device: deviceMs,
  };
  return { window, overslept };
}

function timingOf(windows: readonly Window[], repeats: number): Timing {
  const of = (key: keyof Window): Summary | null => {
    const values = windows.map((window) => window[key]);
    const known = values.filter((value) => value !== null);
    return known.length === values.length ? summarise(known.map((ms) => ms / repeats)) : null;
  };
  return {
    windows: windows.length,
    repeats,
    wall: of('wall') as Summary,
    cpu: of('cpu'),
    device: of('device'),
  };
}

/** Median, smallest value and quartiles, with linear interpolation. */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((x, y) => x - y);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  };
  return { median: at(0.5), min: sorted[0], low: at(0.25), high: at(0.75) };
}

/** Median milliseconds of one repeat by a clock; null without it. */
export function msOf(timing: Timing, clock: Clock): number | null {
  return timing[clock]?.median ?? null;
}

/** Passes in order as one repeat, timed by timestamps where the adapter has them. */
export function passSubject(device: Device, name: string, passes: readonly Pass[]): Subject {
  return encoderSubject(device, name, (encoder, count, timestampWrites) => {
    const compute = encoder.beginComputePass(timestampWrites === null ? {} : { timestampWrites });
    for (let n = 0; n < count; n++) for (const pass of passes) pass.encode(compute);
    compute.end();
  });
}

/**
 * Anything that one submit does.
 *
 * @param encode writes `count` repeats; it puts the timestamps around them where it can
 */
export function encoderSubject(
  device: Device,
  name: string,
  encode: (
    encoder: GPUCommandEncoder,
    count: number,
    timestamps: GPUComputePassTimestampWrites | null,
  ) => void,
  hasTimestamps = true,
): Subject {
  const { gpu } = device;
  const stamps = hasTimestamps && gpu.features.has('timestamp-query') ? createStamps(device) : null;
  return {
    name,
    run: async (count, sleepMs) => {
      const encoder = gpu.createCommandEncoder({ label: name });
      encode(encoder, count, stamps?.writes ?? null);
      stamps?.resolve(encoder);
      gpu.queue.submit([encoder.finish()]);
      const overslept = await finishAfter(sleepMs, () => device.finish());
      return { deviceMs: stamps === null ? null : await stamps.read(), overslept };
    },
    destroy: () => stamps?.destroy(),
  };
}

/** Sleeps, then waits. @returns whether there was nothing left to wait for */
export async function finishAfter(sleepMs: number, wait: () => Promise<unknown>): Promise<boolean> {
  if (sleepMs < 2) {
    await wait();
    return false;
  }
  await new Promise((resolve) => setTimeout(resolve, Math.floor(sleepMs)));
  const woke = performance.now();
  await wait();
  return performance.now() - woke < DONE_MS;
}

interface Stamps {
  readonly writes: GPUComputePassTimestampWrites;
  resolve(encoder: GPUCommandEncoder): void;
  /** milliseconds between the two stamps of the last submit */
  read(): Promise<number>;
  destroy(): void;
}

function createStamps(device: Device): Stamps {
  const { gpu } = device;
  const querySet = gpu.createQuerySet({ type: 'timestamp', count: 2 });
  const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
  const resolved = gpu.createBuffer({ size: 16, usage });
  const readBack = createReadBack(device);
  return {
    writes: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    resolve: (encoder) => encoder.resolveQuerySet(querySet, 0, 2, resolved, 0),
    read: async () => {
      const [bytes] = await readBack.read([{ buffer: resolved, bytes: 16 }]);
      const [begin, end] = new BigUint64Array(bytes);
      return Number(end - begin) / 1e6;
    },
    destroy: () => {
      readBack.destroy();
      resolved.destroy();
      querySet.destroy();
    },
  };
}
