// penalty: what it adds to a given velocity, −M λ ∇r, against the float64 gradient.
import { expect } from 'vitest';
import { PENALTIES, type Config } from '../../src/config.ts';
import { penaltyPass } from '../../src/engine/velocity.ts';
import type { Device } from '../../src/gpu/device.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { addPenalty, freeze } from '../../src/reference/velocity.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles } from '../helpers/random.ts';
import { onBench } from './harness.ts';

const KINDS = PENALTIES.filter((kind) => kind !== 'none');
interface Case {
  kind: (typeof KINDS)[number];
  m?: number;
  d?: number;
  replicas?: number;
  train?: Config['flow']['train'];
  bias?: boolean;
}

const STRENGTH = 0.3;
const tests = deviceTests('penalty');

async function check(device: Device, choice: Case): Promise<void> {
  const { kind, m = 9, d = 2, replicas = 1, train = ['a', 'b', 'c'], bias = true } = choice;
  const config = configOf({
    network: { width: m, bias },
    flow: { train, penalty: { kind, strength: STRENGTH } },
  });
  const particles = makeParticles({ seed: m + d, width: m, dimension: d, replicas });
  // Total variation has kinks at (a, b) = 0 and at c = 0; the last particles are within one step of them.
  particles.a.fill(0, 0, d);
  particles.b[0] = 0;
  particles.c[m - 1] = 0;
  if (m > 4) {
    particles.c[m - 2] = 1e-3;
    particles.c[m - 3] = -2e-3;
    particles.a.fill(1e-4, (m - 4) * d, (m - 3) * d);
    particles.b[m - 4] = -1e-4;
    particles.c[m - 4] = 3;
  }
  const before = makeParticles({ seed: 7, width: m, dimension: d, replicas });
  const moves = (name: 'a' | 'b' | 'c') => train.includes(name) && (name !== 'b' || bias);
  for (const name of ['a', 'b', 'c'] as const) if (!moves(name)) before[name].fill(0);
  await onBench(device, config, { particles }, async (bench) => {
    const out = bench.cloud('velocity');
    const pass = await penaltyPass(bench.context, bench.particle, out);
    bench.writeCloud(out, before);
    bench.run(pass);
    const seen = await bench.readCloud(out);
    const wanted = cloudOf(before);
    for (let p = 0; p < replicas * m; p++) addPenalty(config, cloudOf(particles), p, wanted);
    freeze(config, wanted);
    for (const name of ['a', 'b', 'c'] as const) {
      // A proximal step ends near 0: its velocity carries the rounding of w/dt.
      const scale = wanted[name].map(
        (value, at) =>
          Math.abs(before[name][at]) +
          Math.abs(value) +
          (kind === 'total-variation' ? Math.abs(particles[name][at]) / bench.plan.dt : 0),
      );
      tests.close(kind, seen[name], wanted[name], {
        scale,
        terms: d + 4, // the length of (a, b), its root, a quotient and a product
        label: `${name}, ${JSON.stringify(choice)}`,
      });
    }
  });
}

tests.each(
  KINDS,
  (kind) => `${kind} agrees with float64 at every width, dimension and replica`,
  async (device, kind) => {
    for (const m of [1, 3, 4, 5, 63, 64, 65, 255, 256, 257]) await check(device, { kind, m });
    for (const d of [1, 2, 3, 17, 64]) await check(device, { kind, d, m: 61, replicas: 3 });
  },
);

tests.each(
  KINDS,
  (kind) => `${kind} leaves at rest what does not train, and b without bias`,
  async (device, kind) => {
    for (const train of [[], ['a'], ['b'], ['c']] as Config['flow']['train'][]) {
      await check(device, { kind, train });
    }
    await check(device, { kind, bias: false });
  },
);

tests.it(
  'total variation sends a particle to 0 and holds it there while the data pull less than λ h',
  async (device) => {
    const shape = { width: 4, dimension: 1 };
    const particles = makeParticles({ seed: 1, ...shape });
    // h = 1; c within one step of 0, then the same pull from 0, a pull above λ, and one that crosses 0.
    particles.a.fill(1);
    particles.b.fill(0);
    particles.c.set([0.01, 0, 0, -0.01]);
    const still = makeParticles({ seed: 2, ...shape, std: 0 });
    still.c.set([0.2, 0.2, 0.5, 0.6]);
    const config = configOf({
      network: { width: 4 },
      flow: { dt: 0.125, penalty: { kind: 'total-variation', strength: 0.25 } },
    });
    await onBench(device, config, { particles }, async (bench) => {
      const out = bench.cloud('velocity');
      bench.writeCloud(out, still);
      bench.run(await penaltyPass(bench.context, bench.particle, out));
      const { c } = await bench.readCloud(out);
      const next = Array.from(c, (v, i) => particles.c[i] + 0.125 * v);
      // S(0.01 + 0.025, 0.03125), S(0.025, 0.03125), S(0.0625, 0.03125), S(0.065, 0.03125)
      [0.00375, 0, 0.03125, 0.03375].forEach((value, i) => {
        expect(Math.abs(next[i] - value)).toBeLessThan(1e-7);
      });
    });
  },
);
