// forward pass: partial sums of f over the particles, at every sample of a set.
import { createPass, type Pass } from '../gpu/pass.ts';
import { forwardShader } from '../shaders/forward.wgsl.ts';
import type { Context } from './context.ts';
import type { SampleSet } from './samples.ts';

/** @param particle buffer [R][k][m4] to evaluate */
export function forwardPass(context: Context, set: SampleSet, particle: GPUBuffer): Promise<Pass> {
  const { s4, splits, forwardShape, forwardWorkgroup: workgroup } = set.plan;
  return createPass(context.device, {
    name: 'forward',
    code: forwardShader(context.variant, forwardShape),
    buffers: { ...set.buffers, particle, weight: context.weight },
    grid: {
      x: Math.ceil(s4 / (forwardShape.blocks * workgroup)),
      y: splits,
      z: context.plan.replicas,
    },
    overrides: { WORKGROUP: workgroup },
  });
}
