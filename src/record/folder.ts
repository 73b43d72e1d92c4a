// The output folder of a run: checked before the run, written whole or not at all after it. Node only.
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ConfigError, showValue } from '../config-check.ts';
import type { OutputFiles } from './manifest.ts';

/** Where the results of a run shall go. */
export interface OutputOptions {
  /** folder named by the user; without it a fresh numbered one under `base` */
  readonly out?: string;
  /** replace a folder that is not empty */
  readonly force: boolean;
  /** parent of numbered folders, default `runs` */
  readonly base?: string;
  /** what ran, the end of a numbered name as in `runs/0001-train`; default `train` */
  readonly name?: string;
}

/** A place that is usable and reserved; nothing stands there until `write`. */
export interface OutputFolder {
  /** the folder that will hold the files */
  readonly path: string;
  /**
   * Writes all files into a temporary sibling and renames it into place; on failure nothing is left behind and
   * an old folder stands as before. Once only.
   *
   * @throws ConfigError with the path and the reason
   */
  write(files: OutputFiles): Promise<void>;
  /** Gives the place up and removes everything temporary. Nothing to do after `write`. */
  discard(): Promise<void>;
}

/** A target with the temporary folder made for it. */
interface Reservation {
  /** final path */
  readonly target: string;
  /** temporary sibling, already made */
  readonly temporary: string;
  /** parents made on the way, outermost first */
  readonly parents: readonly string[];
  readonly replace: boolean;
}

/**
 * Checks the place of the results and reserves it with a temporary folder beside it. Missing parents are made.
 * Numbered names are taken by an atomic mkdir, so processes that start together get different numbers.
 *
 * @throws ConfigError when the place is in use, is no folder, or may not be written
 */
export async function openOutputFolder(options: OutputOptions): Promise<OutputFolder> {
  const { out, force, base = 'runs', name = 'train' } = options;
  const reservation =
    out === undefined ? await reserveNumbered(resolve(base), name) : await reserveNamed(out, force);
  return makeFolder(reservation);
}

function makeFolder(reservation: Reservation): OutputFolder {
  const { target, temporary, parents, replace } = reservation;
  let open = true;
  const discard = async (): Promise<void> => {
    if (!open) return;
    open = false;
    await rm(temporary, { recursive: true, force: true });
    await removeEmpty(parents);
  };
  const write = async (files: OutputFiles): Promise<void> => {
    if (!open) throw new Error(`${target}: already written or given up`);
    try {
      for (const [file, content] of files) {
        if (basename(file) !== file || ['', '.', '..'].includes(file)) {
          throw new Error(`output file ${showValue(file)} is not a plain name`);
        }
        await writeFile(join(temporary, file), content, { flag: 'wx' });
      }
      await (replace ? replaceFolder(temporary, target) : rename(temporary, target));
    } catch (error) {
      await discard();
      throw explain(target, error);
    }
    open = false;
  };
  return { path: target, write, discard };
}

/** Moves the old folder aside, puts the new one in its place, and only then removes the old one. */
async function replaceFolder(temporary: string, target: string): Promise<void> {
  const aside = await makeSibling(target, 'old');
  await exchange(target, aside, temporary);
  await rm(aside, { recursive: true, force: true }).catch(() => {
    throw new ConfigError(`output folder ${target}: written, but the old one stays at ${aside}`);
  });
}

/** Renames target → aside and temporary → target; when the second fails the first is undone. */
async function exchange(target: string, aside: string, temporary: string): Promise<void> {
  try {
    await rename(target, aside);
  } catch (error) {
    await rmdir(aside);
    throw error;
  }
  try {
    await rename(temporary, target);
  } catch (error) {
    await rename(aside, target);
    throw error;
  }
}

// ---- Reserving a place ------------------------------------------------------------------------------

async function reserveNamed(out: string, force: boolean): Promise<Reservation> {
  if (out === '' || out.includes('\0')) {
    throw new ConfigError(`--out: received ${showValue(out)}; allowed: the path of a folder`);
  }
  try {
    const found = await lookAt(resolve(out));
    if (found === 'other' || (found === null && (await isLink(resolve(out))))) {
      throw new ConfigError(`--out: ${out} is not a folder; allowed: a new or empty folder`);
    }
    const target = found === null ? resolve(out) : await realpath(out);
    await checkOwnPlace(out, target);
    const full = found === 'folder' && (await readdir(target)).length > 0;
    if (full && !force) {
      throw new ConfigError(
        `--out: ${out} is not empty; allowed: a new or empty folder, or --force to replace an earlier run`,
      );
    }
    if (full) await checkEarlierRun(out, target);
    return await reserveTarget(target, found === 'folder', full);
  } catch (error) {
    throw explain(out, error);
  }
}

async function reserveTarget(
  target: string,
  exists: boolean,
  replace: boolean,
): Promise<Reservation> {
  const parents = await makeParents(dirname(target));
  try {
    const temporary = await makeSibling(target, 'tmp');
    try {
      if (exists) await rehearse(target);
    } catch (error) {
      await rmdir(temporary);
      throw error;
    }
    return { target, temporary, parents, replace };
  } catch (error) {
    await removeEmpty(parents);
    throw error;
  }
}

/** Moves an existing folder away and back: a mount point, say, cannot be renamed, and this shows it in time. */
async function rehearse(target: string): Promise<void> {
  const aside = await makeSibling(target, 'old');
  try {
    await rename(target, aside);
  } catch (error) {
    await rmdir(aside);
    throw error;
  }
  await rename(aside, target);
}

/** Only what an earlier run wrote is replaced: a folder whose manifest lists every other file in it. */
async function checkEarlierRun(out: string, target: string): Promise<void> {
  const listed = await readFile(join(target, 'manifest.json'), 'utf8')
    .then((text) => Object.keys((JSON.parse(text) as { files?: object }).files ?? {}))
    .catch(() => null);
  const foreign = (await readdir(target)).find(
    (entry) => entry !== 'manifest.json' && !(listed ?? []).includes(entry),
  );
  if (listed !== null && foreign === undefined) return;
  throw new ConfigError(
    `--out: ${out} holds ${foreign ?? 'an unreadable manifest.json'}, which no run of this program lists there; ` +
      'allowed with --force: the folder of an earlier run, and nothing else in it',
  );
}

/** Replacing a folder that a process works in, or the user's home, would pull the ground away. */
async function checkOwnPlace(out: string, target: string): Promise<void> {
  for (const place of [process.cwd(), homedir()]) {
    const inner = relative(target, await realpath(place).catch(() => place));
    if (inner === '' || !(inner === '..' || inner.startsWith(`..${sep}`) || isAbsolute(inner))) {
      throw new ConfigError(
        `--out: ${out} holds ${place}; allowed: a folder that can be replaced as a whole`,
      );
    }
  }
}

async function reserveNumbered(base: string, name: string): Promise<Reservation> {
  try {
    if ((await lookAt(base)) === 'other') {
      throw new ConfigError(
        `${base} is not a folder; allowed: a folder for numbered runs, or --out`,
      );
    }
    const parents = await makeParents(base);
    for (;;) {
      const digits = await nextNumber(base);
      const temporary = join(base, `.${digits}.tmp`);
      if (!(await makeNew(temporary))) continue;
      // Another process may have finished this very number between the look and the mkdir.
      const taken = (await readdir(base)).some((entry) => entry.startsWith(`${digits}-`));
      if (!taken) {
        return { target: join(base, `${digits}-${name}`), temporary, parents, replace: false };
      }
      await rmdir(temporary);
    }
  } catch (error) {
    throw explain(base, error);
  }
}

/** One more than the highest number in use, finished or reserved. */
async function nextNumber(base: string): Promise<string> {
  const numbers = (await readdir(base))
    .map((entry) => /^(?:(\d{4,})-|\.(\d{4,})\.tmp$)/.exec(entry))
    .map((match) => Number(match?.[1] ?? match?.[2] ?? 0));
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0');
}

/** Makes `.NAME.tmp-PID` beside the target, with a further number where a killed process left that name. */
async function makeSibling(target: string, kind: 'tmp' | 'old'): Promise<string> {
  const stem = join(dirname(target), `.${basename(target)}.${kind}-${process.pid}`);
  for (let attempt = 0; ; attempt++) {
    const path = attempt === 0 ? stem : `${stem}-${attempt}`;
    if (await makeNew(path)) return path;
  }
}

// ---- File system ----------------------------------------------------------------------------------

async function lookAt(path: string): Promise<'folder' | 'other' | null> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** True for a link, also one that leads nowhere. */
async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/** True when this call made the folder, false when something stood there. */
async function makeNew(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Makes a folder with its parents; returns those that were missing, outermost first. */
async function makeParents(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; (await lookAt(at)) === null; at = dirname(at)) missing.unshift(at);
  await mkdir(path, { recursive: true });
  return missing;
}

/** Removes folders that this run made, innermost first, as long as they are empty. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of [...folders].reverse()) {
    try {
      await rmdir(folder);
    } catch {
      return; // in use by another run
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission to write here',
  EPERM: 'no permission to write here',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file; allowed: a new or empty folder',
  EEXIST: 'something else stands there; allowed: a new or empty folder',
  ENOTEMPTY: 'another process has filled this folder; allowed: a new or empty folder',
  ENOSPC: 'no space left on the device',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'the path is a ring of links',
};

function explain(path: string, error: unknown): Error {
  const code = codeOf(error);
  if (error instanceof ConfigError || code === undefined) {
    return error instanceof Error ? error : new Error(String(error));
  }
  return new ConfigError(
    `output folder ${path}: ${REASONS[code] ?? `cannot be written (${code})`}`,
  );
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
