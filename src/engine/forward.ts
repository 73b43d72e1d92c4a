// forward pass: partial sums of f over the particles, at every sample of a set, by one of three kernels, whose text is
// loaded with the first run that needs it.
import { createPass, type Pass } from '../gpu/pass.ts';
import type { Context } from './context.ts';
import { forwardInvocations } from './plan.ts';
import type { SampleSet } from './samples.ts';
import { FORWARD_TILE } from './tuning.ts';

/** @param particle buffer [R][k][m4] to evaluate */
export async function forwardPass(
  context: Context,
  set: SampleSet,
  particle: GPUBuffer,
): Promise<Pass> {
  const { variant, plan } = context;
  const { splits, forwardShape, forwardRows, forwardWorkgroup } = set.plan;
  const groups = Math.ceil(forwardInvocations(plan, set.plan) / forwardWorkgroup);
  const pass = (code: string, overrides = {}): Promise<Pass> =>
    createPass(context.device, {
      ...{ name: plan.forwardKernel, code, overrides },
      buffers: { ...set.buffers, particle, weight: context.weight },
      grid: { x: groups, y: splits, z: plan.replicas },
    });
  const workgroup = { WORKGROUP: forwardWorkgroup };
  switch (plan.forwardKernel) {
    case 'forward': {
      const { forwardShader } = await import('../shaders/forward.wgsl.ts');
      return pass(forwardShader(variant, forwardShape), workgroup);
    }
    case 'forward_rows': {
      const { forwardRowsShader } = await import('../shaders/forward-rows.wgsl.ts');
      return pass(forwardRowsShader(variant, forwardRows), workgroup);
    }
    case 'forward_tiled': {
      const { forwardTiledShader } = await import('../shaders/forward-tiled.wgsl.ts');
      return pass(forwardTiledShader(variant, { ...FORWARD_TILE, samples: forwardWorkgroup }));
    }
  }
}
