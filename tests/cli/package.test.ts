// The packed package in an empty folder: the library with its types, the command, and the start without a GPU.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
let folder: string;

/** Lays the packed files out as npm install does, with the dependencies linked. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'meanfield-package-'));
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ files }] = JSON.parse(
    execFileSync('npm', pack, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as [{ files: { path: string }[] }];
  const modules = join(folder, 'node_modules');
  for (const { path } of files) {
    const target = join(modules, 'meanfield', path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(ROOT, path), target);
  }
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name.startsWith('.')) continue;
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The example of the README's section "Library". */
function readmeExample(): string {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, code] = /## Library\n+```ts\n([^`]*)```/.exec(text) ?? [];
  if (code === undefined) throw new Error('README.md has no example below "## Library"');
  return code;
}

/** An environment without the variables of the software adapter, as a user's is. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ['MEANFIELD_SOFTWARE', 'VK_DRIVER_FILES', 'LD_LIBRARY_PATH']) delete env[name];
  return env;
}

describe('the packed package', () => {
  it('runs the example of the README, started with the preload where there is no GPU', () => {
    writeFileSync(join(folder, 'app.js'), readmeExample());
    const run = spawnSync(process.execPath, ['--import', 'meanfield/software', 'app.js'], {
      cwd: folder,
      encoding: 'utf8',
      env: plainEnvironment(),
    });
    expect(run.status, run.stderr).toBe(0);
    const [loss] = run.stdout.split('\n');
    expect(Number(loss)).toBeGreaterThan(0);
    expect(run.stdout).toMatch(/estimate: -1\.\d|estimate: -0\.\d/);
  });

  it('has types under which the example of the README compiles strictly', () => {
    writeFileSync(join(folder, 'app.ts'), readmeExample());
    const options = [
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
    ];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const run = spawnSync(process.execPath, [tsc, ...options, 'app.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(run.stdout).toBe('');
    expect(run.status).toBe(0);
  });

  it('has a command that starts from the package', () => {
    const command = join(folder, 'node_modules/meanfield/bin/meanfield.js');
    const run = spawnSync(process.execPath, [command, '--version'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(run.stdout.trim()).toBe(version);
  });

  it('exports what the contract names', async () => {
    const library = (await import(join(folder, 'node_modules/meanfield/dist/index.js'))) as Record<
      string,
      unknown
    >;
    for (const name of [
      'openDevice',
      'createSimulation',
      'fluctuations',
      'parseConfig',
      'GpuUnavailableError',
    ]) {
      expect(library[name], name).toBeTypeOf('function');
    }
  });
});
