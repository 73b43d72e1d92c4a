// moments: the six sums over the cloud, weighted or not, against float64.
import { readProbe } from '../../src/engine/probe.ts';
import { createMoments } from '../../src/engine/reductions.ts';
import { createReadBack } from '../../src/gpu/buffer.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Particles } from '../../src/state.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles } from '../helpers/random.ts';
import { onBench } from './harness.ts';

const NAMES = ['Σ ω c', 'Σ ω c²', 'Σ ω |a|²', 'Σ ω b²', 'Σ ω |c| |(a,b)|', 'Σ ω c² |(a,b)|²'];
const tests = deviceTests('moments');

/** The six terms of one particle. */
function termsOf({ dimension: d, a, b, c, weight }: Particles, p: number): number[] {
  const square = a.subarray(p * d, (p + 1) * d).reduce((sum, value) => sum + value * value, 0);
  const sizes = [
    c[p],
    c[p] ** 2,
    square,
    b[p] ** 2,
    Math.abs(c[p]) * Math.sqrt(square + b[p] ** 2),
    c[p] ** 2 * (square + b[p] ** 2),
  ];
  return sizes.map((value) => weight[p] * value);
}

async function check(
  device: Device,
  choice: { m: number; d?: number; replicas?: number; weighted?: boolean },
): Promise<void> {
  const { m, d = 2, replicas = 1, weighted = false } = choice;
  const config = configOf({ network: { width: m } });
  const particles = makeParticles({ seed: m + d, width: m, dimension: d, replicas, weighted });
  await onBench(device, config, { particles }, async (bench) => {
    const readBack = createReadBack(device);
    const seen = await readProbe(readBack, await createMoments(bench.context, bench.particle));
    readBack.destroy();
    NAMES.forEach((name, n) => {
      const sums = Array.from({ length: replicas }, (_, r) => {
        const terms = Array.from({ length: m }, (_unused, i) => termsOf(particles, r * m + i)[n]);
        return terms.reduce(([sum, size], term) => [sum + term, size + Math.abs(term)], [0, 0]);
      });
      tests.close(
        name,
        sums.map((_, r) => seen[6 * r + n]),
        sums.map(([sum]) => sum),
        {
          // All terms of a kind have one sign, so rounding errors are measured against the sum of absolute values.
          scale: sums.map(([, size]) => size),
          terms: d + 2 + Math.ceil(m / 16_384) + 8, // one particle, rounds of a lane, tree
          label: `${name}, ${JSON.stringify(choice)}`,
        },
      );
    });
  });
}

tests.it('agree with float64 at every width', async (device) => {
  for (const m of [1, 3, 4, 5, 63, 64, 65, 255, 256, 257, 1021]) await check(device, { m });
});

tests.it('agree in every dimension and replica, with particle weights', async (device) => {
  for (const d of [1, 3, 17, 64]) await check(device, { m: 61, d, replicas: 3 });
  for (const m of [1, 61, 257]) await check(device, { m, replicas: 3, weighted: true });
});

tests.it('agree where a workgroup goes round several times', async (device) => {
  await check(device, { m: 50_021, d: 1 });
  await check(device, { m: 50_021, d: 1, weighted: true });
});
