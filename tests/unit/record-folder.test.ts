// The output folder: refused before the run where it must be, written whole or not at all after it.
import { mkdtemp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type * as FileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../src/config-check.ts';
import { openOutputFolder } from '../../src/record/folder.ts';

const failing = vi.hoisted(() => ({ from: '' }));

vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof FileSystem>();
  return {
    ...real,
    rename: (from: string, to: string) =>
      failing.from !== '' && from.includes(failing.from)
        ? Promise.reject(Object.assign(new Error('injected'), { code: 'EIO' }))
        : real.rename(from, to),
  };
});

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'meanfield-folder-'));
});
afterEach(async () => {
  failing.from = '';
  await rm(root, { recursive: true, force: true });
});

const FILES = new Map<string, Uint8Array | string>([
  ['history.csv', 'step\n0\n'],
  ['particles.npz', Uint8Array.of(1, 2, 3)],
]);

/** The folder of an earlier run, with one file. */
async function earlierRun(): Promise<string> {
  const out = join(root, 'full');
  await mkdir(out);
  await writeFile(join(out, 'old.txt'), 'old');
  await writeFile(join(out, 'manifest.json'), JSON.stringify({ files: { 'old.txt': {} } }));
  return out;
}

/** Every path below a folder with the text of files, hidden ones too. */
async function snapshot(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const list = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(folder.length + 1), entry.isFile() ? await readFile(path, 'utf8') : '/'];
  });
  return Object.fromEntries((await Promise.all(list)) as [string, string][]);
}

async function refusal(out: string, force = false): Promise<string> {
  const error: unknown = await openOutputFolder({ out, force }).then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(ConfigError);
  const { message } = error as ConfigError;
  expect(message).not.toContain('\n');
  return message;
}

describe('a named folder', () => {
  it('appears with all its files at once, missing parents made', async () => {
    const out = join(root, 'deep', 'er', 'result');
    const folder = await openOutputFolder({ out, force: false });
    expect(folder.path).toBe(out);
    expect(Object.keys(await snapshot(root))).not.toContain('deep/er/result');
    await folder.write(FILES);
    expect(await snapshot(dirname(out))).toEqual({
      result: '/',
      'result/history.csv': 'step\n0\n',
      'result/particles.npz': '\u0001\u0002\u0003',
    });
    await folder.discard();
    expect(await readFile(join(out, 'history.csv'), 'utf8')).toBe('step\n0\n');
  });

  it('may exist when it is empty', async () => {
    await mkdir(join(root, 'empty'));
    const folder = await openOutputFolder({ out: join(root, 'empty'), force: false });
    await folder.write(FILES);
    expect(await readdir(join(root, 'empty'))).toEqual(['history.csv', 'particles.npz']);
    expect(await readdir(root)).toEqual(['empty']);
  });

  it('is refused when it holds something, is a file, or leads through one; nothing is left behind', async () => {
    await mkdir(join(root, 'full'));
    await writeFile(join(root, 'full', 'old.txt'), 'old');
    await symlink(join(root, 'nowhere'), join(root, 'broken'));
    const before = await snapshot(join(root, 'full'));
    expect(await refusal(join(root, 'full'))).toMatch(/full is not empty; allowed: .*--force/);
    expect(await refusal(join(root, 'full', 'old.txt'), true)).toContain('is not a folder');
    expect(await refusal(join(root, 'full', 'old.txt', 'below'), true)).toContain('is a file');
    expect(await refusal(join(root, 'broken'))).toContain('is not a folder');
    expect(await refusal('/dev/null', true)).toContain('is not a folder');
    expect(await refusal('')).toContain('received ""');
    expect(await refusal('a\0b')).toContain('--out');
    expect(await refusal(join(root, 'x'.repeat(255)))).toContain('too long');
    expect(await snapshot(join(root, 'full'))).toEqual(before);
    expect((await readdir(root)).sort()).toEqual(['broken', 'full']);
  });

  it('is refused where writing is not possible, such as /proc', async () => {
    expect(await refusal('/proc/meanfield-result')).toMatch(
      /^output folder \/proc\/meanfield-result: /,
    );
  });

  it('is never the current folder, one above it, or the home folder', async () => {
    const home = process.env['HOME'];
    process.env['HOME'] = root;
    try {
      expect(await refusal(root, true)).toContain('that can be replaced as a whole');
    } finally {
      process.env['HOME'] = home;
    }
    expect(await refusal('.', true)).toContain('that can be replaced as a whole');
    expect(await refusal('..', true)).toContain('that can be replaced as a whole');
    expect(await refusal('/', true)).toContain('that can be replaced as a whole');
  });

  it('is replaced whole with force, and only when the new files are complete', async () => {
    const out = await earlierRun();
    const folder = await openOutputFolder({ out, force: true });
    expect((await readdir(out)).sort()).toEqual(['manifest.json', 'old.txt']);
    await folder.write(FILES);
    expect(await readdir(out)).toEqual(['history.csv', 'particles.npz']);
    expect(await readdir(root)).toEqual(['full']);
  });

  it('is not replaced, even with force, when it holds anything that no run has written', async () => {
    const out = await earlierRun();
    await writeFile(join(out, 'thesis.tex'), 'mine');
    expect(await refusal(out, true)).toMatch(/full holds thesis\.tex, which no run .* lists there/);
    await mkdir(join(root, 'mine'));
    await writeFile(join(root, 'mine', 'points.csv'), 'x0,y');
    expect(await refusal(join(root, 'mine'), true)).toMatch(/mine holds points\.csv/);
    await writeFile(join(root, 'mine', 'manifest.json'), 'no JSON');
    expect(await refusal(join(root, 'mine'), true)).toMatch(/mine holds points\.csv/);
    await rm(join(root, 'mine', 'points.csv'));
    expect(await refusal(join(root, 'mine'), true)).toMatch(/holds an unreadable manifest\.json/);
    expect(await readFile(join(out, 'thesis.tex'), 'utf8')).toBe('mine');
  });

  it('follows a link to a folder and keeps the link', async () => {
    await mkdir(join(root, 'real'));
    await symlink(join(root, 'real'), join(root, 'link'));
    const folder = await openOutputFolder({ out: join(root, 'link'), force: false });
    await folder.write(FILES);
    expect((await readdir(root)).sort()).toEqual(['link', 'real']);
    expect(await readFile(join(root, 'link', 'history.csv'), 'utf8')).toBe('step\n0\n');
  });
});

describe('a failure while writing', () => {
  it('leaves nothing behind when a file cannot be written after others were', async () => {
    const folder = await openOutputFolder({ out: join(root, 'p', 'result'), force: false });
    const files = new Map([...FILES, ['n'.repeat(300), 'too long a name']]);
    await expect(folder.write(files)).rejects.toThrow(/^output folder .*: the name is too long$/);
    expect(await snapshot(root)).toEqual({});
  });

  it('puts the old folder back when the new one cannot take its place', async () => {
    const out = await earlierRun();
    const folder = await openOutputFolder({ out, force: true });
    failing.from = '.full.tmp-';
    await expect(folder.write(FILES)).rejects.toThrow(/cannot be written \(EIO\)/);
    expect(await snapshot(root)).toMatchObject({ full: '/', 'full/old.txt': 'old' });
    expect((await readdir(out)).sort()).toEqual(['manifest.json', 'old.txt']);
  });

  it('shows before the run when an existing folder cannot be renamed, as a mount point', async () => {
    await mkdir(join(root, 'mount'));
    failing.from = join(root, 'mount');
    expect(await refusal(join(root, 'mount'))).toContain('cannot be written (EIO)');
    expect(await readdir(root)).toEqual(['mount']);
  });

  it('does not touch a folder that another process filled in the meantime', async () => {
    const out = join(root, 'result');
    const folder = await openOutputFolder({ out, force: false });
    await mkdir(out);
    await writeFile(join(out, 'other.txt'), 'other');
    await expect(folder.write(FILES)).rejects.toThrow('another process has filled this folder');
    expect(await snapshot(root)).toEqual({ result: '/', 'result/other.txt': 'other' });
  });

  it('refuses file names that lead out of the folder', async () => {
    for (const name of ['../escape', 'a/b', '..', '']) {
      const folder = await openOutputFolder({ out: join(root, 'result'), force: false });
      await expect(folder.write(new Map([[name, 'x']]))).rejects.toThrow('is not a plain name');
      expect(await snapshot(root)).toEqual({});
    }
  });
});

describe('giving up', () => {
  it('removes everything made, parents too, and may be repeated', async () => {
    const folder = await openOutputFolder({ out: join(root, 'a', 'b'), force: false });
    await folder.discard();
    await folder.discard();
    expect(await snapshot(root)).toEqual({});
    await expect(folder.write(FILES)).rejects.toThrow('given up');
  });

  it('leaves parents that others use', async () => {
    const folder = await openOutputFolder({ out: join(root, 'a', 'b'), force: false });
    await writeFile(join(root, 'a', 'note.txt'), '');
    await folder.discard();
    expect(await snapshot(root)).toEqual({ a: '/', 'a/note.txt': '' });
  });
});

describe('a numbered folder', () => {
  it('takes the next free number, whatever the name behind it', async () => {
    const base = join(root, 'runs');
    await mkdir(join(base, '0007-clt'), { recursive: true });
    await writeFile(join(base, 'notes'), '');
    const folder = await openOutputFolder({ force: false, base, name: 'train' });
    expect(folder.path).toBe(join(base, '0008-train'));
    await folder.write(FILES);
    expect((await readdir(base)).sort()).toEqual(['0007-clt', '0008-train', 'notes']);
    const next = await openOutputFolder({ force: false, base });
    expect(next.path).toBe(join(base, '0009-train'));
    await next.discard();
  });

  it('differs between runs that start together', async () => {
    const base = join(root, 'runs');
    await mkdir(base);
    const names = ['train', 'clt'];
    const folders = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        openOutputFolder({ force: false, base, name: names[i % 2] }),
      ),
    );
    await Promise.all(folders.map((folder) => folder.write(FILES)));
    const numbers = (await readdir(base)).map((entry) => /^(\d{4})-(train|clt)$/.exec(entry)?.[1]);
    expect(new Set(numbers).size).toBe(20);
    expect(numbers).not.toContain(undefined);
  });

  it('removes the base folder again when it was made for a run that gave up', async () => {
    const folder = await openOutputFolder({ force: false, base: join(root, 'runs') });
    await folder.discard();
    expect(await snapshot(root)).toEqual({});
  });

  it('is refused where the base is a file', async () => {
    await writeFile(join(root, 'runs'), '');
    const opening = openOutputFolder({ force: false, base: join(root, 'runs') });
    await expect(opening).rejects.toThrow(ConfigError);
  });
});
