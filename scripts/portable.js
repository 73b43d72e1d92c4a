// Writes portable/, a folder that runs meanfield on a bare linux-x64 machine, and portable.tar.xz from it.
//
//   node scripts/portable.js [--folder DIR] [--no-archive]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createTar } from 'nanotar';
import { listParts } from './portable/parts.js';

/** What an upload form or a small quota still takes. */
const LARGEST_ARCHIVE = 45e6;
/** Equal content gives an equal archive: every file has this date, in milliseconds. */
const FIXED_DATE = Date.UTC(1980, 0, 1);
const LONGEST_NAME = 100;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({
  options: {
    folder: { type: 'string', default: join(root, 'portable') },
    'no-archive': { type: 'boolean', default: false },
  },
});
try {
  make(resolve(options.folder), !options['no-archive']);
} catch (error) {
  console.error(`portable: ${error.message}`);
  process.exitCode = 1;
}

function make(folder, withArchive) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`made on linux-x64 only; this is ${process.platform}-${process.arch}`);
  }
  if (!existsSync(join(root, 'dist/cli.js'))) throw new Error('not built; run: npm run build');
  const parts = listParts(root);
  rmSync(folder, { recursive: true, force: true });
  for (const { path, data, program } of parts) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), data, { mode: program ? 0o755 : 0o644 });
  }
  checkStart(folder);
  console.log(`${folder}: ${megabytes(parts.reduce((sum, part) => sum + part.data.length, 0))}`);
  if (withArchive) writeArchive(`${folder}.tar.xz`, parts);
}

/** Runs the folder as a bare machine would. */
function checkStart(folder) {
  const run = spawnSync(join(folder, 'run.sh'), ['--version'], { env: {}, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`run.sh does not start: ${run.stderr || run.error}`);
}

function writeArchive(path, parts) {
  const files = parts.map(({ path: name, data, program }) => ({
    name: `portable/${name}`,
    data,
    attrs: { mode: program ? '755' : '644' },
  }));
  const long = files.find(({ name }) => name.length > LONGEST_NAME);
  if (long !== undefined) throw new Error(`${long.name}: a name too long for the archive`);
  const tar = createTar(files, { attrs: { mtime: FIXED_DATE, uid: 0, gid: 0 } });
  // Two threads on every machine: the number of blocks, and so the bytes, depend on it.
  const xz = spawnSync('xz', ['-6', '--threads=2', '--stdout'], { input: tar, maxBuffer: 2 ** 30 });
  if (xz.error?.code === 'ENOENT') {
    throw new Error(
      'the archive needs the program xz (package xz-utils or xz); the folder is done',
    );
  }
  if (xz.status !== 0) throw new Error(`xz: ${xz.stderr}`);
  writeFileSync(path, xz.stdout);
  console.log(`${path}: ${megabytes(xz.stdout.length)}`);
  if (xz.stdout.length > LARGEST_ARCHIVE) {
    throw new Error(`${path} is larger than ${megabytes(LARGEST_ARCHIVE)}`);
  }
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
