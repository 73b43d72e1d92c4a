// Runs the cases one after the other: the limits first, then what fits the time, and says what was left out.
import type {
  BenchResult,
  CaseResult,
  Check,
  Clock,
  Limits,
  Row,
  Skipped,
  Sizes,
} from '../bench-result.ts';
import { SizeError } from '../engine/simulation.ts';
import type { Device } from '../gpu/device.ts';
import { measureBirthDeath } from './birth-death.ts';
import { listCases, matches, predictSeconds, type BenchCase } from './cases.ts';
import { measureKernels, type Found } from './kernels.ts';
import { measureLimits } from './limits.ts';
import type { Clocks, Effort } from './measure.ts';
import { measureNaive } from './naive.ts';
import { measureReplicas } from './replicas.ts';
import { openScene, type Scene } from './scene.ts';
import { measureSorted } from './sorted.ts';
import { measureStep } from './step.ts';
import { measureSweep } from './sweep.ts';
import { WrongOutputError } from './verify.ts';
import { rowOf } from './work.ts';

/** What to run and how. */
export interface BenchOptions {
  readonly quick: boolean;
  /** seconds that the whole run may take */
  readonly budgetSeconds: number;
  /** names, or heads of names, of the cases to run; undefined = all. The limits are always measured. */
  readonly only?: string;
  readonly clocks: Clocks;
  readonly signal?: AbortSignal;
}

/** What happens during a run. */
export type BenchEvent =
  | { readonly kind: 'start'; readonly name: string; readonly done: number; readonly count: number }
  | { readonly kind: 'case'; readonly result: CaseResult }
  | { readonly kind: 'skipped'; readonly skipped: Skipped }
  | { readonly kind: 'failed'; readonly failed: Skipped }
  | { readonly kind: 'result'; readonly result: Measured };

/** The measured part of a result file. */
export type Measured = Pick<
  BenchResult,
  | 'quick'
  | 'clock'
  | 'budgetSeconds'
  | 'seconds'
  | 'load'
  | 'limits'
  | 'cases'
  | 'skipped'
  | 'failed'
>;

/** Windows and their length, milliseconds. */
export function effortOf(software: boolean, quick: boolean): Effort {
  if (quick) return { windows: 5, windowMs: 4, copyBytes: 1 << 20 };
  return software ? { windows: 7, windowMs: 150 } : { windows: 11, windowMs: 60 };
}

/** The cases that a device is measured on. */
export function casesOf(device: Device, quick: boolean): BenchCase[] {
  const { limits } = device.gpu;
  const bufferBytes = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  return listCases({ software: device.software, quick, bufferBytes });
}

/** Runs a benchmark. A wrong output ends its case, not the run. */
export async function* runBench(
  device: Device,
  options: BenchOptions,
): AsyncGenerator<BenchEvent, void, void> {
  const { quick, budgetSeconds, only, clocks } = options;
  const started = performance.now();
  const secondsSince = (start: number): number => (performance.now() - start) / 1e3;
  const effort = effortOf(device.software, quick);
  const load = clocks.load();
  const chosen = casesOf(device, quick).filter(
    ({ name, kind }) => only === undefined || kind === 'limits' || matches(name, only),
  );
  const results: CaseResult[] = [];
  const skipped: Skipped[] = [];
  const failed: Skipped[] = [];
  let limits: Limits | null = null;
  for (const [n, one] of chosen.entries()) {
    if (options.signal?.aborted === true) {
      skipped.push(...chosen.slice(n).map(({ name }) => ({ name, reason: 'interrupted' })));
      break;
    }
    const { name } = one;
    const gflops = limits?.fmaPeak.wall ?? 1;
    const predicted = predictSeconds(one, device.software, gflops, effort);
    const left = budgetSeconds - secondsSince(started);
    if (limits !== null && predicted > left) {
      const reason = `needs about ${Math.ceil(predicted)} s, ${Math.max(0, Math.floor(left))} s of the budget are left`;
      skipped.push({ name, reason });
      yield { kind: 'skipped', skipped: skipped[skipped.length - 1] };
      continue;
    }
    yield { kind: 'start', name, done: n, count: chosen.length };
    const start = performance.now();
    try {
      const found = await measureCase(device, one, clocks, effort);
      limits ??= found.limits ?? null;
      const { kernels, checks, rows } = found;
      const { kind, sizes } = one;
      const base = { name, kind, sizes, kernels, checks, rows };
      results.push({ ...base, seconds: secondsSince(start), load: clocks.load() });
      yield { kind: 'case', result: results[results.length - 1] };
    } catch (error) {
      const reason = (error as Error).message;
      if (error instanceof SizeError) {
        skipped.push({ name, reason });
        yield { kind: 'skipped', skipped: { name, reason } };
        continue;
      }
      // Whatever a case dies of, the others keep their times; without a device there are none to come.
      const known = error instanceof WrongOutputError;
      failed.push({ name, reason: known ? reason : `broke off: ${reason}` });
      yield { kind: 'failed', failed: failed[failed.length - 1] };
      if (limits === null || isLost(device)) {
        const rest = chosen.slice(n + 1);
        skipped.push(
          ...rest.map((other) => ({ name: other.name, reason: `after ${name} failed` })),
        );
        break;
      }
    }
  }
  const result = {
    quick,
    clock: clockOf(device, clocks),
    budgetSeconds,
    seconds: secondsSince(started),
    load,
    limits,
    cases: results,
    skipped,
    failed,
  };
  yield { kind: 'result', result };
}

function isLost(device: Device): boolean {
  try {
    device.check();
    return false;
  } catch {
    return true;
  }
}

/**
 * The clock to read shares from: timestamps on a GPU. A software adapter computes on the processor, where processor
 * time depends least on what else runs.
 */
function clockOf(device: Device, clocks: Clocks): Clock {
  if (!device.software) return device.gpu.features.has('timestamp-query') ? 'device' : 'wall';
  return clocks.cpuMs() === null ? 'wall' : 'cpu';
}

interface CaseFound extends Found {
  readonly kernels: Readonly<Record<string, string | number>>;
  readonly limits?: Limits;
}

async function measureCase(
  device: Device,
  { kind, sizes, denseWidth = 0, steps = 0 }: BenchCase,
  clocks: Clocks,
  effort: Effort,
): Promise<CaseFound> {
  if (kind === 'limits' || sizes === null) return limitsCase(device, clocks, effort);
  switch (kind) {
    case 'kernels':
      return onScene(device, sizes, (scene) => measureKernels(scene, clocks, effort));
    case 'step':
      return onScene(device, sizes, (scene) => measureStep(scene, clocks, effort));
    case 'naive':
      return onScene(device, sizes, (scene) => measureNaive(scene, clocks, effort));
    case 'sorted':
      return measureSorted(device, sizes, denseWidth, clocks, effort);
    case 'birth-death':
      return measureBirthDeath(device, sizes, clocks, effort);
    case 'replicas':
      return measureReplicas(device, sizes, clocks, effort);
    case 'sweep':
      return measureSweep(device, { sizes, steps }, clocks);
  }
}

async function limitsCase(device: Device, clocks: Clocks, effort: Effort): Promise<CaseFound> {
  const { limits, checks, timings } = await measureLimits(device, clocks, effort);
  const rows: Row[] = [...timings].map(([name, timing]) => rowOf(name, timing, {}, {}));
  return { limits, checks, rows, kernels: {} };
}

async function onScene(
  device: Device,
  sizes: Sizes,
  body: (scene: Scene) => Promise<{ checks: readonly Check[]; rows: readonly Row[] }>,
): Promise<CaseFound> {
  const scene = await openScene(device, sizes, 'dense');
  try {
    return { ...(await body(scene)), kernels: scene.simulation.kernels };
  } finally {
    scene.simulation.destroy();
    await device.finish();
  }
}
