// Every shader text of the engine with its entry point, in all variants of a few dimensions.
import { ACTIVATIONS, PENALTIES } from '../../src/config.ts';
import { activationOf } from '../../src/problem/activation.ts';
import { batchShader } from '../../src/shaders/batch.wgsl.ts';
import { canonicalShader } from '../../src/shaders/canonical.wgsl.ts';
import { clockShader } from '../../src/shaders/clock.wgsl.ts';
import {
  jumpShader,
  publishedShader,
  selectJumpShader,
  selectPublishedShader,
  type EventVariant,
} from '../../src/shaders/events.wgsl.ts';
import { forwardRowsShader } from '../../src/shaders/forward-rows.wgsl.ts';
import { forwardTiledShader } from '../../src/shaders/forward-tiled.wgsl.ts';
import { forwardShader, type DenseVariant } from '../../src/shaders/forward.wgsl.ts';
import { adoptShader, gatherShader, reinjectShader } from '../../src/shaders/gather.wgsl.ts';
import { initialiseShader } from '../../src/shaders/initialise.wgsl.ts';
import { liftShader } from '../../src/shaders/lift.wgsl.ts';
import { momentsShader } from '../../src/shaders/moments.wgsl.ts';
import { patternsChangedShader, patternsShader } from '../../src/shaders/patterns.wgsl.ts';
import { penaltyShader } from '../../src/shaders/penalty.wgsl.ts';
import { potentialMeanShader, potentialSumsShader } from '../../src/shaders/potential.wgsl.ts';
import { offspringShader, selectSystematicShader } from '../../src/shaders/resample.wgsl.ts';
import {
  normaliseShader,
  reweighShader,
  reweighTotalShader,
} from '../../src/shaders/reweigh.wgsl.ts';
import { scanAddShader, scanBlocksShader } from '../../src/shaders/scan.wgsl.ts';
import { residualShader } from '../../src/shaders/residual.wgsl.ts';
import { sortedBlocksShader } from '../../src/shaders/sorted-blocks.wgsl.ts';
import { sortedHistogramShader } from '../../src/shaders/sorted-histogram.wgsl.ts';
import { sortedRangeShader } from '../../src/shaders/sorted-range.wgsl.ts';
import { sortedReplicaShader, tickManyShader } from '../../src/shaders/sorted-replica.wgsl.ts';
import { sortedResidualShader } from '../../src/shaders/sorted-residual.wgsl.ts';
import { sortedStepShader } from '../../src/shaders/sorted-step.wgsl.ts';
import { sortedTableShader } from '../../src/shaders/sorted-table.wgsl.ts';
import { sortedVelocityShader } from '../../src/shaders/sorted-velocity.wgsl.ts';
import { updateShader } from '../../src/shaders/update.wgsl.ts';
import type { KernelShape, RowsShape } from '../../src/shaders/shape.ts';
import { velocityRowsShader } from '../../src/shaders/velocity-rows.wgsl.ts';
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

const rows: readonly RowsShape[] = [
  { items: 2, groups: 1, rows: 1, quads: false },
  { items: 3, groups: 3, rows: 2, quads: true },
];
const lanewise: KernelShape = { blocks: 2, step: 4, lanewise: true };

/** Register blockings: the default and both ways to read in blocks. */
const shapes: (KernelShape | undefined)[] = [
  undefined,
  { blocks: 2, step: 4 },
  { blocks: 4, step: 1 },
];

const events: { title: string; variant: EventVariant }[] = (
  ['exponential', 'linear'] as const
).flatMap((law) =>
  [false, true].map((reinject) => ({
    title: `${law}${reinject ? ', reinject' : ''}`,
    variant: { law, reinject, clones: !reinject },
  })),
);

/** Samples around 0, with arrays of known length. */
const ROOMS = { centred: false, rooms: { x: 64, sums: 32 } };

/** The kernels of the univariate ReLU network. */
const sorted: ShaderText[] = [
  ...[false, true].flatMap((weighted) => {
    const title = weighted ? 'weighted' : '';
    return [
      { title, name: 'sorted_range', code: sortedRangeShader(weighted) },
      { title, name: 'sorted_histogram', code: sortedHistogramShader(weighted, false) },
      {
        title: `${title} keep`,
        name: 'sorted_histogram',
        code: sortedHistogramShader(weighted, true),
      },
      { title, name: 'sorted_step', code: sortedStepShader(weighted) },
      {
        title: `${title} local`,
        name: 'sorted_histogram',
        code: sortedHistogramShader(weighted, true, true),
      },
      { title: `${title} local`, name: 'sorted_step', code: sortedStepShader(weighted, true) },
      {
        title: `${title} rooms`,
        name: 'sorted_histogram',
        code: sortedHistogramShader(weighted, true, false, ROOMS),
      },
      {
        title: `${title} rooms`,
        name: 'sorted_step',
        code: sortedStepShader(weighted, false, ROOMS),
      },
      {
        title: `${title} not centred`,
        name: 'sorted_range',
        code: sortedRangeShader(weighted, false),
      },
    ];
  }),
  ...[false, true].flatMap((several) => {
    const title = several ? 'several blocks' : '';
    return [
      { title, name: 'sorted_residual', code: sortedResidualShader(several) },
      { title, name: 'sorted_table', code: sortedTableShader(several) },
    ];
  }),
  { title: 'bins', name: 'sorted_blocks', code: sortedBlocksShader('bins') },
  { title: 'pull', name: 'sorted_blocks', code: sortedBlocksShader('pull') },
  { title: '', name: 'sorted_velocity', code: sortedVelocityShader(false) },
  { title: 'potential', name: 'sorted_velocity', code: sortedVelocityShader(true) },
  { title: 'rooms', name: 'sorted_velocity', code: sortedVelocityShader(false, ROOMS) },
];

/** All shader texts. */
export const SHADER_TEXTS: readonly ShaderText[] = [
  { title: '', name: 'initialise', code: initialiseShader() },
  { title: '', name: 'residual', code: residualShader() },
  { title: '', name: 'batch', code: batchShader() },
  { title: '', name: 'tick', code: clockShader() },
  { title: '', name: 'patterns', code: patternsShader() },
  { title: '', name: 'canonical', code: canonicalShader() },
  { title: '', name: 'lift', code: liftShader() },
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
  ...(['whole', 'fixed'] as const).flatMap((number) => [
    { title: number, name: 'scan_blocks', code: scanBlocksShader(number) },
    { title: number, name: 'scan_add', code: scanAddShader(number) },
  ]),
  ...[false, true].flatMap((yes) => [
    { title: `weighted ${yes}`, name: 'potential_sums', code: potentialSumsShader(yes) },
    { title: `centred ${yes}`, name: 'potential_mean', code: potentialMeanShader(yes) },
  ]),
  { title: '', name: 'reweigh', code: reweighShader() },
  { title: '', name: 'reweigh_total', code: reweighTotalShader() },
  { title: '', name: 'normalise', code: normaliseShader() },
  { title: '', name: 'offspring', code: offspringShader() },
  { title: '', name: 'select_systematic', code: selectSystematicShader() },
  { title: '', name: 'select_jump', code: selectJumpShader() },
  { title: '', name: 'gather', code: gatherShader(false) },
  { title: 'jitter', name: 'gather', code: gatherShader(true) },
  { title: '', name: 'adopt', code: adoptShader() },
  { title: '', name: 'reinject', code: reinjectShader() },
  ...events.flatMap(({ title, variant }) => [
    { title, name: 'jump', code: jumpShader(variant) },
    { title, name: 'published', code: publishedShader(variant) },
    { title, name: 'select_published', code: selectPublishedShader(variant) },
  ]),
  ...sorted,
  { title: '', name: 'sorted_replica', code: sortedReplicaShader(false) },
  { title: 'weighted', name: 'sorted_replica', code: sortedReplicaShader(true) },
  { title: '', name: 'tick_many', code: tickManyShader() },
  ...dense.flatMap(({ title, variant }) => [
    // Beyond the unrolled dimensions there is one form.
    ...(variant.dimension > 16 ? [undefined] : shapes).flatMap((shape) => [
      { title: titleOf(title, shape), name: 'forward', code: forwardShader(variant, shape) },
      { title: titleOf(title, shape), name: 'velocity', code: velocityShader(variant, shape) },
    ]),
    {
      title: `${title}, potential`,
      name: 'velocity',
      code: velocityShader({ ...variant, potential: true }),
    },
    ...(variant.relu === true && variant.dimension <= 16
      ? [{ title: `${title}, lanewise`, name: 'velocity', code: velocityShader(variant, lanewise) }]
      : []),
    ...rows.map((shape) => ({
      title: titleOfRows(title, shape),
      name: 'forward_rows',
      code: forwardRowsShader(variant, { ...shape, groups: 4 }),
    })),
    {
      title,
      name: 'forward_tiled',
      code: forwardTiledShader(variant, { samples: 128, rows: 16 }),
    },
    ...rows.map((shape) => ({
      title: titleOfRows(title, shape),
      name: 'velocity_rows',
      code: velocityRowsShader(variant, shape),
    })),
    {
      title: `${title}, potential`,
      name: 'velocity_rows',
      code: velocityRowsShader({ ...variant, potential: true }, rows[0]),
    },
    { title, name: 'velocity_tiled', code: velocityTiledShader(variant) },
  ]),
];

function titleOf(title: string, shape: KernelShape | undefined): string {
  return shape === undefined ? title : `${title}, ${shape.blocks} blocks, step ${shape.step}`;
}

function titleOfRows(title: string, { rows, quads }: RowsShape): string {
  return `${title}, ${rows} rows${quads ? ', quads' : ''}`;
}
