// Wrong input of many kinds: the right exit code, one clear line, no stack, and nothing left behind.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatNpy, formatNpz } from '../../src/npy.ts';
import { listing, makeFolder, ROOT, run, type Ended } from './command.ts';

const particles = (width: number, dimension: number): Uint8Array =>
  formatNpz({
    a: { data: new Float32Array(width * dimension).fill(1), shape: [width, dimension] },
    b: { data: new Float32Array(width), shape: [width] },
    c: { data: new Float32Array(width).fill(1), shape: [width] },
  });

/** Files that stand in the folder of every case. */
const FILES: Record<string, string | Uint8Array> = {
  'good.json': '{"problem": {"kind": "file", "path": "good.csv"}}',
  'malformed.json': '{\n  "seed": 1,\n  "flow": {"dt": 0.1,}\n}\n',
  'empty.json': '',
  'list.json': '[1, 2]',
  'typo.json': '{"network": {"widht": 64}}',
  'good.csv': 'x0,y\n0,1\n1,2\n2,3\n',
  'plane.csv': 'x0,x1,y\n0,0,1\n1,2,3\n',
  'ragged.csv': 'x0,y\n0,1\n1,2,3\n',
  'headerless.csv': '0,1\n1,2\n',
  'empty.csv': '',
  'header-only.csv': 'x0,y\n',
  'non-finite.csv': 'x0,y\n0,1\n1,inf\n',
  'word.csv': 'x0,y\n0,1\n1,2\n2,three\n',
  'data.txt': 'x0,y\n0,1\n',
  'wide.npz': particles(8, 1),
  'flat.npz': particles(8, 2),
  'truncated.npz': particles(8, 1).slice(0, 200),
  'no-c.npz': formatNpz({
    a: { data: new Float32Array(4), shape: [4, 1] },
    b: { data: new Float32Array(4), shape: [4] },
  }),
  'limit.npy': formatNpy(new Float32Array(6), [2, 3]),
};

const data = (path: string): string[] => [
  '--set',
  'problem.kind=file',
  '--set',
  `problem.path=${path}`,
];
const start = (path: string): string[] => ['--set', 'init.kind=file', '--set', `init.path=${path}`];

/** What is wrong, the command, and what its one line must say. Exit code 2. */
const CASES: [what: string, args: string[], says: RegExp][] = [
  [
    'a kernel that there is not',
    ['train', '--config', 'good.json', '--kernel', 'fast'],
    /--kernel.*allowed: auto, dense, sorted/,
  ],
  [
    'sorted kernels in the plane',
    ['train', '--kernel', 'sorted', ...data('plane.csv')],
    /kernel: received "sorted" with d = 2; allowed with d = 1/,
  ],
  [
    'sorted kernels with minibatches',
    ['clt', '--kernel', 'sorted', ...data('good.csv'), '--set', 'flow.batch=2'],
    /kernel: received "sorted" with flow.batch 2; allowed with 0/,
  ],
  [
    'a prediction under the population loss that takes too long',
    ['clt', '--predict', '--preset', 'r1', '--set', 'clt.prediction.nodes=4096'],
    /clt\.prediction: received nodes 4096, columns 16, rules 4, 3e12 products .*such as nodes 256, columns 16, rules 4/,
  ],
  [
    'a prediction with total variation',
    ['clt', '--predict', '--set', 'flow.penalty={"kind":"total-variation","strength":0.1}'],
    /flow\.penalty\.kind: received "total-variation"; allowed with a prediction: "none"/,
  ],
  [
    'malformed JSON',
    ['train', '--config', 'malformed.json'],
    /malformed\.json:3:22: .*key in double quotes/,
  ],
  [
    'an empty config file',
    ['train', '--config', 'empty.json'],
    /empty\.json:1:1: .*end of the file/,
  ],
  ['a config that is a list', ['train', '--config', 'list.json'], /list\.json: .*an object/],
  [
    'an unknown key',
    ['train', '--config', 'typo.json'],
    /network\.widht: unknown key; did you mean "width"/,
  ],
  [
    'a word for a number',
    ['train', '--set', 'network.width=wide'],
    /network\.width: received "wide"; allowed: a/,
  ],
  ['NaN', ['train', '--set', 'flow.dt=NaN'], /flow\.dt: received "NaN"; allowed: a number/],
  [
    'a negative time step',
    ['train', '--set', 'flow.dt=-0.1'],
    /flow\.dt: received -0\.1; allowed: .*> 0/,
  ],
  [
    'steps that are not whole',
    ['train', '--set', 'flow.steps=2.5'],
    /flow\.steps: received 2\.5; allowed: a whole number/,
  ],
  [
    'an unknown activation',
    ['train', '--set', 'network.activation=rleu'],
    /network\.activation: received "rleu"; allowed: .*"relu"/,
  ],
  [
    'an odd width with pairs',
    [
      'train',
      '--set',
      'init.kind=random',
      '--set',
      'init.sampling=antithetic',
      '--set',
      'network.width=7',
    ],
    /network\.width: received 7; allowed: an even number/,
  ],
  [
    'a batch larger than the data',
    ['train', ...data('good.csv'), '--set', 'flow.batch=9'],
    /flow\.batch: received 9; allowed: at most the 3 samples/,
  ],
  ['a ragged CSV', ['train', ...data('ragged.csv')], /ragged\.csv: ?line 3/],
  [
    'a CSV without header',
    ['train', ...data('headerless.csv')],
    /headerless\.csv: .*(header|column)/,
  ],
  ['an empty CSV', ['train', ...data('empty.csv')], /empty\.csv: /],
  ['a CSV without rows', ['train', ...data('header-only.csv')], /header-only\.csv: /],
  [
    'infinity in a CSV',
    ['train', ...data('non-finite.csv')],
    /non-finite\.csv: ?line 3.*inf.*allowed: a.*number/,
  ],
  [
    'a word in a CSV',
    ['train', ...data('word.csv')],
    /word\.csv: ?line 4.*three.*allowed: a.*number/,
  ],
  ['a data file of unknown kind', ['train', ...data('data.txt')], /data\.txt: .*allowed: .*\.csv/],
  ['a data file that is missing', ['train', ...data('nowhere.csv')], /nowhere\.csv: no such file/],
  [
    'a folder as data file',
    ['train', ...data('folder.csv')],
    /folder\.csv: received a folder; allowed: a file/,
  ],
  [
    'a test set of another dimension',
    ['train', ...data('good.csv'), '--set', 'problem.testPath=plane.csv'],
    /problem\.testPath: .*dimension 2; allowed: 1/,
  ],
  [
    'a config file that is missing',
    ['train', '--config', 'nowhere.json'],
    /nowhere\.json: no such file/,
  ],
  [
    'a folder as config file',
    ['train', '--config', 'folder.csv'],
    /folder\.csv: received a folder/,
  ],
  [
    'truncated particles',
    ['train', ...data('good.csv'), ...start('truncated.npz')],
    /truncated\.npz: /,
  ],
  ['particles without c', ['train', ...data('good.csv'), ...start('no-c.npz')], /no-c\.npz: .*c/],
  [
    'particles of another dimension',
    ['train', ...data('good.csv'), ...start('flat.npz')],
    /flat\.npz: .*d = 2; allowed: d = 1/,
  ],
  [
    'particles of another width',
    ['train', ...data('good.csv'), ...start('wide.npz'), '--set', 'network.width=9'],
    /network\.width: received 9; allowed: 8, the width of wide\.npz/,
  ],
  [
    'a width whose particles fit no file',
    ['train', '--set', 'network.width=2000000000'],
    /network\.width: received 2000000000; allowed: at most \d+ with d = 2, what particles\.npz can hold/,
  ],
  [
    'a width beyond the adapter',
    ['clt', '--set', 'clt.widths=[2000000000]', '--set', 'clt.replicas=5'],
    /network\.width: received 2000000000, .*allowed: at most \d+/,
  ],
  [
    'an output folder in use',
    ['train', '--config', 'good.json', '--out', 'folder.csv'],
    /--out: folder\.csv is not empty; allowed: .*--force/,
  ],
  [
    'a file as output folder',
    ['train', '--config', 'good.json', '--out', 'good.csv'],
    /--out: good\.csv is not a folder/,
  ],
  [
    'particles from a file for clt',
    ['clt', ...start('wide.npz')],
    /init\.kind: received "file"; allowed for clt: "random"/,
  ],
  [
    'a recording time between steps',
    ['clt', '--set', 'clt.times=[0.07]'],
    /clt\.times\.0: received 0\.07; allowed: multiples of flow\.dt/,
  ],
  ['equal widths', ['clt', '--set', 'clt.widths=[8,8]'], /clt\.widths: .*all different/],
  [
    'a limit of the wrong shape',
    ['clt', '--set', 'clt.limit=limit.npy'],
    /limit\.npy: received shape \[2, 3\]; allowed: \[8, 64\]/,
  ],
  ['an unknown command', ['trian'], /unknown command 'trian'.*train/],
  ['no command', [], /a command is missing/],
  ['an unknown option', ['train', '--sed', '1'], /unknown option '--sed'.*--seed/],
  ['an option without its value', ['train', '--seed'], /--seed.*argument missing/],
  ['a word as seed', ['train', '--seed', 'one'], /--seed.*'one'.*allowed: a whole number/],
  ['an argument too many', ['train', 'good.json'], /too many arguments/],
  [
    'an unknown preset',
    ['train', '--preset', 'qick'],
    /--preset: received "qick"; allowed: .*did you mean "quick"/,
  ],
  [
    'a setting without value',
    ['train', '--set', 'flow.dt'],
    /--set: received "flow\.dt"; allowed: path\.to\.key=value/,
  ],
];

describe('bad input ends with exit code 2 and one clear line', () => {
  it.each(CASES)('%s', async (_what, args, says) => {
    const { folder, before } = makeCaseFolder();
    const ended = await run(folder, args);
    expectOneLine(ended, 2, says);
    expect(listing(folder)).toEqual(before);
  });
});

describe('other failures have exit codes of their own', () => {
  it('3 for an adapter that is not there, with those that are', async () => {
    const { folder, before } = makeCaseFolder();
    const args = ['train', '--config', 'good.json', '--adapter', 'nonesuch'];
    expectOneLine(await run(folder, args), 3, /nonesuch.*available: /);
    expect(listing(folder)).toEqual(before);
  });

  it('3 where there is neither GPU nor software adapter, with the command that adds one', async () => {
    const folder = installWithoutSoftwareAdapter();
    const before = listing(folder);
    const launch = { entry: join(folder, 'bin/meanfield.js'), env: envWithoutAdapters() };
    for (const choice of [[], ['--adapter', 'software']]) {
      const ended = await run(folder, ['train', ...choice], launch);
      expectOneLine(ended, 3, /npm install --save-dev @sparticuz\/chromium@147\.0\.0/);
    }
    expect(listing(folder)).toEqual(before);
  });

  it('5 for numbers that leave the finite, with the step', async () => {
    const { folder, before } = makeCaseFolder();
    const args = ['train', '--config', 'good.json', '--quiet', '--out', 'out'];
    const wild = ['--set', 'flow.dt=1e30', '--set', 'flow.steps=50', '--set', 'network.width=8'];
    expectOneLine(await run(folder, [...args, ...wild]), 5, /step \d+/);
    expect(listing(folder)).toEqual(before);
  });

  it('and --quiet does not silence the error', async () => {
    const { folder } = makeCaseFolder();
    expectOneLine(
      await run(folder, ['train', '--quiet', '--set', 'seed=-1']),
      2,
      /seed: received -1/,
    );
  });
});

function makeCaseFolder(): { folder: string; before: string[] } {
  const folder = makeFolder(FILES);
  mkdirSync(join(folder, 'folder.csv/inside'), { recursive: true });
  return { folder, before: listing(folder) };
}

function expectOneLine(ended: Ended, code: number, says: RegExp): void {
  // The line on the adapter is no part of the error.
  const stderr = ended.stderr.replace(/^adapter: .*\n/, '');
  expect(stderr).toMatch(/^meanfield: [^\n]+\n$/);
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(ended.stdout).toBe('');
  expect(ended.code).toBe(code);
}

/** The package as installed elsewhere: with its dependencies, without the development ones. */
function installWithoutSoftwareAdapter(): string {
  // A hollow package stands in the way of a real one in a folder further up.
  const folder = makeFolder();
  const hollow = join(folder, 'node_modules/@sparticuz/chromium');
  mkdirSync(hollow, { recursive: true });
  writeFileSync(join(hollow, 'index.js'), '');
  for (const part of ['bin', 'dist', 'package.json']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), link);
  }
  return folder;
}

/** An environment in which the Vulkan loader finds no driver. */
function envWithoutAdapters(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    MEANFIELD_SOFTWARE: '',
    LD_LIBRARY_PATH: '',
    VK_DRIVER_FILES: '/nonexistent.json',
  };
}
