// The univariate figures that take seconds, and the two regimes at a small size: their criteria are met.
import { expect } from 'vitest';
import { figure9 } from '../../src/experiments/reproduce/williams/field.ts';
import {
  knotsNear,
  medianTurn,
  problemOf,
  SINE,
} from '../../src/experiments/reproduce/williams/data.ts';
import { deltaConfig } from '../../src/experiments/reproduce/williams/regimes.ts';
import { figure2 } from '../../src/experiments/reproduce/williams/paths.ts';
import { figure1 } from '../../src/experiments/reproduce/williams/state.ts';
import { train } from '../../src/experiments/reproduce/williams/train.ts';
import type { Reproduction } from '../../src/experiments/reproduce/reproduction.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Particles } from '../../src/state.ts';
import { canonicalParticles } from '../../src/reference/lift.ts';
import { deltaOf } from '../../src/problem/canonical.ts';
import { deviceTests } from '../helpers/device.ts';

const tests = deviceTests('williams');

async function missedBy(device: Device, entry: Reproduction, seed: number): Promise<string[]> {
  for await (const event of entry.run(device, { seed })) {
    if (event.kind !== 'result') continue;
    expect(event.result.criteria.length).toBeGreaterThan(2);
    return event.result.criteria
      .filter(({ pass }) => !pass)
      .map(({ name, measured }) => `${name}: ${measured}`);
  }
  throw new Error('no result');
}

for (const [name, entry] of Object.entries({ figure1, figure2, figure9 })) {
  tests.it(`${name} meets its criteria, with its own and another seed`, async (device) => {
    for (const seed of [1, 7]) expect(await missedBy(device, entry, seed)).toEqual([]);
  });
}

async function trained(
  device: Device,
  delta: number,
  project: 'none' | 'delta',
  steps = 1500,
): Promise<{ start: Particles; end: Particles }> {
  const config = deltaConfig(3, delta, { network: { width: 200 }, flow: { project } });
  if (config.init.kind !== 'canonical') throw new Error('the kind was lost');
  const start = canonicalParticles(config, config.init, 1);
  const training = { config, data: problemOf(SINE), start, at: [steps] };
  const run = train(device, training, { from: 0, to: 1, text: '' });
  for (;;) {
    const { done, value } = await run.next();
    if (done) return { start, end: value[0] };
  }
}

tests.it('knots stay at δ = −100 and gather at the samples at δ = 100', async (device) => {
  const low = await trained(device, -100, 'none');
  const high = await trained(device, 100, 'none');
  expect(medianTurn(low.start, low.end, 0)).toBeLessThan(1e-4);
  expect(medianTurn(high.start, high.end, 0)).toBeGreaterThan(0.1);
  expect(knotsNear(low.end, 0, SINE)).toBeLessThan(0.3);
  expect(knotsNear(high.end, 0, SINE)).toBeGreaterThan(0.9);
});

tests.it(
  'projection holds δ to 1e-6 of max(1, |δ|, c²) through 500 steps, Euler alone drifts at δ = 0',
  async (device) => {
    for (const delta of [-100, 0, 100]) {
      const drift = async (project: 'none' | 'delta'): Promise<number> => {
        const { end } = await trained(device, delta, project, 500);
        return Math.max(
          ...deltaOf(end).map(
            (value, i) => Math.abs(value - delta) / Math.max(1, Math.abs(delta), end.c[i] ** 2),
          ),
        );
      };
      expect(await drift('delta')).toBeLessThan(1e-6);
      const free = await drift('none');
      if (delta === 0) expect(free).toBeGreaterThan(1e-4);
      else expect(free).toBeLessThan(1e-2);
    }
  },
);
