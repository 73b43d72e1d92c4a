// update: one Euler step and the two stages of Heun on given velocities, and the guard against numbers that are not finite.
import { expect } from 'vitest';
import { clockPass, updatePass } from '../../src/engine/update.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Config } from '../../src/config.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { update } from '../../src/reference/update.ts';
import type { Particles } from '../../src/state.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles } from '../helpers/random.ts';
import { onBench, type Bench } from './harness.ts';

interface Case {
  integrator: Config['flow']['integrator'];
  m: number;
  d?: number;
  replicas?: number;
  time?: Config['flow']['time'];
}

const NONE = 0xffffffff;
const tests = deviceTests('update');

/** The update passes of one step on given velocities; Heun's second velocity is `second` whatever the predictor is. */
async function passesOf(
  bench: Bench,
  integrator: Case['integrator'],
  first: Particles,
  second: Particles,
) {
  const { context } = bench;
  const buffers = {
    clock: context.buffers.storage('clock', 16),
    particle: bench.particle,
    velocity_in: bench.cloud('velocity'),
    predicted: bench.cloud('predicted'),
    predicted_velocity: bench.cloud('predicted velocity'),
  };
  bench.writeCloud(buffers.velocity_in, first);
  bench.writeCloud(buffers.predicted_velocity, second);
  bench.write(buffers.clock, new Uint32Array([41, NONE, NONE]));
  const passes =
    integrator === 'euler'
      ? [await updatePass(context, 'euler', buffers)]
      : [
          await updatePass(context, 'predict', buffers),
          await updatePass(context, 'correct', buffers),
        ];
  const tick = await clockPass(context, buffers.clock);
  return {
    buffers,
    run: () => bench.run(...passes, tick),
    clock: () => bench.words(buffers.clock, 3),
  };
}

async function check(device: Device, choice: Case): Promise<void> {
  const { integrator, m, d = 2, replicas = 1, time = 'function' } = choice;
  const config = configOf({
    network: { width: m, scale: 0.25 },
    flow: { dt: 0.07, integrator, time },
  });
  const shape = { width: m, dimension: d, replicas };
  const [particles, first, second] = [1, 2, 3].map((seed) => makeParticles({ seed, ...shape }));
  await onBench(device, config, { particles }, async (bench) => {
    const { buffers, run, clock } = await passesOf(bench, integrator, first, second);
    run();
    expect([...(await clock())]).toEqual([42, NONE, NONE]);
    let asked = 0;
    const wanted = update(config, cloudOf(particles), () => cloudOf([first, second][asked++]));
    const seen = await bench.readCloud(bench.particle);
    const { dt } = bench.plan;
    for (const name of ['a', 'b', 'c'] as const) {
      const scale = particles[name].map(
        (w, k) => Math.abs(w) + dt * (Math.abs(first[name][k]) + Math.abs(second[name][k])),
      );
      const label = `${name}, ${JSON.stringify(choice)}`;
      tests.close(integrator, seen[name], wanted[name], { scale, factor: 3, label });
    }
    if (integrator === 'heun') {
      const predicted = await bench.readCloud(buffers.predicted);
      const exact = particles.c.map((c, k) => c + dt * first.c[k]);
      const scale = particles.c.map((c, k) => Math.abs(c) + dt * Math.abs(first.c[k]));
      tests.close('predictor', predicted.c, exact, { scale, factor: 3, label: 'predictor' });
    }
    // Padding stays at zero: it would enter every sum over particles.
    const rows = await bench.floats(bench.particle, bench.plan.particleBytes / 4);
    const padding = rows.filter((_, k) => k % (4 * bench.plan.m4) >= m);
    expect(padding.every((value) => value === 0)).toBe(true);
  });
}

for (const integrator of ['euler', 'heun'] as const) {
  tests.it(
    `${integrator} agrees with float64 at every size and leaves the padding at zero`,
    async (device) => {
      for (const m of [1, 3, 4, 5, 63, 64, 65, 255, 256, 257])
        await check(device, { integrator, m });
      for (const d of [1, 3, 17, 64]) await check(device, { integrator, m: 61, d, replicas: 3 });
      await check(device, { integrator, m: 61, time: 'gradient' });
    },
  );
}

const LARGEST = 3.4028234663852886e38;
const guarded = [
  { value: Infinity, found: true },
  { value: -Infinity, found: true },
  { value: NaN, found: true },
  { value: LARGEST, found: false },
  { value: -LARGEST, found: false },
];

tests.each(
  guarded,
  ({ value, found }) =>
    `a velocity of ${value} ${found ? 'marks the step' : 'passes'}, in every lane and row`,
  async (device, { value, found }) => {
    for (const integrator of ['euler', 'heun'] as const) {
      const config = configOf({ network: { width: 70 }, flow: { dt: 1, integrator } });
      const particles = makeParticles({ seed: 4, width: 70, dimension: 2, replicas: 2 });
      await onBench(device, config, { particles }, async (bench) => {
        for (const at of [0, 1, 2, 3, 69, 139]) {
          const velocity = makeParticles({ seed: 5, width: 70, dimension: 2, replicas: 2 });
          velocity.c[at] = value;
          // Half of the mean of the two velocities must not overflow by itself.
          const still = makeParticles({ seed: 5, width: 70, dimension: 2, replicas: 2, std: 0 });
          bench.writeCloud(bench.particle, still);
          const { run, clock } = await passesOf(bench, integrator, velocity, still);
          run();
          // Replicas of 70 particles take 72 places.
          const place = at < 70 ? at : at + 2;
          expect([...(await clock())]).toEqual(found ? [42, 41, place] : [42, NONE, NONE]);
        }
      });
    }
  },
);

tests.it('the first bad step stays marked when later steps are bad too', async (device) => {
  const config = configOf({ network: { width: 3 } });
  const particles = makeParticles({ seed: 4, width: 3, dimension: 1 });
  await onBench(device, config, { particles }, async (bench) => {
    const velocity = makeParticles({ seed: 5, width: 3, dimension: 1 });
    velocity.a[1] = NaN;
    const notFinite = makeParticles({ seed: 4, width: 3, dimension: 1, std: Infinity });
    const { run, clock } = await passesOf(bench, 'euler', velocity, velocity);
    for (let n = 0; n < 3; n++) {
      run();
      // From the second step on the other particles are bad too, with smaller numbers.
      bench.writeCloud(bench.particle, notFinite);
    }
    expect([...(await clock())]).toEqual([44, 41, 1]);
  });
});
