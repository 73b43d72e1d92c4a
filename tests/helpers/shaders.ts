// Every shader text of the engine with its entry point, in all variants of a few dimensions.
import { ACTIVATIONS, PENALTIES } from '../../src/config.ts';
import { activationOf } from '../../src/problem/activation.ts';
import { batchShader } from '../../src/shaders/batch.wgsl.ts';
import { clockShader } from '../../src/shaders/clock.wgsl.ts';
import { forwardShader, type DenseVariant } from '../../src/shaders/forward.wgsl.ts';
import { initialiseShader } from '../../src/shaders/initialise.wgsl.ts';
import { momentsShader } from '../../src/shaders/moments.wgsl.ts';
import { patternsChangedShader, patternsShader } from '../../src/shaders/patterns.wgsl.ts';
import { penaltyShader } from '../../src/shaders/penalty.wgsl.ts';
import { residualShader } from '../../src/shaders/residual.wgsl.ts';
import { updateShader } from '../../src/shaders/update.wgsl.ts';
import type { KernelShape } from '../../src/shaders/shape.ts';
import { velocityTiledShader } from '../../src/shaders/velocity-tiled.wgsl.ts';
import { velocityShader } from '../../src/shaders/velocity.wgsl.ts';

/** One shader text. */
export interface ShaderText {
  /** what selects the variant */
  readonly title: string;
  /** entry point */
  readonly name: string;
  readonly code: string;
}

const dense: { title: string; variant: DenseVariant }[] = ACTIVATIONS.flatMap((name) =>
  [1, 3, 17].flatMap((dimension) =>
    [false, true].map((weighted) => ({
      title: `${name}, d = ${dimension}${weighted ? ', weighted' : ''}`,
      variant: { dimension, activation: activationOf(name).wgsl, weighted, relu: name === 'relu' },
    })),
  ),
);

/** Register blockings: the default and both ways to read in blocks. */
const shapes: (KernelShape | undefined)[] = [
  undefined,
  { blocks: 2, step: 4 },
  { blocks: 4, step: 1 },
];

/** All shader texts. */
export const SHADER_TEXTS: readonly ShaderText[] = [
  { title: '', name: 'initialise', code: initialiseShader() },
  { title: '', name: 'residual', code: residualShader() },
  { title: '', name: 'batch', code: batchShader() },
  { title: '', name: 'tick', code: clockShader() },
  { title: '', name: 'patterns', code: patternsShader() },
  { title: '', name: 'patterns_changed', code: patternsChangedShader() },
  { title: '', name: 'moments', code: momentsShader(false) },
  { title: 'weighted', name: 'moments', code: momentsShader(true) },
  ...(['euler', 'predict', 'correct'] as const).map((stage) => ({
    title: stage,
    name: 'update',
    code: updateShader(stage),
  })),
  ...PENALTIES.filter((kind) => kind !== 'none').map((kind) => ({
    title: kind,
    name: 'penalty',
    code: penaltyShader(kind),
  })),
  ...dense.flatMap(({ title, variant }) => [
    // Beyond the unrolled dimensions there is one form.
    ...(variant.dimension > 16 ? [undefined] : shapes).flatMap((shape) => [
      { title: titleOf(title, shape), name: 'forward', code: forwardShader(variant, shape) },
      { title: titleOf(title, shape), name: 'velocity', code: velocityShader(variant, shape) },
    ]),
    { title, name: 'velocity_tiled', code: velocityTiledShader(variant) },
  ]),
];

function titleOf(title: string, shape: KernelShape | undefined): string {
  return shape === undefined ? title : `${title}, ${shape.blocks} blocks, step ${shape.step}`;
}
