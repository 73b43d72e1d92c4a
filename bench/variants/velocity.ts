// Variants of velocity. Marked "engine": what the plan chooses on a software adapter for many particles; others lose, or
// take too long to compile. Ratios in the comments: see forward.ts.
import { NAIVE_WORKGROUP, naiveVelocityShader } from '../../src/bench/naive.wgsl.ts';
import { QUAD, ROWS, SHAPES } from '../../src/engine/tuning.ts';
import type { KernelShape, RowsShape } from '../../src/shaders/shape.ts';
import { velocityRowsShader } from '../../src/shaders/velocity-rows.wgsl.ts';
import { velocityTiledShader } from '../../src/shaders/velocity-tiled.wgsl.ts';
import { velocityShader } from '../../src/shaders/velocity.wgsl.ts';
import { masked, plain, type Variant } from './variant.ts';

/** All variants that make sense in a dimension, the naive one first and the engine's second. */
export function velocityVariants(d: number): Variant[] {
  const naive: Variant = {
    ...{ name: 'naive', code: naiveVelocityShader(d), entry: 'naive_velocity' },
    ...{ items: 1, workgroup: NAIVE_WORKGROUP, overridden: false },
  };
  return [naive, ...(d <= 16 ? unrolled(d) : rows(d))];
}

function unrolled(d: number): Variant[] {
  const chosen = SHAPES.velocity.relu.find(({ dimension }) => d <= dimension)?.shape as KernelShape;
  const variant = (name: string, shape: KernelShape, base = masked(d)): Variant => ({
    name: `${name}, ${shape.blocks} × 4 particles, step ${shape.step}${shape.lanewise === true ? ', lanewise' : ''}`,
    code: velocityShader(base, shape),
    ...{ entry: 'velocity', items: 4 * shape.blocks, workgroup: 64, overridden: true },
  });
  const others: KernelShape[] = [
    { blocks: 1, step: 4 },
    { blocks: 2, step: 4 },
    { blocks: 4, step: 4 },
    { blocks: 2, step: 1 },
    { blocks: 4, step: 1 },
    { blocks: 2, step: 4, lanewise: true },
    { blocks: 3, step: 4, lanewise: true },
    { blocks: 4, step: 4, lanewise: true },
  ];
  const samplewise: KernelShape = { blocks: chosen.blocks, step: 4 };
  const engine = variant('engine', chosen);
  const isChosen = (shape: KernelShape): boolean =>
    ['blocks', 'step', 'lanewise'].every(
      (key) => shape[key as keyof KernelShape] === chosen[key as keyof KernelShape],
    );
  return [
    engine,
    // One float32 sum over all samples: 0.9 / 1.1 at d = 1 / 10, and an error of 2e-5 at s = 10⁵.
    {
      ...engine,
      name: 'one sum',
      code: engine.code.replace(/(const SUM_BLOCK: u32 = ).*/, '$1 0xffffffffu;'),
    },
    // G0 = ⟨a, S1⟩ − b S0 in place of Σ (νρσ′) z: 1.0 / 0.9 / 1.0 of the form sample by sample. It cancels far from
    // the origin: at shift = 100, d = 2 its error is 9.8e-5 of the largest value, that of the engine 6.3e-6.
    {
      ...engine,
      name: 'identity',
      code: byIdentity(velocityShader(masked(d), samplewise), d, chosen.blocks),
    },
    // The form for smooth activations, with a value and a derivative: 1.9 / 1.8 / 1.1 of the form sample by sample.
    variant('general', samplewise, plain(d)),
    // Sample by sample, d = 10: 2 × 4 in single steps 1.1 (instructions 1.6, of which half are of the loop around the
    // sums), in steps of four 1.05; 4 × 4 in steps of four 0.9 to 1.2, but 2.5 to 3 s to compile, the engine's form 1 s.
    // Lanewise: 3 × 4 0.9, and twice the time to compile. What a processor pays for besides the sums: φ copies of every
    // sum per iteration, two lengths of buffers (eight integer divisions) per iteration, some 70 instructions per
    // number at a uniform index. Four numbers by one load and quadBroadcast: 46 instructions per number, no gain.
    // Eight samples per iteration: 6.6 instructions per product in place of 7.6, same time, twice the text.
    ...others.filter((shape) => !isChosen(shape)).map((shape) => variant('blocking', shape)),
  ];
}

/** The text of velocity with G0 computed from S1 and S0 after the loop. */
function byIdentity(code: string, d: number, blocks: number): string {
  let text = code;
  for (let t = 0; t < blocks; t++) {
    const products = Array.from({ length: d }, (_, k) => `a${k}_${t} * total_s1_${k}_${t}`);
    text = text
      .replaceAll(`g0_${t} = fma(g, z, g0_${t});`, '')
      .replace(
        `scale * total_g0_${t};`,
        `scale * (${products.join(' + ')} - b_${t} * total_s0_${t});`,
      );
  }
  return text;
}

function rows(d: number): Variant[] {
  const variant = (name: string, shape: RowsShape): Variant => ({
    name: `${name}, ${shape.items} particles, ${4 * shape.groups} samples, ${shape.rows} rows at a time`,
    code: velocityRowsShader(masked(d), shape),
    ...{ entry: 'velocity_rows', items: shape.items, workgroup: QUAD, overridden: true },
  });
  return [
    variant('engine', ROWS.velocity.quads[0]),
    // The kernel of GPUs, 64 particles to a workgroup, νρσ′ in workgroup memory: 4.1, and 4 s against 0.6 s to compile
    {
      ...{ name: 'tiled', code: velocityTiledShader(plain(d)), entry: 'velocity_tiled' },
      ...{ items: 1, workgroup: 64, overridden: false },
    },
    // Every invocation reads all inputs as vec4f, the form of adapters without quads: 2.4 at d = 50, 2.5 at d = 64.
    variant('whole', ROWS.velocity.single[0]),
    // Other blockings, d = 64: 1.1 (the engine's where it wastes less), 1.2, 1.1, 1.2 and 1.1 to 1.2; the last takes 1.5 to
    // 2 times as long to compile.
    variant('blocking', ROWS.velocity.quads[1]),
    variant('blocking', { ...ROWS.velocity.quads[0], rows: 2 }),
    variant('blocking', { ...ROWS.velocity.quads[0], items: 4 }),
    variant('blocking', { ...ROWS.velocity.quads[0], groups: 5, rows: 2 }),
    variant('blocking', { ...ROWS.velocity.quads[0], items: 8 }),
  ];
}
