// The comparison with other programs: what needs no other package runs, agrees with float64, and the rest is skipped in words.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder, ROOT } from './command.ts';

interface Row {
  peer: string;
  msPerStep: number | null;
  cpuMsPerStep: number | null;
  maxError: number | null;
  note: string;
}

it('measures peers on one problem, checks them, and says why one is skipped', () => {
  const out = join(makeFolder(), 'tiny-peers.json');
  const sizes = ['--sizes', '64,33,3', '--sizes', '70,37,20'];
  const only = ['meanfield', 'plain JS', 'PyTorch'].flatMap((name) => ['--only', name]);
  const rest = ['--seconds', '0.02', '--python', '/nonexistent/python', '--out', out];
  const script = join(ROOT, 'bench/peers/run.js');
  const run = spawnSync(process.execPath, [script, ...sizes, ...only, ...rest], {
    encoding: 'utf8',
  });
  expect(run.status, run.stderr).toBe(0);
  const { problems } = JSON.parse(readFileSync(out, 'utf8')) as {
    problems: { problem: Record<string, number>; rows: Row[]; meanfield: Row }[];
  };
  expect(problems.map(({ problem }) => problem)).toEqual([
    { m: 64, s: 33, d: 3 },
    { m: 70, s: 37, d: 20 },
  ]);
  for (const { rows, meanfield } of problems) {
    const [ours, plain, skipped] = rows;
    expect(meanfield).toEqual(ours);
    for (const row of [ours, plain]) {
      expect(row.msPerStep, row.note).toBeGreaterThan(0);
      expect(row.cpuMsPerStep, row.note).toBeGreaterThan(0);
      // The particles after the step are float32, their change here is a tenth of them at least.
      expect(row.maxError).toBeLessThan(1e-5);
    }
    expect(skipped).toMatchObject({
      peer: 'PyTorch',
      msPerStep: null,
      note: 'skipped: /nonexistent/python has no torch',
    });
  }
});
