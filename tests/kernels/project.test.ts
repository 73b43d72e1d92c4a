// invariant and project: δ and the projection onto it against float64, and the drift of a long run with and without it.
import { expect } from 'vitest';
import { projection } from '../../src/engine/project.ts';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { canonicalParticles } from '../../src/reference/lift.ts';
import { deltaOf } from '../../src/problem/canonical.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { invariant, project } from '../../src/reference/project.ts';
import type { Particles } from '../../src/state.ts';
import { tangentEigenvalue } from '../../src/theory/tangent-spectrum.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';
import { onBench } from './harness.ts';

const tests = deviceTests('project');

async function check(device: Device, m: number, d: number, replicas: number): Promise<void> {
  const start = makeParticles({ seed: m + d, width: m, dimension: d, replicas });
  const moved = makeParticles({ seed: 3, width: m, dimension: d, replicas });
  // Nothing to scale: an output weight of 0 and input weights of 0 stay.
  moved.c[0] = 0;
  const config = configOf({ network: { width: m }, flow: { project: 'delta' } });
  await onBench(device, config, { particles: start }, async (bench) => {
    const { prepare, pass } = await projection(bench.context, bench.particle);
    bench.run(prepare);
    bench.writeCloud(bench.particle, moved);
    bench.run(pass);
    const seen = await bench.readCloud(bench.particle);
    const delta = invariant(cloudOf(start));
    const wanted = project(cloudOf(moved), delta);
    // δ is a difference: its error is that of its terms, and enters the length through √.
    const size = (p: number): number => {
      const square = (w: Particles) =>
        w.a.subarray(p * d, (p + 1) * d).reduce((sum, value) => sum + value * value, 0) +
        w.b[p] ** 2 +
        w.c[p] ** 2;
      const length = Math.sqrt(
        Math.abs(
          delta[p] >= 0 ? square(moved) - moved.c[p] ** 2 + delta[p] : moved.c[p] ** 2 - delta[p],
        ),
      );
      return length + square(start) / Math.max(length, 1e-3);
    };
    for (const name of ['a', 'b', 'c'] as const) {
      const rows = name === 'a' ? d : 1;
      const inner = (p: number) => Math.hypot(...moved.a.subarray(p * d, (p + 1) * d), moved.b[p]);
      const scale = Float64Array.from(seen[name], (_, k) => {
        const p = Math.floor(k / rows);
        const share = name === 'c' || delta[p] >= 0 ? 1 : Math.abs(moved[name][k]) / inner(p);
        return Math.abs(moved[name][k]) + share * size(p);
      });
      tests.close('project', seen[name], wanted[name], {
        scale,
        terms: d + 4,
        label: `${name}, m = ${m}, d = ${d}, R = ${replicas}`,
      });
    }
  });
}

tests.it('agrees with float64 at every width, dimension and replica', async (device) => {
  for (const m of [1, 3, 4, 5, 63, 64, 65, 255, 256, 257]) await check(device, m, 1, 1);
  for (const d of [2, 3, 17]) await check(device, 61, d, 3);
});

/** Largest |δ_i − δ| / max(1, |δ|, c_i²), what float32 can hold of a difference of squares, after `steps` steps at half the bound of the tangent kernel. */
async function drift(
  device: Device,
  delta: number,
  mode: 'none' | 'delta',
  steps: number,
): Promise<number> {
  const m = 64;
  const train = makeSamples({ seed: 2, count: 10, dimension: 1 });
  const input = {
    network: { width: m, scale: 0.5 },
    init: { kind: 'canonical' as const, delta },
    flow: { project: mode },
  };
  const config = configOf(input);
  if (config.init.kind !== 'canonical') throw new Error('the kind was lost');
  const particles = canonicalParticles(config, config.init, 1);
  const dt = 0.5 / tangentEigenvalue(config, particles, train);
  const data = { title: 'test', train, test: null };
  const simulation = await createSimulation(
    device,
    configOf({ ...input, flow: { project: mode, dt } }),
    {
      data,
      particles,
    },
  );
  await simulation.step(steps);
  const end = (await simulation.read()).particles;
  simulation.destroy();
  return Math.max(
    ...deltaOf(end).map(
      (value, i) => Math.abs(value - delta) / Math.max(1, Math.abs(delta), end.c[i] ** 2),
    ),
  );
}

tests.it(
  'holds a common δ to 1e-6 of max(1, |δ|, c²), where Euler alone drifts',
  async (device) => {
    for (const delta of [-100, -1, 0, 100]) {
      expect(await drift(device, delta, 'delta', 1000)).toBeLessThan(1e-6);
    }
    expect(await drift(device, -1, 'none', 1000)).toBeGreaterThan(1e-4);
  },
);

tests.it(
  'setTimeStep changes the step of what follows, and the time it adds up to',
  async (device) => {
    const train = makeSamples({ seed: 2, count: 10, dimension: 1 });
    const particles = makeParticles({ seed: 3, width: 20, dimension: 1 });
    const data = { title: 'test', train, test: null };
    const start = (dt: number) =>
      createSimulation(device, configOf({ network: { width: 20 }, flow: { dt } }), {
        data,
        particles,
      });
    const [changed, second] = [await start(0.25), await start(0.125)];
    await changed.step(3);
    await changed.setTimeStep(0.125);
    await changed.step(4);
    expect(changed.time).toBe(0.75 + 0.5);
    const reference = await start(0.25);
    await reference.step(3);
    const middle = (await reference.read()).particles;
    const continued = await createSimulation(
      device,
      configOf({ network: { width: 20 }, flow: { dt: 0.125 } }),
      { data, particles: middle },
    );
    await continued.step(4);
    expect((await changed.read()).particles).toEqual((await continued.read()).particles);
    await expect(second.setTimeStep(-1)).rejects.toThrow('received -1; allowed: a positive number');
    for (const simulation of [changed, second, reference, continued]) simulation.destroy();
  },
);
