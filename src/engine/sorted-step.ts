// One Euler step of the univariate ReLU network in a single pass over the particles, and its watch on overflow.
import type { Pass } from '../gpu/pass.ts';
import { OVERFLOW_WORD, STATE_WORDS } from '../shaders/sorted-state.wgsl.ts';
import { sortedStepShader } from '../shaders/sorted-step.wgsl.ts';
import type { Config } from '../config.ts';
import type { Context } from './context.ts';
import { NumericError } from './errors.ts';
import {
  histogramPasses,
  overParticles,
  sortedPasses,
  sortedResidualPasses,
  sortedSums,
  tablePasses,
  type WithSorted,
} from './sorted.ts';

/** The fused step. */
export interface SortedStep {
  /** adds the present particles to the bins; once, and again whenever something else has moved them */
  readonly prime: readonly Pass[];
  /** one step: bins ► residual ► table ► particles and the bins of the next step */
  readonly step: readonly Pass[];
  /** state words [R][16], see {@link checkOverflow} */
  readonly state: GPUBuffer;
  readonly stateBytes: number;
}

/** True where nothing but the data term moves the particles, by Euler: then one pass over them is enough. */
export function canFuse({ flow }: Config): boolean {
  const penalised = flow.penalty.kind !== 'none' && flow.penalty.strength !== 0;
  return flow.integrator === 'euler' && flow.batch === 0 && flow.project !== 'delta' && !penalised;
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
  // Bins of their own: an observation between two steps leaves those of the step alone.
  const sums = sortedSums(context, samples, 'step');
  const index = buffers.storage('index', 16 * plan.replicas * plan.m4);
  const passes = sortedPasses(context, set, particle, { ...sums, index, clock });
  return {
    prime: await histogramPasses(passes, true),
    step: [
      ...(await sortedResidualPasses(passes)),
      ...(await tablePasses(passes)),
      await overParticles(passes, 'sorted_step', sortedStepShader(variant.weighted)),
    ],
    state: sums.sorted_state,
    stateBytes: 4 * STATE_WORDS * plan.replicas,
  };
}

/**
 * Looks for a replica whose sums left their range.
 *
 * @param words state [R][16]
 * @param badStep the first step with particles that are not finite, which tell more than an overflow of that step
 * @throws NumericError with the first such step and the remedy
 */
export function checkOverflow(words: Uint32Array, badStep: number, { flow }: Config): void {
  let [replica, first] = [-1, badStep];
  for (let r = 0; r * STATE_WORDS < words.length; r++) {
    const word = words[r * STATE_WORDS + OVERFLOW_WORD];
    if (word !== 0 && ~word >>> 0 < first) [replica, first] = [r, ~word >>> 0];
  }
  if (replica < 0) return;
  throw new NumericError(
    `step ${first + 1}: c·a or c·b of replica ${replica} left the range of the fixed-point sums; ` +
      `lower flow.dt (now ${flow.dt}) or use --kernel dense`,
    first + 1,
    replica,
    0,
  );
}
