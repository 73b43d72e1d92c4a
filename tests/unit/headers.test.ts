// Every file opens with a comment that says what it is for, and stays short enough to read.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const MAX_LINES = 350;

const files = ['src', 'tests', 'bench', 'scripts', 'bin', 'examples']
  .filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    ),
  )
  .filter((file) => /\.(ts|js|mjs)$/.test(file));

describe('every source file', () => {
  it('is found by this test', () => {
    expect(files.length).toBeGreaterThan(20);
  });

  it('opens with a comment that says what it is for', () => {
    const bare = files.filter((file) => {
      const lines = read(file).split('\n');
      const first = lines[0].startsWith('#!') ? lines[1] : lines[0];
      return !/^(\/\/|\/\*\*?) ?\S+ \S+/.test(first);
    });
    expect(bare).toEqual([]);
  });

  it(`has at most ${MAX_LINES} lines`, () => {
    const long = files.filter((file) => read(file).split('\n').length - 1 > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('has named exports only', () => {
    expect(files.filter((file) => /^export default/m.test(read(file)))).toEqual([]);
  });
});

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
