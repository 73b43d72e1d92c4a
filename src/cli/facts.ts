// What a manifest and a report say about a run beside its results: versions, command line, sizes.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Config } from '../config.ts';
import type { Device } from '../gpu/device.ts';
import type { Problem } from '../problem/problem.ts';
import type { Versioned } from '../record/manifest.ts';
import type { RunFacts } from '../record/report.ts';

/** The facts that every report states. */
export function runFacts(config: Config, problem: Problem, device: Device): RunFacts {
  return {
    problem: problem.title,
    dimension: problem.train.dimension,
    samples: problem.train.count,
    testSamples: problem.test?.count ?? 0,
    ...(problem.population !== undefined && {
      populationLoss: config.problem.kind === 'mixture' ? 'integral' : 'mean',
    }),
    steps: config.flow.steps,
    dt: config.flow.dt,
    adapter: { name: device.adapterName, software: device.software },
    command: commandLine(),
    config,
    package: ownPackage(),
  };
}

/** The command as typed, quoted for a shell where needed. */
export function commandLine(): string {
  const quote = (word: string): string =>
    /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return ['meanfield', ...process.argv.slice(2).map(quote)].join(' ');
}

/** Name and version of this package. */
export function ownPackage(): Versioned {
  const { name, version } = readPackage(OWN);
  return { name, version };
}

/** The installed version of every dependency, by name. */
export function dependencyVersions(): Record<string, string> {
  const folders = createRequire(import.meta.url).resolve.paths('x') ?? [];
  const installed = (name: string): string => {
    for (const folder of folders) {
      try {
        return readPackage(`${folder}/${name}/package.json`).version;
      } catch {
        // Not in this folder; the next one up may have it.
      }
    }
    return 'unknown';
  };
  const names = Object.keys(readPackage(OWN).dependencies).sort();
  return Object.fromEntries(names.map((name) => [name, installed(name)]));
}

const OWN = new URL('../../package.json', import.meta.url);

interface PackageFile extends Versioned {
  readonly dependencies: Record<string, string>;
}

function readPackage(path: string | URL): PackageFile {
  return JSON.parse(readFileSync(path, 'utf8')) as PackageFile;
}
