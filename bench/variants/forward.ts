// Variants of forward. Marked "engine": what the plan chooses on a software adapter for many samples; the others lose.
//
// Ratios in the comments are process CPU time over that of the engine within one run of run.ts, on SwiftShader (Subzero)
// in Node 20 on two processors under load; d = 1 / 2 / 10 at m = 2048, s = 1024; d = 64 at m = 1024, s = 512.
import { NAIVE_WORKGROUP, naiveForwardShader } from '../../src/bench/naive.wgsl.ts';
import { FORWARD_TILE, QUAD, ROWS, SHAPES } from '../../src/engine/tuning.ts';
import { forwardRowsShader } from '../../src/shaders/forward-rows.wgsl.ts';
import { forwardTiledShader } from '../../src/shaders/forward-tiled.wgsl.ts';
import { forwardShader } from '../../src/shaders/forward.wgsl.ts';
import type { KernelShape, RowsShape } from '../../src/shaders/shape.ts';
import { masked, plain, type Variant } from './variant.ts';

/** All variants that make sense in a dimension, the naive one first and the engine's second. */
export function forwardVariants(d: number): Variant[] {
  const naive: Variant = {
    ...{ name: 'naive', code: naiveForwardShader(), entry: 'naive_forward' },
    ...{ items: 1, workgroup: NAIVE_WORKGROUP, overridden: false },
  };
  return [naive, ...(d <= 16 ? unrolled(d) : rows(d))];
}

function unrolled(d: number): Variant[] {
  const chosen = SHAPES.forward.relu.find(({ dimension }) => d <= dimension)?.shape as KernelShape;
  const variant = (name: string, shape: KernelShape, base = masked(d)): Variant => ({
    name: `${name}, ${shape.blocks} × 4 samples, step ${shape.step}`,
    code: forwardShader(base, shape),
    ...{ entry: 'forward', items: 4 * shape.blocks, workgroup: 64, overridden: true },
  });
  const others: KernelShape[] = [
    { blocks: 1, step: 4 },
    { blocks: 2, step: 4 },
    { blocks: 4, step: 4 },
    { blocks: 8, step: 4 },
    { blocks: 2, step: 1 },
    { blocks: 4, step: 1 },
  ];
  return [
    variant('engine', chosen),
    // max for relu: 2.0 / 2.0 / 1.4. A processor follows the NaN rule of max with about ten instructions.
    variant('max', chosen, plain(d)),
    // Other blockings. 1 × 4: 1.5 / 2.2 / 2.1; 2 × 4: 1.4 / 1.2 / 1.5; 8 × 4, whose sums spill: 1.4 / 2.1 / 2.2.
    // Single steps: 1.5 / 1.3 at d = 1 / 2; four at a time: 1.2 at d = 10, and twice the time to compile.
    ...others
      .filter(({ blocks, step }) => blocks !== chosen.blocks || step !== chosen.step)
      .map((shape) => variant('blocking', shape)),
  ];
}

function rows(d: number): Variant[] {
  const variant = (name: string, shape: RowsShape, base = masked(d)): Variant => ({
    name: `${name}, ${shape.items} samples, ${4 * shape.groups} particles, ${shape.rows} rows at a time`,
    code: forwardRowsShader(base, shape),
    ...{ entry: 'forward_rows', items: shape.items, workgroup: QUAD, overridden: true },
  });
  return [
    variant('engine', ROWS.forward.quads[0]),
    variant('max', ROWS.forward.quads[0], plain(d)),
    // The kernel of GPUs, inputs and particles in workgroup memory.
    {
      ...{
        name: 'tiled',
        code: forwardTiledShader(plain(d), FORWARD_TILE),
        entry: 'forward_tiled',
      },
      ...{ items: 1, workgroup: FORWARD_TILE.samples, overridden: false },
    },
    // Every invocation reads all particles as vec4f, the form of adapters without quads: 1.8 at d = 50, 1.7 at d = 64.
    variant('whole', ROWS.forward.single[0]),
    // Other blockings, d = 64 / 50: 1.2 / 1.5, 1.1 / 1.1, 1.0 / 1.2, 1.15 / 1.15, 1.3 / 1.3. What the
    // time goes to: loads 40 to 45 %, sums carried from one turn of the loop over the rows to the next 25 to 30 % (sixteen
    // instructions each), multiply-adds 20 to 25 %.
    variant('blocking', { ...ROWS.forward.quads[0], items: 8 }),
    variant('blocking', { ...ROWS.forward.quads[0], groups: 2 }),
    variant('blocking', { ...ROWS.forward.quads[0], items: 4 }),
    variant('blocking', { ...ROWS.forward.quads[0], rows: 1 }),
    variant('blocking', { ...ROWS.forward.quads[0], rows: 4 }),
    // Not here: sums in an array at constant indices, which a run-time index keeps in memory, 1.4 (every store reads,
    // masks and writes); a loop that ends with `break if`, 2.0; all rows of d = 50 in one piece with the inputs in
    // registers 0.65, but 2.7 s to compile against 0.2 s, and more than in proportion to d.
  ];
}
