// Pictures of a cloud on its device: the window as a uniform, the density, and the particle nearest to a pixel.
// Nothing here moves a particle; what draws is in the page.
import type { BufferSet } from '../gpu/buffer.ts';
import type { Device } from '../gpu/device.ts';
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass, type Pass } from '../gpu/pass.ts';
import { cellsOf, densityUnit, type Plane, type Window } from '../problem/plane.ts';
import { PICTURE } from '../shaders/picture.wgsl.ts';
import type { Particles } from '../state.ts';
import { cover } from './plan.ts';

/** Cells of a density at most. */
export const MOST_CELLS = 1 << 18;
/** What `found` of the nearest particle holds before the search. */
export const NONE = 0xffffffff;

/** The buffers of the pictures of one cloud. */
export interface PictureBuffers {
  /** uniform, see {@link writeView} */
  readonly view: GPUBuffer;
  /** [R][k][m4], of the simulation */
  readonly particle: GPUBuffer;
  /** ω [R][m4], of the simulation; not read where all weights are 1 */
  readonly weight: GPUBuffer;
  /** [n][3] */
  readonly axes: GPUBuffer;
  /** [2][rows][columns], cleared before a density */
  readonly counts: GPUBuffer;
  /** fullest cell, sums shown with c ≥ 0, with c < 0, in units of `densityUnit`; cleared before a density */
  readonly totals: GPUBuffer;
  /** least distance and index, set to {@link NONE} before a search */
  readonly found: GPUBuffer;
  /** parameters of the nearest particle, and its weight [k + 1] */
  readonly values: GPUBuffer;
  readonly [name: string]: GPUBuffer;
}

/** Sizes of a cloud. */
export interface CloudSize extends Pick<Particles, 'width' | 'dimension'> {
  /** weights differ from 1, or will */
  readonly weighted: boolean;
}

/** How a picture looks, beside its plane and window. */
export interface Look {
  /** radius of a point, pixels */
  readonly radius: number;
  readonly opacity: number;
  /** red, green and blue in [0, 1] */
  readonly positive: readonly [number, number, number];
  readonly negative: readonly [number, number, number];
}

/** A pixel and how far from it a particle is looked for. */
export interface Pointer {
  readonly x: number;
  readonly y: number;
  readonly reach: number;
}

const BLACK: Look = { radius: 1, opacity: 1, positive: [0, 0, 0], negative: [0, 0, 0] };
const NOWHERE: Pointer = { x: 0, y: 0, reach: 0 };

/**
 * The buffers that pictures need beside the cloud.
 *
 * @param weight null where all weights are 1
 */
export function createPictureBuffers(
  buffers: BufferSet,
  { particle, weight }: { particle: GPUBuffer; weight: GPUBuffer | null },
  { dimension }: Pick<CloudSize, 'dimension'>,
): PictureBuffers {
  const k = dimension + 2;
  return {
    particle,
    weight: weight ?? buffers.storage('no weights', 4),
    view: buffers.uniform('view', new ArrayBuffer(16 * Math.ceil(fieldsOfView().length / 4))),
    axes: buffers.storage('axes', 12 * k),
    counts: buffers.storage('counts', 8 * MOST_CELLS),
    totals: buffers.storage('totals', 12),
    found: buffers.storage('found', 8),
    values: buffers.storage('values', 4 * (k + 1)),
  };
}

/** Fills the uniform and the axes. The window may have at most {@link MOST_CELLS} cells. */
export function writeView(
  { gpu }: Device,
  { view, axes }: PictureBuffers,
  size: CloudSize,
  plane: Plane,
  window: Window,
  { look = BLACK, pointer = NOWHERE }: { look?: Look; pointer?: Pointer } = {},
): void {
  const [positive_r, positive_g, positive_b] = look.positive;
  const [negative_r, negative_g, negative_b] = look.negative;
  const values = {
    m: size.width,
    m4: Math.ceil(size.width / 4),
    k: size.dimension + 2,
    axes: plane.axes.length,
    by_c: plane.scale === null ? 0 : 1,
    scale: plane.scale ?? 1,
    width: window.width,
    height: window.height,
    cell: window.cell,
    ...cellsOf(window),
    ...{ centre_x: window.centreX, centre_y: window.centreY },
    ...{ zoom_x: window.zoomX, zoom_y: window.zoomY },
    ...{ radius: look.radius, opacity: look.opacity },
    ...{ positive_r, positive_g, positive_b, negative_r, negative_g, negative_b },
    ...{ pointer_x: pointer.x, pointer_y: pointer.y, reach: pointer.reach },
    weighted: size.weighted ? 1 : 0,
    unit: densityUnit(size.width, size.weighted),
  };
  gpu.queue.writeBuffer(view, 0, packStruct(fieldsOfView(), values));
  const rows = plane.axes.flatMap(({ row, x, y }) => [row, x, y]);
  gpu.queue.writeBuffer(axes, 0, Float32Array.from(rows));
}

function fieldsOfView(): ReturnType<typeof readStruct> {
  return readStruct(PICTURE, 'View');
}

/** The passes that count a density into cleared `counts` and `totals`. */
export async function createDensity(
  device: Device,
  buffers: PictureBuffers,
  { width }: Pick<CloudSize, 'width'>,
): Promise<Pass[]> {
  const { densityShader, densityTotalsShader } = await import('../shaders/density.wgsl.ts');
  const { groups, workgroup } = cover(width);
  return Promise.all([
    createPass(device, {
      name: 'density',
      code: densityShader(),
      buffers,
      grid: { x: groups },
      overrides: { WORKGROUP: workgroup },
    }),
    createPass(device, {
      name: 'density_totals',
      code: densityTotalsShader(),
      buffers,
      grid: { x: 64 },
    }),
  ]);
}
