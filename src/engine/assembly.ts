// Builds the parts of a simulation: buffers of the cloud, evaluations of sample sets, and the passes of one step.
import type { Config, RandomInit } from '../config.ts';
import { createBuffers, guardMemory, type BufferSet } from '../gpu/buffer.ts';
import { submitPasses, type Pass } from '../gpu/pass.ts';
import type { Population as PopulationLoss, Problem, Samples } from '../problem/problem.ts';
import type { Particles, Population } from '../state.ts';
import type { Context } from './context.ts';
import { forwardPass } from './forward.ts';
import { initialisePass, packParticles } from './initialise.ts';
import type { Evaluation } from './observe.ts';
import type { PopulationBuffers } from './population.ts';
import type { ProductProbes } from './population-loss.ts';
import type { Probe } from './probe.ts';
import { residualPass } from './residual.ts';
import { sortedForwardPasses } from './sorted.ts';
import { replicaPasses } from './sorted-replica.ts';
import { canFuse, sortedStep, type SortedStep } from './sorted-step.ts';
import { emptySamples, uploadSamples, type SampleSet } from './samples.ts';
import { NEVER } from './snapshot.ts';
import { clockPass, updatePass } from './update.ts';
import { velocityPasses } from './velocity.ts';

const NO_POPULATION: Probe<Population[]> = { passes: [], parts: [], finish: () => [] };

/** Passes that read particles and write their velocity, and V where a buffer for it is given. */
type Force = (from: GPUBuffer, to: GPUBuffer, potential?: GPUBuffer) => Promise<Pass[]>;

/** Everything a simulation runs on, built once. */
export interface Parts {
  readonly cloud: Cloud;
  readonly train: Evaluation;
  readonly test: Evaluation | null;
  /** the velocity of the present particles on the training samples, after `train.passes` */
  readonly velocity: readonly Pass[];
  readonly force: Force;
  /** what birth–death keeps; null at rate 0 */
  readonly population: PopulationBuffers | null;
  /** what birth–death did so far; nothing at rate 0 */
  readonly populationProbe: Probe<Population[]>;
  /** inner products of residuals under the population loss; null where the loss is that of samples */
  readonly products: ProductProbes | null;
  /** one step, in order */
  readonly step: readonly Pass[];
  /** the step in one pass over the particles, where it applies */
  readonly fused: SortedStep | null;
  /** passes of 1, 2, 4, … steps; `step` alone where steps are dispatched one by one */
  readonly strides: readonly (readonly Pass[])[];
  /** writes the initial particles into a buffer of the particles' shape */
  readonly writeStart: (particle: GPUBuffer) => Promise<void>;
}

/** Allocates, uploads and compiles the parts of a simulation and writes its initial particles. */
export async function assemble(
  context: Context,
  problem: Problem,
  start: Particles | undefined,
): Promise<Parts> {
  const { device, config, plan, buffers } = context;
  const heun = config.flow.integrator === 'heun';
  const cloud = await guardMemory(device, `${plan.replicas} × ${plan.m} particles`, () =>
    allocateCloud(buffers, plan.particleBytes, heun),
  );
  const evaluation = (samples: Samples, label: string): Promise<Evaluation> =>
    evaluationOf(context, samples, label, cloud.particle);
  const train = await evaluation(problem.train, 'train');
  const test = problem.test === null ? null : await evaluation(problem.test, 'test');
  const ones = (): Float32Array => new Float32Array(plan.replicas * plan.m).fill(1);
  // Loaded for the runs that have them, so that a page begins without.
  const reaction = config.flow.birthDeath.rate > 0 ? await import('./population.ts') : null;
  const pairs = problem.population === undefined ? null : await import('./population-loss.ts');
  const population =
    reaction && (await reaction.allocatePopulation(context, start?.weight ?? ones()));
  const teacher = pairs && pairs.uploadTeacher(context, problem.population as PopulationLoss);
  const force: Force = (from, to, potential) =>
    pairs === null || teacher === null
      ? velocityPasses(context, train.set, from, to, potential)
      : pairs.populationVelocityPasses(context, teacher, from, to, potential);
  const velocity = await force(cloud.particle, cloud.velocity_in, population?.potential);
  const projected =
    config.flow.project === 'delta'
      ? await (await import('./project.ts')).projection(context, cloud.particle)
      : null;
  const last = [
    ...(reaction && population ? await reaction.populationPasses(context, population, cloud) : []),
    ...(projected === null ? [] : [projected.pass]),
  ];
  const fused =
    plan.kernel === 'sorted' && teacher === null && canFuse(config)
      ? await sortedStep(context, train.set, problem.train.count, cloud.particle, cloud.clock)
      : null;
  const step =
    fused !== null
      ? [...fused.step, await clockPass(context, cloud.clock)]
      : teacher === null
        ? await stepPasses(context, { train, cloud, velocity, last }, population?.potential)
        : await populationStep(context, { train, cloud, velocity, last }, force);
  const strides =
    fused !== null && plan.persistent
      ? await replicaPasses(fused.passes, problem.train.count)
      : [step];
  const fill = (particle: GPUBuffer): Promise<void> => writeStart(context, start, particle);
  await fill(cloud.particle);
  if (projected !== null) submitPasses(device, [projected.prepare]);
  device.gpu.queue.writeBuffer(cloud.clock, 0, new Uint32Array([0, NEVER, NEVER]));
  if (fused !== null) submitPasses(device, fused.prime);
  const products = pairs && teacher && pairs.createProducts(context, teacher, cloud.particle);
  const populationProbe =
    reaction && population ? reaction.populationProbe(context, population) : NO_POPULATION;
  return {
    cloud,
    train,
    test,
    velocity,
    force,
    population,
    populationProbe,
    products,
    step,
    fused,
    strides,
    writeStart: fill,
  };
}

/** The buffers of the cloud, by the names that the update shader uses. */
export interface Cloud extends Record<string, GPUBuffer> {
  clock: GPUBuffer;
  particle: GPUBuffer;
  velocity_in: GPUBuffer;
}

/** Allocates the cloud; Heun needs a second one for its predictor. */
function allocateCloud(buffers: BufferSet, bytes: number, heun: boolean): Cloud {
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

/** What the passes of a step are made of. */
interface StepParts {
  readonly train: Evaluation;
  readonly cloud: Cloud;
  /** passes of the velocity on the training samples */
  readonly velocity: readonly Pass[];
  /** what follows the move: birth–death, projection */
  readonly last: readonly Pass[];
}

/**
 * The passes of one step in order.
 *
 * @param potential buffer that takes V at the particles before the move
 */
async function stepPasses(
  context: Context,
  { train, cloud, velocity: trainVelocity, last: followers }: StepParts,
  potential: GPUBuffer | undefined,
): Promise<Pass[]> {
  const { batch: batchSize, integrator } = context.config.flow;
  const last = [...followers, await clockPass(context, cloud.clock)];
  const evaluate = async (set: SampleSet, particle: GPUBuffer): Promise<Pass[]> =>
    set === train.set && particle === cloud.particle
      ? [...train.passes]
      : evaluationPasses(context, set, particle);
  let set = train.set;
  const first: Pass[] = [];
  if (batchSize > 0) {
    set = emptySamples(context, batchSize, 'batch');
    const { batchPass } = await import('./batch.ts');
    first.push(await batchPass(context, train.set, set, cloud.clock));
  }
  first.push(...(await evaluate(set, cloud.particle)));
  first.push(
    ...(set === train.set
      ? trainVelocity
      : await velocityPasses(context, set, cloud.particle, cloud.velocity_in, potential)),
  );
  if (integrator === 'euler') return [...first, await updatePass(context, 'euler', cloud), ...last];
  const { predicted, predicted_velocity } = cloud;
  return [
    ...first,
    await updatePass(context, 'predict', cloud),
    ...(await evaluate(set, predicted)),
    ...(await velocityPasses(context, set, predicted, predicted_velocity)),
    await updatePass(context, 'correct', cloud),
    ...last,
  ];
}

/** The passes of one step under the population loss, which looks at no samples. */
async function populationStep(
  context: Context,
  { cloud, velocity, last: followers }: StepParts,
  force: Force,
): Promise<Pass[]> {
  const last = [...followers, await clockPass(context, cloud.clock)];
  if (context.config.flow.integrator === 'euler') {
    return [...velocity, await updatePass(context, 'euler', cloud), ...last];
  }
  return [
    ...velocity,
    await updatePass(context, 'predict', cloud),
    ...(await force(cloud.predicted, cloud.predicted_velocity)),
    await updatePass(context, 'correct', cloud),
    ...last,
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
  const passes = await evaluationPasses(context, set, particle);
  return { set, passes, weight: samples.weight };
}

/** The network and its residual on a set. */
async function evaluationPasses(
  context: Context,
  set: SampleSet,
  particle: GPUBuffer,
): Promise<Pass[]> {
  return set.sorted === null
    ? [await forwardPass(context, set, particle), await residualPass(context, set)]
    : sortedForwardPasses(context, set, particle);
}

/** Writes the initial particles into a buffer of the particles' shape. */
async function writeStart(
  context: Context,
  start: Particles | undefined,
  particle: GPUBuffer,
): Promise<void> {
  const { device, config, plan } = context;
  if (start !== undefined) {
    device.gpu.queue.writeBuffer(particle, 0, packParticles(start, plan));
    return;
  }
  const { init } = config;
  if (init.kind === 'file') throw new Error('particles of init.kind "file" were not given');
  const temporary = createBuffers(device);
  // Each is loaded where it is asked for, so that a page begins without it.
  const pass =
    init.kind === 'canonical'
      ? await (await import('./lift.ts')).liftPass(context, init, particle, temporary)
      : await initialisePass(context, await lawsOf(context, init), particle, temporary);
  submitPasses(device, [pass]);
  await device.finish();
  temporary.destroy();
}

async function lawsOf(
  { config, plan }: Context,
  init: Exclude<Config['init'], { kind: 'file' | 'canonical' }>,
): Promise<RandomInit> {
  if (init.kind === 'random') return init;
  return (await import('../problem/fan-in.ts')).lawsOf(init, config.network, plan.d);
}
