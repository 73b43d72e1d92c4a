// Data files of samples: CSV with its line numbers, .npy and .npz tables, and files that cannot be read.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config-check.ts';
import { formatNpy, formatNpz } from '../../src/npy.ts';
import { parseCsv } from '../../src/problem/csv.ts';
import { loadSamples } from '../../src/problem/files.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { readFileInNode } from '../../src/problem/read-file.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const csv = (text: string, mode: 'mean' | 'sum' = 'sum') => parseCsv(encode(text), 'p.csv', mode);
const floats = (...values: number[]) => Float32Array.from(values);

async function messageOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    return message;
  }
  throw new Error('no error was thrown');
}

describe('CSV', () => {
  it('reads columns in any order into rows x0 … x{d−1}', () => {
    const samples = csv('y,x1,weight,x0\n1,2,3,4\n5,6,0,8\n');
    expect(samples).toEqual({
      count: 2,
      dimension: 2,
      x: floats(4, 2, 8, 6),
      y: floats(1, 5),
      weight: floats(3, 0),
    });
  });

  it('reads x as x0, every way to write a number, spaces, quotes and empty lines', () => {
    const samples = csv('x , y\n\n +1.5e1,\t-.5\n"2.", 1E-3 \n\n');
    expect(samples).toMatchObject({ dimension: 1, x: floats(15, 2), y: floats(-0.5, 0.001) });
  });

  it('reads the same samples with a byte-order mark and with any line ending', () => {
    const plain = csv('x,y\n1,2\n3,4\n');
    for (const text of [
      '\ufeffx,y\n1,2\n3,4',
      'x,y\r\n1,2\r\n3,4\r\n',
      'x,y\r1,2\r3,4',
      '\ufeffx,y\r\n1,2\r\n3,4',
    ]) {
      expect(csv(text)).toEqual(plain);
    }
  });

  it('weighs 1/s or 1 without a weight column, and weight/Σ or as it stands with one', () => {
    const [plain, weighted] = ['x,y\n1,2\n3,4\n5,6\n7,8\n', 'x,y,weight\n1,2,1\n3,4,3\n'];
    expect(csv(plain, 'mean').weight).toEqual(floats(0.25, 0.25, 0.25, 0.25));
    expect(csv(plain, 'sum').weight).toEqual(floats(1, 1, 1, 1));
    expect(csv(weighted, 'mean').weight).toEqual(floats(0.25, 0.75));
    expect(csv(weighted, 'sum').weight).toEqual(floats(1, 3));
  });

  const bad: [string, string | Uint8Array, string][] = [
    ['an empty file', '', 'p.csv: empty file'],
    ['a file of empty lines', '\n\n', 'p.csv: empty file'],
    ['numbers without header', '1,2\n3,4', 'p.csv: line 1: received "1,2", no header'],
    ['a header alone', 'x,y\n', 'p.csv: no rows below the header on line 1'],
    ['no target', 'x0,x1\n1,2', 'line 1: no target column; allowed: a column "y"'],
    ['no input', 'y,weight\n1,2', 'line 1: no input column'],
    ['a gap in the inputs', 'x0,x2,y\n1,2,3', 'line 1: column "x1" is missing below x2'],
    ['inputs that start at x1', 'x1,y\n1,2', 'line 1: column "x0" is missing below x1'],
    ['x beside x0', 'x,x0,y\n1,2,3', 'column "x" beside x0'],
    [
      'a mistyped weight',
      'x,y,wieght\n1,2,3',
      'line 1: unknown column "wieght"; did you mean "weight"?',
    ],
    ['a capital', 'X0,y\n1,2', 'unknown column "X0"; did you mean "x0"?'],
    ['a leading zero', 'x0,x01,y\n1,2,3', 'unknown column "x01"; did you mean "x1"?'],
    ['a foreign column', 'x,y,horsepower\n1,2,3', '"horsepower"; allowed: x0, x1, …, y, weight'],
    ['a column twice', 'x0,y,y\n1,2,3', 'line 1: column "y" stands twice'],
    ['semicolons', 'x;y\n1;2', 'received "x;y"; allowed: column names separated by commas'],
    ['a short row', 'x,y\n1,2\n3\n', 'line 3: received 1 cell; allowed: 2, one per column'],
    [
      'a long row below an empty line',
      'x,y\n1,2\n\n3,4,5\n',
      'line 4: received 3 cells; allowed: 2',
    ],
    ['an empty cell', 'x,y\r\n1,2\r\n3,\r\n', 'line 3, column y: received an empty cell'],
    ['a word', 'x,y\n1,two', 'line 2, column y: received "two"; allowed: a finite number'],
    ['a number with a unit', 'x,y\n1,2m', 'line 2, column y: received "2m"'],
    ['hexadecimals', 'x,y\n1,0x10', 'received "0x10"'],
    ['nan', 'x0,x1,y\n1,2,3\n1,nan,3', 'line 3, column x1: received "nan"'],
    ['Infinity', 'x,y\n1,-Infinity', 'received "-Infinity"'],
    [
      'a float64 beyond float32',
      'x0,x1,y\n1,1,1\n1,-4e38,1',
      'line 3, column x1: received -4e+38; allowed: a finite',
    ],
    ['a number beyond float64', 'x,y\n1,1e999', 'line 2, column y: received Infinity'],
    [
      'a negative weight',
      'x,y,weight\n1,2,1\n1,2,-1',
      'line 3, column weight: received -1; allowed: a number >= 0',
    ],
    [
      'weights that are all 0',
      'x,y,weight\n1,2,0\n1,2,0',
      'p.csv: received weights that are all 0',
    ],
    ['an open quote', 'x,y\n1,"2\n3,4', 'misplaced or unclosed quote'],
    ['a quote inside a number', 'x,y\n1,2"3"', 'line 2: misplaced or unclosed quote'],
    [
      'bytes that are no UTF-8',
      Uint8Array.of(0xff, 0xfe, 120, 0),
      'p.csv: not a text file in UTF-8',
    ],
  ];
  it.each(bad)('refuses %s in one line', async (_, text, expected) => {
    const bytes = typeof text === 'string' ? encode(text) : text;
    const message = await messageOf(() => parseCsv(bytes, 'p.csv', 'mean'));
    expect(message).toContain('p.csv: ');
    expect(message).toContain(expected);
  });
});

describe('loadSamples', () => {
  const load = (path: string, bytes: Uint8Array) =>
    loadSamples(path, () => Promise.resolve(bytes), 'mean');
  const array = (data: number[], ...shape: number[]) => ({ data: Float64Array.from(data), shape });

  it('reads the same samples from .csv, .npy and .npz', async () => {
    const expected = csv('x0,x1,y\n1,2,3\n4,5,6\n', 'mean');
    const table = formatNpy(floats(1, 2, 3, 4, 5, 6), [2, 3]);
    const arrays = formatNpz({ y: array([3, 6], 2), x: array([1, 2, 4, 5], 2, 2) });
    expect(await load('p.CSV', encode('x0,x1,y\n1,2,3\n4,5,6\n'))).toEqual(expected);
    expect(await load('a.b/p.npy', table)).toEqual(expected);
    expect(await load('p.npz', arrays)).toEqual(expected);
  });

  it('reads x [s] as d = 1, and the weights of a .npz', async () => {
    const file = formatNpz({ x: array([1, 2], 2), y: array([3, 4], 2), weight: array([1, 3], 2) });
    expect(await load('p.npz', file)).toEqual({
      count: 2,
      dimension: 1,
      x: floats(1, 2),
      y: floats(3, 4),
      weight: floats(0.25, 0.75),
    });
  });

  const good = { x: array([1, 2], 2), y: array([3, 4], 2) };
  const bad: [string, string, Uint8Array, string][] = [
    [
      'one column',
      'p.npy',
      formatNpy(floats(1, 2), [2, 1]),
      'received shape [2, 1]; allowed: [s, d + 1]',
    ],
    ['one axis', 'p.npy', formatNpy(floats(1, 2), [2]), 'received shape [2]'],
    ['no rows', 'p.npy', formatNpy(floats(), [0, 2]), 'received shape [0, 2]'],
    ['NaN in a table', 'p.npy', formatNpy(floats(1, 2, NaN, 4), [2, 2]), '[1, 0]: received NaN'],
    [
      'a table beyond float32',
      'p.npy',
      formatNpy(Float64Array.of(1, 1e40), [1, 2]),
      '[0, 1]: received 1e+40',
    ],
    ['no y', 'p.npz', formatNpz({ x: good.x }), 'no array "y"; allowed: x, y, weight'],
    [
      'an unknown array',
      'p.npz',
      formatNpz({ ...good, weigth: good.y }),
      'unknown array "weigth"; did you mean "weight"?',
    ],
    [
      'y of another length',
      'p.npz',
      formatNpz({ ...good, y: array([1], 1) }),
      'y: received shape [1]; allowed: [2]',
    ],
    [
      'y of two axes',
      'p.npz',
      formatNpz({ ...good, y: array([1, 2], 2, 1) }),
      'y: received shape [2, 1]',
    ],
    [
      'x of three axes',
      'p.npz',
      formatNpz({ ...good, x: array([1, 2], 2, 1, 1) }),
      'x: received shape [2, 1, 1]',
    ],
    [
      'no samples',
      'p.npz',
      formatNpz({ x: array([], 0), y: array([], 0) }),
      'allowed: [s, d] or [s], not empty',
    ],
    [
      'weights of another length',
      'p.npz',
      formatNpz({ ...good, weight: array([1], 1) }),
      'weight: received shape [1]',
    ],
    [
      'infinite targets',
      'p.npz',
      formatNpz({ ...good, y: array([1, Infinity], 2) }),
      'y[1]: received Infinity',
    ],
    [
      'negative weights',
      'p.npz',
      formatNpz({ ...good, weight: array([2, -1], 2) }),
      'weight[1]: received -1',
    ],
    ['a truncated .npz', 'p.npz', formatNpz(good).subarray(0, 200), 'truncated or corrupt'],
    ['a CSV named .npy', 'p.npy', encode('x,y\n1,2\n3,4\n'), 'not a .npy file'],
    [
      'another ending',
      'p.txt',
      encode('x,y\n1,2'),
      'received a .txt file; allowed: .csv, .npy, .npz',
    ],
    ['no ending', 'a.csv/points', encode('x,y\n1,2'), 'received a file without ending'],
  ];
  it.each(bad)('refuses %s in one line with the path', async (_, path, bytes, expected) => {
    const message = await messageOf(() => load(path, bytes));
    expect(message.startsWith(`${path}: `)).toBe(true);
    expect(message).toContain(expected);
  });
});

describe('files that cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meanfield-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const load = (path: string) => loadSamples(path, readFileInNode, 'mean');

  it('reads a file that is there', async () => {
    const path = join(folder, 'p.csv');
    writeFileSync(path, 'x,y\n1,2\n');
    expect(await load(path)).toMatchObject({ count: 1, x: floats(1), y: floats(2) });
  });

  it('names a missing file, a folder, and a file taken for a folder', async () => {
    const missing = join(folder, 'missing.csv');
    expect(await messageOf(() => load(missing))).toBe(`${missing}: no such file`);
    const inner = join(folder, 'folder.csv');
    mkdirSync(inner);
    expect(await messageOf(() => load(inner))).toBe(`${inner}: received a folder; allowed: a file`);
    writeFileSync(join(folder, 'q.csv'), 'x,y\n1,2\n');
    expect(await messageOf(() => load(join(folder, 'q.csv', 'r.csv')))).toContain(
      'a part of the path is a file',
    );
  });

  it.each([
    ['EACCES', 'permission denied'],
    ['ERR_FS_FILE_TOO_LARGE', 'less than 2 GiB'],
    ['EIO', 'cannot be read: i/o failed'],
  ])('says in one line what %s means', async (code, expected) => {
    const failing = () => Promise.reject(Object.assign(new Error('i/o failed\nstack'), { code }));
    const message = await messageOf(() => loadSamples('p.csv', failing, 'mean'));
    expect(message.startsWith('p.csv: ')).toBe(true);
    expect(message).toContain(expected);
  });
});

describe('example data', () => {
  const root = join(import.meta.dirname, '../..');
  const folder = mkdtempSync(join(tmpdir(), 'meanfield-'));
  execFileSync(process.execPath, [join(root, 'examples/prepare.js'), folder]);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['co2', 1, 741],
    ['cars', 5, 392],
  ])(
    '%s has d = %i, %i complete rows, a fifth held out, and standardised training columns',
    async (name, d, rows) => {
      const config = parseConfig(
        JSON.parse(readFileSync(join(root, `examples/${name}.json`), 'utf8')),
      );
      const { problem } = config;
      if (problem.kind !== 'file') throw new Error('another kind');
      const inFolder = (path = '') => join(folder, path.replace(/^data\//, ''));
      const paths = { path: inFolder(problem.path), testPath: inFolder(problem.testPath) };
      const { train, test } = await makeProblem({ ...config, problem: { ...problem, ...paths } });
      expect([train.dimension, train.count, test?.count]).toEqual([
        d,
        rows - Math.floor(rows / 5),
        Math.floor(rows / 5),
      ]);
      const columns = Array.from({ length: d }, (_, axis) =>
        train.x.filter((_, i) => i % d === axis),
      );
      for (const column of [...columns, train.y]) {
        const mean = column.reduce((sum, value) => sum + value, 0) / train.count;
        const variance = column.reduce((sum, value) => sum + value ** 2, 0) / train.count;
        expect(Math.abs(mean)).toBeLessThan(1e-6);
        expect(Math.abs(variance - 1)).toBeLessThan(1e-6);
      }
    },
  );
});
