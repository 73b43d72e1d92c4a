// Dispatches past 65,535 workgroups: a row of workgroups is folded into two dimensions, and kernels number it back.
import { describe, expect, it } from 'vitest';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { createPass, foldGrid } from '../../src/gpu/pass.ts';
import { updateShader } from '../../src/shaders/update.wgsl.ts';
import { expectSameBits, expectSameParticles } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';
import { onBench } from './harness.ts';

const tests = deviceTests('dispatch');

describe('foldGrid', () => {
  it('leaves a grid within the limit as it is', () => {
    expect(foldGrid({ x: 7 }, 65535)).toEqual([7, 1, 1]);
    expect(foldGrid({ x: 65535, y: 65535, z: 65535 }, 65535)).toEqual([65535, 65535, 65535]);
  });

  it('covers a longer row with as few rows as fit, and wastes less than one row', () => {
    for (const x of [65536, 65537, 131070, 131071, 10_000_003, 65535 * 65535]) {
      const [columns, rows, layers] = foldGrid({ x, z: 3 }, 65535);
      expect(columns * rows).toBeGreaterThanOrEqual(x);
      expect(columns * rows - x).toBeLessThan(columns);
      expect(rows).toBe(Math.ceil(x / 65535));
      expect(columns).toBeLessThanOrEqual(65535);
      expect(layers).toBe(3);
    }
  });

  it('refuses what cannot be folded, with the pass and the sizes', () => {
    expect(() => foldGrid({ x: 8, y: 2 }, 7, 'forward')).toThrow(
      'forward: grid 8 × 2 × 1 exceeds 7',
    );
    expect(() => foldGrid({ x: 1, y: 8 }, 7)).toThrow('exceeds 7');
    expect(() => foldGrid({ x: 1, z: 8 }, 7)).toThrow('exceeds 7');
    expect(() => foldGrid({ x: 50 }, 7, 'update')).toThrow('update: 50 workgroups exceed 7 × 7');
  });
});

tests.it('a kernel of 90,003 workgroups reaches every particle exactly once', async (device) => {
  const config = configOf({ network: { width: 120_004 }, flow: { dt: 0.5 } });
  const particles = makeParticles({ seed: 1, width: 120_004, dimension: 1 });
  const velocity = makeParticles({ seed: 2, width: 120_004, dimension: 1 });
  await onBench(device, config, { particles }, async (bench) => {
    const { replicas, k, m4 } = bench.plan;
    const velocity_in = bench.cloud('velocity');
    bench.writeCloud(velocity_in, velocity);
    const pass = await createPass(device, {
      name: 'update',
      code: updateShader('euler'),
      buffers: {
        params: bench.context.params,
        clock: bench.context.buffers.storage('clock', 16),
        particle: bench.particle,
        velocity_in,
      },
      grid: { x: replicas * k * m4 },
      overrides: { WORKGROUP: 1 },
    });
    expect(replicas * k * m4).toBe(90_003);
    bench.run(pass);
    const seen = await bench.readCloud(bench.particle);
    for (const name of ['a', 'b', 'c'] as const) {
      // Halving is exact, so that one rounding remains, fused or not.
      const wanted = particles[name].map((w, n) => Math.fround(w + velocity[name][n] / 2));
      expectSameBits(seen[name], wanted, name);
    }
  });
});

tests.each(
  [2, 17],
  (d) => `every kernel gives the same bits when its row is folded, d = ${d}`,
  async (device, d) => {
    const config = configOf({
      network: { width: 20_003 },
      flow: { dt: 0.1, penalty: { kind: 'total-variation', strength: 0.1 } },
    });
    const data = problemOf(makeSamples({ seed: 3, count: 5, dimension: d }));
    const seen = [];
    const limited = withGroupLimit(device);
    for (const limit of [65_535, 64]) {
      limited.setLimit(limit);
      const simulation = await createSimulation(limited.device, config, { data, replicas: 2 });
      await simulation.step(2);
      const { particles } = await simulation.read();
      const observed = await simulation.observe([
        'velocity',
        'patterns',
        'patternsChanged',
        'moments',
      ]);
      seen.push({ particles, observed });
      simulation.destroy();
    }
    const [whole, folded] = seen;
    expectSameParticles(folded.particles, whole.particles);
    expectSameParticles(folded.observed.velocity, whole.observed.velocity);
    expectSameBits(folded.observed.patterns, whole.observed.patterns, 'patterns');
    expect(folded.observed.patternsChanged).toEqual(whole.observed.patternsChanged);
    expect(folded.observed.moments).toEqual(whole.observed.moments);
    expect(whole.observed.patternsChanged[1]).toBeGreaterThan(0);
  },
);

/** The same device with another limit of workgroups per dimension, as the host sees it. */
function withGroupLimit(device: Device): { device: Device; setLimit(limit: number): void } {
  let groups = 0;
  const proxy = <T extends object>(target: T, replaced: (key: string | symbol) => unknown): T =>
    new Proxy(target, {
      get: (inner, key) => {
        const value: unknown = replaced(key) ?? Reflect.get(inner, key, inner);
        return typeof value === 'function' ? (value.bind(inner) as unknown) : value;
      },
    });
  const limits = proxy(device.gpu.limits, (key) =>
    key === 'maxComputeWorkgroupsPerDimension' ? groups : undefined,
  );
  const gpu = proxy(device.gpu, (key) => (key === 'limits' ? limits : undefined));
  return { device: { ...device, gpu }, setLimit: (limit) => void (groups = limit) };
}
