// sorted_blocks: sums of the bins, or of the quantised νρ and νρ u, over the samples of each block. Only for scans
// that need more than one workgroup.
//
// One workgroup = one block of WORKGROUP · items samples of one replica.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { INTEGER64, sortedCentre } from './sorted-common.wgsl.ts';
import { SORTED_PULL } from './sorted-table.wgsl.ts';
import { SORTED_PARAMS } from './sorted-params.wgsl.ts';
import { SORTED_SCAN, SORTED_STATE } from './sorted-state.wgsl.ts';

export type BlockTerm = 'bins' | 'pull';

export function sortedBlocksShader(term: BlockTerm): string {
  return wgsl`${PARAMS}${SAMPLES}${SORTED_PARAMS}${INTEGER64}${sortedCentre(true)}
override WORKGROUP: u32 = 64;
${SORTED_SCAN}
#if ${term === 'bins'}
@group(1) @binding(2) var<storage, read_write> bins: array<vec4u>;      // [R][s]
#else
${SORTED_STATE}${SORTED_PULL}
#endif
@group(1) @binding(5) var<storage, read_write> block_sum: array<vec4u>; // [R][blocks]

@compute @workgroup_size(WORKGROUP)
fn sorted_blocks(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.z;
  let begin = (group.x * WORKGROUP + lane) * sorted.items;
  let end = min(begin + sorted.items, samples.s);
  var sum = vec4u(0u);
#if ${term === 'bins'}
  for (var j = begin; j < end; j++) { sum = add64x2(sum, bins[r * samples.s + j]); }
#else
  let exponent = pull_exponent(r);
  for (var j = begin; j < end; j++) { sum = add64x2(sum, quantised_pull(r, j, exponent)); }
#endif
  let before = scan(lane, sum);
  if (lane == WORKGROUP - 1u) { block_sum[r * sorted.blocks + group.x] = add64x2(before, sum); }
}
`;
}
