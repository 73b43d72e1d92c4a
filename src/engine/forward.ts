// forward pass: partial sums of f over the particles, at every sample of a set, by one of two kernels.
import { createPass, type Pass } from '../gpu/pass.ts';
import { forwardRowsShader } from '../shaders/forward-rows.wgsl.ts';
import { forwardShader } from '../shaders/forward.wgsl.ts';
import type { Context } from './context.ts';
import type { SampleSet } from './samples.ts';

/** @param particle buffer [R][k][m4] to evaluate */
export function forwardPass(context: Context, set: SampleSet, particle: GPUBuffer): Promise<Pass> {
  const { variant, plan } = context;
  const { s4, splits, forwardShape, forwardRows, forwardWorkgroup } = set.plan;
  const unrolled = plan.forwardKernel === 'forward';
  const invocations = unrolled ? s4 / forwardShape.blocks : (4 * s4) / forwardRows.items;
  return createPass(context.device, {
    name: plan.forwardKernel,
    code: unrolled ? forwardShader(variant, forwardShape) : forwardRowsShader(variant, forwardRows),
    buffers: { ...set.buffers, particle, weight: context.weight },
    grid: { x: Math.ceil(invocations / forwardWorkgroup), y: splits, z: plan.replicas },
    overrides: { WORKGROUP: forwardWorkgroup },
  });
}
