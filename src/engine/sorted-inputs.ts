// Sorted inputs as the kernels search them: cells that tell where the knot of a particle can lie, and lengths of arrays.
import type { SortedShape } from '../shaders/sorted-common.wgsl.ts';
import type { Plan } from './plan.ts';

/** Most cells: their words stay in the cache of a processor. */
const MOST_CELLS = 1 << 18;

/** Cells for s samples: several per sample, so that few samples share one. */
export function cellCount(s: number): number {
  return Math.min(4 * s, MOST_CELLS);
}

/** Cells and the fields of `SortedParams` that find them. */
export interface Cells {
  readonly words: Uint32Array;
  readonly params: { cell_origin: number; cells_per_unit: number; last_cell: number };
}

/**
 * The words of `SORTED_LOOKUP`. A quarter of a cell on both sides makes up for rounding: with t = b/a and u = 2⁻²⁴, a
 * knot is off by 5u |t|, its cell by 4u times their number, the predicate a x − b by 2u |a x|; all of them together stay below an
 * eighth of a cell as long as cells are 2⁻¹⁷ max |x| wide or wider. Narrower inputs get fewer cells.
 *
 * @param x ascending inputs, at least one
 */
export function cellsOf(x: Float32Array): Cells {
  const s = x.length;
  const [low, high] = [x[0], x[s - 1]];
  const size = Math.max(Math.abs(low), Math.abs(high));
  const narrowest = Math.max(2 ** -17 * size, 1e-10);
  const span = high - low;
  const count = Math.max(1, Math.min(cellCount(s), Math.floor(span / narrowest)));
  const perUnit = span === 0 || count === 1 ? 0 : Math.fround(count / span);
  const width = perUnit === 0 ? Infinity : 1 / perUnit;
  const words = new Uint32Array(count);
  let first = 0;
  let end = 0;
  for (let cell = 0; cell < count; cell++) {
    // Knots beyond the inputs belong to the first and the last cell.
    const from = cell === 0 ? -Infinity : low + (cell - 0.25) * width;
    const to = cell === count - 1 ? Infinity : low + (cell + 1.25) * width;
    while (first < s && x[first] < from) first++;
    while (end < s && x[end] <= to) end++;
    const more = end - first;
    words[cell] = more < 127 && first < 2 ** 24 ? more * 2 ** 24 + first : 127 * 2 ** 24;
  }
  return {
    words,
    params: {
      cell_origin: low + (perUnit === 0 ? 0 : width / 2),
      cells_per_unit: perUnit,
      last_cell: count - 1,
    },
  };
}

/** Least number of indices in the text of a kernel: one pipeline serves all that have fewer. */
const LEAST_ROOM = 4096;

/** Bytes up to which the text of a kernel knows the length of bins and table. */
const MOST_ROOM_BYTES = 1 << 26;

/**
 * Lengths for the text of kernels, powers of two so that few pipelines serve all s. A processor is spared the length of
 * the buffer, four integer divisions for every four invocations; a GPU has it at hand.
 */
export function roomsFor({ limits, replicas }: Plan, s: number): SortedShape['rooms'] {
  const sums = Math.max(LEAST_ROOM, powerAbove(replicas * (s + 1)));
  const most = Math.min(MOST_ROOM_BYTES, limits.bufferBytes);
  const fits = 16 * sums <= most;
  return limits.software && fits
    ? { x: Math.max(8 * LEAST_ROOM, powerAbove(s + cellCount(s))), sums }
    : null;
}

function powerAbove(count: number): number {
  return 2 ** Math.ceil(Math.log2(count));
}

/**
 * Inputs and their cells as the words of `sorted_x`.
 *
 * @param room least number of words
 */
export function inputWords(x: Float32Array, cells: Uint32Array, room: number): Uint32Array {
  const words = new Uint32Array(Math.max(room, x.length + cells.length));
  words.set(new Uint32Array(x.buffer));
  words.set(cells, x.length);
  return words;
}
