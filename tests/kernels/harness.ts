// Runs single passes of the engine on buffers that a test fills and reads: the same context as a simulation, no loop.
import { paramsUniform, variantOf, type Context } from '../../src/engine/context.ts';
import { packParticles, packWeight } from '../../src/engine/initialise.ts';
import { limitsOf, planRun, type Plan } from '../../src/engine/plan.ts';
import { readParticles } from '../../src/engine/snapshot.ts';
import { createBuffers, createReadBack } from '../../src/gpu/buffer.ts';
import type { Device } from '../../src/gpu/device.ts';
import { submitPasses, type Pass } from '../../src/gpu/pass.ts';
import type { Config } from '../../src/config.ts';
import type { Particles } from '../../src/state.ts';

/** A context with a particle buffer, and ways to run passes and to read buffers. */
export interface Bench {
  readonly context: Context;
  readonly plan: Plan;
  /** buffer [R][k][m4] holding the particles */
  readonly particle: GPUBuffer;
  /** an empty buffer of the particles' shape */
  cloud(label: string): GPUBuffer;
  /** overwrites the start of a buffer */
  write(buffer: GPUBuffer, data: Float32Array | Uint32Array): void;
  /** overwrites a buffer of the particles' shape */
  writeCloud(buffer: GPUBuffer, particles: Particles): void;
  run(...passes: Pass[]): void;
  floats(buffer: GPUBuffer, count: number): Promise<Float32Array>;
  words(buffer: GPUBuffer, count: number): Promise<Uint32Array>;
  readCloud(buffer: GPUBuffer): Promise<Particles>;
}

/** What a bench is made of. */
export interface BenchOptions {
  readonly particles: Particles;
  readonly firstReplica?: number;
  /** parts of the plan to replace, for example the velocity kernel */
  readonly plan?: Partial<Plan>;
}

/** Builds a bench, runs `body` and frees the buffers. */
export async function onBench(
  device: Device,
  config: Config,
  { particles, firstReplica = 0, plan: replaced = {} }: BenchOptions,
  body: (bench: Bench) => Promise<void>,
): Promise<void> {
  const { dimension, replicas, weight } = particles;
  const plan = { ...planRun(config, dimension, replicas, limitsOf(device)), ...replaced };
  const buffers = createBuffers(device);
  const readBack = createReadBack(device);
  const weighted = weight.some((w) => w !== 1);
  const context: Context = {
    device,
    config,
    plan,
    buffers,
    variant: variantOf(config, dimension, weighted, device.software),
    params: paramsUniform(config, plan, buffers, firstReplica),
    weight: buffers.upload('weight', weighted ? packWeight(weight, plan) : new Float32Array(4)),
  };
  const bytesOf = async (buffer: GPUBuffer, count: number): Promise<ArrayBuffer> =>
    (await readBack.read([{ buffer, bytes: 4 * count }]))[0];
  try {
    await body({
      context,
      plan,
      particle: buffers.upload('particle', packParticles(particles, plan)),
      cloud: (label) => buffers.storage(label, plan.particleBytes),
      write: (buffer, data) =>
        device.gpu.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength),
      writeCloud: (buffer, cloud) =>
        device.gpu.queue.writeBuffer(buffer, 0, packParticles(cloud, plan)),
      run: (...passes) => submitPasses(context.device, passes),
      floats: async (buffer, count) => new Float32Array(await bytesOf(buffer, count)),
      words: async (buffer, count) => new Uint32Array(await bytesOf(buffer, count)),
      readCloud: (buffer) => readParticles(plan, buffer, weight, readBack),
    });
    await device.finish();
  } finally {
    readBack.destroy();
    buffers.destroy();
  }
}

/** Rows of 4·⌈s/4⌉ numbers from rows of s, padding zero; for buffers [R][s4]. */
export function padRows(values: ArrayLike<number>, s: number): Float32Array {
  const padded = 4 * Math.ceil(s / 4);
  const rows = values.length / s;
  const out = new Float32Array(rows * padded);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < s; j++) out[r * padded + j] = values[r * s + j];
  }
  return out;
}

/** The inverse of {@link padRows}. */
export function unpadRows(padded: Float32Array, s: number): Float32Array {
  const stride = 4 * Math.ceil(s / 4);
  return Float32Array.from(
    { length: (padded.length / stride) * s },
    (_, k) => padded[Math.floor(k / s) * stride + (k % s)],
  );
}
