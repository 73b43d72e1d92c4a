// A compute pass as data: one kernel with its buffers bound by name, ready to be encoded many times.
import type { Device } from './device.ts';
import { readBindings, readOverrides, type Binding } from './layout.ts';

/** What a pass is made of. */
export interface PassDescriptor {
  /** file name and entry point of the shader */
  readonly name: string;
  readonly code: string;
  /** buffers by the names that the shader gives its bindings */
  readonly buffers: Readonly<Record<string, GPUBuffer>>;
  /** workgroups of one dispatch */
  readonly grid: Grid;
  /** override constants by name, all that the shader declares without default and any others */
  readonly overrides?: Readonly<Record<string, number>>;
}

/** Workgroups of a dispatch. A row of more than 65,535 groups is folded into x and y; then y must be 1. */
export interface Grid {
  readonly x: number;
  readonly y?: number;
  readonly z?: number;
}

/** A kernel bound to its buffers. */
export interface Pass {
  readonly name: string;
  encode(encoder: GPUComputePassEncoder): void;
}

/** Pipelines by device, code, entry point and overrides: equal passes share one. */
const pipelines = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

/**
 * Builds a pass. Bindings that the shader declares are looked up in `buffers` by name.
 *
 * @throws Error when a buffer or an override is missing, or the shader does not compile (with the message and line)
 */
export async function createPass(device: Device, descriptor: PassDescriptor): Promise<Pass> {
  const { name, code, buffers } = descriptor;
  const { gpu } = device;
  const bindings = readBindings(code);
  const pipeline = await pipelineOf(gpu, descriptor, bindings);
  const groups = groupNumbers(bindings).map((group) =>
    gpu.createBindGroup({
      label: `${name}.${group}`,
      layout: pipeline.getBindGroupLayout(group),
      entries: bindings
        .filter((binding) => binding.group === group)
        .map((binding) => ({
          binding: binding.binding,
          resource: { buffer: bufferOf(binding, buffers, name) },
        })),
    }),
  );
  const numbers = groupNumbers(bindings);
  const [x, y, z] = foldGrid(descriptor.grid, gpu.limits.maxComputeWorkgroupsPerDimension, name);
  return {
    name,
    encode: (encoder) => {
      encoder.setPipeline(pipeline);
      numbers.forEach((group, n) => encoder.setBindGroup(group, groups[n]));
      encoder.dispatchWorkgroups(x, y, z);
    },
  };
}

/** Encodes passes in order, `times` times over, into one compute pass; the device orders their memory accesses. */
export function encodePasses(encoder: GPUCommandEncoder, passes: readonly Pass[], times = 1): void {
  const compute = encoder.beginComputePass();
  for (let n = 0; n < times; n++) for (const pass of passes) pass.encode(compute);
  compute.end();
}

/** Submits passes in order. */
export function submitPasses({ gpu }: Device, passes: readonly Pass[]): void {
  const encoder = gpu.createCommandEncoder({ label: passes.map((pass) => pass.name).join('+') });
  encodePasses(encoder, passes);
  gpu.queue.submit([encoder.finish()]);
}

/**
 * Folds a long row of workgroups into two dimensions. The shader numbers them y · (row length) + x and guards
 * the surplus.
 */
export function foldGrid(grid: Grid, limit: number, name = 'pass'): [number, number, number] {
  const { x, y = 1, z = 1 } = grid;
  if (y > limit || z > limit || (x > limit && y > 1)) {
    throw new Error(`${name}: grid ${x} × ${y} × ${z} exceeds ${limit} workgroups in a dimension`);
  }
  if (x <= limit) return [x, y, z];
  const rows = Math.ceil(x / limit);
  if (rows > limit) throw new Error(`${name}: ${x} workgroups exceed ${limit} × ${limit}`);
  return [Math.ceil(x / rows), rows, z];
}

function groupNumbers(bindings: readonly Binding[]): number[] {
  return [...new Set(bindings.map((binding) => binding.group))];
}

function bufferOf(binding: Binding, buffers: PassDescriptor['buffers'], pass: string): GPUBuffer {
  const buffer = buffers[binding.name];
  if (buffer === undefined) throw new Error(`${pass}: no buffer named ${binding.name}`);
  return buffer;
}

async function pipelineOf(
  gpu: GPUDevice,
  { name, code, overrides = {} }: PassDescriptor,
  bindings: readonly Binding[],
): Promise<GPUComputePipeline> {
  const known = readOverrides(code);
  const unknown = Object.keys(overrides).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw new Error(`${name}: the shader has no override ${unknown.join(', ')}`);
  const key = JSON.stringify([name, overrides, code]);
  let cache = pipelines.get(gpu);
  if (cache === undefined)
    pipelines.set(gpu, (cache = new Map<string, Promise<GPUComputePipeline>>()));
  let pipeline = cache.get(key);
  if (pipeline === undefined)
    cache.set(key, (pipeline = compile(gpu, name, code, { ...overrides }, bindings)));
  return pipeline;
}

async function compile(
  gpu: GPUDevice,
  name: string,
  code: string,
  constants: Record<string, number>,
  bindings: readonly Binding[],
): Promise<GPUComputePipeline> {
  gpu.pushErrorScope('validation');
  const module = gpu.createShaderModule({ label: name, code });
  // Layouts are explicit: an automatic layout drops bindings that a variant does not use. Group 0 may be absent.
  const highest = Math.max(...bindings.map((binding) => binding.group));
  const bindGroupLayouts = Array.from({ length: highest + 1 }, (_, group) =>
    gpu.createBindGroupLayout({
      label: `${name}.${group}`,
      entries: bindings
        .filter((binding) => binding.group === group)
        .map(({ binding, kind }) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: kind },
        })),
    }),
  );
  const layout = gpu.createPipelineLayout({ label: name, bindGroupLayouts });
  const pipeline = gpu
    .createComputePipelineAsync({
      label: name,
      layout,
      compute: { module, entryPoint: name, constants },
    })
    .catch((error: unknown) => error as Error);
  const scope = await gpu.popErrorScope();
  const result = await pipeline;
  if (result instanceof Error || scope !== null) {
    const info = await module.getCompilationInfo();
    const lines = info.messages.map((message) => `line ${message.lineNum}: ${message.message}`);
    throw new Error(
      `shader ${name}: ${[scope?.message, ...lines].join('; ') || ((result as { message?: string }).message ?? 'validation failed')}`,
    );
  }
  return result;
}
