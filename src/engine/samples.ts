// A set of samples on the device: inputs, targets, loss weights and the outputs that forward and residual write.
import { packStruct, readStruct } from '../gpu/layout.ts';
import type { Samples } from '../problem/problem.ts';
import { SAMPLES } from '../shaders/params.wgsl.ts';
import type { Context } from './context.ts';
import { planSamples, type SamplePlan } from './plan.ts';
import { sortSamples, type SortedSet } from './sorted.ts';

/** Buffers of one sample set; group 0 `samples` and the names that the shaders use. */
export interface SampleSet {
  readonly plan: SamplePlan;
  readonly buffers: Readonly<Record<string, GPUBuffer>>;
  /** the same samples in ascending order, where the plan wants them */
  readonly sorted: SortedSet | null;
}

/** Uploads samples that all replicas share. */
export function uploadSamples(context: Context, samples: Samples, label: string): SampleSet {
  const plan = planSamples(context.plan, samples.count);
  const { d } = context.plan;
  const stride = 4 * plan.s4;
  const x = new Float32Array(d * stride); // [d][s4·4]
  for (let j = 0; j < samples.count; j++) {
    for (let k = 0; k < d; k++) x[k * stride + j] = samples.x[j * d + k];
  }
  const pad = (values: Float32Array): Float32Array => {
    const padded = new Float32Array(stride);
    padded.set(values);
    return padded;
  };
  const { buffers } = context;
  const sorted = context.plan.kernel === 'sorted' ? sortSamples(context, samples, label) : null;
  return withOutputs(context, plan, label, sorted, {
    x: buffers.upload(`${label}.x`, x),
    y: buffers.upload(`${label}.y`, pad(samples.y)),
    loss_weight: buffers.upload(`${label}.loss_weight`, pad(samples.weight)),
  });
}

/** Room for samples that the batch pass draws for every replica. */
export function emptySamples(context: Context, count: number, label: string): SampleSet {
  const { d, replicas } = context.plan;
  const plan = planSamples(context.plan, count, replicas);
  const { buffers } = context;
  return withOutputs(context, plan, label, 'owned', {
    x: buffers.storage(`${label}.x`, 16 * replicas * d * plan.s4),
    y: buffers.storage(`${label}.y`, 16 * replicas * plan.s4),
    loss_weight: buffers.storage(`${label}.loss_weight`, 16 * replicas * plan.s4),
  });
}

function withOutputs(
  context: Context,
  plan: SamplePlan,
  label: string,
  sorted: SortedSet | null | 'owned',
  inputs: Record<string, GPUBuffer>,
): SampleSet {
  const { buffers, plan: run } = context;
  const bytes = 16 * run.replicas * plan.s4;
  const owned = sorted === 'owned';
  const samples = buffers.uniform(
    `${label}.samples`,
    packStruct(readStruct(SAMPLES, 'SampleParams'), {
      s: plan.s,
      s4: plan.s4,
      splits: plan.splits,
      chunk4: plan.chunk4,
      x_stride4: owned ? run.d * plan.s4 : 0,
      y_stride4: owned ? plan.s4 : 0,
      words: Math.ceil(plan.s / 32),
    }),
  );
  return {
    plan,
    sorted: owned ? null : sorted,
    buffers: {
      ...inputs,
      params: context.params,
      samples,
      ...(run.kernel === 'dense' && {
        partial: buffers.storage(`${label}.partial`, bytes * plan.splits),
      }),
      prediction: buffers.storage(`${label}.prediction`, bytes),
      residual_out: buffers.storage(`${label}.residual_out`, bytes),
      weighted_residual: buffers.storage(`${label}.weighted_residual`, bytes),
    },
  };
}
