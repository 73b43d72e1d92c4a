// All sizes of the engine, in one place. Shaders get them as overrides, never as twin numbers.
import type { KernelShape, RowsShape, TileShape } from '../shaders/shape.ts';

/** Invocations per workgroup, at most; `forward_tiled` has its own number. */
export const WORKGROUP = 64;

/**
 * Bound on the duration of one submit, milliseconds: a page stays responsive, a batch run waits seldom, and both stay well
 * under the 2 s after which some drivers reset.
 */
export const SUBMIT_MS = { interactive: 50, batch: 500 } as const;

/** Workgroups of `forward` that keep an adapter busy: a GPU has thousands of lanes, a processor a few cores. */
export const BUSY_GROUPS = { gpu: 2048, software: 16 } as const;

/** Particles per part of the particle sum: fewer waste a workgroup, more lose accuracy. In groups of four. */
export const CHUNK4 = { least: 16, most: 4096 } as const;

/** Parts of the particle sum, at most. */
export const MOST_SPLITS = 4096;

/** Bytes of all partial sums together, at most. */
export const MOST_PARTIAL_BYTES = 1 << 28;

/** Workgroups per replica of the reductions over particles; the host adds their partial sums. */
export const REDUCTION_GROUPS = 64;

/**
 * Sums over the population, finished on the device: workgroups per replica at most, groups of four particles per invocation
 * at least, and invocations of a workgroup, which are also those of a block of a scan. A software adapter pays for every four
 * invocations that wait at a barrier.
 */
export const POPULATION = {
  gpu: { groups: 256, least: 1, workgroup: 64 },
  software: { groups: 64, least: 16, workgroup: 8 },
} as const;

/** Rows of the cloud that one invocation of `gather` and `adopt` goes through: on a processor all, found idle at once. */
export const GATHER_ROWS = { gpu: 4, software: 65_538 } as const;

/**
 * Sizes of the univariate ReLU path: invocations per workgroup, samples that one workgroup scans, samples per invocation
 * where it takes several, groups of four particles per invocation at least, workgroups that keep an adapter busy; and
 * whether workgroups add up in workgroup memory before they add to the bins in storage. A GPU adds there without leaving
 * the processor core; on a software adapter it is ordinary memory, with emptying and merging on top (a step takes 1.5 to 2.9 times as long).
 */
export const SORTED = {
  workgroup: { gpu: 256, software: 64 },
  mostInOneBlock: 8192,
  items: { gpu: 8, software: 32 },
  least4: 4,
  busyGroups: { gpu: 528, software: 64 },
  localBins: { gpu: true, software: false },
} as const;

/**
 * When one workgroup per replica does many steps per dispatch: invocations, largest width, and the replicas from which, or
 * the width up to which, it leaves no more of the adapter idle than dispatches of single steps do. A software adapter runs
 * a workgroup on one core, and pays for every four invocations that wait at a barrier: eight do the work of 64 in a third
 * of the time.
 */
export const PERSISTENT = {
  gpu: { workgroup: 256, mostWidth: 16_384, mostIdle: { replicas: 64, width: 4096 } },
  software: { workgroup: 8, mostWidth: 16_384, mostIdle: { replicas: 2, width: 1024 } },
} as const;

/** From this many samples on a GPU sorts them. */
export const SORTED_PAYS = 8;

/**
 * Processor time of one step of the univariate ReLU network on the software adapter, microseconds: of a step (dispatches),
 * a replica, a particle, a halving of the samples in search of its kink, a particle at a sample, a sample. `separate`: the
 * sorted kernels where velocity, update and the sums of the next step are passes of their own. Fitted to widths of 100 to
 * 262,144 with 10 to 30,000 samples and 1 to 200 replicas, most within a third.
 */
export const STEP_COST = {
  dense: { step: 300, replica: 0, particle: 0.1, search: 0, pair: 0.0032, sample: 0 },
  sorted: { step: 200, replica: 250, particle: 0.08, search: 0.002, pair: 0, sample: 0.85 },
  separate: { step: 300, replica: 400, particle: 0.16, search: 0.002, pair: 0, sample: 0.85 },
  persistent: { step: 10, replica: 15, particle: 0.085, search: 0.004, pair: 0, sample: 0.55 },
} as const;

/** Bytes of one read of the particle buffer. */
export const READ_BYTES = 1 << 26;

/** Register blocking of one kernel up to a dimension. */
interface ShapeUpTo {
  readonly dimension: number;
  readonly shape: KernelShape;
}

/**
 * Register blocking of `forward` and `velocity`, first row that has the dimension. A processor pays about fifteen
 * instructions for a number at a uniform index, hence many blocks; the text of many blocks takes long to compile there,
 * hence single steps where d or the activation is long (same speed from d = 5 on). A GPU has fewer registers and reads
 * a vec4f as fast as a scalar.
 */
export const SHAPES: Readonly<
  Record<'forward' | 'velocity', Record<'relu' | 'smooth' | 'gpu', readonly ShapeUpTo[]>>
> = {
  forward: {
    relu: [
      { dimension: 4, shape: { blocks: 4, step: 4 } },
      { dimension: 10, shape: { blocks: 4, step: 1 } },
      { dimension: 16, shape: { blocks: 2, step: 1 } },
    ],
    smooth: [{ dimension: 16, shape: { blocks: 2, step: 1 } }],
    gpu: [
      { dimension: 4, shape: { blocks: 2, step: 4 } },
      { dimension: 16, shape: { blocks: 1, step: 4 } },
    ],
  },
  velocity: {
    relu: [
      { dimension: 2, shape: { blocks: 4, step: 4, lanewise: true } },
      { dimension: 16, shape: { blocks: 2, step: 4, lanewise: true } },
    ],
    smooth: [{ dimension: 16, shape: { blocks: 2, step: 1 } }],
    gpu: [
      { dimension: 4, shape: { blocks: 2, step: 4 } },
      { dimension: 16, shape: { blocks: 1, step: 4 } },
    ],
  },
};

/** A blocking of a kernel in rows, with its time per item relative to that of the others. */
export type RowsChoice = RowsShape & { readonly cost?: number };

/**
 * Blockings of `forward_rows` and `velocity_rows`, for dimensions beyond the registers: what a software adapter that
 * exchanges numbers in quads gets, and any other. SwiftShader spends some hundred instructions (6 ns) on a load of four
 * numbers, of whatever form, and sixteen on every sum in every turn of a loop, against four on a multiply-add: hence
 * quads, which need a load per group in place of four, and either two rows per turn or many sums. More of anything
 * leaves the instruction cache (32 KiB): 8 samples in `forward_rows` take 1.2 times as long, four rows 1.2 to 1.4 times.
 */
export const ROWS: Readonly<
  Record<'forward' | 'velocity', Record<'quads' | 'single', readonly RowsChoice[]>>
> = {
  forward: {
    quads: [{ items: 5, groups: 4, rows: 2, quads: true }],
    single: [{ items: 8, groups: 2, rows: 1, quads: false }],
  },
  velocity: {
    quads: [
      { items: 5, groups: 8, rows: 1, quads: true },
      { items: 7, groups: 5, rows: 1, quads: true, cost: 1.1 },
    ],
    single: [{ items: 4, groups: 4, rows: 1, quads: false }],
  },
};

/** Invocations per workgroup on a processor, at least: it computes four at once. */
export const QUAD = 4;

/**
 * Tile of `forward_tiled`, which fills the 16 KiB of workgroup memory that every WebGPU adapter has, and its smallest
 * number of samples: a GPU runs invocations 32 at a time.
 */
export const FORWARD_TILE: TileShape & { readonly least: number } = {
  samples: 128,
  rows: 16,
  least: 32,
};

/**
 * Invocations below which blocks are halved: a processor computes four at once; `forward` on a GPU has its parts of the
 * particle sum to keep it busy, `velocity` has particles alone.
 */
export const LEAST_INVOCATIONS = {
  software: { forward: 4, velocity: 4 },
  gpu: { forward: 128, velocity: 65_536 },
} as const;

/** The smallest power of two that is not below n, at most WORKGROUP. */
export function workgroupFor(n: number): number {
  return Math.min(WORKGROUP, powerOfTwo(n));
}

/** Samples of a tile of `forward_tiled` for a set of s. */
export function tileFor(s: number): number {
  return Math.max(FORWARD_TILE.least, Math.min(FORWARD_TILE.samples, powerOfTwo(s)));
}

/** The smallest power of two that is not below n. */
function powerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, n)));
}
