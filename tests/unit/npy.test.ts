// NumPy files: bytes that NumPy wrote itself, round trips, every kind of damage, and particles read from them.
import { zipSync } from 'fflate';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config-check.ts';
import { formatNpy, formatNpz, parseNpy, parseNpz } from '../../src/npy.ts';
import { loadArray } from '../../src/problem/arrays.ts';
import { loadParticles } from '../../src/problem/particles.ts';

const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

// numpy.save of array([[1, 2, 3], [-0.5, 0.25, 1e-3]], '<f8'), NumPy 2.4.6
const SAVED = fromBase64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg' +
    'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAABAAAAAAAAA' +
    'CEAAAAAAAADgvwAAAAAAANA//Knx0k1iUD8=',
);
// numpy.savez_compressed of a = array([[1, 2], [3, -0.5]], '<f4'), n = array([-1, 2**40], '<i8'), k = uint8(7)
const SAVED_COMPRESSED = fromBase64(
  'UEsDBC0AAAAIAAAAIQCIjKFj//////////8FABQAYS5ucHkBABAAkAAAAAAAAABTAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6l' +
    'oG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkaaOgq1CmQDLgaGBnsGBgYHIAJihv0AUEsDBC0AAAAIAAAA' +
    'IQDtjf2T//////////8FABQAbi5ucHkBABAAkAAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo6Cell9U' +
    'UpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAK7/UMAAAowMDABQSwMELQAAAAgAAAAhAHYOE4n//////////wUAFABr' +
    'Lm5weQEAEACBAAAAAAAAAEMAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4Fihdn' +
    'JBakAvkamjoKtQoUAS52AFBLAQItAy0AAAAIAAAAIQCIjKFjUwAAAJAAAAAFAAAAAAAAAAAAAACAAQAAAABhLm5weVBLAQItAy0A' +
    'AAAIAAAAIQDtjf2TTAAAAJAAAAAFAAAAAAAAAAAAAACAAYoAAABuLm5weVBLAQItAy0AAAAIAAAAIQB2DhOJQwAAAIEAAAAFAAAA' +
    'AAAAAAAAAACAAQ0BAABrLm5weVBLBQYAAAAAAwADAJkAAACHAQAAAAA=',
);

/** A .npy file from its parts, as the published format says. */
function npy(header: string, data: ArrayLike<number>, version = 1): Uint8Array {
  const size = header.length;
  const length = version === 1 ? [size & 255, size >> 8] : [size & 255, size >> 8, 0, 0];
  const head = [0x93, ...Buffer.from('NUMPY'), version, 0, ...length, ...Buffer.from(header)];
  return Uint8Array.from([...head, ...Array.from(data)]);
}
const header = (descr: string, shape: string, order = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const bytesOf = (data: ArrayBufferView) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function errorOf(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).not.toContain('\n');
    return error as Error;
  }
  throw new Error('no error was thrown');
}

describe('.npy', () => {
  it('reads what NumPy wrote', () => {
    const { shape, data } = parseNpy(SAVED, 'f');
    expect(shape).toEqual([2, 3]);
    expect(data).toEqual(Float64Array.of(1, 2, 3, -0.5, 0.25, 1e-3));
  });

  it('writes the bytes that NumPy writes', () => {
    expect(formatNpy(Float64Array.of(1, 2, 3, -0.5, 0.25, 1e-3), [2, 3])).toEqual(SAVED);
  });

  it('gives back every bit of float32, float64 and uint32, of any shape', () => {
    const cases: [Float32Array | Float64Array | Uint32Array, number[]][] = [
      [Float32Array.of(-0, 1e-45, 3.4e38, Infinity), [4]],
      [Float64Array.of(Math.PI, -5e-324), [1, 2, 1]],
      [Uint32Array.of(0, 4294967295), [2]],
      [new Float32Array(0), [0, 3]],
      [Float32Array.of(7), []],
    ];
    for (const [data, shape] of cases)
      expect(parseNpy(formatNpy(data, shape), 'f')).toEqual({ shape, data });
  });

  it('reads version 2.0, every dtype, and bytes that start off any alignment', () => {
    const int64 = BigInt64Array.of(-1n, 2n ** 52n);
    const cases: [string, Uint8Array, ArrayLike<number>][] = [
      ["'<f4'", bytesOf(Float32Array.of(1.5, 2)), Float32Array.of(1.5, 2)],
      ["'<i4'", bytesOf(Int32Array.of(-1, 2)), Int32Array.of(-1, 2)],
      ["'<i8'", bytesOf(int64), Float64Array.of(-1, 2 ** 52)],
      ["'|u1'", Uint8Array.of(3, 255), Uint8Array.of(3, 255)],
    ];
    for (const [descr, raw, data] of cases) {
      const file = npy(header(descr, '(2,)'), raw, 2);
      const shifted = new Uint8Array(file.length + 3);
      shifted.set(file, 3);
      expect(parseNpy(shifted.subarray(3), 'f')).toEqual({ shape: [2], data });
    }
  });

  it.each([
    ['another kind of file', npy('', []).fill(0), 'not a .npy file'],
    ['an empty file', new Uint8Array(0), 'not a .npy file'],
    ['version 3.0', npy(header("'<f4'", '(0,)'), [], 3), 'version 3.0; allowed: 1.0 or 2.0'],
    ['a header that is no dictionary', npy('garbage\n', []), 'corrupt .npy header'],
    ['a negative size', npy(header("'<f4'", '(-1,)'), []), 'corrupt .npy header'],
    [
      'big-endian numbers',
      npy(header("'>f8'", '(1,)'), new Array(8).fill(0)),
      "dtype '>f8'; big-endian",
    ],
    [
      'complex numbers',
      npy(header("'<c8'", '(1,)'), new Array(8).fill(0)),
      "dtype '<c8'; allowed: <f4",
    ],
    ['records', npy(header("[('x', '<f4')]", '(1,)'), [0, 0, 0, 0]), 'received dtype [('],
    ['Fortran order', npy(header("'|u1'", '(1, 2)', 'True'), [1, 2]), 'Fortran order'],
    ['bytes missing', npy(header("'|u1'", '(3,)'), [1, 2]), 'truncated: received 2 bytes'],
    ['bytes too many', npy(header("'|u1'", '(1,)'), [1, 2]), 'corrupt, too long: received 2 bytes'],
    [
      'int64 beyond 2^53',
      npy(header("'<i8'", '(1,)'), bytesOf(BigInt64Array.of(2n ** 60n))),
      'received 1152921504606846976 at index 0',
    ],
  ])('refuses %s in one line with the name of the file', (_, bytes, text) => {
    const { message } = errorOf(() => parseNpy(bytes, 'points.npy'));
    expect(message).toContain('points.npy: ');
    expect(message).toContain(text);
  });

  it('refuses every truncation', () => {
    for (let length = 0; length < SAVED.length; length++)
      errorOf(() => parseNpy(SAVED.subarray(0, length), 'f'));
  });

  it('refuses files of 2 GiB, to read and to write', () => {
    const huge = { length: 2 ** 31, byteLength: 2 ** 31 };
    expect(errorOf(() => parseNpy(huge as Uint8Array, 'f')).message).toContain(
      '2.00 GiB; allowed: less than 2 GiB',
    );
    expect(errorOf(() => parseNpz(huge as Uint8Array, 'f')).message).toContain('less than 2 GiB');
    const entries = { a: { data: huge as Float32Array, shape: [2 ** 31] } };
    expect(errorOf(() => formatNpz(entries)).message).toContain('less than 2 GiB');
  });
});

describe('.npz', () => {
  const arrays = {
    a: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] },
    step: { data: Uint32Array.of(9), shape: [] },
  };
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('reads what NumPy compressed', () => {
    const read = parseNpz(SAVED_COMPRESSED, 'f');
    expect([...read.keys()]).toEqual(['a', 'n', 'k']);
    expect(read.get('a')).toEqual({ shape: [2, 2], data: Float32Array.of(1, 2, 3, -0.5) });
    expect(read.get('n')).toEqual({ shape: [2], data: Float64Array.of(-1, 2 ** 40) });
    expect(read.get('k')).toEqual({ shape: [], data: Uint8Array.of(7) });
  });

  it('gives back what it wrote, in order', () => {
    const read = parseNpz(formatNpz(arrays), 'f');
    expect([...read]).toEqual([
      ['a', { shape: [2, 2], data: arrays.a.data }],
      ['step', { shape: [], data: arrays.step.data }],
    ]);
  });

  it('writes the same bytes in every time zone, dated noon of 1 January 1980', () => {
    const offsets = new Set<number>();
    const files = ['UTC', 'Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kathmandu'].map(
      (name) => {
        process.env['TZ'] = name;
        offsets.add(new Date(2020, 0, 1).getTimezoneOffset());
        return formatNpz(arrays);
      },
    );
    expect(offsets.size).toBe(4);
    for (const file of files) expect(file).toEqual(files[0]);
    const view = new DataView(files[0].buffer, files[0].byteOffset);
    expect(view.getUint16(10, true)).toBe(12 << 11); // time: hours, minutes, seconds / 2
    expect(view.getUint16(12, true)).toBe((1 << 5) | 1); // date: year − 1980, month, day
  });

  it('refuses every truncation', () => {
    for (const file of [formatNpz(arrays), SAVED_COMPRESSED]) {
      for (let length = 0; length < file.length; length++)
        errorOf(() => parseNpz(file.subarray(0, length), 'f'));
    }
  });

  it('never returns other numbers than were written when one byte is damaged', () => {
    for (const file of [formatNpz(arrays), SAVED_COMPRESSED]) {
      const values = (bytes: Uint8Array) => [...parseNpz(bytes, 'f').values()];
      let refused = 0;
      for (let at = 0; at < file.length; at++) {
        const damaged = file.slice();
        damaged[at] ^= 0x55;
        try {
          expect(values(damaged)).toEqual(values(file)); // dates and names may change
        } catch (error) {
          expect(error, `byte ${at}`).toBeInstanceOf(ConfigError);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(file.length / 2);
    }
  });

  it('refuses entries that are no arrays', () => {
    const file = zipSync({ 'readme.txt': Uint8Array.of(1) });
    expect(errorOf(() => parseNpz(file, 'f')).message).toBe(
      'f: received an entry "readme.txt"; allowed: arrays NAME.npy',
    );
  });
});

describe('loadArray', () => {
  it('reads finite arrays and names the place of a bad number', async () => {
    const good = formatNpy(Float32Array.of(1, 2, 3, 4), [2, 2]);
    expect((await loadArray('f.NPY', () => Promise.resolve(good))).shape).toEqual([2, 2]);
    const bad = formatNpy(Float32Array.of(1, 2, NaN, 4), [2, 2]);
    await expect(loadArray('f.npy', () => Promise.resolve(bad))).rejects.toThrow(
      'f.npy: [1, 0]: received NaN',
    );
    await expect(loadArray('f.csv', () => Promise.resolve(bad))).rejects.toThrow(
      'a .csv file; allowed: .npy',
    );
  });
});

describe('loadParticles', () => {
  type Entries = Parameters<typeof formatNpz>[0];
  const load = (entries: Entries, path = 'p.npz') =>
    loadParticles(path, () => Promise.resolve(formatNpz(entries)));
  const array = (data: number[], ...shape: number[]) => ({ data: Float32Array.from(data), shape });
  const two = { a: array([1, 2, 3, 4], 2, 2), b: array([5, 6], 2), c: array([7, 8], 2) };

  it('reads [m, d], [m] for d = 1, and [R, m, d], with weights 1 unless given', async () => {
    expect(await load(two)).toMatchObject({
      replicas: 1,
      width: 2,
      dimension: 2,
      a: two.a.data,
      b: two.b.data,
    });
    const flat = await load({ ...two, a: array([1, 2], 2), weight: array([0, 2], 2) });
    expect(flat).toMatchObject({ dimension: 1, width: 2, weight: Float32Array.of(0, 2) });
    const [a, b] = [array([1, 2, 3, 4, 5, 6], 3, 2, 1), array([1, 2, 3, 4, 5, 6], 3, 2)];
    const replicas = await load({ c: b, b, a });
    expect(replicas).toMatchObject({
      replicas: 3,
      width: 2,
      dimension: 1,
      weight: new Float32Array(6).fill(1),
    });
  });

  it('rounds float64 to float32', async () => {
    const c = { data: Float64Array.of(0.1, 1e-60), shape: [2] };
    expect((await load({ ...two, c })).c).toEqual(Float32Array.of(Math.fround(0.1), 0));
  });

  const bad: [string, Entries, string][] = [
    ['a missing array', { a: two.a, b: two.b }, 'no array "c"; allowed: a, b, c, weight'],
    [
      'an unknown array',
      { ...two, wieght: two.b },
      'unknown array "wieght"; did you mean "weight"?',
    ],
    ['integers', { ...two, b: { data: Uint32Array.of(1, 2), shape: [2] } }, 'b: received integers'],
    ['no particles', { ...two, a: array([], 0, 2) }, 'a: received shape [0, 2]'],
    ['too many axes', { ...two, a: array([1], 1, 1, 1, 1) }, 'a: received shape [1, 1, 1, 1]'],
    [
      'a width that differs',
      { ...two, b: array([1, 2, 3], 3) },
      'b: received shape [3]; allowed: [2], as in a',
    ],
    ['replicas in a alone', { ...two, a: array([1, 2], 1, 2, 1) }, 'allowed: [1, 2], as in a'],
    ['a number not finite', { ...two, a: array([1, 2, 3, NaN], 2, 2) }, 'a[1, 1]: received NaN'],
    [
      'a number beyond float32',
      { ...two, c: { data: Float64Array.of(1, 1e39), shape: [2] } },
      'c[1]: received 1e+39',
    ],
    [
      'a negative weight',
      { ...two, weight: array([3, -1], 2) },
      'weight[1]: received -1; allowed: a number >= 0',
    ],
    ['weights of another sum', { ...two, weight: array([1, 1.1], 2) }, 'received the sum 2.1'],
  ];
  it.each(bad)('refuses %s in one line', async (_, entries, text) => {
    const error: unknown = await load(entries).catch((reason: unknown) => reason);
    const { message } = errorOf(() => {
      throw error;
    });
    expect(message).toContain('p.npz: ');
    expect(message).toContain(text);
  });

  it('names the replica whose weights have another sum, and refuses other endings', async () => {
    const [a, b] = [array([1, 2], 2, 1, 1), array([1, 2], 2, 1)];
    await expect(load({ a, b, c: b, weight: array([1, 0.5], 2, 1) })).rejects.toThrow(
      'the sum 0.5 of replica 1',
    );
    await expect(load(two, 'p.npy')).rejects.toThrow('p.npy: received a .npy file; allowed: .npz');
  });
});
