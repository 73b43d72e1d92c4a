// One Euler step of the univariate ReLU network in a single pass over the particles, and the error of its sums.
import type { Pass } from '../gpu/pass.ts';
import type { Config } from '../config.ts';
import type { Context } from './context.ts';
import { NumericError } from './errors.ts';
import { lowerStep } from './snapshot.ts';
import {
  histogramPasses,
  loadKernels,
  overParticles,
  sortedPasses,
  sortedResidualPasses,
  sortedSums,
  tablePasses,
  type SortedPasses,
  type WithSorted,
} from './sorted.ts';

/** The fused step. */
export interface SortedStep {
  /** adds the present particles to the bins; once, and again whenever something else has moved them */
  readonly prime: readonly Pass[];
  /** one step: bins ► residual ► table ► particles and the bins of the next step */
  readonly step: readonly Pass[];
  /** what these passes share, with the bins, the state, the indices and the clock */
  readonly passes: SortedPasses;
}

/** True where nothing but the data term moves the particles, by Euler: then one pass over them is enough. */
export function canFuse({ flow }: Config): boolean {
  const penalised = flow.penalty.kind !== 'none' && flow.penalty.strength !== 0;
  const others = penalised || flow.project !== 'none' || flow.birthDeath.rate > 0;
  return flow.integrator === 'euler' && flow.batch === 0 && !others;
}

/**
 * The fused step on the training samples.
 *
 * @param samples the number s of training samples
 * @param clock the step counter, which a later pass advances
 */
export async function sortedStep(
  context: Context,
  set: WithSorted,
  samples: number,
  particle: GPUBuffer,
  clock: GPUBuffer,
): Promise<SortedStep> {
  const { buffers, plan, variant } = context;
  const { sortedStepShader } = await loadKernels();
  // Bins of their own: an observation between two steps leaves those of the step alone.
  const sums = sortedSums(context, samples, 'step');
  const index = buffers.storage('index', 16 * plan.replicas * plan.m4);
  const passes = sortedPasses(context, set, particle, { ...sums, index, clock });
  return {
    prime: await histogramPasses(passes, true),
    step: [
      ...(await sortedResidualPasses(passes)),
      ...(await tablePasses(passes)),
      await overParticles(
        passes,
        'sorted_step',
        sortedStepShader(variant.weighted, passes.plan.localRoom > 0, passes.shape),
      ),
    ],
    passes,
  };
}

/** The error for a run whose fixed-point sums left their range in step `step`. */
export function overflowError(step: number, flow: Config['flow']): NumericError {
  return new NumericError(
    `step ${step}: c·a or c·b of a particle left the range of the sums; ${lowerStep(flow)} or use --kernel dense`,
    step,
    0,
    0,
  );
}
