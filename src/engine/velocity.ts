// velocity passes: −M ∇V at every particle, the data part by one of three kernels, then the penalty if there is one.
// The text of a kernel is loaded with the first run that needs it.
import { createPass, type Pass, type PassDescriptor } from '../gpu/pass.ts';
import type { DenseVariant } from '../shaders/forward.wgsl.ts';
import type { Context } from './context.ts';
import { cover, rowsWorkgroup } from './plan.ts';
import type { SampleSet } from './samples.ts';
import { sortedVelocityPasses } from './sorted.ts';

/**
 * @param particle buffer [R][k][m4] to read
 * @param velocity buffer [R][k][m4] to write
 * @param potential buffer [R][m4] that takes V too; default: V is not computed
 */
export async function velocityPasses(
  context: Context,
  set: SampleSet,
  particle: GPUBuffer,
  velocity: GPUBuffer,
  potential?: GPUBuffer,
): Promise<Pass[]> {
  const { config } = context;
  const withPotential = potential !== undefined;
  const buffers = {
    ...set.buffers,
    particle,
    velocity_out: velocity,
    ...(withPotential && { potential }),
  };
  const variant = { ...context.variant, potential: withPotential };
  const data =
    set.sorted === null
      ? [await dataPass(context, set, variant, buffers)]
      : await sortedVelocityPasses(context, set, particle, velocity, potential);
  const { penalty } = config.flow;
  if (penalty.kind === 'none' || penalty.strength === 0) return data;
  return [...data, await penaltyPass(context, particle, velocity, potential)];
}

/**
 * The pass that adds the penalty of the run to a velocity.
 *
 * @param particle buffer [R][k][m4] to read
 * @param velocity buffer [R][k][m4] that holds the data part
 * @param potential buffer [R][m4] that holds the data part of V, when V is wanted
 */
export async function penaltyPass(
  context: Context,
  particle: GPUBuffer,
  velocity: GPUBuffer,
  potential?: GPUBuffer,
): Promise<Pass> {
  const { device, plan, config, params } = context;
  const { groups, workgroup } = cover(plan.m4);
  const { penaltyShader } = await import('../shaders/penalty.wgsl.ts');
  return createPass(device, {
    name: 'penalty',
    code: penaltyShader(config.flow.penalty.kind, potential !== undefined),
    buffers: { params, particle, velocity_out: velocity, ...(potential && { potential }) },
    grid: { x: groups, z: plan.replicas },
    overrides: { WORKGROUP: workgroup },
  });
}

/** The data part, by the kernel of the plan. */
async function dataPass(
  { device, plan }: Context,
  set: SampleSet,
  variant: DenseVariant,
  buffers: PassDescriptor['buffers'],
): Promise<Pass> {
  const { velocityKernel: name, velocityShape, velocityWorkgroup } = plan;
  const pass = (code: string, groups: number, overrides = {}): Promise<Pass> =>
    createPass(device, { name, code, buffers, overrides, grid: { x: groups, z: plan.replicas } });
  const workgroup = { WORKGROUP: velocityWorkgroup };
  switch (name) {
    case 'velocity': {
      const { velocityShader } = await import('../shaders/velocity.wgsl.ts');
      const groups = Math.ceil(plan.m4 / (velocityShape.blocks * velocityWorkgroup));
      return pass(velocityShader(variant, velocityShape), groups, workgroup);
    }
    case 'velocity_rows': {
      const { velocityRowsShader } = await import('../shaders/velocity-rows.wgsl.ts');
      const { velocityRows } = set.plan;
      const invocations = Math.ceil((4 * plan.m4) / velocityRows.items);
      const WORKGROUP = rowsWorkgroup(invocations, plan.limits);
      const groups = Math.ceil(invocations / WORKGROUP);
      return pass(velocityRowsShader(variant, velocityRows), groups, { WORKGROUP });
    }
    case 'velocity_tiled': {
      const { velocityTiledShader } = await import('../shaders/velocity-tiled.wgsl.ts');
      return pass(velocityTiledShader(variant), Math.ceil(plan.m4 / 16));
    }
  }
}
