// The particle under the pointer: loaded with the first search.
import type { Device } from '../gpu/device.ts';
import { createPass, type Pass } from '../gpu/pass.ts';
import { nearestShader } from '../shaders/nearest.wgsl.ts';
import type { CloudSize, PictureBuffers } from './picture.ts';
import { cover } from './plan.ts';

/**
 * The passes that find the particle nearest to the pointer and leave its index in `found`, its parameters and its weight
 * in `values`.
 */
export function createNearest(
  device: Device,
  buffers: PictureBuffers,
  { width, dimension }: Pick<CloudSize, 'width' | 'dimension'>,
): Promise<Pass[]> {
  const grids = {
    nearest_distance: cover(width),
    nearest_index: cover(width),
    nearest_values: cover(dimension + 3),
  };
  return Promise.all(
    Object.entries(grids).map(([name, { groups, workgroup }]) =>
      createPass(device, {
        ...{ name, code: nearestShader(), buffers, grid: { x: groups } },
        overrides: { WORKGROUP: workgroup },
      }),
    ),
  );
}
