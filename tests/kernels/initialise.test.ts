// initialise: particles drawn on the device against those drawn on the host; bit for bit where the arithmetic is exact.
import { expect } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { initialisePass } from '../../src/engine/initialise.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { lawsOf } from '../../src/problem/fan-in.ts';
import { initialise } from '../../src/reference/initialise.ts';
import type { Particles } from '../../src/state.ts';
import { expectSameBits, expectSameParticles } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeSamples } from '../helpers/random.ts';
import { onBench } from './harness.ts';

interface Case {
  init: NonNullable<ConfigInput['init']>;
  m?: number;
  d?: number;
  replicas?: number;
  firstReplica?: number;
  bias?: boolean;
  scale?: number;
  seed?: number;
}

const tests = deviceTests('initialise');

/** The drawn particles, and those of the host. */
async function draw(device: Device, choice: Case): Promise<[Particles, Particles]> {
  const { init, m = 253, d = 2, replicas = 1, firstReplica = 0, bias = true, seed = 12 } = choice;
  const { scale = 1 } = choice;
  const config = configOf({ seed, network: { width: m, bias, scale }, init });
  const wanted = initialise(config, d, replicas, firstReplica);
  let seen = wanted;
  await onBench(device, config, { particles: wanted, firstReplica }, async (bench) => {
    if (config.init.kind !== 'random' && config.init.kind !== 'fan-in')
      throw new Error('laws are tested here');
    const laws = lawsOf(config.init, config.network, d);
    const out = bench.cloud('particle');
    // Garbage shows what the kernel does not write.
    const count = bench.plan.particleBytes / 4;
    bench.write(out, new Float32Array(count).fill(-7));
    bench.run(await initialisePass(bench.context, laws, out, bench.context.buffers));
    const rows = await bench.floats(out, count);
    const padding = rows.filter((_, k) => k % (4 * bench.plan.m4) >= m);
    expect(padding.every((value) => value === 0)).toBe(true);
    seen = await bench.readCloud(out);
  });
  return [seen, wanted];
}

async function expectEqual(device: Device, choice: Case): Promise<void> {
  const [seen, wanted] = await draw(device, choice);
  expectSameParticles(seen, wanted);
}

/** Laws whose numbers need no rounding: the tables are integers, and so are the scales up to a power of two. */
const EXACT: Record<string, NonNullable<ConfigInput['init']>> = {
  'standard normal': { kind: 'random' },
  'uniform on a range that is a power of two': {
    kind: 'random',
    a: { kind: 'uniform', low: -1, high: 1 },
    b: { kind: 'uniform', low: 0, high: 4 },
    c: { kind: 'uniform', low: -0.5, high: 0.5 },
  },
  'sign and constant': {
    kind: 'random',
    a: { kind: 'sign', scale: 0.75 },
    b: { kind: 'constant', value: -2.5 },
    c: { kind: 'sign' },
  },
  antithetic: { kind: 'random', sampling: 'antithetic' },
};

tests.each(
  Object.entries(EXACT),
  ([name]) => `${name}: the same bits as on the host`,
  async (device, [, init]) => {
    const even = 'sampling' in init && init.sampling === 'antithetic';
    // Few workgroup sizes: this kernel takes half a second to compile on a software adapter.
    const widths = even ? [2, 4, 6, 254, 256, 258] : [1, 3, 4, 5, 255, 256, 257, 1021];
    for (const m of widths) await expectEqual(device, { init, m });
    for (const d of [1, 2, 3, 17, 64]) {
      await expectEqual(device, { init, m: 254, d, replicas: 3, firstReplica: 1000 });
    }
  },
);

tests.it('both words of the seed and large replica words count', async (device) => {
  const init = EXACT['standard normal'];
  for (const seed of [0, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    await expectEqual(device, { init, seed });
  }
  await expectEqual(device, { init, replicas: 2, firstReplica: 2 ** 32 - 2 });
});

tests.it('b is 0 without bias, whatever its law', async (device) => {
  const init = EXACT['sign and constant'];
  const [seen] = await draw(device, { init, bias: false });
  expect(seen.b.every((value) => value === 0)).toBe(true);
  await expectEqual(device, { init, bias: false });
});

tests.it(
  'general normal and uniform laws agree to the rounding of a product and a sum',
  async (device) => {
    const init: Case['init'] = {
      kind: 'random',
      a: { kind: 'normal', mean: 0.3, std: 1.7 },
      b: { kind: 'uniform', low: -0.1, high: 0.9 },
      c: { kind: 'normal', mean: -1, std: 0.1 },
    };
    for (const d of [1, 3, 17]) {
      const [seen, wanted] = await draw(device, { init, d, m: 257, replicas: 2 });
      // The parameters are rounded to float32 as well; |normal| ends at 6.33.
      const scales = { a: 0.3 + 1.7 * 6.33, b: 0.1 + 1, c: 1 + 0.1 * 6.33 };
      for (const name of ['a', 'b', 'c'] as const) {
        tests.close('mean + std z, low + (high − low) u', seen[name], wanted[name], {
          scale: scales[name],
          label: `${name}, d = ${d}`,
        });
      }
    }
  },
);

tests.it('a on a sphere has its length and direction', async (device) => {
  for (const d of [1, 2, 3, 17, 64]) {
    const init: Case['init'] = { kind: 'random', a: { kind: 'sphere', radius: 1.5 } };
    const [seen, wanted] = await draw(device, { init, d, replicas: 2 });
    tests.close('sphere', seen.a, wanted.a, { scale: 1.5, terms: d + 3, label: `d = ${d}` });
    expectSameBits(seen.b, wanted.b, 'b');
    const lengths = Array.from(seen.b, (_, p) =>
      Math.hypot(...seen.a.subarray(p * d, (p + 1) * d)),
    );
    tests.close(
      'length',
      lengths,
      lengths.map(() => 1.5),
      { scale: 1.5, terms: d + 3, label: 'length' },
    );
  }
});

tests.it('fan-in has the bounds and moments of linear layers, at every scale', async (device) => {
  const [m, d, replicas] = [400, 4, 5];
  for (const scale of [0, 0.5, 1]) {
    const init = { kind: 'fan-in' } as const;
    const [seen, wanted] = await draw(device, { init, m, d, replicas, scale });
    const bounds = { a: 1 / 2, b: 1 / 2, c: m ** scale / 20 };
    for (const name of ['a', 'b', 'c'] as const) {
      const bound = bounds[name];
      tests.close('−bound + 2 bound u', seen[name], wanted[name], { scale: bound, label: name });
      // Moments of uniform numbers in ±1: 0, 1/3, 1/5, with variances 1/3, 4/45, 16/225.
      const moments = [
        [1, 0, 1 / 3],
        [2, 1 / 3, 4 / 45],
        [4, 1 / 5, 16 / 225],
      ];
      const n = seen[name].length;
      for (const [power, mean, variance] of moments) {
        const sum = seen[name].reduce((total, value) => total + (value / bound) ** power, 0);
        expect(Math.abs(sum / n - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
      }
      // The rounding of the bound to float32 may lie outside.
      expect(Math.max(...seen[name].map(Math.abs)) / bound).toBeLessThan(1 + 2 ** -22);
    }
  }
});

tests.it('fan-in starts from one function f, whatever the scale', async (device) => {
  const train = makeSamples({ seed: 3, count: 20, dimension: 2 });
  const f: Float32Array[] = [];
  for (const scale of [0, 0.5, 1]) {
    const config = configOf({ network: { width: 60, scale }, init: { kind: 'fan-in' } });
    const simulation = await createSimulation(device, config, { data: problemOf(train) });
    f.push((await simulation.observe(['prediction'])).prediction);
    simulation.destroy();
  }
  for (const other of f.slice(1))
    tests.close('f', other, f[0], { scale: 1, terms: 64, label: 'f' });
});
