// What the commands state of a run beside its losses: the time step from λ_max, and the regime of every width.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/record/manifest.ts';
import { makeFolder, run } from './command.ts';

const TINY = ['--set', 'network.width=32', '--set', 'flow.steps=6', '--set', 'record.every=4'];
const SWEEP = ['--set', 'clt.widths=[8,32]', '--set', 'clt.replicas=20', '--set', 'flow.steps=4'];

describe('train', () => {
  it('takes the step of flow.stableStep from λ_max and states it in every file', async () => {
    const folder = makeFolder();
    const ended = await run(folder, ['train', ...TINY, '--set', 'flow.stableStep=0.5']);
    expect(ended.stdout).toMatch(
      /^The time step is 0\.5 \/ λ_max of the tangent kernel: λ_max = /m,
    );
    const read = (name: string): string =>
      readFileSync(join(folder, 'runs/0001-train', name), 'utf8');
    const { lambdaMax, dt } = (JSON.parse(read('manifest.json')) as Manifest).timeStep ?? {
      lambdaMax: NaN,
      dt: NaN,
    };
    expect(dt * lambdaMax).toBeCloseTo(0.5, 12);
    const [names, first, second] = read('history.csv')
      .split('\n')
      .map((line) => line.split(','));
    const at = (row: string[], name: string): number => Number(row[names.indexOf(name)]);
    expect(at(first, 'dt')).toBe(dt);
    expect(at(second, 'time')).toBeCloseTo(4 * dt, 12);
    expect(read('report.html')).toContain('6 steps up to time');
    expect(read('report.html')).toContain('The time step is 0.5 / λ_max');
  });
});

describe('clt', () => {
  it('states the regime of every width, and the step that all of them share', async () => {
    const folder = makeFolder();
    // One sample at 0 has ‖y‖ = 2 |y| in the norm of Λ, so Λ = 6/100 at scale 1.
    const set = ['problem.kind=points', 'problem.x=[0]', 'problem.y=[3]', 'flow.stableStep=0.5'];
    const start = ['init.kind=canonical', 'init.delta=-100'];
    const given = [...set, ...start].flatMap((each) => ['--set', each]);
    const ended = await run(folder, ['clt', ...SWEEP, ...given, '--out', 'out']);
    expect(ended.code, ended.stderr).toBe(0);
    const summary = JSON.parse(readFileSync(join(folder, 'out/summary.json'), 'utf8')) as {
      timeStep: { lambdaMax: number; dt: number };
      regime: { width: number; replicas: number; mean: number; se: number; name: string }[];
    };
    expect(summary.regime.map(({ width }) => width)).toEqual([8, 32]);
    for (const { replicas, mean, se, name } of summary.regime) {
      expect(mean).toBeCloseTo(0.06, 6);
      expect(se).toBeLessThan(1e-6);
      expect({ replicas, name }).toEqual({ replicas: 20, name: 'in between' });
    }
    expect(summary.timeStep.dt * summary.timeStep.lambdaMax).toBeCloseTo(0.5, 12);
    const rows = readFileSync(join(folder, 'out/fluctuations.csv'), 'utf8').trim().split('\n');
    expect(Number(rows.at(-1)?.split(',')[2])).toBeCloseTo(4 * summary.timeStep.dt, 9);
    const report = readFileSync(join(folder, 'out/report.html'), 'utf8');
    // The report keeps numbers and signs on one line by spaces of its own.
    for (const text of [ended.stdout, report.replaceAll('\u00a0', ' ')]) {
      expect(text).toMatch(
        /Regime number Λ of the start, mean .*0\.06 ± \S+ at m = 8 \(in between\)/,
      );
      expect(text).toContain('at the start of the narrowest networks, one for all');
    }
  });
});
