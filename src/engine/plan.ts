// Chooses dense kernels and sizes from the problem and the adapter, and refuses what does not fit. Allocates nothing.
import type { Config } from '../config.ts';
import type { Device } from '../gpu/device.ts';
import {
  FORWARD_TILE4,
  FORWARD_TILE_ITEMS,
  forwardTileBytes,
  SINGLE,
  VELOCITY_TILE_BYTES,
  type KernelShape,
  type RowsShape,
} from '../shaders/shape.ts';
import { UNROLL_LIMIT } from '../shaders/unroll.ts';
import { SizeError } from './errors.ts';
import {
  BUSY_GROUPS,
  CHUNK4,
  FORWARD_TILE,
  LEAST_INVOCATIONS,
  MOST_PARTIAL_BYTES,
  MOST_SPLITS,
  QUAD,
  ROWS,
  type RowsChoice,
  SHAPES,
  tileFor,
  WORKGROUP,
  workgroupFor,
} from './tuning.ts';

/** The adapter limits that a plan depends on. */
export interface PlanLimits {
  /** bytes of one buffer bound to a shader */
  readonly bufferBytes: number;
  /** bytes of workgroup memory */
  readonly workgroupBytes: number;
  /** workgroups in one dimension of a dispatch */
  readonly groupsPerDimension: number;
  readonly software: boolean;
  /** four neighbouring invocations can exchange numbers (WGSL feature `subgroups`) */
  readonly quads: boolean;
  readonly adapterName: string;
}

/** The two ways to sum over particles and samples. */
export type Kernel = 'dense' | 'sorted';

/** What a user may ask for; auto takes the faster one that fits. */
export const KERNEL_CHOICES = ['auto', 'dense', 'sorted', 'persistent'] as const;
export type KernelChoice = (typeof KERNEL_CHOICES)[number];

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
  /** dense kernels, or those of the univariate ReLU network on sorted samples */
  readonly kernel: Kernel;
  /** one workgroup carries a replica through many steps of a dispatch */
  readonly persistent: boolean;
  readonly forwardKernel: 'forward' | 'forward_rows' | 'forward_tiled';
  readonly velocityKernel: 'velocity' | 'velocity_rows' | 'velocity_tiled';
  /** blocking of `velocity`, and its invocations per workgroup */
  readonly velocityShape: KernelShape;
  readonly velocityWorkgroup: number;
  /** true for relu, whose kernels are the cheapest to compile and to run */
  readonly relu: boolean;
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
  /** invocations per workgroup of residual */
  readonly workgroup: number;
  /** blocking of `forward` and `forward_rows`, and invocations per workgroup of the one that is chosen */
  readonly forwardShape: KernelShape;
  readonly forwardRows: RowsShape;
  readonly forwardWorkgroup: number;
  /** blocking of `velocity_rows` over these samples */
  readonly velocityRows: RowsShape;
}

export function limitsOf(device: Device): PlanLimits {
  const { limits } = device.gpu;
  return {
    bufferBytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    groupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    software: device.software,
    quads: device.gpu.features.has('subgroups'),
    adapterName: device.adapterName,
  };
}

/** A time step in the unit of `flow.dt`, in function-space time: η m/α² for the rate η of gradient descent. */
export function functionTime(
  { flow }: Config,
  { m, alpha }: Pick<Plan, 'm' | 'alpha'>,
  dt: number,
): number {
  return flow.time === 'gradient' ? (dt * m) / alpha ** 2 : dt;
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
  kernel: Kernel = 'dense',
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
  const relu = config.network.activation === 'relu';
  const dense = denseKernels({ m4, d: dimension, replicas, relu, limits });
  const tileBytes = Math.max(VELOCITY_TILE_BYTES, forwardTileBytes(FORWARD_TILE));
  if (dense.velocityKernel === 'velocity_tiled' && limits.workgroupBytes < tileBytes) {
    throw new SizeError(
      `problem: d = ${dimension} needs ${tileBytes} bytes of workgroup memory; ${limits.adapterName} has ${limits.workgroupBytes}`,
    );
  }
  const alpha = m ** config.network.scale;
  const dt = functionTime(config, { m, alpha }, config.flow.dt);
  return {
    persistent: false,
    ...{ m, m4, d: dimension, k, replicas, alpha, dt, relu, kernel, particleBytes, limits },
    ...dense,
  };
}

/** The kernels of the dense sums beyond the registers. */
const WIDE = {
  gpu: { forwardKernel: 'forward_tiled', velocityKernel: 'velocity_tiled' },
  software: { forwardKernel: 'forward_rows', velocityKernel: 'velocity_rows' },
} as const;

/** The kernels of the dense sums and their blocking. */
function denseKernels(plan: Pick<Plan, 'm4' | 'd' | 'replicas' | 'relu' | 'limits'>) {
  const { m4, d, replicas, limits } = plan;
  const unrolled = d <= UNROLL_LIMIT;
  const velocityShape = shapeOf('velocity', plan, m4);
  return {
    ...(unrolled
      ? ({ forwardKernel: 'forward', velocityKernel: 'velocity' } as const)
      : WIDE[limits.software ? 'software' : 'gpu']),
    velocityWorkgroup: spread(Math.ceil(m4 / velocityShape.blocks), replicas, limits),
    velocityShape,
  } as const;
}

/** What the plan chose, for the manifest: kernels, and how many items one invocation holds. */
export function kernelsOf(plan: Plan, set: SamplePlan): Record<string, string | number> {
  const { forwardKernel, velocityKernel, velocityShape, particleBytes } = plan;
  const { splits, workgroup, forwardShape, forwardRows, forwardWorkgroup, velocityRows } = set;
  const unrolled = forwardKernel === 'forward';
  const tiled = forwardKernel === 'forward_tiled';
  const rows = tiled ? { items: FORWARD_TILE_ITEMS, groups: 2 } : forwardRows;
  return {
    forward: unrolled ? 'dense' : forwardKernel,
    velocity: velocityKernel,
    ...{ splits, workgroup, particleBytes },
    samplesPerInvocation: unrolled ? 4 * forwardShape.blocks : rows.items,
    particlesPerRead: unrolled ? forwardShape.step : 4 * rows.groups,
    ...(tiled && { samplesPerTile: forwardWorkgroup }),
    ...(velocityKernel !== 'velocity_tiled' && {
      particlesPerInvocation: unrolled ? 4 * velocityShape.blocks : velocityRows.items,
      samplesPerRead: unrolled ? velocityShape.step : 4 * velocityRows.groups,
    }),
  };
}

/** The row of the tables in `tuning.ts`. */
function classOf({ relu, limits }: Pick<Plan, 'relu' | 'limits'>): 'relu' | 'smooth' | 'gpu' {
  if (!limits.software) return 'gpu';
  return relu ? 'relu' : 'smooth';
}

/** The blocking of a kernel, halved while it would leave the adapter idle. */
function shapeOf(
  kernel: 'forward' | 'velocity',
  plan: Pick<Plan, 'd' | 'relu' | 'replicas' | 'limits'>,
  count4: number,
): KernelShape {
  const rows = SHAPES[kernel][classOf(plan)];
  const shape = rows.find(({ dimension }) => plan.d <= dimension)?.shape ?? SINGLE;
  const least = LEAST_INVOCATIONS[plan.limits.software ? 'software' : 'gpu'][kernel];
  // Lanes of a processor belong to one replica. A GPU is filled by all replicas together, a workgroup by one.
  const fills = (invocations: number): boolean =>
    plan.limits.software
      ? invocations >= least
      : plan.replicas * invocations >= least && invocations >= Math.min(least, WORKGROUP);
  let { blocks } = shape;
  while (blocks > 1 && !fills(count4 / blocks)) blocks /= 2;
  return { ...shape, blocks };
}

/**
 * The blocking of a kernel in rows, for `items4` groups of four items and `groups4` of what all invocations read: the one
 * that wastes least on the last blocks. A GPU has other kernels.
 */
function rowsOf(
  kernel: 'forward' | 'velocity',
  { software, quads }: PlanLimits,
  items4: number,
  groups4: number,
): RowsShape {
  const padded = (count: number, of: number): number => of * Math.ceil(count / of);
  const work = ({ items, groups, cost = 1 }: RowsChoice): number =>
    padded(items4, items) * padded(groups4, groups) * cost;
  const choices = ROWS[kernel][software && quads ? 'quads' : 'single'];
  return choices.reduce((best, other) => (work(other) < work(best) ? other : best));
}

/**
 * Invocations per workgroup of a kernel in rows, for `count` of them: on a processor no more than the grid asks for, so
 * that none is idle and every core has its share.
 */
export function rowsWorkgroup(count: number, { software, groupsPerDimension }: PlanLimits): number {
  if (!software) return workgroupFor(count);
  return Math.max(QUAD, workgroupFor(Math.ceil(count / groupsPerDimension)));
}

/** Invocations per workgroup for `count` of them: a processor gets smaller workgroups where all its cores need one. */
function spread(count: number, replicas: number, limits: PlanLimits): number {
  if (!limits.software) return workgroupFor(count);
  const groups = Math.max(1, Math.floor(BUSY_GROUPS.software / replicas));
  return Math.max(QUAD, workgroupFor(Math.ceil(count / groups)));
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
  // The sorted kernels hold a vec4 per sample and index k = 0 … s.
  const outputs = plan.kernel === 'sorted' ? 16 * replicas * (s + 1) : 16 * replicas * s4;
  if (bytes > limits.bufferBytes || outputs > limits.bufferBytes) {
    throw new SizeError(
      `problem: ${s} samples with d = ${d} need ${mebibytes(Math.max(bytes, outputs))} in one buffer; ` +
        `allowed: at most ${mebibytes(limits.bufferBytes)} on ${limits.adapterName}`,
    );
  }
  const workgroup = workgroupFor(s4);
  const tiled = plan.forwardKernel === 'forward_tiled';
  // A row of samples is not folded: the second dimension of its dispatch holds the parts of the particle sum.
  const samplesPerGroup = tiled ? tileFor(s) : 4 * workgroup;
  if (Math.ceil((4 * s4) / samplesPerGroup) > limits.groupsPerDimension) {
    throw new SizeError(
      `problem: received ${s} samples; allowed: at most ${samplesPerGroup * limits.groupsPerDimension} ` +
        `in one set on ${limits.adapterName}`,
    );
  }
  const forwardShape = shapeOf('forward', plan, s4);
  const forwardRows = rowsOf('forward', limits, s4, m4);
  const velocityRows = rowsOf('velocity', limits, m4, s4);
  const invocations = forwardInvocations(plan, { s4, forwardShape, forwardRows });
  const inRows = plan.forwardKernel === 'forward_rows';
  const own = inRows ? rowsWorkgroup(invocations, limits) : workgroupFor(invocations);
  const forwardWorkgroup = tiled ? tileFor(s) : own;
  const groups = Math.ceil(invocations / forwardWorkgroup) * replicas;
  const busy = Math.ceil((limits.software ? BUSY_GROUPS.software : BUSY_GROUPS.gpu) / groups);
  const wanted = Math.min(
    Math.max(busy, Math.ceil(m4 / CHUNK4.most)),
    Math.ceil(m4 / CHUNK4.least),
  );
  const memory = Math.floor(
    Math.min(MOST_PARTIAL_BYTES, limits.bufferBytes) / (16 * replicas * s4),
  );
  const most = Math.max(1, Math.min(wanted, memory, MOST_SPLITS));
  // Parts of whole tiles leave no more idle than the last.
  const unit4 = tiled ? FORWARD_TILE4 : 1;
  const chunk4 = unit4 * Math.ceil(m4 / most / unit4);
  const splits = Math.ceil(m4 / chunk4);
  return {
    ...{ s, s4, chunk4, splits, workgroup },
    ...{ forwardShape, forwardRows, forwardWorkgroup, velocityRows },
  };
}

/** Invocations of the forward kernel for one replica and one part of the particles. */
export function forwardInvocations(
  { forwardKernel }: Pick<Plan, 'forwardKernel'>,
  { s4, forwardShape, forwardRows }: Pick<SamplePlan, 's4' | 'forwardShape' | 'forwardRows'>,
): number {
  switch (forwardKernel) {
    case 'forward':
      return Math.ceil(s4 / forwardShape.blocks);
    case 'forward_rows':
      return Math.ceil((4 * s4) / forwardRows.items);
    case 'forward_tiled':
      return 4 * s4;
  }
}

/** Workgroups of 64 invocations (or fewer, for small counts) that cover `count` items. */
export function cover(count: number): { groups: number; workgroup: number } {
  const workgroup = workgroupFor(count);
  return { groups: Math.ceil(count / workgroup), workgroup };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 24 ? 1 : 0)} MiB`;
}
