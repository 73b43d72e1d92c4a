// How much of the dense sums one invocation does: the numbers that select a form of a kernel besides the problem.
import { LANES } from './unroll.ts';

/** The register blocking of a dense kernel. */
export interface KernelShape {
  /** groups of four samples (forward) or of four particles (velocity) that one invocation keeps in registers */
  readonly blocks: number;
  /**
   * particles (forward) or samples (velocity) that one iteration reads at a workgroup-uniform index: 4 in one vec4f per
   * row, or 1 in scalars, which is a quarter of the text. The sums have the same order and the same bits.
   */
  readonly step: 1 | 4;
  /**
   * velocity of relu with step 4 alone: the text goes particle by particle instead of sample by sample, in scalars. A
   * processor then keeps a sum in a register for the four samples; operations and bits are the same.
   */
  readonly lanewise?: boolean;
}

/** Samples whose sum velocity takes in one go: the error of a float32 sum grows with the number of such blocks. */
export const SUM_BLOCK = 1024;

/** One vec4f of results per invocation. */
export const SINGLE: KernelShape = { blocks: 1, step: 4 };

/** The blocking of a kernel that loops over the dimension: `items` × `groups` vec4f of z in registers. */
export interface RowsShape {
  /** samples (forward_rows) or particles (velocity_rows) of one invocation */
  readonly items: number;
  /** groups of four particles (forward_rows) or samples (velocity_rows) of one iteration */
  readonly groups: number;
  /** rows of inputs and particles of one turn of the loop over them */
  readonly rows: number;
  /**
   * what all invocations need, each reads a quarter of, and four exchange it (needs the WGSL feature `subgroups` and
   * workgroups of whole quads); else each reads all of it. The sums have the same bits.
   */
  readonly quads: boolean;
}

/** The tile of `forward_tiled`: what one workgroup holds in its memory. */
export interface TileShape {
  /** samples, and invocations per workgroup */
  readonly samples: number;
  /** rows of inputs and particles, out of d */
  readonly rows: number;
}

/** `forward_tiled`: groups of four particles in a tile; the sums of 64 particles are added as in the other kernels. */
export const FORWARD_TILE4 = 16;

/** `forward_tiled`: samples per invocation, two vec4f of them. */
export const FORWARD_TILE_ITEMS = 8;

/** Workgroup memory of `forward_tiled`: rows of inputs, rows of particles, and the eight sums of every sample. */
export function forwardTileBytes({ samples, rows }: TileShape): number {
  return 4 * rows * samples + 16 * rows * FORWARD_TILE4 + 4 * 8 * samples;
}

/** Workgroup memory of `velocity_tiled`: 64 samples × 16 vec4f. */
export const VELOCITY_TILE_BYTES = 64 * 16 * 16;

/** WGSL element type of a buffer that is read `step` numbers at a time. */
export function elementOf(step: KernelShape['step']): string {
  return step === 4 ? 'vec4f' : 'f32';
}

/** One line per number that an iteration reads; `part` selects it from what was read. */
export function unrollStep(
  step: KernelShape['step'],
  line: (part: string, q: number) => string,
): string {
  return step === 4 ? LANES.map((lane, q) => line(`.${lane}`, q)).join('\n') : line('', 0);
}
