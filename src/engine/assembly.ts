// Builds the parts of a simulation: buffers of the cloud, evaluations of sample sets, and the passes of one step.
import { createBuffers, guardMemory, type BufferSet } from '../gpu/buffer.ts';
import type { Pass } from '../gpu/pass.ts';
import type { Samples } from '../problem/problem.ts';
import type { Particles } from '../state.ts';
import { batchPass } from './batch.ts';
import type { Context } from './context.ts';
import { forwardPass } from './forward.ts';
import { initialisePass, packParticles } from './initialise.ts';
import type { Evaluation } from './observe.ts';
import { submitPasses } from './reductions.ts';
import { residualPass } from './residual.ts';
import { emptySamples, uploadSamples, type SampleSet } from './samples.ts';
import { clockPass, updatePass } from './update.ts';
import { velocityPasses } from './velocity.ts';

/** The buffers of the cloud, by the names that the update shader uses. */
export interface Cloud extends Record<string, GPUBuffer> {
  clock: GPUBuffer;
  particle: GPUBuffer;
  velocity_in: GPUBuffer;
}

/** Allocates the cloud; Heun needs a second one for its predictor. */
export function allocateCloud(buffers: BufferSet, bytes: number, heun: boolean): Cloud {
  return {
    clock: buffers.storage('clock', 16),
    particle: buffers.storage('particle', bytes),
    velocity_in: buffers.storage('velocity', bytes),
    ...(heun && {
      predicted: buffers.storage('predicted', bytes),
      predicted_velocity: buffers.storage('predicted_velocity', bytes),
    }),
  };
}

/** The passes of one step in order. */
export async function stepPasses(
  context: Context,
  train: Evaluation,
  cloud: Cloud,
  trainVelocity: readonly Pass[],
): Promise<Pass[]> {
  const { batch: batchSize, integrator } = context.config.flow;
  const tick = await clockPass(context, cloud.clock);
  const evaluate = async (set: SampleSet, particle: GPUBuffer): Promise<Pass[]> =>
    set === train.set && particle === cloud.particle
      ? [...train.passes]
      : [await forwardPass(context, set, particle), await residualPass(context, set)];
  let set = train.set;
  const first: Pass[] = [];
  if (batchSize > 0) {
    set = emptySamples(context, batchSize, 'batch');
    first.push(await batchPass(context, train.set, set, cloud.clock));
  }
  first.push(...(await evaluate(set, cloud.particle)));
  first.push(
    ...(set === train.set
      ? trainVelocity
      : await velocityPasses(context, set, cloud.particle, cloud.velocity_in)),
  );
  if (integrator === 'euler') return [...first, await updatePass(context, 'euler', cloud), tick];
  const { predicted, predicted_velocity } = cloud;
  return [
    ...first,
    await updatePass(context, 'predict', cloud),
    ...(await evaluate(set, predicted)),
    ...(await velocityPasses(context, set, predicted, predicted_velocity)),
    await updatePass(context, 'correct', cloud),
    tick,
  ];
}

/** Uploads samples and prepares forward and residual on them. */
export async function evaluationOf(
  context: Context,
  samples: Samples,
  label: string,
  particle: GPUBuffer,
): Promise<Evaluation> {
  const set = await guardMemory(context.device, `${samples.count} samples`, () =>
    uploadSamples(context, samples, label),
  );
  const passes = [await forwardPass(context, set, particle), await residualPass(context, set)];
  return { set, passes, weight: samples.weight };
}

/** Writes the initial particles into a buffer of the particles' shape. */
export async function writeStart(
  context: Context,
  start: Particles | undefined,
  particle: GPUBuffer,
): Promise<void> {
  const { device, config, plan } = context;
  if (start !== undefined) {
    device.gpu.queue.writeBuffer(particle, 0, packParticles(start, plan));
    return;
  }
  if (config.init.kind !== 'random')
    throw new Error('particles of init.kind "file" were not loaded');
  const temporary = createBuffers(device);
  submitPasses(context, [await initialisePass(context, config.init, particle, temporary)]);
  await device.finish();
  temporary.destroy();
}
