// residual: f, ρ and νρ from given partial sums, against the same sums in float64.
import { expect } from 'vitest';
import { residualPass } from '../../src/engine/residual.ts';
import { emptySamples, uploadSamples } from '../../src/engine/samples.ts';
import type { Device } from '../../src/gpu/device.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, normals } from '../helpers/random.ts';
import { onBench, padRows, unpadRows } from './harness.ts';

interface Case {
  s: number;
  m?: number;
  replicas?: number;
  scale?: number;
  /** targets and loss weights of every replica its own, as with minibatches */
  owned?: boolean;
}

const tests = deviceTests('residual');

async function check(device: Device, choice: Case): Promise<void> {
  const { s, m = 9, replicas = 1, scale = 1, owned = false } = choice;
  const config = configOf({ network: { width: m, scale } });
  const particles = makeParticles({ seed: 1, width: m, dimension: 1, replicas });
  const samples = makeSamples({ seed: s, count: s, dimension: 1, weighted: true });
  const rows = owned ? replicas : 1;
  const y = owned ? normals(s + 1, rows * s) : samples.y;
  const nu = owned ? normals(s + 2, rows * s) : samples.weight;
  await onBench(device, config, { particles }, async (bench) => {
    const limits = { ...bench.plan.limits, software: false };
    const context = { ...bench.context, plan: { ...bench.plan, limits } };
    const set = owned
      ? emptySamples(context, s, 'samples')
      : uploadSamples(context, samples, 'samples');
    const { splits } = set.plan;
    if (owned) {
      bench.write(set.buffers['y'], padRows(y, s));
      bench.write(set.buffers['loss_weight'], padRows(nu, s));
    }
    const partial = normals(s + 3, replicas * splits * s);
    bench.write(set.buffers['partial'], padRows(partial, s));
    bench.run(await residualPass(context, set));

    const sumOf = (at: number, term: (value: number) => number) => {
      const [r, j] = [Math.floor(at / s), at % s];
      let sum = 0;
      for (let part = 0; part < splits; part++) sum += term(partial[(r * splits + part) * s + j]);
      return sum;
    };
    const table = (entry: (at: number, shared: number) => number) =>
      Float64Array.from({ length: replicas * s }, (_, at) => entry(at, owned ? at : at % s));
    const alpha = m ** scale;
    const f = table((at) => sumOf(at, (value) => value) / alpha);
    const rho = table((at, shared) => f[at] - y[shared]);
    const size = table((at) => Math.sqrt(sumOf(at, (value) => value ** 2)) / alpha);
    const total = table((at, shared) => size[at] + Math.abs(y[shared]));
    const read = async (name: string) => {
      const padded = await bench.floats(set.buffers[name], 4 * Math.ceil(s / 4) * replicas);
      return unpadRows(padded, s);
    };
    const terms = Math.min(16, splits) + Math.ceil(splits / 16) + 2;
    const label = `${JSON.stringify(choice)}, ${splits} parts`;
    tests.close('f', await read('prediction'), f, { scale: size, terms, label });
    tests.close('ρ', await read('residual_out'), rho, { scale: total, terms, label });
    tests.close(
      'νρ',
      await read('weighted_residual'),
      table((at, shared) => nu[shared] * rho[at]),
      { scale: table((at, shared) => Math.abs(nu[shared]) * total[at]), terms, label },
    );
    if (m > 1000) expect(splits).toBeGreaterThan(16);
  });
}

tests.it('is right on both sides of every boundary of the samples', async (device) => {
  for (const s of [1, 3, 4, 5, 31, 32, 33, 63, 64, 65, 67, 255, 256, 257, 1021]) {
    await check(device, { s });
  }
});

tests.it('divides by α and adds many parts', async (device) => {
  for (const scale of [0, 0.5, 1]) {
    for (const m of [1, 1088, 1089, 2213]) await check(device, { s: 7, m, scale, replicas: 3 });
  }
});

tests.it(
  'reads targets and weights of every replica where replicas own their samples',
  async (device) => {
    for (const s of [1, 5, 64, 67]) await check(device, { s, replicas: 3, owned: true });
  },
);
