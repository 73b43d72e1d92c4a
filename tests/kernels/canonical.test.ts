// canonical: plane, signs and arcs of particles of one input, against float64 and against the arcs of the angles.
import { expect } from 'vitest';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Device } from '../../src/gpu/device.ts';
import { arcOf } from '../../src/problem/canonical.ts';
import { canonical } from '../../src/reference/canonical.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { expectSameBits } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';
import { distanceToKink } from './scales.ts';

const tests = deviceTests('canonical');

async function check(device: Device, m: number, s: number, replicas = 1): Promise<void> {
  const config = configOf({ network: { activation: 'relu', width: m, scale: 0.5 } });
  const particles = makeParticles({ seed: m, width: m, dimension: 1, replicas });
  const samples = makeSamples({ seed: s + 1000, count: s, dimension: 1 });
  // Nearer to the kink the sign of z depends on rounding.
  expect(distanceToKink(particles, samples)).toBeGreaterThan(2 ** -24);
  const simulation = await createSimulation(device, config, {
    ...{ data: problemOf(samples), particles, replicas },
  });
  const { canonical: seen } = await simulation.observe(['canonical']);
  simulation.destroy();
  const known = canonical(config, cloudOf(particles), samples);
  const label = `m = ${m}, s = ${s}, R = ${replicas}`;
  for (const name of ['u', 'v'] as const) {
    // Three products and the rounding of 1/α.
    const scale = known[name].map(Math.abs);
    tests.close(name, seen[name], known[name], { scale, terms: 4, label: `${name}, ${label}` });
  }
  expectSameBits(seen.sign, Float32Array.from(known.sign), label);
  expectSameBits(seen.arc, known.arc, label);
  const x = Float64Array.from(samples.x).sort();
  const angles = Uint32Array.from(
    particles.a,
    (a, p) => arcOf(Math.atan2(-particles.b[p], a), x).label,
  );
  expectSameBits(seen.arc, angles, `arcs of angles, ${label}`);
}

tests.it('agree at every boundary of groups and workgroups', async (device) => {
  for (const m of [1, 3, 4, 5, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1021])
    await check(device, m, 7);
  for (const s of [1, 3, 4, 5, 63, 64, 65, 67]) await check(device, 61, s);
});

tests.it('agree in every replica', async (device) => {
  for (const m of [1, 61, 257]) await check(device, m, 9, 3);
});

tests.it('refuses other dimensions in one line', async (device) => {
  const simulation = await createSimulation(device, configOf({ network: { width: 3 } }), {
    data: problemOf(makeSamples({ seed: 1, count: 2, dimension: 2 })),
  });
  await expect(simulation.observe(['canonical'])).rejects.toThrow(
    'observe: received "canonical" with d = 2; allowed: d = 1',
  );
  simulation.destroy();
});
