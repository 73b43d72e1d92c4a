// meanfield bench as users run it: a smoke run whose outputs are compared with float64, its file, the report about it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BenchResult, CaseResult, Summary } from '../../src/bench-result.ts';
import { parseXml } from '../helpers/xml.ts';
import { listing, makeFolder, run } from './command.ts';

/** Comparisons that a case of each kind cannot do without. */
const NEEDED: Record<string, string[]> = {
  limits: ['FMA chains', 'copied words', 'dispatches'],
  kernels: ['f', 'residual', 'velocity', 'step', 'FMA chains', 'copied words'],
  naive: ['f', 'velocity', 'step', 'naive: f', 'naive: velocity'],
  sorted: ['f', 'velocity', 'step', 'dense: f', 'copied words'],
  replicas: ['f', 'velocity', 'step', 'loop of dispatches: f'],
  'birth-death': ['f', 'velocity', 'weights: ω', 'jump: ω', 'published: ω'],
  sweep: ['exponent of the law'],
};

describe('bench --quick', () => {
  it('checks every output, times every row in five windows at least, and writes one file', async () => {
    const folder = makeFolder();
    const ended = await run(folder, ['bench', '--quick', '--json', '--quiet', '--out', 'r.json']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(listing(folder)).toEqual(['r.json']);
    const result = JSON.parse(ended.stdout) as BenchResult;
    expect(JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8'))).toEqual(result);
    expect(result).toMatchObject({ format: 'meanfield-bench', version: 1, quick: true });
    expect(result.failed).toEqual([]);
    const names = [...result.cases, ...result.skipped].map(({ name }) => name);
    expect(names[0]).toBe('limits');
    expect(new Set(names).size).toBe(names.length);
    for (const kind of Object.keys(NEEDED)) {
      expect(result.cases.map((one) => one.kind)).toContain(kind);
    }
    for (const one of result.cases) expectChecked(one);
    for (const one of result.cases) {
      for (const { timing } of one.rows) {
        expectTimed(timing.wall);
        expect(timing.windows).toBeGreaterThanOrEqual(one.kind === 'sweep' ? 1 : 5);
      }
    }
    expect(result.limits?.fmaPeak.wall).toBeGreaterThan(0);
    expect(result.limits?.fmaPeakSimple.wall).toBeGreaterThan(0);
    expect(result.adapter.name).not.toBe('');
    expect(result.host.cores).toBeGreaterThan(0);
    expect(Date.parse(result.date)).not.toBeNaN();
  });

  it('runs one group of cases beside the limits, and writes no file of its own accord', async () => {
    const folder = makeFolder();
    const ended = await run(folder, ['bench', '--quick', '--only', 'naive', '--quiet']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^naive step +1 +2 /m);
    expect(ended.stdout).not.toMatch(/^velocity/m);
    expect(listing(folder)).toEqual([]);
  });

  it('leaves out what does not fit the time, and says so', async () => {
    const folder = makeFolder();
    const args = ['bench', '--quick', '--budget', '0.001', '--json', '--out', 'r.json'];
    const { code, stdout, stderr } = await run(folder, args);
    expect(code).toBe(0);
    const { cases, skipped } = JSON.parse(stdout) as BenchResult;
    expect(cases.map(({ name }) => name)).toEqual(['limits']);
    expect(skipped.length).toBeGreaterThan(4);
    for (const { name, reason } of skipped) {
      expect(reason).toMatch(/^needs about \d+ s, 0 s of the budget are left$/);
      expect(stderr).toContain(`left out: ${name}, ${reason}\n`);
    }
  });
});

describe('bench, wrong use', () => {
  it.each([
    [['--only', 'kernls-d1'], /--only: received "kernls-d1"; .*did you mean "kernels-d1"\?/],
    [['--budget', '-3'], /--budget.*above 0/],
    [['--report', 'absent.json'], /--report: received "absent.json"/],
    [['--report', 'other.json'], /other\.json: received another kind of file/],
    [['--out', 'other.json'], /other\.json: received another kind of file/],
  ])('%j ends with exit code 2 and one line', async (args, message) => {
    const folder = makeFolder({ 'other.json': '{"a": 1}' });
    const ended = await run(folder, ['bench', '--quick', '--quiet', ...args]);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(readFileSync(join(folder, 'other.json'), 'utf8')).toBe('{"a": 1}');
  });
});

describe('bench --report', () => {
  it('writes tables and pictures about a result with its peers, without a device', async () => {
    const folder = makeFolder();
    const quick = ['bench', '--quick', '--only', 'kernels', '--quiet', '--out', 'here.json'];
    expect((await run(folder, quick)).code).toBe(0);
    const peers = {
      problem: { m: 100, s: 10, d: 1 },
      rows: [
        { peer: 'meanfield', backend: 'dawn', msPerStep: 2, cpuMsPerStep: 3, maxError: 1e-7 },
        {
          peer: 'plain JS',
          backend: 'V8',
          msPerStep: 9,
          cpuMsPerStep: 9,
          maxError: 0,
          note: 'a|b',
        },
      ],
    };
    writeFileSync(join(folder, 'here-peers.json'), JSON.stringify(peers));
    const ended = await run(folder, ['bench', '--report', 'here.json']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const pictures = ['here-dimension.svg', 'here-shares.svg'];
    expect(ended.stdout.trim().split('\n')).toEqual(['README.md', ...pictures]);
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const picture of pictures) {
      expect(page).toContain(`](${picture})`);
      expect(parseXml(readFileSync(join(folder, picture), 'utf8')).children[0].name).toBe('svg');
    }
    expect(page).toContain('| plain JS | V8 | 9 | 9 | 0 | a\\|b |');
    expect(page).toMatch(
      /\| step against plain JS, one thread, d = 1, 2, 10 \| ≥ 2× \| 4\.50× \| yes \|/,
    );
    expect(page).toMatch(/\| forward \| 10 \| 509 \| 64 \| [\d.]+ \|/);
  });
});

function expectChecked({ kind, checks }: CaseResult): void {
  expect(checks.map(({ what }) => what)).toEqual(expect.arrayContaining(NEEDED[kind]));
  for (const { items, error, tolerance } of checks) {
    expect(items).toBeGreaterThan(0);
    expect(error).toBeGreaterThanOrEqual(0);
    expect(error).toBeLessThanOrEqual(tolerance);
    // The exponent of a small sweep has an interval of its own.
    if (kind !== 'sweep') expect(tolerance).toBeLessThanOrEqual(5e-6);
  }
}

function expectTimed({ min, low, median, high }: Summary): void {
  expect(min).toBeGreaterThan(0);
  expect(low).toBeGreaterThanOrEqual(min);
  expect(median).toBeGreaterThanOrEqual(low);
  expect(high).toBeGreaterThanOrEqual(median);
}
