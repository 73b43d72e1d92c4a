// The commands do what they say: files, tables, JSON, repetition, paths, interruption.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatNpy } from '../../src/npy.ts';
import type { Manifest } from '../../src/record/manifest.ts';
import { listing, makeFolder, run, type Ended } from './command.ts';

const TINY = ['--set', 'network.width=32', '--set', 'flow.steps=6', '--set', 'record.every=4'];
const SWEEP = ['--set', 'clt.widths=[8,32]', '--set', 'clt.replicas=20', '--set', 'flow.steps=4'];

describe('schema, validate and devices', () => {
  it('schema prints the JSON Schema', async () => {
    const { code, stdout } = await run(makeFolder(), ['schema']);
    const { properties } = JSON.parse(stdout) as { properties: object };
    expect(Object.keys(properties)).toEqual(
      expect.arrayContaining(['seed', 'problem', 'network', 'init', 'flow', 'record', 'clt']),
    );
    expect(code).toBe(0);
  });

  it('schema lets its reader close the pipe early', async () => {
    const onStart = (child: { stdout: { destroy(): void } | null }): void =>
      child.stdout?.destroy();
    expect(await run(makeFolder(), ['schema'], { onStart })).toMatchObject({ code: 0, stderr: '' });
  });

  it('validate says in one line what would run, and writes nothing', async () => {
    const folder = makeFolder({ 'run.csv': 'x0,x1,y\n0,1,2\n3,4,5\n' });
    const data = ['--set', 'problem.kind=file', '--set', 'problem.path=run.csv'];
    const ended = await run(folder, ['validate', ...data, '--set', 'network.width=10']);
    expect(ended.stdout).toMatch(
      /^ok: .*; train: d = 2, s = 2, m = 10, 200 steps, about \d\S* \S*B on the device\n$/,
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(listing(folder)).toEqual(['run.csv']);
  });

  it('devices lists adapters with their limits', async () => {
    const ended = await run(makeFolder(), ['devices', '--json']);
    const { adapters } = JSON.parse(ended.stdout) as {
      adapters: { name: string; limits: Record<string, number> }[];
    };
    expect(adapters.length).toBeGreaterThan(0);
    expect(adapters[0].limits['maxBufferSize']).toBeGreaterThanOrEqual(2 ** 28);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await run(makeFolder(), ['devices']);
    expect(stdout).toContain(adapters[0].name);
  });
});

describe('train', () => {
  it('states the regime of one input and relu, and why it cannot', async () => {
    const relu = ['--set', 'problem.kind=points', '--set', 'network.activation=relu'];
    const given = ['--set', 'init.kind=canonical', '--set', 'init.delta=-100'];
    const points = (x: string): string[] => ['--set', `problem.x=${x}`, '--set', 'problem.y=[1,2]'];
    const args = ['train', ...TINY, ...relu, ...given];
    const text = await run(makeFolder(), [...args, ...points('[0,1]')]);
    expect(text.stdout).toMatch(/^Regime number Λ = \S+ at δ = −100, .*: (kernel|in between)/m);
    const json = await run(makeFolder(), [...args, ...points('[1,1]'), '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      regime: { reason: 'two samples have the same input' },
    });
  });

  it('prints losses beside the baseline and writes a folder whose manifest knows every file', async () => {
    const folder = makeFolder();
    const ended = await run(folder, ['train', ...TINY]);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/^adapter: .+\n(\d+ %.*\n)*$/);
    for (const name of ['start', 'step 6', 'least squares']) {
      expect(ended.stdout).toMatch(new RegExp(`^${name} +\\d\\S*$`, 'm'));
    }
    expect(ended.stdout).toMatch(/^report: runs\/0001-train\/report\.html\n$/m);
    const path = join(folder, 'runs/0001-train');
    const names = readdirSync(path).filter((name) => name !== 'manifest.json');
    expect(names.sort()).toEqual([
      'history.csv',
      'particles.npz',
      'predictions.csv',
      'report.html',
    ]);
    const manifest = readManifest(path);
    expect(Object.keys(manifest.files).sort()).toEqual(names);
    for (const name of names) {
      const digest = createHash('sha256')
        .update(readFileSync(join(path, name)))
        .digest('hex');
      expect(manifest.files[name].sha256).toBe(digest);
    }
    expect(manifest).toMatchObject({ status: 'done', seed: 1, config: { network: { width: 32 } } });
    const steps = rowsOf(join(path, 'history.csv')).map((row) => row[0]);
    expect(steps).toEqual(['step', '0', '4', '6']);
  });

  it('with --json prints one object alone, with --quiet nothing on stderr', async () => {
    const folder = makeFolder();
    const ended = await run(folder, ['train', ...TINY, '--json', '--quiet', '--out', 'out']);
    const answer = JSON.parse(ended.stdout) as { loss: { first: number; last: number } };
    expect(answer).toMatchObject({ status: 'done', step: 6, folder: 'out' });
    expect(answer.loss.last).toBeLessThan(answer.loss.first);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('repeats a run byte for byte, and another seed differs', async () => {
    const folder = makeFolder();
    for (const [out, seed] of [
      ['a', '3'],
      ['b', '3'],
      ['c', '4'],
    ]) {
      const { code } = await run(folder, ['train', ...TINY, '--seed', seed, '--out', out]);
      expect(code).toBe(0);
    }
    for (const name of ['history.csv', 'particles.npz', 'predictions.csv']) {
      const [a, b, c] = ['a', 'b', 'c'].map((out) => readFileSync(join(folder, out, name)));
      expect(a.equals(b)).toBe(true);
      expect(a.equals(c)).toBe(false);
    }
  });

  it('goes on from the particles of an earlier run as if it had never stopped', async () => {
    const folder = makeFolder();
    const steps = (n: number): string[] => ['train', '--set', `flow.steps=${n}`];
    const width = TINY.slice(0, 2);
    await run(folder, [...steps(10), ...width, '--out', 'whole']);
    await run(folder, [...steps(4), ...width, '--out', 'first']);
    // Without a width of its own a run has that of the file.
    const start = ['--set', 'init.kind=file', '--set', 'init.path=first/particles.npz'];
    await run(folder, [...steps(6), ...start, '--out', 'second']);
    for (const name of ['particles.npz', 'predictions.csv']) {
      const [whole, second] = ['whole', 'second'].map((out) => join(folder, out, name));
      expect(readFileSync(second).equals(readFileSync(whole))).toBe(true);
    }
  });

  it('reads the data beside its config file, with a test set', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'sub'));
    const config = { problem: { kind: 'file', path: 'a.csv', testPath: 'b.csv' } };
    writeFileSync(join(folder, 'sub/run.json'), JSON.stringify(config));
    writeFileSync(join(folder, 'sub/a.csv'), 'x0,y\n0,1\n1,2\n2,3\n');
    writeFileSync(join(folder, 'sub/b.csv'), 'x0,y\n0.5,1.5\n');
    const args = ['train', '--config', 'sub/run.json', ...TINY, '--out', 'out'];
    expect((await run(folder, args)).code).toBe(0);
    const rows = rowsOf(join(folder, 'out/test-predictions.csv'));
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ['x0', 'y'],
      ['0.5', '1.5'],
    ]);
    expect(rowsOf(join(folder, 'out/predictions.csv'))).toHaveLength(4);
  });

  it('reads .npy files from disk as they are', async () => {
    const folder = makeFolder();
    // Three samples of one input, the target last: [3, 2].
    writeFileSync(join(folder, 'd.npy'), formatNpy(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]));
    const file = ['--set', 'problem.kind=file', '--set', 'problem.path=d.npy'];
    const args = ['train', ...TINY, ...file, '--out', 'out'];
    const ended = await run(folder, args);
    expect(ended.code, ended.stderr).toBe(0);
    const rows = rowsOf(join(folder, 'out/predictions.csv'));
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ['x0', 'y'],
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
    ]);
  });

  it('replaces the folder of an earlier run with --force only', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'out/mine.txt'), 'mine');
    expect((await run(folder, ['train', ...TINY, '--out', 'out'])).code).toBe(2);
    expect(listing(join(folder, 'out'))).toEqual(['mine.txt']);
    const refused = await run(folder, ['train', ...TINY, '--out', 'out', '--force']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('mine.txt');
    rmSync(join(folder, 'out/mine.txt'));
    expect((await run(folder, ['train', ...TINY, '--out', 'out'])).code).toBe(0);
    const before = readFileSync(join(folder, 'out/manifest.json'), 'utf8');
    expect((await run(folder, ['train', ...TINY, '--out', 'out', '--force'])).code).toBe(0);
    expect(readFileSync(join(folder, 'out/manifest.json'), 'utf8')).not.toBe(before);
    expect(listing(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('clt', () => {
  it('--predict fills the predicted column at every time, with its standard error', async () => {
    const folder = makeFolder();
    const sizes = ['--set', 'clt.prediction={"nodes":64,"columns":16,"rules":2}'];
    const args = ['clt', ...SWEEP, '--set', 'clt.times=[0,0.2]', ...sizes];
    const ended = await run(folder, [...args, '--predict', '--out', 'out']);
    expect(ended.code, ended.stderr).toBe(0);
    const rows = rowsOf(join(folder, 'out/fluctuations.csv')).slice(1);
    expect(rows).toHaveLength(4);
    for (const row of rows) {
      expect(Number(row[6])).toBeGreaterThan(0);
      expect(row[7]).not.toBe('');
    }
    // The closed form of the start has no error; the later prediction has one.
    expect(Number(rows[0][7])).toBe(0);
    expect(Number(rows[1][7])).toBeGreaterThan(0);
    const refused = await run(folder, [...args, '--predict', '--set', 'flow.integrator=heun']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /flow\.integrator: received heun; allowed with a prediction: euler/,
    );
  });

  it('writes table, summary and report, and prints the law', async () => {
    const folder = makeFolder();
    const ended = await run(folder, [
      'clt',
      ...SWEEP,
      '--set',
      'clt.times=[0,0.2]',
      '--out',
      'out',
    ]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/exponent .*95 % interval/);
    expect(ended.stdout).toMatch(/report: out\/report\.html/);
    expect(listing(join(folder, 'out'))).toEqual(
      ['fluctuations.csv', 'manifest.json', 'report.html', 'summary.json'], // prettier-ignore
    );
    const rows = rowsOf(join(folder, 'out/fluctuations.csv'));
    expect(rows[0].join()).toBe(
      'width,replicas,time,scaled,ci_low,ci_high,predicted,predicted_se,' +
        'deviation,d_eff,scaled_test,test_ci_low,test_ci_high,test_predicted,test_predicted_se,' +
        'monte_carlo,monte_carlo_se,limit_error,resolved,penalty,strength',
    );
    expect(rows.slice(1).map((row) => row.slice(0, 3).join())).toEqual(
      ['8,20,0', '8,20,0.2', '32,20,0', '32,20,0.2'], // prettier-ignore
    );
    const summary = JSON.parse(readFileSync(join(folder, 'out/summary.json'), 'utf8')) as Summary;
    expect(summary.times.map(({ time }) => time)).toEqual([0, 0.2]);
    expect(summary.exponent).toEqual(summary.times[1].exponent);
    expect(summary.exponent.ci[0]).toBeLessThan(summary.exponent.estimate);
    expect(summary.times[0].constant.predicted).toBeGreaterThan(0);
    expect(summary.adapter.length).toBeGreaterThan(0);
  });

  it('repeats itself byte for byte and prints the same with --json', async () => {
    const folder = makeFolder();
    await run(folder, ['clt', ...SWEEP, '--out', 'a']);
    const ended = await run(folder, ['clt', ...SWEEP, '--out', 'b', '--json', '--quiet']);
    const [a, b] = ['a', 'b'].map((out) => readFileSync(join(folder, out, 'fluctuations.csv')));
    expect(a.equals(b)).toBe(true);
    const answer = JSON.parse(ended.stdout) as { points: unknown[]; folder: string };
    expect(answer.points).toHaveLength(rowsOf(join(folder, 'a/fluctuations.csv')).length - 1);
    expect(ended.stderr).toBe('');
  });
});

describe('interruption', () => {
  it('SIGTERM ends train with code 75 and a checkpoint that goes on', async () => {
    const folder = makeFolder();
    const args = ['train', '--set', 'network.width=64', '--set', 'flow.steps=100000000'];
    const ended = await runAndSignal(folder, [...args, '--out', 'out'], 'SIGTERM');
    expect(ended.code).toBe(75);
    expect(ended.stderr).toMatch(/^meanfield: interrupted after \d+ of 100000000 steps; .*\n$/m);
    expect(readManifest(join(folder, 'out')).status).toBe('interrupted');
    const start = ['--set', 'init.kind=file', '--set', 'init.path=out/particles.npz'];
    const next = ['train', ...start, '--set', 'flow.steps=2', '--out', 'next'];
    expect((await run(folder, next)).code).toBe(0);
    const history = rowsOf(join(folder, 'out/history.csv'));
    const first = rowsOf(join(folder, 'next/history.csv'))[1];
    expect(first[2]).toBe(history[history.length - 1][2]); // the loss where it stopped
  });

  it('SIGINT ends clt with code 75 and leaves nothing behind', async () => {
    const folder = makeFolder();
    const args = ['clt', '--set', 'flow.steps=1000000', '--set', 'clt.replicas=50'];
    const ended = await runAndSignal(folder, args, 'SIGINT');
    expect(ended.code).toBe(75);
    expect(ended.stderr).toMatch(/meanfield: interrupted; nothing was written\n$/);
    expect(ended.stdout).toBe('');
    expect(listing(folder)).toEqual([]);
  });
});

interface Law {
  estimate: number;
  ci: [number, number];
  predicted?: number | null;
}

interface Summary {
  exponent: Law;
  times: { time: number; exponent: Law; constant: Law }[];
  adapter: string;
}

function rowsOf(path: string): string[][] {
  const text = readFileSync(path, 'utf8').trimEnd();
  return text.split('\n').map((line) => line.split(','));
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8')) as Manifest;
}

/** Sends a signal once the device is open. */
function runAndSignal(folder: string, args: string[], signal: NodeJS.Signals): Promise<Ended> {
  return run(folder, args, {
    onStart: (child) => {
      child.stderr?.once('data', () => setTimeout(() => child.kill(signal), 300));
    },
  });
}
