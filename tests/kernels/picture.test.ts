// density, nearest: particles counted per cell and found by pixel, against float64. Parameters, zoom and centre are short
// binary fractions, so that pixels are exact in float32 and counts agree exactly, also on the edges of cells.
import { expect } from 'vitest';
import { createNearest } from '../../src/engine/nearest.ts';
import {
  createDensity,
  createPictureBuffers,
  NONE,
  writeView,
  type CloudSize,
} from '../../src/engine/picture.ts';
import { createBuffers } from '../../src/gpu/buffer.ts';
import type { Device } from '../../src/gpu/device.ts';
import {
  canonicalPlane,
  cellsOf,
  directionPlane,
  pairPlane,
  parameterOf,
  type Plane,
  type Window,
} from '../../src/problem/plane.ts';
import { densityOf, nearestTo, pixelOf, placeOf } from '../../src/reference/picture.ts';
import type { Particles } from '../../src/state.ts';
import { expectSameBits } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { words } from '../helpers/random.ts';
import { onBench, type Bench } from './harness.ts';

const tests = deviceTests('picture');

/** Quarters from −8 to 8 for a and b, powers of two of either sign for c. */
function latticeParticles(m: number, d: number, replicas = 1, weighted = false): Particles {
  const count = replicas * m;
  const quarters = (seed: number, length: number): Float32Array =>
    Float32Array.from(words(seed, length), (word) => (word % 65) / 4 - 8);
  return {
    ...{ dimension: d, width: m, replicas },
    a: quarters(m, count * d),
    b: quarters(m + 1, count),
    c: Float32Array.from(words(m + 2, count), (word) => (word & 1 ? 1 : -1) * 2 ** -(word % 3)),
    // Up to 0.86, 0 among them, rounded to units, where they are not 1.
    weight: Float32Array.from(words(m + 3, count), (word) => (weighted ? (word % 257) / 300 : 1)),
  };
}

const WINDOW: Window = {
  ...{ width: 254, height: 190, cell: 4 },
  ...{ centreX: 1 / 32, centreY: 3 / 32 },
  ...{ zoomX: 16, zoomY: 16 },
};

function planes(m: number, d: number): Plane[] {
  const basis = [...unit(0, d), ...unit(d - 1, d)];
  const pair = pairPlane(0, d + 1);
  return d === 1 ? [canonicalPlane(m, 2 * m), pair] : [directionPlane(basis), pair];
}

/** e_k, and half of the next one */
function unit(k: number, d: number): number[] {
  return Array.from({ length: d }, (_, n) => (n === k ? 1 : n === (k + 1) % d ? 0.5 : 0));
}

async function onPicture(
  device: Device,
  particles: Particles,
  body: (
    bench: Bench,
    buffers: ReturnType<typeof createPictureBuffers>,
    size: CloudSize,
  ) => Promise<void>,
): Promise<void> {
  const config = configOf({ network: { width: particles.width } });
  await onBench(device, config, { particles }, async (bench) => {
    const owned = createBuffers(device);
    const weighted = particles.weight.some((weight) => weight !== 1);
    const { particle, context } = bench;
    const weight = weighted ? context.weight : null;
    const buffers = createPictureBuffers(owned, { particle, weight }, particles);
    await body(bench, buffers, { ...particles, weighted });
    owned.destroy();
  });
}

async function checkDensity(
  device: Device,
  {
    m,
    d,
    replicas = 1,
    weighted = false,
  }: { m: number; d: number; replicas?: number; weighted?: boolean },
): Promise<void> {
  const particles = latticeParticles(m, d, replicas, weighted);
  const unit = weighted ? 256 : 1;
  const { columns, rows } = cellsOf(WINDOW);
  await onPicture(device, particles, async (bench, buffers, size) => {
    const passes = await createDensity(device, buffers, particles);
    for (const plane of planes(m, d)) {
      bench.write(buffers.counts, new Uint32Array(2 * rows * columns));
      bench.write(buffers.totals, new Uint32Array(3));
      writeView(device, buffers, size, plane, WINDOW);
      bench.run(...passes);
      const known = densityOf(particles, plane, WINDOW, unit);
      const label = `m = ${m}, d = ${d}, R = ${replicas}`;
      expectSameBits(await bench.words(buffers.counts, 2 * rows * columns), known, label);
      const cells = rows * columns;
      const both = Array.from({ length: cells }, (_, at) => known[at] + known[cells + at]);
      const sum = (part: Uint32Array): number => part.reduce((total, n) => total + n, 0);
      expect([...(await bench.words(buffers.totals, 3))], label).toEqual([
        Math.max(...both),
        sum(known.subarray(0, cells)),
        sum(known.subarray(cells)),
      ]);
    }
  });
}

tests.it('count every particle of the window once, at every width', async (device) => {
  for (const m of [1, 3, 4, 5, 63, 64, 65, 255, 256, 257, 1021, 70_001])
    await checkDensity(device, { m, d: 1 });
  for (const d of [2, 5, 17]) await checkDensity(device, { m: 61, d });
  await checkDensity(device, { m: 61, d: 2, replicas: 3 });
});

tests.it('count weights where particles have them', async (device) => {
  for (const m of [1, 3, 63, 64, 65, 1021]) await checkDensity(device, { m, d: 1, weighted: true });
  await checkDensity(device, { m: 61, d: 2, replicas: 3, weighted: true });
});

tests.it('find a nearest particle and its parameters, and none out of reach', async (device) => {
  for (const m of [1, 3, 4, 5, 63, 64, 65, 257, 1021]) {
    for (const d of [1, 3]) {
      const particles = latticeParticles(m, d, 1, m % 2 === 1);
      const [plane] = planes(m, d);
      await onPicture(device, particles, async (bench, buffers, size) => {
        const passes = await createNearest(device, buffers, particles);
        for (const [x, y, reach] of [
          [127, 95, 1e6],
          [40.3, 60.1, 12],
          [-900, -900, 30],
        ]) {
          bench.write(buffers.found, new Uint32Array([NONE, NONE]));
          writeView(device, buffers, size, plane, WINDOW, { pointer: { x, y, reach } });
          bench.run(...passes);
          const [, index] = await bench.words(buffers.found, 2);
          const known = nearestTo(particles, plane, WINDOW, [x, y], reach);
          if (known < 0) {
            expect(index).toBe(NONE);
            continue;
          }
          const distance = (i: number): number => {
            const [px, py] = pixelOf(placeOf(particles, plane, i), WINDOW);
            return (px - x) ** 2 + (py - y) ** 2;
          };
          // Steps of a sixteenth, one more allowed, and float32.
          expect(distance(index)).toBeLessThanOrEqual(distance(known) * (1 + 1e-6) + 2 / 16);
          const rows = Array.from({ length: d + 2 }, (_, row) =>
            parameterOf(particles, row, index),
          );
          const found = await bench.floats(buffers.values, d + 3);
          expect([...found]).toEqual([...rows, particles.weight[index]]);
        }
      });
    }
  }
});
