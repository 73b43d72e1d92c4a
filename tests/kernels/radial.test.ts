// Radial features on the device: forward, velocity and V at samples, and the same from the closed-form energy, against float64.
import { expect } from 'vitest';
import { forwardPass } from '../../src/engine/forward.ts';
import {
  createProducts,
  populationVelocityPasses,
  uploadTeacher,
} from '../../src/engine/population-loss.ts';
import { readProbe } from '../../src/engine/probe.ts';
import { uploadSamples } from '../../src/engine/samples.ts';
import { velocityPasses } from '../../src/engine/velocity.ts';
import { createReadBack } from '../../src/gpu/buffer.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Population } from '../../src/problem/problem.ts';
import { cloudOf, type Cloud } from '../../src/reference/cloud.ts';
import { forward } from '../../src/reference/forward.ts';
import {
  populationPotential,
  populationProducts,
  populationVelocity,
} from '../../src/reference/population.ts';
import { potential } from '../../src/reference/potential.ts';
import { velocity } from '../../src/reference/velocity.ts';
import type { Particles } from '../../src/state.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, normals, uniforms } from '../helpers/random.ts';
import { onBench, padRows, unpadRows } from './harness.ts';

const tests = deviceTests('radial');

interface Case {
  m?: number;
  s?: number;
  d?: number;
  k?: number;
  replicas?: number;
  weighted?: boolean;
}

function settingOf({ m = 33, d = 2, replicas = 1, weighted = false }: Case) {
  const config = configOf({
    problem: { kind: 'mixture' },
    network: { activation: 'gaussian', features: 'radial', bias: false, width: m },
    flow: { penalty: { kind: 'output-l2', strength: 0.25 } },
  });
  const cloud = makeParticles({ seed: m + d, width: m, dimension: d, replicas, weighted });
  return { config, particles: { ...cloud, b: new Float32Array(replicas * m) } };
}

/** √(1 + Σ_i (ω_i c_i)²) over the particles of every replica. */
function chargesOf({ width: m, replicas, weight, c }: Particles): number[] {
  return Array.from({ length: replicas }, (_, r) => {
    let sum = 1;
    for (let p = r * m; p < (r + 1) * m; p++) sum += (weight[p] * c[p]) ** 2;
    return Math.sqrt(sum);
  });
}

/**
 * A unit is at most 0.57 and its gradient 0.49; a distance of d terms enters an exponent z, with z e^{−z} below 0.37. So the
 * terms of a sum are of the size of the charges, and of c_i times that in da/dt.
 */
function compareClouds(
  row: string,
  actual: Particles,
  expected: Cloud,
  particles: Particles,
  { scale, terms, label }: { scale: (i: number) => number; terms: number; label: string },
): void {
  const own = (i: number): number => 1 + Math.abs(particles.c[i]);
  const d = particles.dimension;
  tests.close(row, actual.c, expected.c, {
    scale: Float64Array.from(expected.c, (_, i) => own(i) * scale(i)),
    terms,
    label: `${label}: c`,
  });
  tests.close(row, actual.a, expected.a, {
    scale: Float64Array.from(
      expected.a,
      (_, n) => own(Math.floor(n / d)) * scale(Math.floor(n / d)),
    ),
    terms,
    label: `${label}: a`,
  });
  expect(actual.b.every((b) => b === 0)).toBe(true);
}

async function checkSamples(device: Device, choice: Case): Promise<void> {
  const { m = 33, s = 5, d = 2, replicas = 1 } = choice;
  const { config, particles } = settingOf(choice);
  const samples = makeSamples({ seed: s + d, count: s, dimension: d });
  const pull = normals(m + s, replicas * s);
  const ones = { ...samples, weight: new Float32Array(s).fill(1) };
  const label = JSON.stringify(choice);
  const charges = chargesOf(particles);
  await onBench(device, config, { particles }, async (bench) => {
    const { context } = bench;
    const set = uploadSamples(context, samples, 'samples');
    const { splits, s4 } = set.plan;
    bench.run(await forwardPass(context, set, bench.particle));
    const rows = unpadRows(
      await bench.floats(set.buffers['partial'], 4 * replicas * splits * s4),
      s,
    );
    const f = Float64Array.from({ length: replicas * s }, (_, at) => {
      const [r, j] = [Math.floor(at / s), at % s];
      let sum = 0;
      for (let part = 0; part < splits; part++) sum += rows[(r * splits + part) * s + j];
      return sum / m;
    });
    tests.close('forward', f, forward(config, cloudOf(particles), samples), {
      scale: Float64Array.from(f, (_, at) => charges[Math.floor(at / s)] / m),
      terms: d + 4 + m,
      label,
    });
    bench.write(set.buffers['weighted_residual'], padRows(pull, s));
    const out = bench.cloud('velocity');
    const v = context.buffers.storage('potential', 16 * replicas * bench.plan.m4);
    bench.run(...(await velocityPasses(context, set, bench.particle, out, v)));
    const rho = Float64Array.from(pull);
    const size = Math.sqrt(1 + pull.reduce((sum, p) => sum + p * p, 0));
    const closeness = { scale: () => size, terms: d + 4 + s, label };
    compareClouds(
      'velocity',
      await bench.readCloud(out),
      velocity(config, cloudOf(particles), ones, rho),
      particles,
      closeness,
    );
    const seen = unpadRows(await bench.floats(v, 4 * replicas * bench.plan.m4), m);
    tests.close('potential', seen, potential(config, cloudOf(particles), ones, rho), {
      scale: Float64Array.from(particles.c, (c) => (1 + c * c) * size),
      terms: closeness.terms,
      label,
    });
  });
}

function targetOf(k: number, d: number): Population {
  return {
    teacher: {
      neurons: k,
      dimension: d,
      a: normals(31 * k + d, k * d),
      b: new Float32Array(k),
      c: normals(7 * k, k),
    },
    sizes: uniforms(3 * k, k, 0.4, 1.5),
    moment: d,
  };
}

async function checkEnergy(device: Device, choice: Case): Promise<void> {
  const { m = 33, d = 2, k = 3, replicas = 1 } = choice;
  const { config, particles } = settingOf(choice);
  const population = targetOf(k, d);
  const cloud = cloudOf(particles);
  const label = JSON.stringify(choice);
  // K is at most (π/2v)^{d/2}/π with v ≥ 0.8 between components and 1 with a particle.
  const height = (Math.PI / 1.6) ** (d / 2);
  const charges = chargesOf(particles).map(
    (size) =>
      height * (size / m + Math.sqrt(population.teacher.c.reduce((sum, c) => sum + c * c, 0)) / k),
  );
  const scale = (i: number): number => charges[Math.floor(i / m)] + 0.25;
  const terms = 2 * d + 16 + Math.ceil(m / 16);
  await onBench(device, config, { particles }, async (bench) => {
    const own = uploadTeacher(bench.context, population);
    const out = bench.cloud('velocity');
    const v = bench.context.buffers.storage('potential', 16 * replicas * bench.plan.m4);
    bench.run(...(await populationVelocityPasses(bench.context, own, bench.particle, out, v)));
    compareClouds(
      'energy: velocity',
      await bench.readCloud(out),
      populationVelocity(config, cloud, population),
      particles,
      { scale, terms, label },
    );
    const seen = unpadRows(await bench.floats(v, 4 * replicas * bench.plan.m4), m);
    tests.close('energy: potential', seen, populationPotential(config, cloud, population), {
      scale: Float64Array.from(particles.c, (c, i) => (1 + c * c) * scale(i)),
      terms,
      label,
    });
    const readBack = createReadBack(device);
    const products = createProducts(bench.context, own, bench.particle);
    const expected = populationProducts(config, cloud, population);
    const all = await readProbe(readBack, await products.all());
    const size = Math.max(...charges) ** 2;
    tests.close('energy: products', all.residual, expected.residual, {
      scale: size,
      terms: terms + m,
      label,
    });
    tests.close('energy: products', all.target, expected.target, {
      scale: size,
      terms: terms + m,
      label,
    });
    readBack.destroy();
  });
}

// One invocation holds 4 particles or samples, a workgroup 256, a tile of sources 16.
tests.each(
  [1, 3, 4, 5, 63, 64, 65, 257].map((m) => ({ m })),
  ({ m }) => `at samples, m = ${m}`,
  (device, { m }) => checkSamples(device, { m }),
);
tests.each(
  [1, 3, 4, 5, 64, 65, 131].map((s) => ({ s })),
  ({ s }) => `at samples, s = ${s}`,
  (device, { s }) => checkSamples(device, { s }),
);
tests.it('at samples, in 1, 3 and 16 dimensions, replicas, weights', async (device) => {
  for (const d of [1, 3, 16]) await checkSamples(device, { d });
  await checkSamples(device, { replicas: 3, m: 21, weighted: true });
});
tests.each(
  [1, 3, 4, 5, 16, 17, 256, 257].map((m) => ({ m })),
  ({ m }) => `by the energy, m = ${m}`,
  (device, { m }) => checkEnergy(device, { m }),
);
tests.each(
  [1, 4, 5, 17].map((k) => ({ k })),
  ({ k }) => `by the energy, ${k} components`,
  (device, { k }) => checkEnergy(device, { k }),
);
tests.it('by the energy, in 1, 3 and 16 dimensions, replicas, weights', async (device) => {
  for (const d of [1, 3, 16]) await checkEnergy(device, { d });
  await checkEnergy(device, { replicas: 3, m: 21, weighted: true });
});
