// Reading whole files for problems: one clear line for each way it can fail. Node is used when the caller brings no reader.
import { ConfigError } from '../config-check.ts';
import type { ReadFile } from './problem.ts';

/** Reads a file with Node; in a browser it throws ConfigError, since there are no paths. */
export const readFileInNode: ReadFile = async (path) => {
  if (typeof process === 'undefined' || process.versions?.node === undefined) {
    throw new ConfigError(`${path}: paths are read in Node alone; pass the option readFile`);
  }
  const { readFile } = await import('node:fs/promises');
  // A plain array: what a Buffer's slice() and buffer mean differs.
  return new Uint8Array(await readFile(path));
};

/**
 * Reads a whole file.
 *
 * @throws ConfigError with the path and what is wrong, one line
 */
export async function readWhole(path: string, readFile: ReadFile): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${path}: ${describeFailure(error)}`);
  }
}

function describeFailure(error: unknown): string {
  switch ((error as { code?: unknown } | null)?.code) {
    case 'ENOENT':
      return 'no such file';
    case 'EISDIR':
      return 'received a folder; allowed: a file';
    case 'ENOTDIR':
      return 'no such file: a part of the path is a file, not a folder';
    case 'EACCES':
    case 'EPERM':
      return 'cannot be read: permission denied';
    case 'ERR_FS_FILE_TOO_LARGE':
      return 'received a file of 2 GiB or more; allowed: less than 2 GiB';
    default: {
      const text = error instanceof Error ? error.message : String(error);
      return `cannot be read: ${text.split('\n')[0]}`;
    }
  }
}

/** The ending of a path in lower case, with its dot; empty without one. */
export function endingOf(path: string): string {
  return /\.[^./\\]+$/.exec(path)?.[0].toLowerCase() ?? '';
}
