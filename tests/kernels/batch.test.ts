// batch: the drawn samples of every replica and step, bit for bit, and their loss weights.
import { expect } from 'vitest';
import { batchPass } from '../../src/engine/batch.ts';
import { emptySamples, uploadSamples } from '../../src/engine/samples.ts';
import type { Device } from '../../src/gpu/device.ts';
import { batchOf } from '../../src/reference/batch.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';
import { onBench, unpadRows } from './harness.ts';

interface Case {
  /** samples drawn from */
  s: number;
  batch: number;
  d?: number;
  replicas?: number;
  firstReplica?: number;
  step?: number;
  seed?: number;
}

const tests = deviceTests('batch');

async function check(device: Device, choice: Case): Promise<void> {
  const { s, batch, d = 2, replicas = 1, firstReplica = 0, step = 0, seed = 3 } = choice;
  const config = configOf({ seed, network: { width: 5 }, flow: { batch } });
  const particles = makeParticles({ seed: 1, width: 5, dimension: d, replicas });
  const samples = makeSamples({ seed: s, count: s, dimension: d, weighted: true });
  await onBench(device, config, { particles, firstReplica }, async (bench) => {
    const source = uploadSamples(bench.context, samples, 'source');
    const drawn = emptySamples(bench.context, batch, 'batch');
    const clock = bench.context.buffers.storage('clock', 16);
    bench.write(clock, new Uint32Array([step, 0xffffffff]));
    bench.run(await batchPass(bench.context, source, drawn, clock));
    const padded = 4 * Math.ceil(batch / 4);
    const x = unpadRows(await bench.floats(drawn.buffers['x'], replicas * d * padded), batch);
    const y = unpadRows(await bench.floats(drawn.buffers['y'], replicas * padded), batch);
    const rows = await bench.floats(drawn.buffers['loss_weight'], replicas * padded);
    expect(rows.filter((_, q) => q % padded >= batch).every((nu) => nu === 0)).toBe(true);
    const weight = unpadRows(rows, batch);
    for (let r = 0; r < replicas; r++) {
      const wanted = batchOf(config, samples, step, firstReplica + r);
      const columns = Array.from({ length: d * batch }, (_, at) => {
        const [k, q] = [Math.floor(at / batch), at % batch];
        return wanted.x[q * d + k];
      });
      expect([...x.subarray(r * d * batch, (r + 1) * d * batch)]).toEqual(columns);
      expect([...y.subarray(r * batch, (r + 1) * batch)]).toEqual([...Array.from(wanted.y)]);
      tests.close('loss weight', weight.subarray(r * batch, (r + 1) * batch), wanted.weight, {
        scale: wanted.weight,
        factor: 2, // s/B and its product with ν
        label: JSON.stringify(choice),
      });
    }
  });
}

tests.it('draws what the reference draws, at every batch size', async (device) => {
  for (const batch of [1, 3, 4, 5, 31, 32, 33, 63, 64, 65, 67, 255, 256, 257]) {
    await check(device, { s: 300, batch });
  }
});

tests.it('draws from every number of samples', async (device) => {
  for (const s of [1, 2, 3, 4, 5, 64, 65, 1021]) await check(device, { s, batch: 33 });
});

tests.it(
  'depends on replica, step and both words of the seed as the reference does',
  async (device) => {
    await check(device, { s: 67, batch: 33, replicas: 3, firstReplica: 7 });
    await check(device, { s: 67, batch: 33, step: 1_000_003, firstReplica: 0xfffffffe });
    await check(device, { s: 67, batch: 33, seed: 2 ** 32 + 5 });
    await check(device, { s: 67, batch: 33, seed: Number.MAX_SAFE_INTEGER });
    for (const d of [1, 3, 17]) await check(device, { s: 67, batch: 9, d, replicas: 2, step: 5 });
  },
);
