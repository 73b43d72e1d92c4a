// Philox and the numbers made from its words on the device, against the published vectors and the host bit for bit.
import { expect } from 'vitest';
import { createBuffers, createReadBack } from '../../src/gpu/buffer.ts';
import type { Device } from '../../src/gpu/device.ts';
import { packStruct, readStruct } from '../../src/gpu/layout.ts';
import { createPass, submitPasses } from '../../src/gpu/pass.ts';
import { keyOf, normalOf, NORMAL_TABLE, philox, signOf, uniformOf } from '../../src/random.ts';
import { PARAMS } from '../../src/shaders/params.wgsl.ts';
import { DRAWS, PHILOX } from '../../src/shaders/philox.wgsl.ts';
import { expectSameBits } from '../helpers/bits.ts';
import { deviceTests } from '../helpers/device.ts';
import { words } from '../helpers/random.ts';

const tests = deviceTests('random');

const CODE = `${PARAMS}
@group(1) @binding(0) var<storage, read> normal_table: array<i32>;
@group(1) @binding(1) var<storage, read> input: array<vec4u>;
@group(1) @binding(2) var<storage, read_write> output: array<vec4u>;
${PHILOX}${DRAWS}
@compute @workgroup_size(64)
fn blocks(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.m) { return; }
  let c = input[id.x];
  output[id.x] = philox(c.x, c.y, c.z, c.w);
}
@compute @workgroup_size(64)
fn draws(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.m) { return; }
  let w = input[id.x].x;
  output[id.x] = vec4u(
    bitcast<u32>(uniform_of(w)), bitcast<u32>(normal_of(w)), bitcast<u32>(sign_of(w)), multiply_high(w, input[id.x].y));
}`;

/** Runs an entry point on rows of four words. */
async function run(
  device: Device,
  name: 'blocks' | 'draws',
  rows: Uint32Array,
  [seed_low, seed_high]: readonly [number, number],
): Promise<ArrayBuffer> {
  const buffers = createBuffers(device);
  const readBack = createReadBack(device);
  const zeros = Object.fromEntries(readStruct(PARAMS, 'Params').map((field) => [field.name, 0]));
  const params = packStruct(readStruct(PARAMS, 'Params'), {
    ...zeros,
    m: rows.length / 4,
    seed_low,
    seed_high,
  });
  const output = buffers.storage('output', rows.byteLength);
  const pass = await createPass(device, {
    name,
    code: CODE,
    buffers: {
      params: buffers.uniform('params', params),
      normal_table: buffers.upload('normal_table', NORMAL_TABLE),
      input: buffers.upload('input', rows),
      output,
    },
    grid: { x: Math.ceil(rows.length / 256) },
  });
  submitPasses(device, [pass]);
  const [bytes] = await readBack.read([{ buffer: output, bytes: rows.byteLength }]);
  readBack.destroy();
  buffers.destroy();
  return bytes;
}

tests.it('Philox gives the known answers of Random123', async (device) => {
  // kat_vectors of the Random123 distribution, philox4x32-10: counter, key, result.
  const known: [number[], [number, number], number[]][] = [
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];
  for (const [counter, key, result] of known) {
    expect([
      ...new Uint32Array(await run(device, 'blocks', Uint32Array.from(counter), key)),
    ]).toEqual(result);
  }
});

tests.it('Philox gives the words of the host on random counters', async (device) => {
  const counters = words(1, 4 * 1000);
  for (const seed of [1, Number.MAX_SAFE_INTEGER]) {
    const seen = new Uint32Array(await run(device, 'blocks', counters, keyOf(seed)));
    const wanted = Array.from({ length: 1000 }, (_, n) => {
      const [c0, c1, c2, c3] = counters.subarray(4 * n);
      return philox([c0, c1, c2, c3], keyOf(seed));
    });
    expectSameBits(seen, Uint32Array.from(wanted.flat()), 'words');
  }
});

tests.it(
  'uniform, normal, sign and product numbers have the bits of the host, ends and octaves included',
  async (device) => {
    const powers = Array.from({ length: 32 }, (_, e) => 2 ** e);
    const edges = powers.flatMap((power) => [power - 1, power, power + 1]);
    const list = Uint32Array.from([
      ...edges,
      ...edges.map((word) => word + 2 ** 31),
      0xffffffff,
      ...words(2, 20_000),
    ]);
    const factors = words(3, list.length);
    const rows = new Uint32Array(4 * list.length);
    list.forEach((word, n) => rows.set([word, factors[n]], 4 * n));
    const bytes = await run(device, 'draws', rows, [0, 0]);
    const bits = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0];
    const wanted = Array.from(list, (word, n) => [
      bits(uniformOf(word)),
      bits(normalOf(word)),
      bits(signOf(word)),
      Number((BigInt(word) * BigInt(factors[n])) >> 32n),
    ]);
    expectSameBits(new Uint32Array(bytes), Uint32Array.from(wanted.flat()), 'numbers');
  },
);
