// The potential V of every particle on demand: velocity passes that write it beside dw/dt.
import type { Pass } from '../gpu/pass.ts';
import type { Parts } from './assembly.ts';
import type { Context } from './context.ts';

/** Passes on the training samples that leave V in a buffer. */
export interface Potential {
  /** V [R][m4] */
  readonly buffer: GPUBuffer;
  readonly passes: readonly Pass[];
}

/** Birth–death computes V in every step; without it a buffer and passes of their own do. */
export async function createPotential(
  { plan, buffers }: Context,
  { train, velocity, force, cloud, population }: Parts,
): Promise<Potential> {
  if (population !== null) {
    return { buffer: population.potential, passes: [...train.passes, ...velocity] };
  }
  const buffer = buffers.storage('potential', 16 * plan.replicas * plan.m4);
  const own = await force(cloud.particle, cloud.velocity_in, buffer);
  return { buffer, passes: [...train.passes, ...own] };
}
