// `meanfield bench`: speed on this adapter, as shares of its limits; and the report about result files.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { casesOf, runBench, type BenchOptions, type Measured } from '../../bench/run.ts';
import { matches } from '../../bench/cases.ts';
import type { Clocks } from '../../bench/measure.ts';
import { judge } from '../../bench/targets.ts';
import type { BenchPlace, BenchResult, PeerProblem } from '../../bench-result.ts';
import { ConfigError, nearestName } from '../../config-check.ts';
import { openDevice, type AdapterSummary, type Device } from '../../gpu/device.ts';
import { fileNameOf, formatResult } from '../../record/bench-json.ts';
import { benchTables, describePlace } from '../../record/bench-table.ts';
import { chooseProcess, describeAdapter, restart } from '../adapter.ts';
import {
  peersBeside,
  prepareResultFile,
  resultsFolder,
  writeReport,
  writeWhole,
} from '../bench-files.ts';
import { EXIT, InterruptedError } from '../errors.ts';
import { commandLine, dependencyVersions, ownPackage } from '../facts.ts';
import { print } from '../output.ts';
import { makeProgress, type Progress } from '../progress.ts';
import { abortOnSignals } from '../signals.ts';
import { formatTable } from '../text.ts';

/** Options of the command. */
export interface BenchCommandOptions {
  quick?: boolean;
  budget?: number;
  only?: string;
  out?: string;
  report?: string[];
  adapter?: string;
  json?: boolean;
  quiet?: boolean;
}

/** Seconds of a full run: a coffee on two cores without a GPU, less on a GPU. */
const BUDGET = { software: 420, gpu: 300 } as const;

/** Measures, or reports. @returns 0, or 1 when an output was wrong; a time never fails */
export async function bench(options: BenchCommandOptions): Promise<number> {
  if (options.report !== undefined) return report(options.report, options);
  if ((await chooseProcess(options.adapter)) === 'software') return restart();
  const signal = abortOnSignals();
  const { adapter } = options;
  const device = await openDevice({ ...(adapter === undefined ? {} : { adapter }), profile: true });
  try {
    return await measureAndSave(device, options, signal);
  } finally {
    await device.destroy();
  }
}

async function report(paths: readonly string[], options: BenchCommandOptions): Promise<number> {
  const written = await writeReport(paths, options.out);
  print(options.json === true ? JSON.stringify({ written }) : written.join('\n'));
  return EXIT.done;
}

async function measureAndSave(
  device: Device,
  options: BenchCommandOptions,
  signal: AbortSignal,
): Promise<number> {
  const { quick = false, only } = options;
  checkName(device, quick, only);
  // A part of a run must not take the place of a whole one.
  const folder = quick || only !== undefined ? undefined : resultsFolder();
  const out = options.out ?? folder;
  const path = out === undefined ? undefined : await prepareResultFile(out, device.adapterName);
  const place = placeOf(device);
  const progress = makeProgress(options.quiet === true);
  progress.note(`adapter: ${describeAdapter(device.info)}`);
  const budgetSeconds = options.budget ?? BUDGET[device.software ? 'software' : 'gpu'];
  const result = {
    format: 'meanfield-bench' as const,
    version: 1 as const,
    ...place,
    ...(await run(
      device,
      { quick, budgetSeconds, clocks, signal, ...(only === undefined ? {} : { only }) },
      progress,
    )),
  };
  if (signal.aborted) throw new InterruptedError('interrupted; no result was written');
  if (path !== undefined) await writeWhole(path, formatResult(result));
  const peers = path === undefined ? [] : await peersBeside(path);
  show(result, peers, path, options.json === true);
  return result.failed.length > 0 ? EXIT.failed : EXIT.done;
}

async function run(device: Device, options: BenchOptions, progress: Progress): Promise<Measured> {
  for await (const event of runBench(device, options)) {
    if (event.kind === 'start') progress.update(event.done / event.count, event.name);
    else if (event.kind === 'skipped')
      progress.note(`left out: ${event.skipped.name}, ${event.skipped.reason}`);
    else if (event.kind === 'failed')
      process.stderr.write(`meanfield: ${event.failed.name}: ${event.failed.reason}\n`);
    else if (event.kind === 'result') {
      progress.finish();
      return event.result;
    }
  }
  throw new Error('the benchmark ended without a result');
}

/** @throws ConfigError for a case that this adapter does not have */
function checkName(device: Device, quick: boolean, only: string | undefined): void {
  if (only === undefined) return;
  const names = casesOf(device, quick).map(({ name }) => name);
  if (names.some((name) => matches(name, only))) return;
  const near = nearestName(only, names);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  throw new ConfigError(`--only: received "${only}"; allowed: ${names.join(', ')}${hint}`);
}

const clocks: Clocks = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e3;
  },
  load: () => loadavg()[0],
};

function placeOf(device: Device): BenchPlace {
  const processors = cpus();
  return {
    adapter: adapterOf(device.info),
    package: ownPackage(),
    dependencies: dependencyVersions(),
    runtime: {
      name: 'node',
      version: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    },
    commit: commitOf(fileURLToPath(new URL('../../../', import.meta.url))),
    host: {
      cpu: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      memoryBytes: totalmem(),
    },
    command: commandLine(),
    date: new Date().toISOString(),
  };
}

function adapterOf(info: AdapterSummary): BenchPlace['adapter'] {
  const { name, vendor, architecture, description, backend, software, features, limits } = info;
  return { name, vendor, architecture, description, backend, software, features, limits };
}

/** Commit of the checkout at `root`, with "+changes" where tracked files differ; of the package outside of one. */
function commitOf(root: string): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    // A package inside of somebody else's repository has no commit of its own.
    if (git('rev-parse', '--show-prefix') !== '') return packagedCommit(root);
    const changes = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      'src',
      'bin',
      'package.json',
    );
    return git('rev-parse', 'HEAD') + (changes === '' ? '' : '+changes');
  } catch {
    return packagedCommit(root);
  }
}

/** The commit in the package file of a published package or of the portable folder. */
function packagedCommit(root: string): string | null {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  return (JSON.parse(text) as { gitHead?: string }).gitHead ?? null;
}

function show(
  result: BenchResult,
  peers: readonly PeerProblem[],
  path: string | undefined,
  json: boolean,
): void {
  if (json) {
    print(formatResult(result).trimEnd());
    return;
  }
  const name = fileNameOf(result.adapter.name);
  const verdicts = result.quick ? [] : judge(result, peers);
  print(describePlace({ result, name }));
  for (const { caption, columns, rows } of benchTables({ result, peers, verdicts, name })) {
    print(`\n${caption}\n${formatTable([columns, ...rows])}`);
  }
  if (path !== undefined) print(`\nresult: ${path}\nreport: meanfield bench --report ${path}`);
  else print('\nno file was written; to keep the result: --out FILE.json');
}
