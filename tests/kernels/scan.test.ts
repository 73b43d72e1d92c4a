// scan: prefix sums of whole and fixed-point rows around every block boundary, exactly, and the random order.
import { expect, it } from 'vitest';
import { scanPasses } from '../../src/engine/scan.ts';
import { createBuffers, createReadBack } from '../../src/gpu/buffer.ts';
import type { Device } from '../../src/gpu/device.ts';
import { createPass, submitPasses } from '../../src/gpu/pass.ts';
import { permute } from '../../src/reference/permutation.ts';
import { fixedPrefixSums, ownerOf, prefixSums } from '../../src/reference/scan.ts';
import { OWNER, SCAN_BLOCK } from '../../src/shaders/scan.wgsl.ts';
import { PERMUTATION } from '../../src/shaders/permutation.wgsl.ts';
import { deviceTests } from '../helpers/device.ts';
import { words } from '../helpers/random.ts';

const tests = deviceTests('scan');

/** Scans rows on the device; what lies between the rows must stay. */
async function scanned(
  device: Device,
  items: Uint32Array,
  rows: { number: 'whole' | 'fixed'; count: number; stride: number; replicas: number },
): Promise<Uint32Array> {
  const buffers = createBuffers(device);
  const readBack = createReadBack(device);
  const buffer = buffers.upload('items', items);
  submitPasses(device, await scanPasses(device, buffers, { items: buffer, ...rows }));
  const [bytes] = await readBack.read([{ buffer, bytes: items.byteLength }]);
  readBack.destroy();
  buffers.destroy();
  return new Uint32Array(bytes);
}

tests.each(
  [1, 2, 15, 16, 17, 1021, SCAN_BLOCK - 1, SCAN_BLOCK, SCAN_BLOCK + 1, 5003],
  (count) => `whole numbers: ${count} of them in three rows`,
  async (device, count) => {
    const stride = count + 5;
    const items = words(count, 3 * stride).map((word) => word % 7);
    const sums = await scanned(device, items, { number: 'whole', count, stride, replicas: 3 });
    for (let r = 0; r < 3; r++) {
      const row = items.subarray(r * stride, r * stride + count);
      expect(Array.from(sums.subarray(r * stride, r * stride + count))).toEqual(prefixSums(row));
      expect(sums.subarray(r * stride + count, (r + 1) * stride)).toEqual(
        items.subarray(r * stride + count, (r + 1) * stride),
      );
    }
  },
);

tests.each(
  [1, 17, SCAN_BLOCK + 1, 2053],
  (count) => `fixed-point numbers: ${count} of them carry exactly`,
  async (device, count) => {
    const items = words(count, 4 * count).map((word, n) => (n % 2 === 0 ? word % 1000 : word));
    const rows = { number: 'fixed', count, stride: count, replicas: 2 } as const;
    const sums = await scanned(device, items, rows);
    const numberAt = (list: Uint32Array, n: number): bigint =>
      (BigInt(list[2 * n]) << 32n) | BigInt(list[2 * n + 1]);
    for (let r = 0; r < 2; r++) {
      const row = Array.from({ length: count }, (_, n) => numberAt(items, r * count + n));
      const seen = row.map((_, n) => numberAt(sums, r * count + n));
      expect(seen).toEqual(fixedPrefixSums(row));
    }
  },
);

tests.it('three levels of blocks: 1,048,583 numbers', async (device) => {
  const count = 1_048_583;
  const items = words(3, count).map((word) => word % 5);
  const rows = { number: 'whole', count, stride: count, replicas: 1 } as const;
  const sums = await scanned(device, items, rows);
  let wrong = 0;
  prefixSums(items).forEach((sum, n) => (wrong += sum === sums[n] ? 0 : 1));
  expect(wrong).toBe(0);
});

tests.it('owners and the random order agree with the host, number by number', async (device) => {
  const buffers = createBuffers(device);
  const readBack = createReadBack(device);
  for (const n of [1, 2, 3, 64, 65, 1021]) {
    const counts = words(n, n).map((word) => word % 3);
    counts[n - 1] = 2;
    const sums = prefixSums(counts);
    const total = sums[n - 1];
    const found = buffers.storage('found', 4 * (total + n));
    const pass = await createPass(device, {
      name: 'probe',
      code: /* wgsl */ `
@group(0) @binding(0) var<storage, read> sums: array<u32>;
@group(0) @binding(1) var<storage, read_write> found: array<u32>;
${PERMUTATION}
fn reached(r: u32, p: u32) -> u32 { return sums[p]; }
${OWNER}
@compute @workgroup_size(1)
fn probe(@builtin(workgroup_id) group: vec3u) {
  if (group.x < ${total}u) { found[group.x] = owner_of(0u, group.x, ${n}u); return; }
  found[group.x] = permute(group.x - ${total}u, ${n}u, vec4u(1u, 0xfffffff0u, 3u, 0x80000001u));
}`,
      buffers: { sums: buffers.upload('sums', Uint32Array.from(sums)), found },
      grid: { x: total + n },
    });
    submitPasses(device, [pass]);
    const [bytes] = await readBack.read([{ buffer: found, bytes: 4 * (total + n) }]);
    const key = [1, 0xfffffff0, 3, 0x80000001];
    expect(Array.from(new Uint32Array(bytes))).toEqual([
      ...Array.from({ length: total }, (_, slot) => ownerOf(sums, slot)),
      ...Array.from({ length: n }, (_, x) => permute(x, n, key)),
    ]);
  }
  readBack.destroy();
  buffers.destroy();
});

it('the random order is a bijection for every size, and every place is equally likely', () => {
  for (const n of [1, 2, 3, 5, 16, 17, 1000]) {
    const key = Array.from(words(n, 4));
    const order = Array.from({ length: n }, (_, x) => permute(x, n, key));
    expect([...order].sort((x, y) => x - y)).toEqual(order.map((_, x) => x));
  }
  // 7 places, 42,000 keys: χ² of where 0 and 3 go, 6 degrees of freedom, 99.9 % below 22.5.
  for (const x of [0, 3]) {
    const hits = new Float64Array(7);
    const random = words(40 + x, 4 * 42_000);
    for (let t = 0; t < 42_000; t++)
      hits[permute(x, 7, Array.from(random.subarray(4 * t, 4 * t + 4)))]++;
    const chi2 = hits.reduce((sum, hit) => sum + (hit - 6000) ** 2 / 6000, 0);
    expect(chi2).toBeLessThan(22.5);
  }
});
