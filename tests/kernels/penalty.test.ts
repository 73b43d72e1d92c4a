// penalty: what it adds to a given velocity, −M λ ∇r, against the float64 gradient.
import { PENALTIES, type Config } from '../../src/config.ts';
import { emptySamples } from '../../src/engine/samples.ts';
import { velocityPasses } from '../../src/engine/velocity.ts';
import type { Device } from '../../src/gpu/device.ts';
import { penaltyGradient } from '../../src/reference/penalty.ts';
import type { Particles } from '../../src/state.ts';
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
  // Total variation has no gradient at (a, b) = 0 and at c = 0; both must count as 0.
  particles.a.fill(0, 0, d);
  particles.b[0] = 0;
  particles.c[m - 1] = 0;
  const before = makeParticles({ seed: 7, width: m, dimension: d, replicas });
  await onBench(device, config, { particles }, async (bench) => {
    const set = emptySamples(bench.context, 1, 'samples');
    const out = bench.cloud('velocity');
    // The data part is not run: its cheapest variant will do.
    const plan = { ...bench.plan, velocityKernel: 'velocity' as const };
    const context = { ...bench.context, plan, variant: { ...bench.context.variant, dimension: 1 } };
    const [, pass] = await velocityPasses(context, set, bench.particle, out);
    bench.writeCloud(out, before);
    bench.run(pass);
    const seen = await bench.readCloud(out);
    for (const name of ['a', 'b', 'c'] as const) {
      const moves = train.includes(name) && (name !== 'b' || bias);
      const pull = gradients(particles, kind, name).map((value) => (moves ? STRENGTH * value : 0));
      tests.close(
        kind,
        seen[name],
        pull.map((value, at) => before[name][at] - value),
        {
          scale: pull.map((value, at) => Math.abs(before[name][at]) + Math.abs(value)),
          terms: d + 4, // the length of (a, b), its root, a quotient and a product
          label: `${name}, ${JSON.stringify(choice)}`,
        },
      );
    }
  });
}

/** ∂r/∂a [R][m][d], ∂r/∂b or ∂r/∂c [R][m]. */
function gradients(particles: Particles, kind: Case['kind'], name: 'a' | 'b' | 'c'): Float64Array {
  const { dimension: d, a, b, c } = particles;
  const rows = Array.from(c, (_, p) => {
    const own = Float64Array.from(a.subarray(p * d, (p + 1) * d));
    return penaltyGradient(kind, { a: own, b: b[p], c: c[p] });
  });
  return Float64Array.from(rows.flatMap((row) => (name === 'a' ? [...row.a] : [row[name]])));
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
