// project passes: δ of the initial particles, kept on the device, and the projection onto it after every step.
import { createPass, type Pass } from '../gpu/pass.ts';
import { invariantShader } from '../shaders/invariant.wgsl.ts';
import { projectShader } from '../shaders/project.wgsl.ts';
import type { Context } from './context.ts';
import { cover } from './plan.ts';

/** What `flow.project` "delta" adds to a simulation. */
export interface Projection {
  /** computes δ from the particles of the moment; to be run once they are written */
  readonly prepare: Pass;
  /** the projection, after every step */
  readonly pass: Pass;
}

/** @param particle buffer [R][k][m4] of the cloud */
export async function projection(context: Context, particle: GPUBuffer): Promise<Projection> {
  const { device, plan, params } = context;
  const { groups, workgroup } = cover(plan.m4);
  const delta = context.buffers.storage('delta', 16 * plan.replicas * plan.m4);
  const make = (name: string, code: string): Promise<Pass> =>
    createPass(device, {
      name,
      code,
      buffers: { params, particle, delta },
      grid: { x: groups, z: plan.replicas },
      overrides: { WORKGROUP: workgroup },
    });
  return {
    prepare: await make('invariant', invariantShader()),
    pass: await make('project', projectShader()),
  };
}
