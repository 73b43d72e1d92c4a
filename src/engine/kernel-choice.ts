// The kernels of a run: what the user asks for, or the cheapest that applies. Allocates nothing.
import { ConfigError } from '../config-check.ts';
import type { Config } from '../config.ts';
import { replicaBytes } from '../shaders/sorted-params.wgsl.ts';
import { SizeError } from './errors.ts';
import type { Kernel, KernelChoice, PlanLimits } from './plan.ts';
import { canFuse } from './sorted-step.ts';
import { roomFor } from './sorted.ts';
import { PERSISTENT, SORTED_PAYS, STEP_COST } from './tuning.ts';

/** What the cost of a step depends on, besides the width. */
export interface StepSizes {
  readonly dimension: number;
  /** training samples s */
  readonly samples: number;
  readonly replicas: number;
  /** true where the force comes from a population, so that sorted samples serve observation alone */
  readonly population?: boolean;
}

/** Sums over particles and samples, and whether one workgroup carries a replica through many steps. */
export interface ChosenKernels {
  readonly kernel: Kernel;
  readonly persistent: boolean;
}

/**
 * Whether the sorted kernels can be used: for the univariate ReLU network on the same samples in every step.
 *
 * @throws ConfigError where they are asked for and cannot be used
 */
export function checkKernel(
  choice: KernelChoice,
  { network, flow }: Config,
  dimension: number,
): boolean {
  const obstacle =
    dimension !== 1
      ? `d = ${dimension}; allowed with d = 1`
      : network.activation !== 'relu'
        ? `network.activation "${network.activation}"; allowed with "relu"`
        : flow.batch > 0
          ? `flow.batch ${flow.batch}; allowed with 0, all samples`
          : null;
  if (obstacle !== null && (choice === 'sorted' || choice === 'persistent')) {
    throw new ConfigError(`kernel: received "${choice}" with ${obstacle}`);
  }
  return obstacle === null;
}

/**
 * The kernels of a run.
 *
 * @throws ConfigError or SizeError where kernels are asked for and cannot be used
 */
export function chooseKernels(
  choice: KernelChoice,
  config: Config,
  sizes: StepSizes,
  limits: PlanLimits,
): ChosenKernels {
  const possible = checkKernel(choice, config, sizes.dimension);
  if (choice === 'dense' || !possible) return { kernel: 'dense', persistent: false };
  if (choice === 'sorted') return { kernel: 'sorted', persistent: false };
  if (choice === 'persistent') {
    checkPersistent(config, sizes, limits);
    return { kernel: 'sorted', persistent: true };
  }
  return limits.software ? cheapest(config, sizes, limits) : forGpu(config, sizes, limits);
}

function checkPersistent(config: Config, { samples }: StepSizes, limits: PlanLimits): void {
  if (!canFuse(config)) {
    throw new ConfigError(
      'kernel: received "persistent" with more than plain Euler steps; allowed without penalty, projection, birth–death and Heun',
    );
  }
  const bytes = bytesOfReplica(samples, limits);
  if (bytes <= limits.workgroupBytes) return;
  throw new SizeError(
    `kernel: received "persistent" with ${samples} samples, which need ${bytes} bytes of workgroup memory; ` +
      `allowed: at most ${limits.workgroupBytes} on ${limits.adapterName}`,
  );
}

function bytesOfReplica(samples: number, { software }: PlanLimits): number {
  return replicaBytes(roomFor(samples), PERSISTENT[software ? 'software' : 'gpu'].workgroup);
}

/** The kernels whose step takes a processor the least time. */
function cheapest(config: Config, sizes: StepSizes, limits: PlanLimits): ChosenKernels {
  const m = config.network.width;
  const fused = canFuse(config) && sizes.population !== true;
  const dense = stepCost('dense', m, sizes);
  const sorted = stepCost(fused ? 'sorted' : 'separate', m, sizes);
  const persistent = persistentApplies(config, sizes, limits)
    ? stepCost('persistent', m, sizes)
    : Infinity;
  if (dense <= Math.min(sorted, persistent)) return { kernel: 'dense', persistent: false };
  return { kernel: 'sorted', persistent: persistent <= sorted };
}

/** A GPU sorts all but a few samples: its dense sums read every sample once per block of particles. */
function forGpu(config: Config, sizes: StepSizes, limits: PlanLimits): ChosenKernels {
  if (sizes.samples < SORTED_PAYS) return { kernel: 'dense', persistent: false };
  return { kernel: 'sorted', persistent: persistentApplies(config, sizes, limits) };
}

/** Whether one workgroup per replica can do the steps and leaves no more of the adapter idle than single steps. */
function persistentApplies(config: Config, sizes: StepSizes, limits: PlanLimits): boolean {
  const { width: m } = config.network;
  const { mostWidth, mostIdle } = PERSISTENT[limits.software ? 'software' : 'gpu'];
  return (
    sizes.population !== true &&
    canFuse(config) &&
    bytesOfReplica(sizes.samples, limits) <= limits.workgroupBytes &&
    m <= mostWidth &&
    // A single replica keeps one workgroup busy, the other kernels as many as there are particles for.
    (sizes.replicas >= mostIdle.replicas || m <= mostIdle.width)
  );
}

/**
 * Processor time of one step, microseconds.
 *
 * @param m width
 */
export function stepCost(
  kernel: keyof typeof STEP_COST,
  m: number,
  { samples: s, replicas }: Pick<StepSizes, 'samples' | 'replicas'>,
): number {
  const { step, replica, particle, search, pair, sample } = STEP_COST[kernel];
  const perParticle = particle + search * Math.log2(s + 1) + pair * s;
  return step + replicas * (replica + m * perParticle + sample * s);
}
