// lift: canonical particles drawn and lifted on the device against float64, at every kind of δ.
import { expect } from 'vitest';
import type { CanonicalInit, ConfigInput } from '../../src/config.ts';
import { liftPass } from '../../src/engine/lift.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { canonicalOf, deltaOf } from '../../src/problem/canonical.ts';
import { canonicalParticles } from '../../src/reference/lift.ts';
import { createReference } from '../../src/reference/simulation.ts';
import type { Particles } from '../../src/state.ts';
import { expectSameBits, expectSameParticles } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeSamples } from '../helpers/random.ts';
import { onBench } from './harness.ts';

const tests = deviceTests('lift');

interface Case {
  delta: CanonicalInit['delta'];
  product?: CanonicalInit['product'];
  m?: number;
  replicas?: number;
  firstReplica?: number;
  seed?: number;
}

const TRAINED: Record<string, NonNullable<ConfigInput['flow']>['train']> = {
  '-infinity': ['c'],
  infinity: ['a', 'b'],
};
const UNIT = { kind: 'uniform', low: 0, high: 1 } as const;

function configFor({ delta, product = UNIT, m = 253, seed = 12 }: Case) {
  const train = TRAINED[delta] ?? ['a', 'b', 'c'];
  const init = { kind: 'canonical', delta, product } as const;
  const config = configOf({ seed, network: { width: m }, init, flow: { train } });
  return { config, init };
}

/** The particles of the device, and those of the host. */
async function draw(device: Device, choice: Case): Promise<[Particles, Particles]> {
  const { m = 253, replicas = 1, firstReplica = 0 } = choice;
  const { config, init } = configFor(choice);
  const wanted = canonicalParticles(config, init, 1, replicas, firstReplica);
  let seen = wanted;
  await onBench(device, config, { particles: wanted, firstReplica }, async (bench) => {
    const out = bench.cloud('particle');
    // Garbage shows what the kernel does not write.
    const count = bench.plan.particleBytes / 4;
    bench.write(out, new Float32Array(count).fill(-7));
    bench.run(await liftPass(bench.context, init, out, bench.context.buffers));
    const rows = await bench.floats(out, count);
    const padding = rows.filter((_, k) => k % (4 * bench.plan.m4) >= m);
    expect(padding.every((value) => value === 0)).toBe(true);
    seen = await bench.readCloud(out);
  });
  return [seen, wanted];
}

async function check(device: Device, choice: Case): Promise<void> {
  const [seen, wanted] = await draw(device, choice);
  const label = JSON.stringify(choice);
  const inner = wanted.a.map((a, p) => Math.hypot(a, wanted.b[p]));
  // The roundings of q, of one root in another, of a quotient and of a series; the unit of q is that of its law.
  for (const name of ['a', 'b'] as const) {
    tests.close('h (cos θ, sin θ)', seen[name], wanted[name], { scale: inner, terms: 8, label });
  }
  const outer = wanted.c.map(Math.abs);
  tests.close('c', seen.c, wanted.c, { scale: outer, terms: 8, label });
}

tests.it('agrees with float64 at every δ and every boundary of groups', async (device) => {
  for (const delta of ['-infinity', -100, -1, -1e-3, 0, 1e-3, 1, 100, 'infinity'] as const) {
    for (const m of [1, 3, 4, 5, 255, 256, 257, 1021]) await check(device, { delta, m });
  }
});

tests.it('agrees in every replica, for large words, seeds and numbers', async (device) => {
  for (const delta of [-2, 3] as const) {
    await check(device, { delta, replicas: 3, firstReplica: 2 ** 32 - 2 });
    await check(device, { delta, seed: Number.MAX_SAFE_INTEGER });
  }
  // Squares of these are no numbers of float32.
  for (const delta of [-1e30, 1e30]) {
    await check(device, { delta, product: { kind: 'uniform', low: 1e28, high: 1e29 } });
  }
  await check(device, { delta: 1e-30, product: { kind: 'uniform', low: 1e-28, high: 1e-26 } });
});

tests.it('keeps a random sign of c and length √|δ| where |c| h is 0', async (device) => {
  const product = { kind: 'constant', value: 0 } as const;
  for (const delta of [-4, 0, 4, 'infinity'] as const) {
    const [seen, wanted] = await draw(device, { delta, product });
    expect(seen.c.map(Math.abs)).toEqual(wanted.c.map(Math.abs));
    if (delta === 4) expectSameBits(seen.c, wanted.c, 'c');
  }
  const [{ c }] = await draw(device, { delta: 4, product });
  expect(new Set(c)).toEqual(new Set([-2, 2]));
});

tests.it('draws the same |c| h and signs as the host, bit by bit', async (device) => {
  const [seen, wanted] = await draw(device, { delta: '-infinity', m: 4001, replicas: 2 });
  expectSameBits(seen.c, wanted.c, 'c');
  const [circle] = await draw(device, { delta: 'infinity', m: 4001, replicas: 2 });
  expectSameBits(circle.c, seen.c.map(Math.sign), 'sign of c');
});

tests.it('starts simulations: one function for every δ, and δ to rounding', async (device) => {
  const data = problemOf(makeSamples({ seed: 1, count: 4, dimension: 1 }));
  const start = async (delta: number): Promise<Particles> => {
    const { config, init } = configFor({ delta, m: 500 });
    const simulation = await createSimulation(device, config, { data, replicas: 2 });
    const { particles } = await simulation.read();
    simulation.destroy();
    const reference = createReference(config, data, { replicas: 2 }).read().particles;
    const host = canonicalParticles(config, init, 1, 2);
    expectSameParticles(reference as unknown as Particles, host);
    return particles;
  };
  const states = [await start(-100), await start(1), await start(100)];
  const coordinates = states.map((particles) => canonicalOf(particles, 1000));
  for (const { r, theta } of coordinates) {
    const [first] = coordinates;
    tests.close('r', r, first.r, { scale: first.r.map(Math.abs), terms: 16, label: 'r' });
    tests.close('θ', theta, first.theta, { scale: Math.PI, terms: 2, label: 'θ' });
  }
  [-100, 1, 100].forEach((delta, n) => {
    const size = states[n].c.map((c) => 2 * c * c + Math.abs(delta));
    tests.close('δ', deltaOf(states[n]), Array<number>(1000).fill(delta), {
      ...{ scale: size, terms: 8, label: `δ = ${delta}` },
    });
  });
});

tests.it('refuses other dimensions in one line', async (device) => {
  const { config } = configFor({ delta: 0, m: 3 });
  const data = problemOf(makeSamples({ seed: 1, count: 2, dimension: 2 }));
  await expect(createSimulation(device, config, { data })).rejects.toThrow(
    'init.kind: received "canonical" with d = 2; allowed: problems of one input, d = 1',
  );
});
