// The entries golden, lln, regimes and teacher-student of `reproduce`, small: their criteria are met.
import { expect } from 'vitest';
import { makeGolden } from '../../src/experiments/reproduce/golden.ts';
import { makeLln } from '../../src/experiments/reproduce/lln.ts';
import { makeRegimes } from '../../src/experiments/reproduce/regimes.ts';
import { makeTeacherStudent } from '../../src/experiments/reproduce/teacher-student.ts';
import type { Reproduction } from '../../src/experiments/reproduce/reproduction.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { ReproductionResult } from '../../src/observables/reproduction.ts';
import { deviceTests } from '../helpers/device.ts';

const tests = deviceTests('golden');

async function resultOf(device: Device, entry: Reproduction): Promise<ReproductionResult> {
  let before = 0;
  for await (const event of entry.run(device, {})) {
    if (event.kind === 'result') return event.result;
    expect(event.fraction).toBeGreaterThanOrEqual(before);
    expect(event.fraction).toBeLessThanOrEqual(1 + 1e-12);
    before = event.fraction;
  }
  throw new Error('no result');
}

const missed = ({ criteria }: ReproductionResult) =>
  criteria.filter(({ pass }) => !pass).map(({ name, measured }) => `${name}: ${measured}`);

tests.it('golden: predicted, measured and independent constants agree early on', async (device) => {
  const sizes = { widths: [100], replicas: 150, nodes: 512, columns: 32, rules: 4, end: 2.5 };
  const result = await resultOf(device, makeGolden(sizes));
  expect(missed(result)).toEqual([]);
  // Four problems: 3, 2, 2 and 2 times; none is empty.
  expect(result.tables.map(({ rows }) => rows.length)).toEqual([3, 2, 2, 2]);
  expect(result.pictures).toHaveLength(2);
});

tests.it(
  'lln: the squared distance falls like 1/m, W₁ of the marginals like 1/√m',
  async (device) => {
    const result = await resultOf(
      device,
      makeLln({ widths: [32, 128, 512], replicas: 60, nodes: 4096 }),
    );
    expect(missed(result)).toEqual([]);
    const exponents = result.criteria.filter(({ name }) => name.includes('exponent'));
    expect(exponents.map(({ allowed }) => allowed)).toEqual(
      ['−1.000', '−0.500', '−0.500', '−0.500'].map((value) => `contains ${value}`),
    );
  },
);

tests.it(
  'regimes: without a penalty the fluctuation dies out, in float64 below the floor of float32',
  async (device) => {
    const twin = { width: 16, replicas: 3 };
    const result = await resultOf(device, makeRegimes({ widths: [16], replicas: 6, twin }));
    // Few replicas say nothing about plateaus.
    expect(missed({ ...result, criteria: result.criteria.slice(0, 3) })).toEqual([]);
    expect(result.criteria.map(({ name }) => name.split(':')[0].split(',')[0])).toEqual([
      ...new Array<string>(4).fill('no penalty'),
      ...['2-norm of c', '2-norm of c', 'weight decay', 'weight decay'],
    ]);
    for (const { rows } of result.tables) expect(rows.flat().every(Number.isFinite)).toBe(true);
  },
);

tests.it(
  'teacher-student: m·V̂ is that of an independent program, and below fresh particles of the cloud',
  async (device) => {
    const sizes = { widths: [64], decayWidth: 16, replicas: 10 };
    const { criteria, tables, pictures } = await resultOf(device, makeTeacherStudent(sizes));
    const known = criteria.filter(({ name }) => name.startsWith('m = 64'));
    const bound = criteria.filter(({ name }) => name.includes('Monte-Carlo'));
    expect([known.length, bound.length]).toEqual([6, 5]);
    expect(missed({ criteria: [...known, ...bound], tables, pictures, remarks: [] })).toEqual([]);
    // MC_0 = C_0 = ½ E c² E|a|² v = ½ over 640 particles: standard error ½ √((3 · 1.125 − 1)/640).
    const start = pictures[0].curves.find(({ label }) => label === 'MC_t')!.y[0];
    expect(Math.abs(start - 0.5)).toBeLessThan(4 * 0.5 * Math.sqrt(2.375 / 640));
    // One width has no exponent.
    expect(criteria.filter(({ measured }) => measured === 'no exponent')).toHaveLength(6);
  },
);
