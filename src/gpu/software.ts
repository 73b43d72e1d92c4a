// The software adapter: unpacks SwiftShader and the Vulkan loader from an npm package into a cache
// folder and starts Node anew with them. Node on linux-x64 only; it opens no device itself.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants, homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { parseTar } from 'nanotar';
import { SOFTWARE_ADAPTER_COMMAND, SOFTWARE_PACKAGE } from './errors.ts';

const ARCHIVE = 'bin/swiftshader.tar.br';
const DRIVER = 'vk_swiftshader_icd.json';
const FILES = [DRIVER, 'libvk_swiftshader.so', 'libvulkan.so.1'];
const MARKER = 'MEANFIELD_SOFTWARE';

/** The note on an unusable cache folder is written once. */
let noted = false;

/** True in a process that was already started with the software adapter. */
export function isSoftwareProcess(): boolean {
  return process.env[MARKER] === '1';
}

/** True where the software adapter can be used: linux-x64 with its package installed. */
export function hasSoftwareAdapter(): boolean {
  return isSupported() && findArchive() !== undefined;
}

/**
 * The environment in which a new Node process finds the software adapter. Unpacks it on first use
 * into `$XDG_CACHE_HOME/meanfield` (or `~/.cache/meanfield`), or below the temporary folder where
 * that is not writable (one line on stderr says so).
 *
 * @returns `LD_LIBRARY_PATH` (in front of the present one) and `VK_DRIVER_FILES`. The loader reads
 *   both when a process starts; setting them later has no effect.
 * @throws Error with one line: elsewhere than linux-x64, or the command that adds the package
 */
export async function softwareAdapterEnvironment(): Promise<Record<string, string>> {
  if (!isSupported()) {
    throw new Error(
      `the software adapter runs on linux-x64 only; this is ${process.platform}-${process.arch}`,
    );
  }
  const archive = findArchive();
  if (archive === undefined) {
    throw new Error(`the software adapter is not installed; add it: ${SOFTWARE_ADAPTER_COMMAND}`);
  }
  const folder = await unpackOnce(archive);
  const before = process.env['LD_LIBRARY_PATH'];
  return {
    LD_LIBRARY_PATH: before ? `${folder}${delimiter}${before}` : folder,
    VK_DRIVER_FILES: join(folder, DRIVER),
  };
}

/**
 * Runs this program again in a process that has the software adapter and waits for its end.
 * Input and output are shared; SIGINT, SIGTERM and SIGHUP are passed on.
 *
 * @param argv script and arguments; default: those of this process
 * @returns the exit code, 128 + signal number when a signal ended it
 */
export async function restartWithSoftwareAdapter(argv = process.argv.slice(1)): Promise<number> {
  const env = { ...process.env, ...(await softwareAdapterEnvironment()), [MARKER]: '1' };
  const child = spawn(process.execPath, [...process.execArgv, ...argv], { stdio: 'inherit', env });
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    for (const signal of signals) process.off(signal, forward);
  }
}

function isSupported(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

/** Path of the packed adapter, looked up as an import from this package and from the current folder. */
function findArchive(): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      // The package exports its entry alone; its folder is the nearest one above that holds the archive.
      let folder = dirname(createRequire(from).resolve(SOFTWARE_PACKAGE.name));
      while (folder !== dirname(folder)) {
        const archive = join(folder, ARCHIVE);
        if (existsSync(archive)) return archive;
        folder = dirname(folder);
      }
    } catch {
      // Not installed here; the next place may have it.
    }
  }
  return undefined;
}

async function unpackOnce(archive: string): Promise<string> {
  const version = await versionOf(archive);
  const name = `software-adapter-${version}`;
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  try {
    return await unpackInto(join(cache, 'meanfield'), name, archive);
  } catch (error) {
    // A folder that others can write must not be trusted with a library to load, hence the owner check.
    const own = join(tmpdir(), `meanfield-${process.getuid?.() ?? 0}`);
    const folder = await unpackInto(own, name, archive, true);
    const reason = error instanceof Error ? error.message : String(error);
    if (!noted) {
      process.stderr.write(`cache folder not usable (${reason}); software adapter in ${folder}\n`);
      noted = true;
    }
    return folder;
  }
}

/** Unpacks into parent/name unless it is there; a rename makes it appear whole or not at all. */
async function unpackInto(
  parent: string,
  name: string,
  archive: string,
  checkOwner = false,
): Promise<string> {
  const target = join(parent, name);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  if (checkOwner) await assertOwn(parent);
  if (isComplete(target)) return target;
  const temporary = await mkdtemp(join(parent, `${name}-`));
  try {
    for (const [file, data] of await filesOf(archive)) {
      await writeFile(join(temporary, file), data, { mode: 0o755 });
    }
    // Only an incomplete folder can stand here, unless another process was faster in between.
    if (!isComplete(target)) await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!isComplete(target)) throw error;
  }
  return target;
}

async function assertOwn(folder: string): Promise<void> {
  const { uid, mode } = await lstat(folder);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new Error(`${folder} belongs to or can be written by another user; remove it`);
  }
}

function isComplete(folder: string): boolean {
  return FILES.every((file) => existsSync(join(folder, file)));
}

async function filesOf(archive: string): Promise<[string, Uint8Array][]> {
  const tar = await promisify(brotliDecompress)(await readFile(archive));
  const entries = parseTar(tar);
  return FILES.map((file) => {
    const data = entries.find((entry) => entry.name.split('/').pop() === file)?.data;
    if (data === undefined) throw new Error(`${archive}: ${file} is missing in it`);
    return [file, data];
  });
}

async function versionOf(archive: string): Promise<string> {
  const text = await readFile(join(dirname(dirname(archive)), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
