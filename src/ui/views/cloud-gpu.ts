// Draws particles on a WebGPU canvas from the simulation's own buffer: points, or a density image where they are many.
import { createDensity, createPictureBuffers, NONE, writeView } from '../../engine/picture.ts';
import { createBuffers, createReadBack } from '../../gpu/buffer.ts';
import type { Simulation } from '../../engine/simulation.ts';
import type { Device } from '../../gpu/device.ts';
import { createDrawing, type Drawing } from '../../gpu/drawing.ts';
import { encodePasses, type Pass } from '../../gpu/pass.ts';
import { cellsOf, densityUnit } from '../../problem/plane.ts';
import { pointsShader } from '../../shaders/points.wgsl.ts';
import type { Particles } from '../../state.ts';
import type { Run } from '../engine.ts';
import type { Painter, Scene } from './cloud-painter.ts';

/** Numbers of a sample at most; particles of a sample at most. */
const SAMPLE_NUMBERS = 1 << 18;
const SAMPLE_PARTICLES = 4096;

/** @returns null where the browser gives the canvas no WebGPU context */
export async function createGpuPainter(
  canvas: HTMLCanvasElement,
  device: Device,
  run: Run,
  { particleBuffer: particle, weightBuffer: weight }: Simulation,
): Promise<Painter | null> {
  const context = canvas.getContext('webgpu');
  if (context === null) return null;
  const { gpu } = device;
  const format = navigator.gpu.getPreferredCanvasFormat();
  context.configure({ device: gpu, format, alphaMode: 'premultiplied' });
  const { width: m, dimension } = run;
  const weighted = weight !== null;
  const size = { width: m, dimension, weighted };
  const own = createBuffers(device);
  const readBack = createReadBack(device);
  const buffers = createPictureBuffers(own, { particle, weight }, size);
  const points = await createDrawing(device, {
    ...{ name: 'points', code: pointsShader(), buffers, format },
    vertices: 3 * m,
  });
  let density: { readonly passes: Pass[]; readonly image: Drawing } | null = null;
  const openDensity = async (): Promise<typeof density> => {
    const { densityImageShader } = await import('../../shaders/density-image.wgsl.ts');
    const code = densityImageShader();
    const [passes, image] = await Promise.all([
      createDensity(device, buffers, size),
      createDrawing(device, { name: 'density_image', code, buffers, format, vertices: 3 }),
    ]);
    return { passes, image };
  };
  let nearest: Promise<Pass[]> | null = null;

  const paint = (scene: Scene): void => {
    const { plane, window, look, isDensity } = scene;
    if (canvas.width !== window.width) canvas.width = window.width;
    if (canvas.height !== window.height) canvas.height = window.height;
    writeView(device, buffers, size, plane.plane, window, { look });
    const encoder = gpu.createCommandEncoder({ label: 'cloud' });
    // A choice made since the last refresh is drawn with the next.
    const dense = isDensity ? density : null;
    if (dense !== null) {
      const { columns, rows } = cellsOf(window);
      encoder.clearBuffer(buffers.counts, 0, 8 * columns * rows);
      encoder.clearBuffer(buffers.totals);
      encodePasses(encoder, dense.passes);
    }
    const view = context.getCurrentTexture().createView();
    const pass = encoder.beginRenderPass({
      colorAttachments: [
        { view, loadOp: 'clear', storeOp: 'store', clearValue: { r: 0, g: 0, b: 0, a: 0 } },
      ],
    });
    (dense?.image ?? points).encode(pass);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
  };

  return {
    canvas,
    weighted,
    paint,
    refresh: async (isDensity) => {
      if (isDensity) density ??= await openDensity();
    },
    finish: () => device.finish(),
    sample: async () => {
      const k = dimension + 2;
      const count = Math.min(m, SAMPLE_PARTICLES, Math.max(64, Math.floor(SAMPLE_NUMBERS / k)));
      const rowBytes = 16 * Math.ceil(m / 4);
      const bytes = 4 * count;
      const rows = await readBack.read([
        ...Array.from({ length: k }, (_, row) => ({
          ...{ buffer: particle, bytes, offset: row * rowBytes },
        })),
        ...(weighted ? [{ buffer: weight, bytes }] : []),
      ]);
      return fromRows(rows, count, dimension);
    },
    pick: async ({ plane, window }, x, y, reach) => {
      nearest ??= import('../../engine/nearest.ts').then(({ createNearest }) =>
        createNearest(device, buffers, size),
      );
      const passes = await nearest;
      gpu.queue.writeBuffer(buffers.found, 0, new Uint32Array([NONE, NONE]));
      writeView(device, buffers, size, plane.plane, window, { pointer: { x, y, reach } });
      const k = dimension + 2;
      const [found, numbers] = await readBack.submit(32 + 4 * (k + 1), (encoder, keep) => {
        encodePasses(encoder, passes);
        keep({ buffer: buffers.found, bytes: 8 });
        keep({ buffer: buffers.values, bytes: 4 * (k + 1) });
      });
      const index = new Uint32Array(found)[1];
      const values = new Float32Array(numbers);
      return index === NONE ? null : { index, values: values.subarray(0, k), weight: values[k] };
    },
    shown: async () => {
      const [bytes] = await readBack.read([{ buffer: buffers.totals, bytes: 12 }]);
      const [, positive, negative] = new Uint32Array(bytes);
      const unit = densityUnit(m, weighted);
      return [positive / unit, negative / unit];
    },
    destroy: () => {
      context.unconfigure();
      readBack.destroy();
      own.destroy();
    },
  };
}

/** Rows of `count` numbers as particles; the last one may be their weights. */
function fromRows(rows: readonly ArrayBuffer[], count: number, dimension: number): Particles {
  const numbers = rows.map((bytes) => new Float32Array(bytes));
  const a = new Float32Array(count * dimension);
  for (let k = 0; k < dimension; k++)
    for (let i = 0; i < count; i++) a[i * dimension + k] = numbers[k][i];
  const [b, c, weight = new Float32Array(count).fill(1)] = numbers.slice(dimension);
  return { dimension, width: count, replicas: 1, a, b, c, weight };
}
