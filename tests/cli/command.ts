// Runs the built command line as users do: a process of its own in a folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, vi } from 'vitest';

/** The repository. */
export const ROOT = join(import.meta.dirname, '../..');

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link run}. */
export interface Launch {
  readonly env?: NodeJS.ProcessEnv;
  /** entry of the command line; default: that of the repository */
  readonly entry?: string;
  /** called when the process runs */
  readonly onStart?: (child: ChildProcess) => void;
}

// Every command is a process of its own, and several open a device.
vi.setConfig({ testTimeout: 120_000 });

const folders: string[] = [];
const running = new Set<ChildProcess>();
afterEach(() => {
  // Only a test that failed leaves a process behind.
  for (const child of running) child.kill('SIGTERM');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A fresh folder with the given files, removed after the test. */
export function makeFolder(files: Record<string, string | Uint8Array> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'meanfield-cli-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Names of everything below a folder, hidden ones too. */
export function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** Runs `meanfield ARGS` in a folder. */
export function run(folder: string, args: readonly string[], launch: Launch = {}): Promise<Ended> {
  checkBuild();
  const entry = launch.entry ?? join(ROOT, 'bin/meanfield.js');
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: folder,
    env: launch.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  launch.onStart?.(child);
  const ended = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => (ended.stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (ended.stderr += text.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, ...ended });
    });
  });
}

let isChecked = false;

/** A stale build would pass tests that the source fails. */
function checkBuild(): void {
  if (isChecked) return;
  const built = join(ROOT, 'dist/cli.js');
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => statSync(join(ROOT, 'src', file)).mtimeMs);
  if (!existsSync(built) || statSync(built).mtimeMs < Math.max(...sources)) {
    throw new Error('the built command line is missing or older than src/; run: npm run build');
  }
  isChecked = true;
}
