// The univariate ReLU path: sorted samples on the device, and the passes that take the place of forward, residual and
// velocity. A whole Euler step in one pass over the particles stands in sorted-step.ts.
import { packStruct, readOverrides, readStruct } from '../gpu/layout.ts';
import { createPass, type Grid, type Pass } from '../gpu/pass.ts';
import type { Samples } from '../problem/problem.ts';
import type { BlockTerm } from '../shaders/sorted-blocks.wgsl.ts';
import type { SortedShape } from '../shaders/sorted-common.wgsl.ts';
import type * as Kernels from '../shaders/sorted-kernels.ts';
import { localBinBytes, SORTED_PARAMS, STATE_WORDS } from '../shaders/sorted-params.wgsl.ts';
import type { Context } from './context.ts';
import type { Plan } from './plan.ts';
import { cellsOf, inputWords, roomsFor } from './sorted-inputs.ts';
import { SORTED } from './tuning.ts';

/** Sizes of the path on one set of samples. */
export interface SortedPlan {
  /** invocations per workgroup, of the scans and of the passes over particles */
  readonly workgroup: number;
  /** samples per invocation of a scan */
  readonly items: number;
  /** workgroups of a scan */
  readonly blocks: number;
  /** workgroups per replica of a pass over particles */
  readonly groups: number;
  /** samples for which passes over particles add up in workgroup memory first; 0: in storage alone */
  readonly localRoom: number;
}

/** Buffers by the names of the shaders; they complete those of a sample set. */
export interface SortedSet {
  readonly plan: SortedPlan;
  readonly shape: SortedShape;
  readonly buffers: Readonly<Record<string, GPUBuffer>>;
}

/** A sample set with its sorted form. */
export interface WithSorted {
  readonly buffers: Readonly<Record<string, GPUBuffer>>;
  readonly sorted: SortedSet | null;
}

/** The text of the kernels, which comes with the first run that uses them. */
export const loadKernels = (): Promise<typeof Kernels> => import('../shaders/sorted-kernels.ts');

/** Samples that workgroup memory is made for: one pipeline serves every s up to the next multiple. */
const ROOM_STEP = 32;

/** Samples of workgroup memory for s of them. */
export function roomFor(samples: number): number {
  return ROOM_STEP * Math.ceil(samples / ROOM_STEP);
}

/** Sizes for s samples. */
export function planSorted({ limits, m4, replicas }: Plan, s: number): SortedPlan {
  const kind = limits.software ? 'software' : 'gpu';
  const workgroup = SORTED.workgroup[kind];
  const whole = s <= SORTED.mostInOneBlock;
  const items = whole ? Math.ceil(s / workgroup) : SORTED.items[kind];
  const wanted = Math.ceil(m4 / (workgroup * SORTED.least4));
  const busy = Math.ceil(SORTED.busyGroups[kind] / replicas);
  // An invocation keeps exact sums of at most 2^13 groups of particles in registers.
  const groups = Math.max(Math.ceil(m4 / (workgroup * 2 ** 13)), Math.min(wanted, busy));
  const room = roomFor(s);
  return {
    workgroup,
    items,
    blocks: Math.ceil(s / (workgroup * items)),
    groups,
    // A workgroup merges at most two integers per sample, and adds two or more per particle.
    localRoom:
      SORTED.localBins[kind] && localBinBytes(room) <= limits.workgroupBytes && 4 * m4 >= groups * s
        ? room
        : 0,
  };
}

/** What the plan chose, for the manifest. */
export function sortedKernels(
  { particleBytes, persistent }: Plan,
  { workgroup, items, blocks, groups, localRoom }: SortedPlan,
  fused: boolean,
): Record<string, string | number> {
  return {
    forward: 'sorted',
    velocity: persistent ? 'sorted_replica' : fused ? 'sorted_step' : 'sorted_velocity',
    ...{ workgroup, groups, particleBytes },
    samplesPerInvocation: items,
    blocks,
    ...(!persistent && { bins: localRoom > 0 ? 'workgroup memory, then storage' : 'storage' }),
  };
}

/** Sorts samples and uploads them with room for the sums. */
export function sortSamples(
  context: Context,
  samples: Samples,
  label: string,
  plan = planSorted(context.plan, samples.count),
): SortedSet {
  const { buffers, plan: run } = context;
  const { count: s, x, y, weight } = samples;
  const order = Array.from({ length: s }, (_, j) => j).sort((i, j) => x[i] - x[j] || i - j);
  const sample = new Float32Array(4 * s); // [s] x, y, ν, place in the input order
  const places = new Uint32Array(sample.buffer);
  order.forEach((place, j) => {
    sample.set([x[place], y[place], weight[place]], 4 * j);
    places[4 * j + 3] = place;
  });
  const centre = centreOf(x[order[0]], x[order[s - 1]]);
  const sorted = Float32Array.from(order, (place) => x[place]);
  const rooms = roomsFor(run, s);
  const shape = { centred: centre.centre_high !== 0, rooms };
  const cells = cellsOf(sorted);
  return {
    plan,
    shape,
    buffers: {
      sorted: buffers.uniform(
        `${label}.sorted`,
        packStruct(readStruct(SORTED_PARAMS, 'SortedParams'), {
          ...centre,
          weight_bound: context.weightBound ?? (context.variant.weighted ? run.m : 1),
          spare_bits: 61 - Math.ceil(Math.log2(run.m)),
          items: plan.items,
          blocks: plan.blocks,
          ...cells.params,
        }),
      ),
      sorted_x: buffers.upload(`${label}.sorted_x`, inputWords(sorted, cells.words, rooms?.x ?? 0)),
      sample: buffers.upload(`${label}.sample`, sample),
      block_sum: buffers.storage(`${label}.block_sum`, 16 * run.replicas * plan.blocks),
      table: buffers.storage(`${label}.table`, 16 * (rooms?.sums ?? run.replicas * (s + 1))),
      ...sortedSums(context, s, label),
    },
  };
}

/** Empty bins and their state. */
export function sortedSums(
  { buffers, plan }: Context,
  s: number,
  label: string,
): Record<'bins' | 'sorted_state', GPUBuffer> {
  return {
    bins: buffers.storage(`${label}.bins`, 16 * (roomsFor(plan, s)?.sums ?? plan.replicas * s)),
    sorted_state: buffers.storage(`${label}.sorted_state`, 4 * STATE_WORDS * plan.replicas),
  };
}

/** Twelve bits: two such halves multiply without rounding in float32. */
const HALF_BITS = 12;

/**
 * Centre μ of inputs from low to high, in two parts of 12 significant bits, and an exponent above |x − μ|. Inputs that
 * lie around 0 stay as they are.
 */
export function centreOf(
  low: number,
  high: number,
): { centre_high: number; centre_low: number; input_exponent: number } {
  const middle = low / 2 + high / 2;
  const around = low <= 0 && high >= 0;
  const centre_high = around ? 0 : roundBits(middle);
  const centre_low = around ? 0 : roundBits(middle - centre_high);
  const centre = centre_high + centre_low;
  const size = Math.max(Math.abs(low - centre), Math.abs(high - centre));
  const exponent = size === 0 ? 0 : Math.floor(Math.log2(size)) + 2;
  return {
    centre_high,
    centre_low,
    input_exponent: Math.max(-100, Math.min(exponent, 100)),
  };
}

/** The number nearest to v with HALF_BITS significant bits. */
function roundBits(v: number): number {
  if (v === 0) return 0;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(v))) + 1 - HALF_BITS);
  return Math.round(v / unit) * unit;
}

/** What the passes on one set share. */
export interface SortedPasses {
  readonly context: Context;
  readonly plan: SortedPlan;
  readonly shape: SortedShape;
  readonly buffers: Readonly<Record<string, GPUBuffer>>;
}

/** The passes of a set over a particle buffer [R][3][m4]. */
export function sortedPasses(
  context: Context,
  set: WithSorted,
  particle: GPUBuffer,
  more: Readonly<Record<string, GPUBuffer>> = {},
): SortedPasses {
  if (set.sorted === null) throw new Error('the samples of this set are not sorted');
  const buffers: Record<string, GPUBuffer> = {
    ...set.buffers,
    ...set.sorted.buffers,
    particle,
    weight: context.weight,
    ...more,
  };
  const { plan, shape } = set.sorted;
  return { context, plan, shape, buffers: { ...buffers, stored_bins: buffers['bins'] } };
}

/** Adds the cloud to empty bins: its range, then every particle. `keep` stores the indices k in `index`. */
export async function histogramPasses(passes: SortedPasses, keep: boolean): Promise<Pass[]> {
  const { weighted } = passes.context.variant;
  const { plan, shape } = passes;
  const { sortedHistogramShader, sortedRangeShader } = await loadKernels();
  const histogram = sortedHistogramShader(weighted, keep, plan.localRoom > 0, shape);
  return [
    await overParticles(passes, 'sorted_range', sortedRangeShader(weighted, shape.centred)),
    await overParticles(passes, 'sorted_histogram', histogram),
  ];
}

/** From bins to prediction, residual and weighted residual; empties the bins. */
export async function sortedResidualPasses(passes: SortedPasses): Promise<Pass[]> {
  const { sortedResidualShader } = await loadKernels();
  const several = passes.plan.blocks > 1;
  return [
    ...(several ? [await blocksPass(passes, 'bins')] : []),
    await overSamples(passes, 'sorted_residual', sortedResidualShader(several)),
  ];
}

/** From weighted residuals to the table of sums. */
export async function tablePasses(passes: SortedPasses): Promise<Pass[]> {
  const { sortedTableShader } = await loadKernels();
  const several = passes.plan.blocks > 1;
  return [
    ...(several ? [await blocksPass(passes, 'pull')] : []),
    await overSamples(passes, 'sorted_table', sortedTableShader(several)),
  ];
}

/** The network and its residual on a set, in the outputs of `forward` and `residual`. */
export async function sortedForwardPasses(
  context: Context,
  set: WithSorted,
  particle: GPUBuffer,
): Promise<Pass[]> {
  const passes = sortedPasses(context, set, particle);
  return [...(await histogramPasses(passes, false)), ...(await sortedResidualPasses(passes))];
}

/**
 * The data part of the velocity, after {@link sortedForwardPasses} on the same set and particles.
 *
 * @param potential buffer [R][m4] that takes V too; default: V is not computed
 */
export async function sortedVelocityPasses(
  context: Context,
  set: WithSorted,
  particle: GPUBuffer,
  velocity: GPUBuffer,
  potential?: GPUBuffer,
): Promise<Pass[]> {
  const { sortedVelocityShader } = await loadKernels();
  const passes = sortedPasses(context, set, particle, {
    velocity_out: velocity,
    ...(potential !== undefined && { potential }),
  });
  return [
    ...(await tablePasses(passes)),
    await overParticles(
      passes,
      'sorted_velocity',
      sortedVelocityShader(potential !== undefined, passes.shape),
    ),
  ];
}

/** A pass over particles. */
export function overParticles(passes: SortedPasses, name: string, code: string): Promise<Pass> {
  const grid = { x: passes.plan.groups, z: passes.context.plan.replicas };
  return pass(
    passes,
    name,
    code,
    grid,
    readOverrides(code).includes('ROOM') ? { ROOM: passes.plan.localRoom } : {},
  );
}

function overSamples(passes: SortedPasses, name: string, code: string): Promise<Pass> {
  return pass(passes, name, code, { x: passes.plan.blocks, z: passes.context.plan.replicas });
}

async function blocksPass(passes: SortedPasses, term: BlockTerm): Promise<Pass> {
  const { sortedBlocksShader } = await loadKernels();
  return overSamples(passes, 'sorted_blocks', sortedBlocksShader(term));
}

function pass(
  { context, plan, buffers }: SortedPasses,
  name: string,
  code: string,
  grid: Grid,
  room = {},
): Promise<Pass> {
  return createPass(context.device, {
    name,
    code,
    buffers,
    grid,
    overrides: { WORKGROUP: plan.workgroup, ...room },
  });
}
