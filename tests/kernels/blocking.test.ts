// Register blocking: how many samples or particles an invocation holds, and how it reads the others, changes no bit; nor do tiles.
import { expect } from 'vitest';
import { forwardPass } from '../../src/engine/forward.ts';
import { emptySamples, uploadSamples } from '../../src/engine/samples.ts';
import { velocityPasses } from '../../src/engine/velocity.ts';
import type { Device } from '../../src/gpu/device.ts';
import { SINGLE, type KernelShape, type RowsShape } from '../../src/shaders/shape.ts';
import { expectSameBits } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, normals } from '../helpers/random.ts';
import { onBench, padRows } from './harness.ts';

const tests = deviceTests('blocking');
const REPLICAS = 2;
const SHAPES: readonly KernelShape[] = [
  { blocks: 1, step: 1 },
  { blocks: 2, step: 4 },
  { blocks: 2, step: 1 },
  { blocks: 4, step: 4 },
  { blocks: 4, step: 1 },
  { blocks: 1, step: 4, lanewise: true },
  { blocks: 2, step: 4, lanewise: true },
];

/** Partial sums of f and dw/dt with one shape for both kernels, four invocations to a workgroup. */
async function outputs(
  device: Device,
  sizes: { m: number; s: number; d: number },
  shape: KernelShape,
): Promise<{ partial: Float32Array; velocity: Float32Array }> {
  const { m, s, d } = sizes;
  const config = configOf({ network: { activation: 'relu', width: m } });
  const particles = makeParticles({
    ...{ seed: m + d, width: m, dimension: d, replicas: REPLICAS, weighted: true },
  });
  const plan = { velocityShape: shape, velocityWorkgroup: 4, velocityKernel: 'velocity' } as const;
  let partial: Float32Array = new Float32Array(0);
  let velocity: Float32Array = new Float32Array(0);
  await onBench(device, config, { particles, plan }, async (bench) => {
    const samples = makeSamples({ seed: s + d, count: s, dimension: d });
    const planned = uploadSamples(bench.context, samples, 'samples');
    const set = { ...planned, plan: { ...planned.plan, forwardShape: shape, forwardWorkgroup: 4 } };
    bench.write(set.buffers['weighted_residual'], padRows(normals(s, REPLICAS * s), s));
    const out = bench.cloud('velocity');
    bench.run(
      await forwardPass(bench.context, set, bench.particle),
      ...(await velocityPasses(bench.context, set, bench.particle, out)),
    );
    const { splits, s4 } = set.plan;
    partial = await bench.floats(set.buffers['partial'], 4 * REPLICAS * splits * s4);
    velocity = await bench.floats(out, bench.plan.particleBytes / 4);
  });
  return { partial, velocity };
}

tests.each(
  [1, 3],
  (d) => `every blocking gives the bits of one block, d = ${d}`,
  async (device, d) => {
    // With four invocations to a workgroup a block ends every 16 items and a workgroup every 16, 32 or 64.
    for (const [m, s] of [
      [1, 1],
      [63, 65],
      [64, 64],
      [65, 63],
      [131, 17],
    ]) {
      const sizes = { m, s, d };
      const wanted = await outputs(device, sizes, SINGLE);
      expect(wanted.partial.some((value) => value !== 0)).toBe(true);
      for (const shape of SHAPES) {
        const label = JSON.stringify({ ...sizes, ...shape });
        const seen = await outputs(device, sizes, shape);
        expectSameBits(seen.partial, wanted.partial, `partial, ${label}`);
        expectSameBits(seen.velocity, wanted.velocity, `velocity, ${label}`);
      }
    }
  },
);

tests.it(
  'tiles in workgroup memory give the bits of rows, with inputs of every replica',
  async (device) => {
    const [m, s, d] = [1009, 29, 17];
    const config = configOf({ network: { activation: 'relu', width: m } });
    const particles = makeParticles({ seed: m, width: m, dimension: d, replicas: REPLICAS });
    const plan = { forwardKernel: 'forward_tiled' } as const;
    await onBench(device, config, { particles, plan }, async ({ context, ...bench }) => {
      const set = emptySamples(context, s, 'samples');
      const { splits, s4, chunk4 } = set.plan;
      bench.write(set.buffers['x'], normals(s, 4 * REPLICAS * d * s4));
      const sums = async () => bench.floats(set.buffers['partial'], 4 * REPLICAS * splits * s4);
      bench.run(await forwardPass(context, set, bench.particle));
      const tiled = await sums();
      const other = {
        ...context,
        plan: { ...context.plan, forwardKernel: 'forward_rows' as const },
      };
      bench.write(
        set.buffers['partial'],
        tiled.map(() => 0),
      );
      bench.run(await forwardPass(other, set, bench.particle));
      expect(splits).toBeGreaterThan(1);
      expect(chunk4 % 16).toBe(0);
      expect(new Set(tiled).size).toBeGreaterThan(REPLICAS * splits * s);
      expectSameBits(await sums(), tiled, 'rows and tiles');
    });
  },
);

/** Partial sums and dw/dt of the kernels in rows, inputs of every replica its own. */
async function rowsOutputs(
  device: Device,
  { m, s, d }: { m: number; s: number; d: number },
  [forwardRows, velocityRows]: readonly [RowsShape, RowsShape],
): Promise<Float32Array[]> {
  const config = configOf({ network: { activation: 'relu', width: m } });
  const particles = makeParticles({
    ...{ seed: m + d, width: m, dimension: d, replicas: REPLICAS, weighted: true },
  });
  const plan = {
    forwardKernel: 'forward_rows',
    velocityKernel: 'velocity_rows',
  } as const;
  const outputs: Float32Array[] = [];
  await onBench(device, config, { particles, plan }, async (bench) => {
    const planned = emptySamples(bench.context, s, 'samples');
    const shapes = { forwardRows, velocityRows, forwardWorkgroup: 4 };
    const set = { ...planned, plan: { ...planned.plan, ...shapes } };
    const { splits, s4 } = set.plan;
    bench.write(set.buffers['x'], normals(s, 4 * REPLICAS * d * s4));
    bench.write(set.buffers['weighted_residual'], padRows(normals(s + 1, REPLICAS * s), s));
    const out = bench.cloud('velocity');
    bench.run(
      await forwardPass(bench.context, set, bench.particle),
      ...(await velocityPasses(bench.context, set, bench.particle, out)),
    );
    outputs.push(
      await bench.floats(set.buffers['partial'], 4 * REPLICAS * splits * s4),
      await bench.floats(out, bench.plan.particleBytes / 4),
    );
  });
  return outputs;
}

tests.it(
  'rows give the same bits with and without quads, for any items and rows at a time',
  async (device) => {
    const whole = { items: 1, groups: 2, rows: 1, quads: false };
    const forms = [
      { items: 3, groups: 2, rows: 2, quads: false },
      ...(device.gpu.features.has('subgroups')
        ? [
            { items: 2, groups: 2, rows: 1, quads: true },
            { items: 5, groups: 2, rows: 3, quads: true },
          ]
        : []),
    ];
    for (const [m, s, d] of [
      [5, 3, 1],
      [67, 31, 17],
      [131, 65, 18],
    ]) {
      const wanted = await rowsOutputs(device, { m, s, d }, [whole, whole]);
      for (const form of forms) {
        // Pairs of groups add up to f in the same order; S1 takes the groups of an iteration together.
        const seen = await rowsOutputs(device, { m, s, d }, [{ ...form, groups: 4 }, form]);
        const label = JSON.stringify({ m, s, d, ...form });
        expectSameBits(seen[0], wanted[0], `partial, ${label}`);
        expectSameBits(seen[1], wanted[1], `velocity, ${label}`);
      }
      expect(wanted.every((values) => values.some((value) => value !== 0))).toBe(true);
    }
  },
);
