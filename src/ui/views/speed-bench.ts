// The limits of the adapter and the quick benchmark, from the page. Loaded when they are asked for.
import type { BenchResult, Limits } from '../../bench-result.ts';
import { measureLimits } from '../../bench/limits.ts';
import type { Clocks } from '../../bench/measure.ts';
import { runBench, type BenchEvent } from '../../bench/run.ts';
import { workOf } from '../../bench/work.ts';
import type { Device } from '../../gpu/device.ts';
import { fileNameOf, formatResult } from '../../record/bench-json.ts';
import { benchTables } from '../../record/bench-table.ts';
import type { Table } from '../../record/page.ts';
import type { Run } from '../engine.ts';
import { saveFile } from '../save-file.ts';
import { samplesPerStep } from './speed-rates.ts';
import packageFile from '../../../package.json' with { type: 'json' };

/** A page knows neither the processor time of its process nor the load of the machine. */
const CLOCKS: Clocks = { cpuMs: () => null, load: () => null };
/** Windows of the limits: short, since the page waits; buffers beyond most caches, small beside its memory. */
const EFFORT = {
  software: { windows: 5, windowMs: 10, copyBytes: 1 << 22 },
  gpu: { windows: 7, windowMs: 20, copyBytes: 1 << 27 },
} as const;
/** Seconds after which what is left of a benchmark is left out. */
const BUDGET_SECONDS = 180;

/** Peak of multiply-adds, bandwidth of copies, cost of dispatches; every output is checked first. */
export async function adapterLimits(device: Device): Promise<Limits> {
  const effort = EFFORT[device.software ? 'software' : 'gpu'];
  return (await measureLimits(device, CLOCKS, effort)).limits;
}

/** Operations and bytes of a step of this run. */
export function workOfRun(run: Run) {
  const replicas = run.simulation?.replicas ?? 1;
  const sizes = { m: run.width, s: samplesPerStep(run) ?? 0, d: run.dimension, replicas };
  return { step: workOf('step', sizes), update: workOf('update', sizes) };
}

/** The quick cases of `meanfield bench`, which say that everything runs and is right rather than how fast. */
export function quickBench(
  device: Device,
  signal: AbortSignal,
): AsyncGenerator<BenchEvent, void, void> {
  const options = { quick: true, budgetSeconds: BUDGET_SECONDS, clocks: CLOCKS, signal };
  return runBench(device, options);
}

/** A result as the command line writes it, with what a page knows of its place. */
export function resultOf(
  device: Device,
  measured: Extract<BenchEvent, { kind: 'result' }>['result'],
): BenchResult {
  const { name, vendor, architecture, description, backend, software, features, limits } =
    device.info;
  const { deviceMemory = 0 } = navigator as { deviceMemory?: number };
  return {
    format: 'meanfield-bench',
    version: 1,
    adapter: { name, vendor, architecture, description, backend, software, features, limits },
    package: { name: packageFile.name, version: packageFile.version },
    dependencies: {},
    runtime: { name: 'browser', version: browserVersion(), platform: navigator.platform },
    commit: null,
    host: {
      cpu: 'unknown',
      cores: navigator.hardwareConcurrency,
      memoryBytes: deviceMemory * 2 ** 30,
    },
    command: 'the live page, quick benchmark',
    date: new Date().toISOString(),
    ...measured,
  };
}

/** Name and version as the browser says them, for example "Chrome/147.0.0.0". */
function browserVersion(): string {
  const words = navigator.userAgent.match(/(Firefox|Edg|Chrome|HeadlessChrome|Version)\/[\d.]+/g);
  return words?.at(-1) ?? navigator.userAgent;
}

/** The tables that the command line prints. */
export function tablesOf(result: BenchResult): Table[] {
  const name = fileNameOf(result.adapter.name);
  return benchTables({ result, peers: [], verdicts: [], name });
}

/** Saves the result file. */
export function saveBench(result: BenchResult): void {
  saveFile(
    `${fileNameOf(result.adapter.name)}-quick.json`,
    'application/json',
    formatResult(result),
  );
}
