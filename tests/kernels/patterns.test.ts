// patterns and patterns_changed: activation bits and how many of them differ, against the reference bit for bit.
import { expect } from 'vitest';
import { readProbe } from '../../src/engine/probe.ts';
import { createPatterns } from '../../src/engine/reductions.ts';
import { uploadSamples } from '../../src/engine/samples.ts';
import { createReadBack } from '../../src/gpu/buffer.ts';
import type { Device } from '../../src/gpu/device.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { patterns, patternsChanged } from '../../src/reference/patterns.ts';
import { expectSameBits } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';
import { onBench } from './harness.ts';
import { distanceToKink } from './scales.ts';

interface Case {
  m?: number;
  s?: number;
  d?: number;
  replicas?: number;
}

const tests = deviceTests('patterns');

async function check(device: Device, { m = 9, s = 33, d = 2, replicas = 1 }: Case): Promise<void> {
  const config = configOf({ network: { width: m } });
  const shape = { width: m, dimension: d, replicas };
  const [before, after] = [m, m + 1].map((seed) => makeParticles({ seed, ...shape }));
  const samples = makeSamples({ seed: s + 1000, count: s, dimension: d });
  // Nearer to the kink the sign of z depends on rounding.
  for (const cloud of [before, after])
    expect(distanceToKink(cloud, samples)).toBeGreaterThan(2 ** -24);
  await onBench(device, config, { particles: after }, async (bench) => {
    const set = uploadSamples(bench.context, samples, 'samples');
    const readBack = createReadBack(device);
    const start = (particle: GPUBuffer) => Promise.resolve(bench.writeCloud(particle, before));
    const found = await createPatterns(bench.context, set, bench.particle, readBack, start);
    const [bitsBefore, bitsAfter] = [before, after].map((cloud) =>
      patterns(cloudOf(cloud), samples),
    );
    expectSameBits(await found.bits(), bitsAfter, 'bits');
    const changed = patternsChanged(bitsBefore, bitsAfter, replicas, m * s);
    // Both add whole numbers; the quotient is added up from parts on the device side.
    tests.close('patterns changed', await readProbe(readBack, found.changed), changed, {
      scale: 1,
      unit: 2 ** -53,
      terms: 64,
      label: `m = ${m}, s = ${s}, d = ${d}, R = ${replicas}`,
    });
    readBack.destroy();
  });
}

tests.it('agree at every boundary of words and workgroups', async (device) => {
  for (const s of [1, 3, 4, 5, 31, 32, 33, 63, 64, 65, 67, 257]) await check(device, { s });
  for (const m of [1, 3, 4, 5, 63, 64, 65, 127, 129, 257]) await check(device, { m });
});

tests.it('agree in every dimension and replica', async (device) => {
  for (const d of [1, 2, 3, 17, 64]) await check(device, { d, m: 61, replicas: 3 });
});

tests.it('agree where a workgroup of the reduction adds several blocks', async (device) => {
  // 64 workgroups of 64 words each; more words go round again.
  await check(device, { m: 5003, s: 70, d: 1 });
});

tests.it('a sample exactly on the kink counts as not active', async (device) => {
  const config = configOf({ network: { width: 1 } });
  const particles = makeParticles({ seed: 1, width: 1, dimension: 1 });
  particles.a[0] = 2;
  particles.b[0] = 1;
  const samples = makeSamples({ seed: 1, count: 3, dimension: 1 });
  samples.x.set([0.25, 0.5, 0.75]);
  await onBench(device, config, { particles }, async (bench) => {
    const set = uploadSamples(bench.context, samples, 'samples');
    const readBack = createReadBack(device);
    const start = (particle: GPUBuffer) => Promise.resolve(bench.writeCloud(particle, particles));
    const found = await createPatterns(bench.context, set, bench.particle, readBack, start);
    expect([...(await found.bits())]).toEqual([0b100]);
    expect([...(await readProbe(readBack, found.changed))]).toEqual([0]);
    readBack.destroy();
  });
});
