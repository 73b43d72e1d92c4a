// batch pass: draws the minibatch of the coming step for every replica.
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass, type Pass } from '../gpu/pass.ts';
import { streamOf } from '../random.ts';
import { batchShader } from '../shaders/batch.wgsl.ts';
import type { Context } from './context.ts';
import type { SampleSet } from './samples.ts';

/**
 * @param source the samples drawn from
 * @param batch the set that receives the draws
 */
export function batchPass(
  context: Context,
  source: SampleSet,
  batch: SampleSet,
  clock: GPUBuffer,
): Promise<Pass> {
  const code = batchShader();
  const { s4, workgroup } = batch.plan;
  const uniform = packStruct(readStruct(code, 'Source'), {
    source_count: source.plan.s,
    source_count4: source.plan.s4,
    weight_factor: source.plan.s / batch.plan.s,
  });
  return createPass(context.device, {
    name: 'batch',
    code,
    buffers: {
      ...batch.buffers,
      clock,
      source: context.buffers.uniform('source', uniform),
      source_x: source.buffers['x'],
      source_y: source.buffers['y'],
      source_weight: source.buffers['loss_weight'],
    },
    grid: { x: Math.ceil(s4 / workgroup), z: context.plan.replicas },
    overrides: { WORKGROUP: workgroup, STREAM: streamOf('batch') },
  });
}
