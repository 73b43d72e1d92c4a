// `meanfield reproduce`: the list, what it refuses, and a run that writes its folder and says what was measured.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listing, makeFolder, run } from './command.ts';

describe('reproduce', () => {
  it('lists every experiment with where its settings come from', async () => {
    const { code, stdout } = await run(makeFolder(), ['reproduce', '--list']);
    expect(stdout).toMatch(/^chen2020\/quadratic\n {2}\S.*\n {2}Settings .* ours/m);
    expect(code).toBe(0);
  });

  it.each([
    { args: [], text: /^meanfield: reproduce: received no name; allowed: \S+.*--list\n$/ },
    {
      args: ['chen2020/quadratik'],
      text: /^meanfield: reproduce: received "chen2020\/quadratik"; .*did you mean "chen2020\/quadratic"\?\n$/,
    },
  ])('refuses $args', async ({ args, text }) => {
    const { code, stderr } = await run(makeFolder(), ['reproduce', ...args]);
    expect(stderr).toMatch(text);
    expect(code).toBe(2);
  });

  it('checks the quadratic closed form and writes data, figure and report', async () => {
    const folder = makeFolder();
    const ended = await run(folder, ['reproduce', 'chen2020/quadratic', '--out', 'q', '--json']);
    const { reproduced, criteria } = JSON.parse(ended.stdout) as {
      reproduced: boolean;
      criteria: { pass: boolean }[];
    };
    expect(criteria).toHaveLength(10);
    expect({ reproduced, code: ended.code }).toEqual({ reproduced: true, code: 0 });
    expect(listing(join(folder, 'q'))).toEqual([
      'criteria.csv',
      'figure-1.svg',
      'manifest.json',
      'quadratic.csv',
      'report.html',
    ]);
    const rows = readFileSync(join(folder, 'q/quadratic.csv'), 'utf8').trim().split('\n');
    expect(rows).toHaveLength(1 + 4 * 5);
  });
});
