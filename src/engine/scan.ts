// scan passes: inclusive prefix sums in place, by as many levels of blocks as the length needs.
import type { BufferSet } from '../gpu/buffer.ts';
import type { Device } from '../gpu/device.ts';
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass, type Pass } from '../gpu/pass.ts';
import {
  SCAN_BLOCK,
  scanAddShader,
  scanBlocksShader,
  type ScanNumber,
} from '../shaders/scan.wgsl.ts';

/** What is scanned. */
export interface ScanRows {
  /** the rows, [R][stride] of u32 ("whole") or vec2u ("fixed": whole part, fraction in 2⁻³²) */
  readonly items: GPUBuffer;
  readonly number: ScanNumber;
  /** items of a row, at least 1 */
  readonly count: number;
  /** items from one row to the next */
  readonly stride: number;
  /** rows R */
  readonly replicas: number;
  /** invocations per block, a power of two; default 64 */
  readonly workgroup?: number;
}

/**
 * Passes that turn every row into its inclusive prefix sums, in place.
 *
 * @param buffers owns the totals of the blocks
 */
export async function scanPasses(
  device: Device,
  buffers: BufferSet,
  rows: ScanRows,
): Promise<Pass[]> {
  const { number, count, stride, replicas, workgroup = 64 } = rows;
  const blocks = Math.ceil(count / SCAN_BLOCK);
  const code = { blocks: scanBlocksShader(number), add: scanAddShader(number) };
  const bytes = number === 'whole' ? 4 : 8;
  const totals = buffers.storage('scan_totals', bytes * replicas * blocks);
  const bound = {
    scan: buffers.uniform(
      'scan',
      packStruct(readStruct(code.blocks, 'Scan'), { count, stride, blocks }),
    ),
    items: rows.items,
    totals,
  };
  const grid = { x: blocks, z: replicas };
  const first = await createPass(device, {
    name: 'scan_blocks',
    code: code.blocks,
    buffers: bound,
    grid,
    overrides: { WORKGROUP: workgroup },
  });
  if (blocks === 1) return [first];
  const inner = await scanPasses(device, buffers, {
    items: totals,
    number,
    count: blocks,
    stride: blocks,
    replicas,
    workgroup,
  });
  const add = await createPass(device, { name: 'scan_add', code: code.add, buffers: bound, grid });
  return [first, ...inner, add];
}
