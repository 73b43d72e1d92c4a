// Counts what a run asks of the device: submits, and waits for their end.
import type { Device } from '../../src/gpu/device.ts';

/** A device that counts. */
export interface Counted {
  readonly device: Device;
  /** submits, waits (buffers mapped and queues awaited) and bytes mapped since the start or the last call */
  readonly take: () => { submits: number; waits: number; mapped: number };
}

/** The same device, counted. */
export function counted(device: Device): Counted {
  let [submits, waits, mapped] = [0, 0, 0];
  const queue = proxy(device.gpu.queue, {
    submit: (...args: Parameters<GPUQueue['submit']>) => {
      submits++;
      return device.gpu.queue.submit(...args);
    },
    onSubmittedWorkDone: () => {
      waits++;
      return device.gpu.queue.onSubmittedWorkDone();
    },
  });
  const createBuffer = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    const buffer = device.gpu.createBuffer(descriptor);
    const map = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = (mode, offset, size) => {
      waits++;
      mapped += size ?? descriptor.size;
      return map(mode, offset, size);
    };
    return buffer;
  };
  const finish = (): Promise<void> => {
    waits++;
    return device.finish();
  };
  return {
    device: { ...device, gpu: proxy(device.gpu, { queue, createBuffer }), finish },
    take: () => {
      const counts = { submits, waits, mapped };
      [submits, waits, mapped] = [0, 0, 0];
      return counts;
    },
  };
}

function proxy<T extends object>(target: T, replaced: Readonly<Record<string, unknown>>): T {
  return new Proxy(target, {
    get: (inner, key) => {
      if (typeof key === 'string' && key in replaced) return replaced[key];
      const value: unknown = Reflect.get(inner, key, inner);
      return typeof value === 'function' ? (value.bind(inner) as unknown) : value;
    },
  });
}
