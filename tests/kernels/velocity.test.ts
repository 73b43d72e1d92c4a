// velocity, velocity_rows and velocity_tiled: the data part of dw/dt from given weighted residuals, against float64.
import { expect } from 'vitest';
import { ACTIVATIONS, type ActivationName, type Config } from '../../src/config.ts';
import { emptySamples, uploadSamples } from '../../src/engine/samples.ts';
import { velocityPasses } from '../../src/engine/velocity.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Samples } from '../../src/problem/problem.ts';
import { cloudOf, joinReplicas, oneReplica, type Cloud } from '../../src/reference/cloud.ts';
import { velocity } from '../../src/reference/velocity.ts';
import { replicaOf, type Particles } from '../../src/state.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, normals } from '../helpers/random.ts';
import { onBench, padRows, unpadRows } from './harness.ts';
import { distanceToKink, velocityScale, velocityTerms } from './scales.ts';

type Kernel = 'velocity' | 'velocity_rows' | 'velocity_tiled';
interface Case {
  kernel: Kernel;
  activation?: ActivationName;
  m?: number;
  s?: number;
  d?: number;
  replicas?: number;
  scale?: number;
  train?: Config['flow']['train'];
  bias?: boolean;
  weighted?: boolean;
  /** inputs of every replica its own, as with minibatches */
  owned?: boolean;
}

const KERNELS: Kernel[] = ['velocity', 'velocity_rows', 'velocity_tiled'];
const tests = deviceTests('velocity');

/** dw/dt by the reference when ν_j ρ_j = pull[r][j]: its ν is set to 1. */
function expectedVelocity(
  config: Config,
  particles: Particles,
  sets: readonly Samples[],
  pull: Float32Array,
): Cloud {
  const cloud = cloudOf(particles);
  const s = sets[0].count;
  return joinReplicas(
    sets.map((set, r) => {
      const batch = { ...set, weight: new Float64Array(s).fill(1) };
      const rho = Float64Array.from(pull.subarray(r * s, (r + 1) * s));
      return velocity(config, oneReplica(cloud, r), batch, rho);
    }),
  );
}

/** The scales of all replicas, joined. */
function scalesOf(
  config: Config,
  particles: Particles,
  sets: readonly Samples[],
  pull: Float32Array,
) {
  const s = sets[0].count;
  const parts = sets.map((set, r) =>
    velocityScale(config, replicaOf(particles, r), set, pull.subarray(r * s, (r + 1) * s)),
  );
  const join = (name: 'a' | 'b' | 'c') =>
    Float64Array.from(parts.flatMap((part) => [...part[name]]));
  return { a: join('a'), b: join('b'), c: join('c') };
}

/**
 * The samples, with the first one in place of those at which float32 rounding could decide whether a relu particle is
 * active: |z| ≤ 2^-22 √(d + 1) Z, four times the rounding unit.
 */
function awayFromKinks(particles: Particles, samples: Samples): Samples {
  const { dimension: d, count } = samples;
  const x = Float32Array.from(samples.x);
  const at = (j: number): Samples => ({ ...samples, count: 1, x: x.subarray(j * d, (j + 1) * d) });
  expect(distanceToKink(particles, at(0))).toBeGreaterThan(2 ** -22);
  for (let j = 1; j < count; j++) {
    if (distanceToKink(particles, at(j)) <= 2 ** -22) x.copyWithin(j * d, 0, d);
  }
  return { ...samples, x };
}

async function check(device: Device, choice: Case): Promise<void> {
  const { kernel, activation = 'relu', m = 65, s = 5, d = 2, replicas = 1 } = choice;
  const { scale = 1, train = ['a', 'b', 'c'], bias = true, weighted = false } = choice;
  const config = configOf({ network: { activation, width: m, scale, bias }, flow: { train } });
  const particles = makeParticles({ seed: m + d, width: m, dimension: d, replicas, weighted });
  const sets = Array.from({ length: replicas }, (_, r) =>
    makeSamples({ seed: 100 * s + d + (choice.owned === true ? r : 0), count: s, dimension: d }),
  );
  const pull = normals(m + s, replicas * s);
  if (activation === 'relu') {
    sets.forEach((set, r) =>
      expect(distanceToKink(replicaOf(particles, r), set)).toBeGreaterThan(2 ** -24),
    );
  }
  await onBench(device, config, { particles, plan: { velocityKernel: kernel } }, async (bench) => {
    const { context } = bench;
    const set =
      choice.owned === true
        ? emptySamples(context, s, 'samples')
        : uploadSamples(context, sets[0], 'samples');
    if (choice.owned === true) {
      const columns = sets.flatMap(({ x }) =>
        Array.from({ length: d }, (_, k) => x.filter((_unused, at) => at % d === k)),
      );
      bench.write(
        set.buffers['x'],
        padRows(
          columns.flatMap((column) => [...column]),
          s,
        ),
      );
    }
    bench.write(set.buffers['weighted_residual'], padRows(pull, s));
    const out = bench.cloud('velocity');
    bench.run(...(await velocityPasses(context, set, bench.particle, out)));
    const seen = await bench.readCloud(out);
    // Padding must stay at rest: its particles enter every sum.
    const rows = await bench.floats(out, bench.plan.particleBytes / 4);
    const padding = rows.filter((_, k) => k % (4 * bench.plan.m4) >= m);
    expect(padding.every((value) => value === 0)).toBe(true);
    const wanted = expectedVelocity(config, particles, sets, pull);
    const scales = scalesOf(config, particles, sets, pull);
    const terms = velocityTerms(sets[0]);
    for (const name of ['a', 'b', 'c'] as const) {
      const label = `d${name}/dt, ${JSON.stringify(choice)}`;
      tests.close(`${kernel}, ${activation}`, seen[name], wanted[name], {
        scale: scales[name],
        terms,
        label,
      });
    }
  });
}

tests.each(
  ACTIVATIONS,
  (activation) => `in registers agrees with float64 for ${activation}`,
  async (device, activation) => {
    await check(device, { kernel: 'velocity', activation, m: 257, s: 33 });
  },
);

// The text of an activation is the same in both kernels, and this one takes seconds to compile on a software adapter;
// softplus does not vanish at 0, where the padding lies.
tests.each(
  ['relu', 'softplus'] as const,
  (activation) => `tiled agrees with float64 for ${activation}`,
  async (device, activation) => {
    await check(device, { kernel: 'velocity_tiled', activation, m: 67, s: 33, d: 17 });
    await check(device, { kernel: 'velocity_tiled', activation, m: 257, s: 65, d: 2 });
  },
);

tests.each(
  [1, 3, 16],
  (d) => `in registers agrees with float64 in dimension ${d}`,
  (device, d) => check(device, { kernel: 'velocity', d, m: 131, s: 7, replicas: 2 }),
);

tests.it('tiled agrees with float64 in every dimension around its tiles', async (device) => {
  for (const d of [1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 64, 67]) {
    await check(device, { kernel: 'velocity_tiled', d, m: 67, s: 67, replicas: 2 });
  }
});

tests.each(
  ACTIVATIONS,
  (activation) => `in rows agrees with float64 for ${activation}`,
  async (device, activation) => {
    await check(device, { kernel: 'velocity_rows', activation, m: 67, s: 33, d: 17, replicas: 2 });
  },
);

tests.it('in rows agrees with float64 in small and large dimensions', async (device) => {
  for (const d of [1, 2, 3, 17, 64, 131]) {
    await check(device, { kernel: 'velocity_rows', d, m: 67, s: 67 });
  }
});

tests.each(
  KERNELS,
  (kernel) => `${kernel} is right on both sides of every boundary of the width`,
  async (device, kernel) => {
    for (const m of [1, 3, 4, 5, 63, 64, 65, 127, 129, 255, 256, 257, 511, 513, 1021]) {
      await check(device, { kernel, m });
    }
  },
);

tests.each(
  KERNELS,
  (kernel) => `${kernel} is right on both sides of every boundary of the samples`,
  async (device, kernel) => {
    for (const s of [1, 3, 4, 5, 31, 32, 33, 63, 64, 65, 67, 127, 129, 257]) {
      await check(device, { kernel, s, m: 67 });
    }
  },
);

tests.each(
  KERNELS,
  (kernel) => `${kernel} keeps replicas apart, for every p, and particle weights do not enter`,
  async (device, kernel) => {
    for (const scale of [0, 0.5, 1]) {
      await check(device, { kernel, scale, replicas: 3, m: 61, s: 31, weighted: true });
    }
    await check(device, { kernel, replicas: 3, m: 61, s: 31, d: 3, owned: true });
  },
);

tests.each(
  KERNELS,
  (kernel) => `${kernel} leaves at rest what does not train, and b without bias`,
  async (device, kernel) => {
    for (const train of [[], ['a'], ['b'], ['c'], ['a', 'c']] as Config['flow']['train'][]) {
      await check(device, { kernel, train, m: 9, s: 9 });
    }
    await check(device, { kernel, bias: false, m: 9, s: 9 });
  },
);

tests.each(
  KERNELS,
  (kernel) => `${kernel} writes V = (α/m) c G0 on request, which is −c dc/dt`,
  async (device, kernel) => {
    const [m, s, d] = [61, 31, kernel === 'velocity' ? 3 : 17];
    const config = configOf({ network: { activation: 'relu', width: m } });
    const particles = makeParticles({ seed: 5, width: m, dimension: d, replicas: 2 });
    await onBench(
      device,
      config,
      { particles, plan: { velocityKernel: kernel } },
      async (bench) => {
        const { context } = bench;
        const samples = makeSamples({ seed: 6, count: s, dimension: d });
        const set = uploadSamples(context, samples, 'samples');
        bench.write(set.buffers['weighted_residual'], padRows(normals(7, 2 * s), s));
        const out = bench.cloud('velocity');
        const potential = context.buffers.storage('potential', 2 * 16 * bench.plan.m4);
        bench.run(...(await velocityPasses(context, set, bench.particle, out, potential)));
        const velocity = await bench.readCloud(out);
        const seen = unpadRows(await bench.floats(potential, 2 * 4 * bench.plan.m4), m);
        const wanted = velocity.c.map((slope, p) => -particles.c[p] * slope);
        const size = wanted.map(Math.abs);
        // One product of the same two numbers, rounded once on either side, and the scale applied before or after.
        tests.close(`${kernel}, V`, seen, wanted, { scale: size, terms: 3, label: `V, ${kernel}` });
      },
    );
  },
);

tests.each(
  KERNELS,
  (kernel) => `${kernel} keeps its accuracy over 100,003 samples`,
  async (device, kernel) => {
    const [m, s, d] = [9, 100_003, kernel === 'velocity' ? 1 : 17];
    const config = configOf({ network: { activation: 'relu', width: m } });
    const particles = makeParticles({ seed: 8, width: m, dimension: d });
    const samples = awayFromKinks(particles, makeSamples({ seed: 9, count: s, dimension: d }));
    expect(distanceToKink(particles, samples)).toBeGreaterThan(2 ** -24);
    // Of one sign: every partial sum rounds at its full size, which is the worst case.
    const pull = normals(10, s).map(Math.abs);
    await onBench(
      device,
      config,
      { particles, plan: { velocityKernel: kernel } },
      async (bench) => {
        const set = uploadSamples(bench.context, samples, 'samples');
        bench.write(set.buffers['weighted_residual'], padRows(pull, s));
        const out = bench.cloud('velocity');
        bench.run(...(await velocityPasses(bench.context, set, bench.particle, out)));
        const seen = await bench.readCloud(out);
        const wanted = expectedVelocity(config, particles, [samples], pull);
        for (const name of ['a', 'b', 'c'] as const) {
          const size = Math.max(...wanted[name].map(Math.abs));
          const error = Math.max(...wanted[name].map((w, p) => Math.abs(w - seen[name][p]))) / size;
          expect(error, `d${name}/dt`).toBeLessThan(5e-6);
        }
      },
    );
  },
);
