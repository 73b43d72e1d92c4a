// `meanfield reproduce`: the list, what it refuses, and a run that writes its folder and says what was measured.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listing, makeFolder, run } from './command.ts';

describe('reproduce', () => {
  it('lists every experiment with where its settings come from', async () => {
    const { code, stdout } = await run(makeFolder(), ['reproduce', '--list']);
    expect(stdout).toMatch(/^chen2020\/quadratic\n {2}\S.*\n {2}Settings .* ours/m);
    // What nine figures share is said once, over the first of them.
    expect(stdout.match(/After Williams/g)).toHaveLength(1);
    expect(stdout).toMatch(
      /^williams2019\n.*\n {2}After .*\nwilliams2019\/fig1\n.*\n {2}Ours: six points/m,
    );
    expect(code).toBe(0);
  });

  it.each([
    { args: [], text: /^meanfield: reproduce: received no name; allowed: \S+.*--list\n$/ },
    {
      args: ['chen2020/quadratik'],
      text: /^meanfield: reproduce: received "chen2020\/quadratik"; .*did you mean "chen2020\/quadratic"\?\n$/,
    },
    {
      args: ['golden', '--width', '64'],
      text: /^meanfield: --width: received 64 with "golden"; allowed with: williams2019\/fig5, williams2019\/fig6, williams2019\/fig7\n$/,
    },
    { args: ['williams2019/fig7', '--width', '0'], text: /allowed: a whole number >= 1/ },
  ])('refuses $args', async ({ args, text }) => {
    const { code, stderr } = await run(makeFolder(), ['reproduce', ...args]);
    expect(stderr).toMatch(text);
    expect(code).toBe(2);
  });

  it('takes the width, with the scale of the start that belongs to it', async () => {
    const folder = makeFolder();
    const args = ['reproduce', 'williams2019/fig6', '--width', '64', '--out', 'w', '--json'];
    const ended = await run(folder, args);
    const { criteria, remarks } = JSON.parse(ended.stdout) as {
      criteria: { name: string; pass: boolean }[];
      remarks: string[];
    };
    // What is frozen stays at every width; the other numbers are asked at m = 1000.
    const frozen = criteria.filter(({ name }) => name.includes('unchanged'));
    expect(frozen.map(({ pass }) => pass)).toEqual([true, true]);
    expect(remarks[0]).toBe('m = 64, |c||(a, b)| about 0.395 at the start.');
    const { config } = JSON.parse(readFileSync(join(folder, 'w/manifest.json'), 'utf8')) as {
      config: { network: { width: number }; init: { product: { low: number; high: number } } };
    };
    expect(config.network.width).toBe(64);
    // 0.1 √(1000/64), half and one and a half of it
    expect(config.init.product.low).toBeCloseTo(0.19764, 4);
    expect(config.init.product.high).toBeCloseTo(0.59293, 4);
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
