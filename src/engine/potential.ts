// The potential V of every particle on demand: velocity passes that write it beside dw/dt.
import { ConfigError } from '../config-check.ts';
import type { Pass } from '../gpu/pass.ts';
import type { Parts } from './assembly.ts';
import type { Context } from './context.ts';
import { velocityPasses } from './velocity.ts';

/** Passes on the training samples that leave V in a buffer. */
export interface Potential {
  /** V [R][m4] */
  readonly buffer: GPUBuffer;
  readonly passes: readonly Pass[];
}

/**
 * Birth–death computes V in every step; without it a buffer and passes of their own do.
 *
 * @throws ConfigError under the population loss
 */
export async function createPotential(
  context: Context,
  { train, velocity, cloud, population, products }: Parts,
): Promise<Potential> {
  if (products !== null) {
    throw new ConfigError(
      'observe: received "potential"; allowed with flow.loss "population": the others',
    );
  }
  if (population !== null) {
    return { buffer: population.potential, passes: [...train.passes, ...velocity] };
  }
  const { plan, buffers } = context;
  const buffer = buffers.storage('potential', 16 * plan.replicas * plan.m4);
  const own = await velocityPasses(context, train.set, cloud.particle, cloud.velocity_in, buffer);
  return { buffer, passes: [...train.passes, ...own] };
}
