// Buffers of a device: creation with the sizes checked beforehand, upload and read-back.
import type { Device } from './device.ts';
import { GpuLostError } from './errors.ts';

const STORAGE = (): number =>
  GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/** A set of buffers that are freed together. */
export interface BufferSet {
  /** a zeroed storage buffer of at least `bytes` bytes */
  storage(label: string, bytes: number): GPUBuffer;
  /** a storage buffer holding `data` */
  upload(label: string, data: ArrayBufferView): GPUBuffer;
  /** a uniform buffer holding `data` */
  uniform(label: string, data: ArrayBuffer): GPUBuffer;
  destroy(): void;
}

/** Opens a set of buffers on a device. */
export function createBuffers(device: Device): BufferSet {
  const { gpu } = device;
  const owned: GPUBuffer[] = [];
  const make = (label: string, bytes: number, usage: number): GPUBuffer => {
    const buffer = gpu.createBuffer({
      label,
      size: Math.max(16, Math.ceil(bytes / 16) * 16),
      usage,
    });
    owned.push(buffer);
    return buffer;
  };
  return {
    storage: (label, bytes) => make(label, bytes, STORAGE()),
    upload: (label, data) => {
      const buffer = make(label, data.byteLength, STORAGE());
      gpu.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
      return buffer;
    },
    uniform: (label, data) => {
      const buffer = make(label, data.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
      gpu.queue.writeBuffer(buffer, 0, data);
      return buffer;
    },
    destroy: () => {
      for (const buffer of owned) buffer.destroy();
      owned.length = 0;
    },
  };
}

/**
 * Runs `allocate` inside an out-of-memory scope.
 *
 * @throws GpuLostError when the device has not enough memory
 */
export async function guardMemory<T>(device: Device, what: string, allocate: () => T): Promise<T> {
  device.gpu.pushErrorScope('out-of-memory');
  const result = allocate();
  const error = await device.gpu.popErrorScope();
  if (error !== null) {
    throw new GpuLostError(
      `the device ran out of memory for ${what}; lower network.width or clt.replicas`,
    );
  }
  return result;
}

/** Staging buffers kept per ring. */
const RING_SIZE = 3;
/** Bytes of the largest staging buffer that is kept for the next read-back. */
export const KEPT_BYTES = 1 << 24;

/** Bytes of a buffer that are read back; they take up a multiple of 16 in the staging buffer. */
export interface BufferPart {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
  readonly offset?: number;
}

/** A small ring of staging buffers that are reused from one read-back to the next. */
export interface ReadBack {
  /** Copies parts of buffers to the host in one go; each part becomes its own ArrayBuffer. */
  read(parts: readonly BufferPart[]): Promise<ArrayBuffer[]>;
  /**
   * Encodes work and copies of what it leaves behind, submits both at once, and waits for the device once.
   *
   * @param bytes room for all copies, see {@link roomOf}
   * @param encode encodes work on the encoder; `keep` encodes the copy of a part as it is at that point of the work
   * @param pause awaited after the submit and before the wait, during which Dawn in Node polls
   * @returns the copies in the order of `keep`, each its own ArrayBuffer
   */
  submit(
    bytes: number,
    encode: (encoder: GPUCommandEncoder, keep: (part: BufferPart) => void) => void,
    pause?: () => Promise<void>,
  ): Promise<ArrayBuffer[]>;
  destroy(): void;
}

/** Bytes that parts take up in a staging buffer. */
export function roomOf(parts: readonly BufferPart[]): number {
  return parts.reduce((sum, { bytes }) => sum + 16 * Math.ceil(bytes / 16), 0);
}

/** Opens a read-back ring. */
export function createReadBack(device: Device): ReadBack {
  const { gpu } = device;
  const idle: GPUBuffer[] = [];
  const take = (bytes: number): GPUBuffer => {
    const found = idle.findIndex((buffer) => buffer.size >= bytes);
    if (found >= 0) return idle.splice(found, 1)[0];
    const size = Math.max(4096, 2 ** Math.ceil(Math.log2(bytes)));
    return gpu.createBuffer({
      label: 'read-back',
      size: Math.min(Math.max(size, bytes), Math.max(gpu.limits.maxBufferSize, bytes)),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  };
  const giveBack = (buffer: GPUBuffer): void => {
    if (buffer.size > KEPT_BYTES || idle.length >= RING_SIZE) buffer.destroy();
    else idle.push(buffer);
  };
  const submit: ReadBack['submit'] = async (bytes, encode, pause) => {
    const room = Math.max(16, bytes);
    const staging = take(room);
    const encoder = gpu.createCommandEncoder({ label: 'work and read-back' });
    const kept: { start: number; bytes: number }[] = [];
    let end = 0;
    encode(encoder, ({ buffer, bytes: size, offset = 0 }) => {
      encoder.copyBufferToBuffer(buffer, offset, staging, end, Math.ceil(size / 4) * 4);
      kept.push({ start: end, bytes: size });
      end += roomOf([{ buffer, bytes: size }]);
    });
    gpu.queue.submit([encoder.finish()]);
    await pause?.();
    try {
      await staging.mapAsync(GPUMapMode.READ, 0, room);
    } catch (error) {
      device.check();
      throw new GpuLostError(`reading from the device failed: ${(error as Error).message}`);
    }
    device.check();
    const all = staging.getMappedRange(0, room);
    const results = kept.map(({ start, bytes: size }) => all.slice(start, start + size));
    staging.unmap();
    giveBack(staging);
    return results;
  };
  return {
    submit,
    read: (parts) => submit(roomOf(parts), (_, keep) => parts.forEach(keep)),
    destroy: () => {
      for (const buffer of idle) buffer.destroy();
      idle.length = 0;
    },
  };
}
