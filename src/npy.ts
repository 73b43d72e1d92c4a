// NumPy's array files: `.npy` (one array) and `.npz` (a zip of arrays), parsed and formatted in memory.
// Not a reader of files: it sees bytes and a name for messages, so that it runs in Node and in the browser.
//
// Format: NEP 1 and numpy.lib.format; zip: PKWARE APPNOTE 4.3. Written files carry a fixed date, so equal
// arrays give equal bytes.

import { unzipSync, zipSync, type Zippable } from 'fflate';
import { ConfigError, showValue } from './config-check.ts';

/** The arrays a `.npy` file may hold; int64 is widened to float64, exactly or not at all. */
export type NpyData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** The arrays that can be written. */
export type NpyWritable = Float32Array | Float64Array | Uint32Array;

/** One array in C order (last index fastest). */
export interface NpyArray {
  /** sizes along each axis; empty for a single number */
  readonly shape: readonly number[];
  readonly data: NpyData;
}

/** Largest file read or written. Typed arrays and zip offsets are safe below it on every host. */
export const LARGEST_FILE_BYTES = 2 ** 31 - 1;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const DTYPES = ['<f4', '<f8', '<i4', '<i8', '<u4', '|u1'] as const;
type Dtype = (typeof DTYPES)[number];

/**
 * Parses a `.npy` file: version 1.0 or 2.0, little-endian, C order.
 *
 * @param bytes the whole file
 * @param where name shown at the head of messages, for example the path
 * @throws ConfigError where the file is truncated, corrupt, or of a kind that is not read
 */
export function parseNpy(bytes: Uint8Array, where: string): NpyArray {
  checkSize(bytes.length, where);
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new ConfigError(`${where}: not a .npy file, or truncated within its first 10 bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version !== 1 && version !== 2) {
    throw new ConfigError(
      `${where}: received .npy version ${version}.${bytes[7]}; allowed: 1.0 or 2.0`,
    );
  }
  const start = version === 1 ? 10 : 12;
  const length =
    version === 1
      ? view.getUint16(8, true)
      : bytes.length < 12
        ? Infinity
        : view.getUint32(8, true);
  if (start + length > bytes.length)
    throw new ConfigError(`${where}: truncated within the .npy header`);
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const { dtype, shape } = parseHeader(header, where);
  return { shape, data: readData(bytes.subarray(start + length), dtype, shape, where) };
}

/**
 * Formats one array as a `.npy` file, version 1.0, C order.
 *
 * @param data the numbers, product(shape) of them
 * @param shape sizes along each axis
 */
export function formatNpy(data: NpyWritable, shape: readonly number[]): Uint8Array {
  const count = shape.reduce((product, n) => product * n, 1);
  if (count !== data.length)
    throw new Error(`shape [${shape.join(', ')}] holds ${count} numbers, not ${data.length}`);
  const dtype: Dtype =
    data instanceof Float32Array ? '<f4' : data instanceof Float64Array ? '<f8' : '<u4';
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // The data starts at a multiple of 64, so that a mapped file is aligned.
  const start = Math.ceil((10 + text.length + 1) / 64) * 64;
  checkSize(start + data.byteLength, 'array to write');
  const bytes = new Uint8Array(start + data.byteLength);
  bytes.set([...MAGIC, 1, 0, (start - 10) & 255, (start - 10) >> 8]);
  bytes.set(new TextEncoder().encode(`${text.padEnd(start - 11)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  if (!isLittleEndian()) swapBytes(bytes.subarray(start), data.BYTES_PER_ELEMENT);
  return bytes;
}

/**
 * Parses a `.npz` file: a zip, stored or deflated, of `.npy` files. Every entry's checksum is checked.
 *
 * @param bytes the whole file
 * @param where name shown at the head of messages, for example the path
 * @returns the arrays by name, without the ending `.npy`, in the order of the file
 * @throws ConfigError where the file is truncated, corrupt, or of a kind that is not read
 */
export function parseNpz(bytes: Uint8Array, where: string): Map<string, NpyArray> {
  checkSize(bytes.length, where);
  const arrays = new Map<string, NpyArray>();
  for (const [name, file] of unzip(bytes, where)) {
    if (!name.endsWith('.npy')) {
      throw new ConfigError(
        `${where}: received an entry ${showValue(name)}; allowed: arrays NAME.npy`,
      );
    }
    const array = name.slice(0, -'.npy'.length);
    arrays.set(array, parseNpy(file, `${where}: ${array}`));
  }
  return arrays;
}

/**
 * Formats arrays as an uncompressed `.npz` file, in the order given. Equal arrays give equal bytes, whatever the
 * clock and time zone.
 */
export function formatNpz(
  entries: Readonly<Record<string, { data: NpyWritable; shape: readonly number[] }>>,
): Uint8Array {
  const bytes = Object.values(entries).reduce((sum, { data }) => sum + data.byteLength, 0);
  checkSize(bytes, '.npz file to write');
  const files: Zippable = {};
  for (const [name, { data, shape }] of Object.entries(entries))
    files[`${name}.npy`] = formatNpy(data, shape);
  // A zip stores local time. No zone skips this noon, so the date reads the same everywhere.
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1, 12), os: 0 });
}

function checkSize(bytes: number, where: string): void {
  if (bytes > LARGEST_FILE_BYTES) {
    throw new ConfigError(
      `${where}: received ${(bytes / 2 ** 30).toFixed(2)} GiB; allowed: less than 2 GiB in one file`,
    );
  }
}

// ---- .npy: header and data ------------------------------------------------------------------------

/** Reads the header, a Python dictionary with exactly the keys descr, fortran_order and shape. */
function parseHeader(header: string, where: string): { dtype: Dtype; shape: number[] } {
  const descr = /'descr'\s*:\s*('[^']*'|\[[^\]]*\])/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const tuple = /'shape'\s*:\s*\(\s*((?:\d+L?\s*,\s*)*(?:\d+L?)?)\s*\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || tuple === undefined) {
    throw new ConfigError(`${where}: corrupt .npy header ${showValue(header.trim())}`);
  }
  const dtype = DTYPES.find((known) => `'${known}'` === descr);
  if (dtype === undefined) {
    const hint = descr.startsWith("'>") ? 'big-endian numbers are not read; ' : '';
    throw new ConfigError(
      `${where}: received dtype ${descr}; ${hint}allowed: ${DTYPES.join(', ')}`,
    );
  }
  if (order === 'True') {
    throw new ConfigError(
      `${where}: received Fortran order (columns first); allowed: C order, as numpy.ascontiguousarray gives`,
    );
  }
  const shape = tuple
    .split(',')
    .map((size) => size.trim().replace('L', ''))
    .filter((size) => size !== '')
    .map(Number);
  return { dtype, shape };
}

function readData(
  bytes: Uint8Array,
  dtype: Dtype,
  shape: readonly number[],
  where: string,
): NpyData {
  const count = shape.reduce((product, n) => product * n, 1);
  const itemBytes = Number(dtype[2]);
  if (count * itemBytes !== bytes.length) {
    const fault = bytes.length < count * itemBytes ? 'truncated' : 'corrupt, too long';
    throw new ConfigError(
      `${where}: ${fault}: received ${bytes.length} bytes of numbers; ` +
        `allowed: ${count * itemBytes}, for shape [${shape.join(', ')}] of ${dtype}`,
    );
  }
  // A copy of its own, aligned: slice() of a Node Buffer would be a view into the whole file.
  const own = new Uint8Array(bytes);
  if (!isLittleEndian()) swapBytes(own, itemBytes);
  switch (dtype) {
    case '<f4':
      return new Float32Array(own.buffer);
    case '<f8':
      return new Float64Array(own.buffer);
    case '<i4':
      return new Int32Array(own.buffer);
    case '<u4':
      return new Uint32Array(own.buffer);
    case '<i8':
      return narrow(new BigInt64Array(own.buffer), where);
    case '|u1':
      return own;
  }
}

/** int64 as float64, which is exact up to 2^53. */
function narrow(data: BigInt64Array, where: string): Float64Array {
  const wide = Float64Array.from(data, Number);
  const bad = wide.findIndex((value) => !Number.isSafeInteger(value));
  if (bad >= 0)
    throw new ConfigError(
      `${where}: received ${data[bad]} at index ${bad}; allowed: integers within 2^53`,
    );
  return wide;
}

function isLittleEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}

function swapBytes(bytes: Uint8Array, itemBytes: number): void {
  for (let at = 0; at < bytes.length; at += itemBytes) bytes.subarray(at, at + itemBytes).reverse();
}

// ---- .npz: zip with checksums -----------------------------------------------------------------------

/** Unpacks a zip and checks every entry against the checksum in its directory, which fflate leaves unread. */
function unzip(bytes: Uint8Array, where: string): [string, Uint8Array][] {
  let files: Record<string, Uint8Array>;
  let checksums: Map<string, number>;
  try {
    checksums = readChecksums(bytes);
    files = unzipSync(bytes, {
      filter: ({ originalSize }) => {
        checkSize(originalSize, where);
        return true;
      },
    });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${where}: not a .npz file, or truncated or corrupt`);
  }
  const entries = Object.entries(files);
  const bad = entries.find(([name, file]) => checksums.get(name) !== crc32(file));
  if (bad !== undefined)
    throw new ConfigError(`${where}: corrupt: the checksum of ${showValue(bad[0])} does not match`);
  return entries;
}

/** CRC-32 of every entry by name, from the central directory. */
function readChecksums(bytes: Uint8Array): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  // The directory ends with a record of 22 bytes and a comment of at most 65535; view throws before the start.
  while (view.getUint32(end, true) !== 0x06054b50) {
    if (bytes.length - end > 22 + 65535) throw new RangeError('no end of directory');
    end--;
  }
  const checksums = new Map<string, number>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new RangeError('no directory entry');
    const name = new TextDecoder().decode(
      bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)),
    );
    checksums.set(name, view.getUint32(at + 16, true));
    at +=
      46 +
      view.getUint16(at + 28, true) +
      view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  return checksums;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[i]) & 255];
  return (crc ^ 0xffffffff) >>> 0;
}
