// How preset, config file, --set and --seed become one configuration, and how JSON errors are located.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/cli/json.ts';
import { loadConfig } from '../../src/cli/options.ts';
import { describeProgress, formatSeconds } from '../../src/cli/progress.ts';
import { formatBytes, formatTable } from '../../src/cli/text.ts';
import { makeFolder } from './command.ts';

const fileWith = (config: unknown): string =>
  join(makeFolder({ 'run.json': JSON.stringify(config) }), 'run.json');

describe('the layers of a configuration', () => {
  it('win in the order preset, config file, --set, --seed', async () => {
    const path = fileWith({ seed: 5, network: { width: 16 }, flow: { steps: 3, dt: 0.5 } });
    const options = { preset: 'quick', config: path, set: ['flow.dt=0.25', 'seed=6'], seed: 7 };
    const { config } = await loadConfig(options);
    expect(config.network.activation).toBe('tanh'); // preset
    expect(config.network.width).toBe(16); // config file over preset
    expect(config.flow.steps).toBe(3);
    expect(config.flow.dt).toBe(0.25); // --set over config file
    expect(config.seed).toBe(7); // --seed over --set
  });

  it('replace a record of another kind as a whole', async () => {
    const path = fileWith({ problem: { kind: 'function', name: 'abs' } });
    const { config } = await loadConfig({ preset: 'quick', config: path });
    expect(config.problem).toMatchObject({ kind: 'function', name: 'abs' });
  });

  it('keep the other keys of a record of the same kind', async () => {
    const { config } = await loadConfig({ preset: 'quick', set: ['problem.samples=10'] });
    expect(config.problem).toMatchObject({ kind: 'teacher-student', dimension: 4, samples: 10 });
  });

  it('are named at the head of an error', async () => {
    const path = fileWith({});
    await expect(loadConfig({ config: path, set: ['flow.dt=0'] })).rejects.toThrow(
      `${path} + --set: flow.dt: received 0`,
    );
  });

  it('tell whether the width was given', async () => {
    expect((await loadConfig({})).widthGiven).toBe(false);
    expect((await loadConfig({ set: ['network.width=8'] })).widthGiven).toBe(true);
    expect((await loadConfig({ preset: 'quick' })).widthGiven).toBe(true);
  });
});

describe('relative paths', () => {
  const problem = { kind: 'file', path: 'data/a.csv', testPath: '/far/b.csv' };

  it('in a config file start at its folder, those of --set at the current folder', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'sub'));
    const path = join(folder, 'sub/run.json');
    writeFileSync(path, JSON.stringify({ problem, clt: { limit: 'f.npy' } }));
    const set = ['init.kind=file', 'init.path=p.npz'];
    const { config } = await loadConfig({ config: path, set });
    expect(config.problem).toEqual({
      kind: 'file',
      path: relative(process.cwd(), join(folder, 'sub/data/a.csv')),
      testPath: '/far/b.csv',
    });
    expect(config.clt.limit).toBe(relative(process.cwd(), join(folder, 'sub/f.npy')));
    expect(config.init).toEqual({ kind: 'file', path: 'p.npz' });
  });
});

describe('JSON errors', () => {
  const sample = '{"a": [1, -2.5e3, true, null],\n "b\\n": {"c": "\\u00e9", "d": {}}, "e": []}';

  it('are found in every proper beginning of a text, with line and column', () => {
    for (let length = 0; length < sample.length; length++) {
      const text = sample.slice(0, length);
      expect(() => parseJson(text, 'f')).toThrow(
        /^f:[12]:\d+: not valid JSON: received .*; expected/,
      );
    }
  });

  it.each([
    ['{"a": 1,}', 'f:1:9: not valid JSON: received "}"; expected a key in double quotes'],
    ['{"a" 1}', 'f:1:6: not valid JSON: received "1"; expected ":"'],
    ['[1\n 2]', 'f:2:2: not valid JSON: received "2"; expected "," or "]"'],
    ['{"a": NaN}', 'f:1:7: not valid JSON: received "NaN"; expected a value'],
    ['{"a": 01}', 'f:1:8: not valid JSON: received "1"; expected "," or "}"'],
    ['{} x', 'f:1:4: not valid JSON: received "x"; expected the end of the file'],
    ["{'a': 1}", `f:1:2: not valid JSON: received "'a'"; expected a key in double quotes`],
  ])('%j', (text, message) => {
    expect(() => parseJson(text, 'f')).toThrow(message);
  });

  it('do not arise where JSON.parse finds none, with or without a byte order mark', () => {
    expect(parseJson(sample, 'f')).toEqual(JSON.parse(sample));
    expect(parseJson(`\uFEFF${sample}`, 'f')).toEqual(JSON.parse(sample));
  });
});

describe('numbers for people', () => {
  it('estimate the time left from the share done', () => {
    expect(describeProgress(0.25, 'width 64', 10)).toBe('25 %, width 64, about 30 s left');
    expect(describeProgress(0.01, 'width 64', 10)).toBe('1 %, width 64');
  });

  it('give durations and sizes in the unit that suits them', () => {
    expect([0.44, 12.4, 185, 7800].map(formatSeconds)).toEqual([
      '0.4 s',
      '12 s',
      '3 min 5 s',
      '2 h 10 min',
    ]);
    expect([512, 1536, 2 ** 30].map(formatBytes)).toEqual(['512 B', '1.5 KiB', '1.0 GiB']);
  });

  it('stand in aligned columns', () => {
    const rows = [
      ['', 'loss'],
      ['start', '0.5'],
      ['step 10', '0.25'],
    ];
    expect(formatTable(rows)).toBe('         loss\nstart     0.5\nstep 10  0.25');
  });
});
