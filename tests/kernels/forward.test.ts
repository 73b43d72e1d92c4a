// forward, forward_rows and forward_tiled: the particle sum at every sample, summed over its parts on the host, against float64.
import { expect } from 'vitest';
import { ACTIVATIONS, type ActivationName } from '../../src/config.ts';
import { forwardPass } from '../../src/engine/forward.ts';
import type { Plan } from '../../src/engine/plan.ts';
import { uploadSamples } from '../../src/engine/samples.ts';
import type { Device } from '../../src/gpu/device.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { forward } from '../../src/reference/forward.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';
import { onBench, unpadRows } from './harness.ts';
import { forwardScale, forwardTerms } from './scales.ts';

interface Case {
  activation?: ActivationName;
  m?: number;
  s?: number;
  d?: number;
  replicas?: number;
  weighted?: boolean;
  scale?: number;
  /** parts of the particle sum as a hardware adapter would have them */
  manyParts?: boolean;
  /** kernel; default: the one of the plan */
  kernel?: Plan['forwardKernel'];
}

const ROWS = { kernel: 'forward_rows' } as const;
const TILED = { kernel: 'forward_tiled' } as const;
const tests = deviceTests('forward');

async function check(device: Device, choice: Case): Promise<void> {
  const { activation = 'tanh', m = 65, s = 5, d = 2, replicas = 1, scale = 1 } = choice;
  const { weighted = false, manyParts = false } = choice;
  const config = configOf({ network: { activation, width: m, scale } });
  const particles = makeParticles({ seed: m + d, width: m, dimension: d, replicas, weighted });
  const samples = makeSamples({ seed: s + d, count: s, dimension: d });
  const plan = choice.kernel === undefined ? {} : { forwardKernel: choice.kernel };
  await onBench(device, config, { particles, plan }, async (bench) => {
    const limits = { ...bench.plan.limits, software: !manyParts };
    const context = { ...bench.context, plan: { ...bench.plan, limits } };
    const set = uploadSamples(context, samples, 'samples');
    const { splits, s4 } = set.plan;
    if (manyParts) expect(splits).toBeGreaterThan(16);
    bench.run(await forwardPass(context, set, bench.particle));
    const partial = await bench.floats(set.buffers['partial'], 4 * replicas * splits * s4);
    const rows = unpadRows(partial, s); // [R][splits][s]
    const sums = Float64Array.from({ length: replicas * s }, (_, at) => {
      const [r, j] = [Math.floor(at / s), at % s];
      let sum = 0;
      for (let part = 0; part < splits; part++) sum += rows[(r * splits + part) * s + j];
      return sum / m ** scale;
    });
    tests.close(`${activation}`, sums, forward(config, cloudOf(particles), samples), {
      scale: forwardScale(config, particles, samples),
      terms: forwardTerms(set.plan, d),
      label: JSON.stringify(choice),
    });
  });
}

tests.each(
  ACTIVATIONS,
  (activation) => `agrees with float64 for ${activation} in the plane`,
  (device, activation) => check(device, { activation, m: 257, s: 33 }),
);

tests.each(
  [1, 3, 16, 17, 64],
  (d) => `agrees with float64 in dimension ${d}`,
  async (device, d) => {
    await check(device, { activation: 'relu', d, m: 131, s: 7, replicas: 2 });
    // Unrolled 16 times, a long activation takes seconds to compile on a software adapter.
    if (d !== 16) await check(device, { activation: 'erf', d, m: 67, s: 13 });
  },
);

tests.it('is right on both sides of every boundary of the width', async (device) => {
  for (const m of [1, 3, 4, 5, 63, 64, 65, 255, 256, 257, 1021]) await check(device, { m });
});

tests.it('is right on both sides of every boundary of the samples', async (device) => {
  for (const s of [1, 3, 4, 5, 31, 32, 33, 63, 64, 65, 67, 255, 256, 257, 1021, 1024, 1025])
    await check(device, { s });
});

tests.each(
  [0, 0.5, 1],
  (scale) => `keeps replicas apart and counts particle weights, p = ${scale}`,
  async (device, scale) => {
    await check(device, { scale, replicas: 3, m: 61, s: 31, weighted: true });
    await check(device, { scale, replicas: 3, m: 64, s: 64, activation: 'relu' });
  },
);

tests.it('agrees for many particles in few and in many parts', async (device) => {
  await check(device, { m: 70_001, s: 3 });
  await check(device, { m: 70_001, s: 3, manyParts: true, weighted: true, replicas: 2 });
});

tests.each(
  ACTIVATIONS,
  (activation) => `in rows agrees with float64 for ${activation}`,
  (device, activation) => check(device, { ...ROWS, activation, d: 17, m: 131, s: 33 }),
);

tests.it('in rows is right on both sides of every boundary', async (device) => {
  for (const m of [1, 3, 4, 5, 7, 8, 9, 63, 64, 65, 127, 129, 257]) {
    await check(device, { ...ROWS, activation: 'relu', m, weighted: true });
  }
  for (const s of [1, 3, 4, 5, 7, 9, 31, 33, 63, 65, 257, 511, 512, 513]) {
    await check(device, { ...ROWS, activation: 'relu', s, replicas: 2 });
  }
  for (const d of [1, 3, 64, 131]) await check(device, { ...ROWS, activation: 'relu', d });
  await check(device, { ...ROWS, activation: 'relu', m: 20_001, manyParts: true });
});

// The text of a tile takes seconds to compile on a software adapter, once for 32 samples and once for 128.
tests.it('in tiles is right on both sides of every boundary', async (device) => {
  const weighted = { ...TILED, activation: 'relu', d: 17, replicas: 2, weighted: true } as const;
  for (const m of [1, 63, 64, 65, 131]) await check(device, { ...weighted, m, s: 13 });
  for (const s of [1, 31, 127, 128, 129, 131]) await check(device, { ...weighted, m: 67, s });
  for (const d of [1, 16, 33, 64]) await check(device, { ...weighted, d, s: 7 });
  await check(device, { ...weighted, d: 2, m: 2003, s: 3, manyParts: true });
});

tests.it('in tiles agrees with float64 for a smooth activation', async (device) => {
  for (const d of [17, 64]) {
    await check(device, { ...TILED, activation: 'softplus', d, m: 131, s: 31, replicas: 2 });
  }
});

tests.it('in tiles sums squares: ω (c z)² is ω c² z² of a quadratic neuron', async (device) => {
  const [m, s, d] = [61, 29, 17];
  const linear = configOf({ network: { activation: 'linear', width: m } });
  const quadratic = configOf({ network: { activation: 'quadratic', width: m } });
  const particles = makeParticles({ seed: 5, width: m, dimension: d, weighted: true });
  const samples = makeSamples({ seed: 6, count: s, dimension: d });
  const squares = { ...particles, c: particles.c.map((c) => c * c) };
  const plan = { forwardKernel: TILED.kernel };
  await onBench(device, linear, { particles, plan }, async ({ context, ...bench }) => {
    const own = { ...context, variant: { ...context.variant, squared: true } };
    const set = uploadSamples(own, samples, 'samples');
    bench.run(await forwardPass(own, set, bench.particle));
    expect(set.plan.splits).toBe(1);
    const seen = unpadRows(await bench.floats(set.buffers['partial'], 4 * set.plan.s4), s);
    const wanted = forward(quadratic, cloudOf(squares), samples);
    tests.close(
      'squared',
      seen.map((sum) => sum / m),
      wanted,
      {
        label: JSON.stringify({ m, s, d }),
        scale: forwardScale(quadratic, squares, samples),
        // One rounding for c², which the wanted numbers have, too.
        terms: forwardTerms(set.plan, d) + 1,
      },
    );
  });
});
