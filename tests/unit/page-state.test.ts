// The state of the page without a page: links, the fields of the panel, what its changes make, and the command line.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/cli/options.ts';
import { ConfigError, parseConfig } from '../../src/config-check.ts';
import type { Config, ConfigInput } from '../../src/config.ts';
import { PRESETS } from '../../src/experiments/presets.ts';
import { commandOf } from '../../src/ui/command.ts';
import { decodeLink, encodeLink, withoutDefaults } from '../../src/ui/hash.ts';
import { edited, readShown, shownOf } from '../../src/ui/panel-edits.ts';
import { controlsIn, fieldsOf, valueAt } from '../../src/ui/panel-fields.ts';
import { PAGE_PRESETS } from '../../src/ui/presets.ts';

/** Configurations of every kind of problem, start, law and scheme. */
const CONFIGS: [string, Config][] = Object.entries({
  defaults: { config: {} },
  ...PRESETS,
  ...PAGE_PRESETS,
  labels: { config: { problem: { kind: 'random-labels', inputs: { kind: 'ball' } }, seed: 7 } },
  wave: { config: { problem: { kind: 'function', name: 'step', points: [0.5, 1] } } },
  files: {
    config: { problem: { kind: 'file', path: "it's.csv" }, init: { kind: 'file', path: '1' } },
  },
} as Record<string, { config: ConfigInput }>).map(([name, { config }]) => [
  name,
  parseConfig(config),
]);

describe('a link', () => {
  it.each(CONFIGS)('brings the configuration back: %s', (_, config) => {
    const link = encodeLink(config, null);
    expect(link).toMatch(/^c=[\w%,:.!~*'()-]*$/);
    expect(parseConfig(decodeLink(`#${link}`)?.config)).toEqual(config);
  });

  it('leaves out what is the default, and says the seed', () => {
    expect(decodeLink(encodeLink(parseConfig({}), null))).toEqual({ config: { seed: 1 } });
    const written = { network: { width: 64 }, init: { c: { kind: 'sign' } }, seed: 3 } as const;
    expect(withoutDefaults(parseConfig(written))).toEqual(written);
  });

  it('says nothing where it is empty, and carries the steps per frame', () => {
    expect(decodeLink('')).toBeNull();
    expect(decodeLink(encodeLink(parseConfig({}), 16))?.stepsPerFrame).toBe(16);
  });

  const link = (body: unknown): string => `#c=${encodeURIComponent(JSON.stringify(body))}`;
  it.each([
    ['#x=1', 'received "#x=1"'],
    ['#c=%7B%22v%22:1,%22config', 'damaged'],
    ['#c=%E0%A4%A', 'damaged'],
    ['#c=3', 'damaged'],
    [link({ v: 2, config: {} }), 'version 2; allowed: 1'],
    [link({ config: {} }), 'version nothing; allowed: 1'],
    [link({ v: 1, seed: 3 }), 'unknown key "seed"'],
    [link({ v: 1, config: { network: { width: -1 } } }), 'link: network.width: received -1'],
    [link({ v: 1, stepsPerFrame: 0.5 }), 'stepsPerFrame: received 0.5'],
  ])('that is wrong gives one line: %s', (hash, words) => {
    let message = '';
    try {
      decodeLink(hash);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      message = (error as Error).message;
    }
    expect(message).toContain(words);
    expect(message).not.toContain('\n');
  });
});

/** Paths of everything below that is no object. */
function leaves(node: unknown, path: string[] = []): string[] {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return [path.join('.')];
  return Object.entries(node).flatMap(([key, value]) => leaves(value, [...path, key]));
}

describe('the panel', () => {
  it.each(CONFIGS)('has a control for every key, which shows what it reads: %s', (_, config) => {
    const controls = controlsIn(fieldsOf(config));
    const paths = new Set(controls.map(({ path }) => path.join('.')));
    expect(leaves(config).filter((path) => !paths.has(path))).toEqual([]);
    for (const control of controls) {
      if (control.kind === 'presence') continue;
      const shown = shownOf(control, config);
      expect(readShown(control, shown, config), control.path.join('.')).toEqual(
        valueAt(config, control.path),
      );
    }
  });

  it('explains every key', () => {
    const silent = controlsIn(fieldsOf(parseConfig({})))
      .filter(({ text }) => text === '')
      .map(({ path }) => path.join('.'));
    expect(silent).toEqual([]);
  });

  const configOf = (name: string): Config =>
    (CONFIGS.find(([one]) => one === name) as [string, Config])[1];

  it('offers kinds of which each makes a configuration that works', () => {
    const config = parseConfig({ problem: { kind: 'teacher-student', dimension: 3 } });
    for (const control of controlsIn(fieldsOf(config))) {
      if (control.path.at(-1) !== 'kind' || control.kind !== 'choice') continue;
      for (const kind of control.options) {
        if (kind === 'file') continue;
        const next = parseConfig(edited(config, control.path, kind));
        expect(valueAt(next, control.path)).toBe(kind);
      }
    }
  });

  it('gives the present samples to a list of points', () => {
    const samples = {
      count: 2,
      dimension: 2,
      x: Float32Array.of(0.1, 1, 2, 3),
      y: Float32Array.of(4, 5),
      weight: Float32Array.of(0.5, 0.5),
    };
    const { problem } = edited(parseConfig({}), ['problem', 'kind'], 'points', samples);
    expect(problem).toEqual({
      kind: 'points',
      x: [
        [0.1, 1],
        [2, 3],
      ],
      y: [4, 5],
    });
  });

  it('trains what trains at δ, and gives a penalty a strength', () => {
    const at = (config: Config, delta: unknown): Config =>
      parseConfig(edited(config, ['init', 'delta'], delta));
    const random = parseConfig({ problem: { kind: 'function' } });
    const outer = at(random, '-infinity');
    expect(outer.flow.train).toEqual(['c']);
    expect(at(outer, 'infinity').flow.train).toEqual(['a', 'b']);
    expect(at(outer, -3)).toMatchObject({ init: { delta: -3 }, flow: { train: ['a', 'b', 'c'] } });
    expect(at(outer, undefined)).toEqual(random);
    const kind = ['flow', 'penalty', 'kind'];
    const penalised = parseConfig(edited(random, kind, 'weight-decay'));
    expect(penalised.flow.penalty.strength).toBeGreaterThan(0);
    expect(parseConfig(edited(penalised, kind, 'none'))).toEqual(random);
  });

  it('leaves what is no number for the check to refuse, and never makes one up', () => {
    const config = configOf('adaptive');
    const control = controlsIn(fieldsOf(config)).find(({ path }) => path.join('.') === 'flow.dt');
    if (control === undefined) throw new Error('no control for flow.dt');
    for (const text of ['', '1,5', 'NaN', 'Infinity', '1e400', '-1', 'abc']) {
      const next = edited(config, control.path, readShown(control, text, config));
      expect(() => parseConfig(next), text).toThrow(
        /^config: flow\.dt: received .* allowed: a number/,
      );
    }
    expect(readShown(control, ' .5 ', config)).toBe(0.5);
  });
});

describe('the command line', () => {
  it.each(CONFIGS)('reads back as the same configuration: %s', async (name, config) => {
    const [line, second] = splitCommands(commandOf(config));
    expect(await configOf(line)).toEqual({ ...config, clt: parseConfig({}).clt });
    expect(second !== undefined, name).toBe(withoutDefaults(config).clt !== undefined);
    if (second !== undefined) expect(await configOf(second)).toEqual(config);
  });

  it('goes on to where the run stands, and takes a file where it would be long', async () => {
    expect((await configOf(commandOf(parseConfig({}), 1234))).flow.steps).toBe(1234);
    const x = Array.from({ length: 1000 }, (_, n) => n / 7);
    const long = parseConfig({ problem: { kind: 'points', x, y: x } });
    expect(commandOf(long)).toContain('--config meanfield.json');
    expect(await configOf(commandOf(long))).toEqual(long);
  });

  /** A second command begins a line. */
  function splitCommands(text: string): string[] {
    const at = text.indexOf('\nmeanfield clt');
    const begin = text.includes('\ncat >', 1) ? text.indexOf('\ncat >', 1) : at;
    return begin < 0 || at < 0 ? [text] : [text.slice(0, begin), text.slice(begin + 1)];
  }

  /** Lets a shell run the command with a program that writes its arguments down, and reads them as the CLI does. */
  async function configOf(command: string): Promise<Config> {
    const folder = mkdtempSync(join(tmpdir(), 'meanfield-command-'));
    try {
      const program = 'meanfield() { printf "%s\\0" "$@" > arguments; }';
      execFileSync('sh', ['-c', `${program}\n${command}`], { cwd: folder });
      const words = readFileSync(join(folder, 'arguments'), 'utf8').split('\0').slice(1, -1);
      const valuesOf = (option: string): string[] =>
        words.filter((_, n) => words[n - 1] === option);
      const [file] = valuesOf('--config');
      const options = file === undefined ? {} : { config: join(folder, file) };
      return (await loadConfig({ ...options, set: valuesOf('--set') })).config;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});
