// Several reproductions as one: the order of the parts, their names, and progress over the whole.
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config-check.ts';
import { groupOf } from '../../src/experiments/reproduce/group.ts';
import { reproductionNamed } from '../../src/experiments/reproduce/registry.ts';
import type { Reproduction } from '../../src/experiments/reproduce/reproduction.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { ReproductionResult } from '../../src/observables/reproduction.ts';

function part(name: string, pass: boolean): Reproduction {
  return {
    title: name,
    source: 'theirs',
    settings: `Ours: ${name}.`,
    work: 'none',
    config: ({ seed = 1 }) => parseConfig({ seed }),
    async *run(_device, { seed = 0 }) {
      await Promise.resolve();
      yield { kind: 'progress', fraction: 0.5, text: 'half' };
      const criterion = { name, allowed: '≤ 1', measured: String(seed), pass };
      const table = { file: 'data.csv', caption: name, columns: ['x'], rows: [[1]] };
      const result: ReproductionResult = {
        criteria: [criterion],
        tables: [table],
        pictures: [],
        remarks: [name],
      };
      yield { kind: 'result', result };
    },
  };
}

it('a group runs its parts in order and names criteria, files and remarks after them', async () => {
  const group = groupOf('source', [
    ['one', part('first', true)],
    ['two', part('second', false)],
  ]);
  expect(group.source).toBe('theirs');
  expect(group.settings).toBe('one – Ours: first. two – Ours: second.');
  const fractions: number[] = [];
  let result: ReproductionResult | undefined;
  for await (const event of group.run({} as Device, { seed: 9 })) {
    if (event.kind === 'progress') fractions.push(event.fraction);
    else result = event.result;
  }
  expect(fractions).toEqual([0.25, 0.75]);
  expect(result?.criteria.map(({ name, measured, pass }) => [name, measured, pass])).toEqual([
    ['one: first', '9', true],
    ['two: second', '9', false],
  ]);
  expect(result?.tables.map(({ file }) => file)).toEqual(['one-data.csv', 'two-data.csv']);
  expect(result?.remarks).toEqual(['one: first', 'two: second']);
});

it('a name that several entries begin with is their group; half a name is not', () => {
  expect(reproductionNamed('williams2019').title).toBe('all 9 entries of williams2019');
  expect(() => reproductionNamed('williams')).toThrow('received "williams"');
});
