// A drawing as data: one pair of vertex and fragment stages with its buffers bound by name, ready to be encoded.
import type { Device } from './device.ts';
import { readBindings } from './layout.ts';

/** What a drawing is made of. */
export interface DrawingDescriptor {
  /** name of the shader; its entry points are NAME_vertex and NAME_fragment */
  readonly name: string;
  readonly code: string;
  /** read-only buffers by the names that the shader gives its bindings */
  readonly buffers: Readonly<Record<string, GPUBuffer>>;
  readonly format: GPUTextureFormat;
  /** three to a triangle */
  readonly vertices: number;
}

/** A drawing bound to its buffers. */
export interface Drawing {
  encode(encoder: GPURenderPassEncoder): void;
}

/** Pipelines by device, code and format: equal drawings share one. */
const pipelines = new WeakMap<GPUDevice, Map<string, Promise<GPURenderPipeline>>>();

/**
 * Builds a drawing; what it draws is laid over what is there, colours multiplied by opacity.
 *
 * @throws Error when a buffer is missing or the shader does not compile
 */
export async function createDrawing(
  { gpu }: Device,
  descriptor: DrawingDescriptor,
): Promise<Drawing> {
  const { name, code, buffers, vertices } = descriptor;
  let cache = pipelines.get(gpu);
  if (cache === undefined)
    pipelines.set(gpu, (cache = new Map<string, Promise<GPURenderPipeline>>()));
  const key = JSON.stringify([name, code, descriptor.format]);
  let made = cache.get(key);
  if (made === undefined) cache.set(key, (made = compile(gpu, descriptor)));
  const pipeline = await made;
  const bindings = readBindings(code);
  const numbers = [...new Set(bindings.map(({ group }) => group))];
  const groups = numbers.map((group) =>
    gpu.createBindGroup({
      label: `${name}.${group}`,
      layout: pipeline.getBindGroupLayout(group),
      entries: bindings
        .filter((binding) => binding.group === group)
        .map(({ binding, name: buffer }) => {
          if (buffers[buffer] === undefined) throw new Error(`${name}: no buffer named ${buffer}`);
          return { binding, resource: { buffer: buffers[buffer] } };
        }),
    }),
  );
  return {
    encode: (encoder) => {
      encoder.setPipeline(pipeline);
      numbers.forEach((group, n) => encoder.setBindGroup(group, groups[n]));
      encoder.draw(vertices);
    },
  };
}

function compile(
  gpu: GPUDevice,
  { name, code, format }: DrawingDescriptor,
): Promise<GPURenderPipeline> {
  const bindings = readBindings(code);
  const bindGroupLayouts = [...new Set(bindings.map(({ group }) => group))].map((group) =>
    gpu.createBindGroupLayout({
      label: `${name}.${group}`,
      entries: bindings
        .filter((binding) => binding.group === group)
        .map(({ binding, kind }) => ({
          binding,
          visibility: GPUShaderStage.VERTEX | GPUShaderStage.FRAGMENT,
          buffer: { type: kind },
        })),
    }),
  );
  const module = gpu.createShaderModule({ label: name, code });
  const over: GPUBlendComponent = { srcFactor: 'one', dstFactor: 'one-minus-src-alpha' };
  return gpu.createRenderPipelineAsync({
    label: name,
    layout: gpu.createPipelineLayout({ label: name, bindGroupLayouts }),
    vertex: { module, entryPoint: `${name}_vertex` },
    fragment: {
      module,
      entryPoint: `${name}_fragment`,
      targets: [{ format, blend: { color: over, alpha: over } }],
    },
    primitive: { topology: 'triangle-list' },
  });
}
