// The kernels of the univariate ReLU path in one file, which is loaded with the first run that uses one.
export { sortedBlocksShader } from './sorted-blocks.wgsl.ts';
export { sortedHistogramShader } from './sorted-histogram.wgsl.ts';
export { sortedRangeShader } from './sorted-range.wgsl.ts';
export { REPEAT, sortedReplicaShader, tickManyShader } from './sorted-replica.wgsl.ts';
export { sortedResidualShader } from './sorted-residual.wgsl.ts';
export { sortedStepShader } from './sorted-step.wgsl.ts';
export { sortedTableShader } from './sorted-table.wgsl.ts';
export { sortedVelocityShader } from './sorted-velocity.wgsl.ts';
