// The course of a command that computes: a place for its results, a device, the work, the manifest,
// and the folder written whole or not at all.
import { relative } from 'node:path';
import type { Config } from '../config.ts';
import type { Device } from '../gpu/device.ts';
import { openOutputFolder, type OutputFolder } from '../record/folder.ts';
import {
  formatManifest,
  makeManifest,
  type OutputFiles,
  type TimeStepRecord,
} from '../record/manifest.ts';
import { chooseProcess, describeAdapter, openAdapter, restart } from './adapter.ts';
import { commandLine, dependencyVersions, ownPackage } from './facts.ts';
import type { RunOptions } from './options.ts';
import { makeProgress, type Progress } from './progress.ts';
import { abortOnSignals } from './signals.ts';

/** What a command finds ready when it starts to compute. */
export interface Workplace {
  readonly device: Device;
  readonly progress: Progress;
  /** aborted by SIGINT or SIGTERM */
  readonly signal: AbortSignal;
  /** Writes the output folder; returns its path relative to the current folder. */
  save(result: Saved): Promise<string>;
}

/** What a command leaves behind. */
export interface Saved {
  readonly config: Config;
  readonly files: OutputFiles;
  readonly kernels: Readonly<Record<string, string | number>>;
  readonly timeStep?: TimeStepRecord;
  readonly status: 'done' | 'interrupted';
}

/**
 * Runs `work` on the adapter of the user's choice, in this process or in one with the software
 * adapter. Input must be checked before. Nothing is left behind when `work` fails.
 *
 * @param name of the command, part of a numbered output folder
 * @returns the exit code
 */
export async function runOnDevice(
  name: string,
  options: RunOptions,
  work: (place: Workplace) => Promise<number>,
): Promise<number> {
  if ((await chooseProcess(options.adapter)) === 'software') return restart();
  const started = new Date();
  // From here on a signal ends the run in good order.
  const signal = abortOnSignals();
  const folder = await openOutputFolder({
    force: options.force === true,
    name,
    ...(options.out === undefined ? {} : { out: options.out }),
  });
  try {
    const device = await openAdapter(options.adapter);
    try {
      const progress = makeProgress(options.quiet === true);
      progress.note(`adapter: ${describeAdapter(device.info)}`);
      const opened = new Date();
      const save = (saved: Saved): Promise<string> =>
        write(folder, device, { started, opened, finished: new Date() }, saved);
      return await work({ device, progress, signal, save });
    } finally {
      await device.destroy();
    }
  } finally {
    await folder.discard();
  }
}

interface Moments {
  readonly started: Date;
  /** the device is open */
  readonly opened: Date;
  readonly finished: Date;
}

async function write(
  folder: OutputFolder,
  device: Device,
  { started, opened, finished }: Moments,
  saved: Saved,
): Promise<string> {
  const manifest = await makeManifest(
    {
      config: saved.config,
      package: ownPackage(),
      dependencies: dependencyVersions(),
      runtime: {
        name: 'node',
        version: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
      },
      adapter: device.info,
      kernels: saved.kernels,
      ...(saved.timeStep !== undefined && { timeStep: saved.timeStep }),
      command: commandLine(),
      started,
      finished,
      phases: { prepare: seconds(started, opened), run: seconds(opened, finished) },
      status: saved.status,
    },
    saved.files,
  );
  await folder.write(new Map([...saved.files, ['manifest.json', formatManifest(manifest)]]));
  return relative(process.cwd(), folder.path) || folder.path;
}

function seconds(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}
