// WebGPU in Node through the `webgpu` package (Dawn). Node only; loaded by device.ts on demand.
import { GpuUnavailableError } from './errors.ts';

interface NodeWebGpu {
  create(options: string[]): GPU;
  globals: Record<string, unknown>;
}

/**
 * Every GPU object that is in use. Dawn's Node binding crashes when this object is collected while a device
 * made from it lives, and holding the adapter or the device does not keep it alive.
 */
const living = new Set<GPU>();

/** Creates a GPU object and holds it until `release` is called. */
export async function createGpu(options: {
  adapter?: string;
  profile: boolean;
}): Promise<{ gpu: GPU; release: () => void }> {
  const webgpu = await load();
  const flags = options.adapter === undefined ? [] : [`adapter=${options.adapter}`];
  if (options.profile) flags.push('disable-dawn-features=timestamp_quantization');
  const gpu = webgpu.create(flags);
  living.add(gpu);
  return { gpu, release: () => void living.delete(gpu) };
}

/** The names of the adapters, as `adapter=NAME` takes them; empty when there is none. */
export async function adapterNames(): Promise<string[]> {
  const webgpu = await load();
  const gpu = webgpu.create(['adapter=__list__']);
  living.add(gpu);
  try {
    await gpu.requestAdapter();
    return [];
  } catch (error) {
    // The package answers an unknown adapter name with an error that lists the known ones.
    return [...String((error as Error).message).matchAll(/name: '([^']*)'/g)].map(
      ([, name]) => name,
    );
  } finally {
    living.delete(gpu);
  }
}

async function load(): Promise<NodeWebGpu> {
  let webgpu: NodeWebGpu;
  try {
    webgpu = (await import('webgpu')) as unknown as NodeWebGpu;
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new GpuUnavailableError(`the webgpu package does not load on this system: ${reason}`);
  }
  // GPUBufferUsage, GPUMapMode and the like, which browsers have as globals.
  for (const [name, value] of Object.entries(webgpu.globals)) {
    if (!(name in globalThis))
      Object.defineProperty(globalThis, name, { value, configurable: true });
  }
  return webgpu;
}
