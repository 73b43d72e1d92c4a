// Chooses kernels and sizes from the problem and the adapter, and refuses what does not fit. Allocates nothing.
import type { Config } from '../config.ts';
import type { Device } from '../gpu/device.ts';
import { UNROLL_LIMIT } from '../shaders/unroll.ts';
import { VELOCITY_TILE_BYTES } from '../shaders/velocity-tiled.wgsl.ts';
import { SizeError } from './errors.ts';
import { BUSY_GROUPS, CHUNK4, MOST_PARTIAL_BYTES, MOST_SPLITS, workgroupFor } from './tuning.ts';

/** The adapter limits that a plan depends on. */
export interface PlanLimits {
  /** bytes of one buffer bound to a shader */
  readonly bufferBytes: number;
  /** bytes of workgroup memory */
  readonly workgroupBytes: number;
  /** workgroups in one dimension of a dispatch */
  readonly groupsPerDimension: number;
  readonly software: boolean;
  readonly adapterName: string;
}

/** Sizes that hold for the whole run. */
export interface Plan {
  readonly m: number;
  readonly m4: number;
  readonly d: number;
  readonly k: number;
  readonly replicas: number;
  readonly alpha: number;
  /** time step in function-space time */
  readonly dt: number;
  readonly velocityKernel: 'velocity' | 'velocity_tiled';
  /** bytes of one buffer of the shape of the particles */
  readonly particleBytes: number;
  readonly limits: PlanLimits;
}

/** Sizes of one set of samples. */
export interface SamplePlan {
  readonly s: number;
  readonly s4: number;
  readonly splits: number;
  readonly chunk4: number;
  /** invocations per workgroup of forward and residual */
  readonly workgroup: number;
}

export function limitsOf(device: Device): PlanLimits {
  const { limits } = device.gpu;
  return {
    bufferBytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    groupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    software: device.software,
    adapterName: device.adapterName,
  };
}

/** The largest width m whose particle buffer fits the adapter. */
export function largestWidth(limits: PlanLimits, dimension: number, replicas: number): number {
  return 4 * Math.floor(limits.bufferBytes / (16 * (dimension + 2) * replicas));
}

/**
 * Plans a run.
 *
 * @throws SizeError naming the value received and the largest one that fits
 */
export function planRun(
  config: Config,
  dimension: number,
  replicas: number,
  limits: PlanLimits,
): Plan {
  const m = config.network.width;
  const m4 = Math.ceil(m / 4);
  const k = dimension + 2;
  const particleBytes = 16 * replicas * k * m4;
  if (replicas > limits.groupsPerDimension) {
    throw new SizeError(
      `replicas: received ${replicas}; allowed: at most ${limits.groupsPerDimension} in one batch on ${limits.adapterName}`,
    );
  }
  if (particleBytes > limits.bufferBytes) {
    const most = largestWidth(limits, dimension, replicas);
    throw new SizeError(
      `network.width: received ${m}, which needs ${mebibytes(particleBytes)} in one buffer; allowed: at most ${most} ` +
        `with d = ${dimension}, ${replicas} replica(s) on ${limits.adapterName} (${mebibytes(limits.bufferBytes)} per buffer)`,
    );
  }
  const velocityKernel = dimension <= UNROLL_LIMIT ? 'velocity' : 'velocity_tiled';
  if (velocityKernel === 'velocity_tiled' && limits.workgroupBytes < VELOCITY_TILE_BYTES) {
    throw new SizeError(
      `problem: d = ${dimension} needs ${VELOCITY_TILE_BYTES} bytes of workgroup memory; ${limits.adapterName} has ${limits.workgroupBytes}`,
    );
  }
  const alpha = m ** config.network.scale;
  const dt = config.flow.time === 'gradient' ? (config.flow.dt * m) / alpha ** 2 : config.flow.dt;
  return { m, m4, d: dimension, k, replicas, alpha, dt, velocityKernel, particleBytes, limits };
}

/**
 * Plans a set of samples: how the particle sum is split so that the adapter is busy and the sum stays accurate.
 *
 * @param owned replicas that hold their own inputs (minibatches): R, else 1
 * @throws SizeError when the inputs do not fit
 */
export function planSamples(plan: Plan, s: number, owned = 1): SamplePlan {
  const { limits, d, m4, replicas } = plan;
  const s4 = Math.ceil(s / 4);
  const bytes = 16 * owned * Math.max(d, 1) * s4;
  if (bytes > limits.bufferBytes || 16 * replicas * s4 > limits.bufferBytes) {
    throw new SizeError(
      `problem: ${s} samples with d = ${d} need ${mebibytes(Math.max(bytes, 16 * replicas * s4))} in one buffer; ` +
        `allowed: at most ${mebibytes(limits.bufferBytes)} on ${limits.adapterName}`,
    );
  }
  const workgroup = workgroupFor(s4);
  // A row of samples is not folded: the second dimension of its dispatch holds the parts of the particle sum.
  if (Math.ceil(s4 / workgroup) > limits.groupsPerDimension) {
    throw new SizeError(
      `problem: received ${s} samples; allowed: at most ${4 * workgroup * limits.groupsPerDimension} ` +
        `in one set on ${limits.adapterName}`,
    );
  }
  const groups = Math.ceil(s4 / workgroup) * replicas;
  const busy = Math.ceil((limits.software ? BUSY_GROUPS.software : BUSY_GROUPS.gpu) / groups);
  const wanted = Math.min(
    Math.max(busy, Math.ceil(m4 / CHUNK4.most)),
    Math.ceil(m4 / CHUNK4.least),
  );
  const memory = Math.floor(
    Math.min(MOST_PARTIAL_BYTES, limits.bufferBytes) / (16 * replicas * s4),
  );
  const most = Math.max(1, Math.min(wanted, memory, MOST_SPLITS));
  const chunk4 = Math.ceil(m4 / most);
  return { s, s4, chunk4, splits: Math.ceil(m4 / chunk4), workgroup };
}

/** Workgroups of 64 invocations (or fewer, for small counts) that cover `count` items. */
export function cover(count: number): { groups: number; workgroup: number } {
  const workgroup = workgroupFor(count);
  return { groups: Math.ceil(count / workgroup), workgroup };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 24 ? 1 : 0)} MiB`;
}
