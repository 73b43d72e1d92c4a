// update passes: move the particles by Euler or by one of the two stages of Heun, and advance the clock.
import { createPass, type Pass } from '../gpu/pass.ts';
import { clockShader } from '../shaders/clock.wgsl.ts';
import { updateShader, type UpdateStage } from '../shaders/update.wgsl.ts';
import type { Context } from './context.ts';
import { cover } from './plan.ts';

/** @param buffers clock, particle, velocity_in and, for Heun, predicted and predicted_velocity */
export function updatePass(
  context: Context,
  stage: UpdateStage,
  buffers: Record<string, GPUBuffer>,
): Promise<Pass> {
  const { replicas, k, m4 } = context.plan;
  const { groups, workgroup } = cover(replicas * k * m4);
  return createPass(context.device, {
    name: 'update',
    code: updateShader(stage),
    buffers: { params: context.params, ...buffers },
    grid: { x: groups },
    overrides: { WORKGROUP: workgroup },
  });
}

/** Advances the step counter on the device by one. */
export function clockPass(context: Context, clock: GPUBuffer): Promise<Pass> {
  return createPass(context.device, {
    name: 'tick',
    code: clockShader(),
    buffers: { clock },
    grid: { x: 1 },
  });
}
