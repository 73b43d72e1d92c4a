// The sorted kernels give the same bits however the work is cut, and say when their sums leave the range.
import { expect, it } from 'vitest';
import type { Context } from '../../src/engine/context.ts';
import { NumericError } from '../../src/engine/errors.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import { uploadSamples } from '../../src/engine/samples.ts';
import { overflowError, sortedStep } from '../../src/engine/sorted-step.ts';
import { centreOf, sortSamples, type SortedPlan } from '../../src/engine/sorted.ts';
import { clockPass } from '../../src/engine/update.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Particles } from '../../src/state.ts';
import { replicaOf } from '../../src/state.ts';
import { expectSameParticles } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, permutation } from '../helpers/random.ts';
import { onBench } from './harness.ts';

const tests = deviceTests('sorted bits');
const samples = makeSamples({ seed: 3, count: 301, dimension: 1, weighted: true });
const problem = problemOf(samples);
const STEPS = 8;

/** How fused steps are done. */
interface Manner {
  /** particles that are written between the bins and the first step */
  readonly disturb?: Particles;
  /** kernels whose arrays are as long as their buffers, as on a GPU */
  readonly gpu?: boolean;
}

/** Particles after some fused steps, the work cut as `plan` says. */
async function stepped(
  device: Device,
  particles: Particles,
  plan: SortedPlan,
  { disturb, gpu = false }: Manner = {},
): Promise<{ particles: Particles; mark: number }> {
  const config = configOf({ network: { width: particles.width }, flow: { dt: 0.3 } });
  let result: { particles: Particles; mark: number } | null = null;
  await onBench(device, config, { particles, plan: { kernel: 'sorted' } }, async (bench) => {
    const { particle } = bench;
    const context = gpu ? asOnGpu(bench.context) : bench.context;
    const set = {
      ...uploadSamples(context, samples, 'train'),
      sorted: sortSamples(context, samples, 'train', plan),
    };
    const clock = context.buffers.storage('clock', 16);
    bench.write(clock, new Uint32Array([0, 0xffffffff, 0xffffffff, 0]));
    const fused = await sortedStep(context, set, samples.count, particle, clock);
    bench.run(...fused.prime);
    if (disturb !== undefined) bench.writeCloud(particle, disturb);
    const tick = await clockPass(context, clock);
    for (let n = 0; n < STEPS; n++) bench.run(...fused.step, tick);
    result = {
      particles: await bench.readCloud(particle),
      mark: (await bench.words(clock, 4))[3],
    };
  });
  if (result === null) throw new Error('the bench did not run');
  return result;
}

function asOnGpu(context: Context): Context {
  const { plan } = context;
  return { ...context, plan: { ...plan, limits: { ...plan.limits, software: false } } };
}

const PLAN: SortedPlan = { workgroup: 64, items: 5, blocks: 1, groups: 1, localRoom: 0 };

tests.it('do not depend on workgroups, tiles and blocks', async (device) => {
  const particles = makeParticles({
    seed: 4,
    width: 1021,
    dimension: 1,
    replicas: 2,
    weighted: true,
  });
  const wanted = await stepped(device, particles, PLAN);
  const plans: SortedPlan[] = [
    { workgroup: 128, items: 3, blocks: 1, groups: 2, localRoom: 0 },
    { workgroup: 16, items: 3, blocks: 7, groups: 3, localRoom: 0 },
    // Bins in workgroup memory, with room to spare and without.
    { ...PLAN, localRoom: 320 },
    { workgroup: 16, items: 19, blocks: 1, groups: 3, localRoom: 301 },
  ];
  for (const plan of plans) {
    const seen = await stepped(device, particles, plan);
    expectSameParticles(seen.particles, wanted.particles);
  }
  const onGpu = await stepped(device, particles, PLAN, { gpu: true });
  expectSameParticles(onGpu.particles, wanted.particles);
  expect(wanted.particles.c).not.toEqual(particles.c);
});

tests.it('do not depend on the order of the particles', async (device) => {
  const particles = makeParticles({ seed: 5, width: 517, dimension: 1, weighted: true });
  const order = permutation(6, particles.width);
  const reorder = (values: Float32Array): Float32Array => values.map((_, i) => values[order[i]]);
  const permute = (cloud: Particles): Particles => ({
    ...cloud,
    a: reorder(cloud.a),
    b: reorder(cloud.b),
    c: reorder(cloud.c),
    weight: reorder(cloud.weight),
  });
  const wanted = await stepped(device, particles, PLAN);
  const seen = await stepped(device, permute(particles), PLAN);
  expectSameParticles(seen.particles, permute(wanted.particles));
});

tests.it(
  'do not depend on how steps are called, on observations or on other replicas',
  async (device) => {
    const particles = makeParticles({ seed: 7, width: 203, dimension: 1, replicas: 3 });
    const config = configOf({ network: { width: 203 }, flow: { dt: 0.3 } });
    const run = async (cloud: Particles, counts: number[], watch: boolean): Promise<Particles> => {
      const simulation = await createSimulation(device, config, {
        data: problem,
        particles: cloud,
        kernel: 'sorted',
      });
      expect(simulation.kernels['velocity']).toMatch(/^sorted_(step|replica)$/);
      for (const count of counts) {
        await simulation.step(count);
        if (watch) await simulation.observe(['loss', 'velocity', 'patternsChanged']);
      }
      const { particles: after } = await simulation.read();
      simulation.destroy();
      return after;
    };
    const wanted = await run(particles, [STEPS], false);
    expectSameParticles(await run(particles, [1, 4, 2, STEPS - 7], true), wanted);
    const last = await run(replicaOf(particles, 2), [STEPS], false);
    expectSameParticles(last, replicaOf(wanted, 2));
  },
);

tests.it('mark the first step whose sums leave their range', async (device) => {
  const particles = makeParticles({ seed: 8, width: 64, dimension: 1, replicas: 2 });
  expect((await stepped(device, particles, PLAN)).mark).toBe(0);
  // One replica is written anew behind the back of the bins, far beyond what a step can do.
  const c = particles.c.map((value, at) => (at < 64 ? value : value * 2 ** 60));
  const { mark } = await stepped(device, particles, PLAN, { disturb: { ...particles, c } });
  expect(~mark).toBe(0);
  expect(overflowError(1, configOf({ flow: { dt: 0.3 } }).flow).message).toMatch(
    /^step 1: .*lower flow.dt \(now 0.3\) or use --kernel dense$/,
  );
});

// The exponents of the sums follow from a bound on what a step can do, so no configuration gets there: only a cloud that is
// written behind the back of the run.
tests.it('stop a run whose sums leave their range, with its step and a remedy', async (device) => {
  const particles = makeParticles({ seed: 9, width: 64, dimension: 1 });
  const config = configOf({ network: { width: 64 }, flow: { dt: 0.3 } });
  for (const kernel of ['sorted', 'persistent'] as const) {
    const options = { data: problem, particles, kernel };
    const simulation = await createSimulation(device, config, options);
    await simulation.step(2);
    const c = particles.c.map((value) => value * 2 ** 60);
    const bytes = simulation.particleBuffer.size / 3;
    device.gpu.queue.writeBuffer(simulation.particleBuffer, 2 * bytes, c);
    // Many steps in one submit: the flag is sticky and keeps the first.
    const failure = await simulation.step(50).then(
      () => null,
      (error: unknown) => error,
    );
    simulation.destroy();
    expect(failure).toBeInstanceOf(NumericError);
    expect((failure as NumericError).message).toMatch(
      /^step 3: .*range of the sums; lower flow\.dt \(now 0\.3\) or use --kernel dense$/,
    );
    expect((failure as NumericError).message).not.toContain('\n');
  }
});

it('centre inputs by halves that multiply exactly', () => {
  for (const [low, high] of [
    [999, 1001],
    [-3.7e6, -3.6e6],
    [0.1, 0.1],
    [1e-20, 2e-20],
  ]) {
    const { centre_high, centre_low, input_exponent } = centreOf(low, high);
    for (const half of [centre_high, centre_low]) {
      const bits = new Uint32Array(Float32Array.of(half).buffer)[0];
      expect([Math.fround(half), bits & 0xfff]).toEqual([half, 0]);
    }
    const size = Math.max(...[low, high].map((x) => Math.abs(x - centre_high - centre_low)));
    expect(size).toBeLessThan(2 ** input_exponent);
    expect(size).toBeLessThanOrEqual((high - low) / 2 + Math.abs(low) * 2 ** -22);
  }
  expect(centreOf(-1, 3)).toEqual({ centre_high: 0, centre_low: 0, input_exponent: 3 });
});
