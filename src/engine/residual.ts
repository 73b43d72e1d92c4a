// residual pass: f and ρ = f − y from the partial sums of forward.
import { createPass, type Pass } from '../gpu/pass.ts';
import { residualShader } from '../shaders/residual.wgsl.ts';
import type { Context } from './context.ts';
import type { SampleSet } from './samples.ts';

export function residualPass(context: Context, set: SampleSet): Promise<Pass> {
  const { s4, workgroup } = set.plan;
  return createPass(context.device, {
    name: 'residual',
    code: residualShader(),
    buffers: set.buffers,
    grid: { x: Math.ceil(s4 / workgroup), z: context.plan.replicas },
    overrides: { WORKGROUP: workgroup },
  });
}
