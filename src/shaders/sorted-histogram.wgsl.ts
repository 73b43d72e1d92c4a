// sorted_histogram: adds a cloud to the bins of the sorted samples.
//
//   a ≥ 0, active k … s−1:  bin[k] += (ω c a, ω c b′)
//   a < 0, active 0 … k−1:  bin[0] += (ω c a, ω c b′),  bin[k] −= (ω c a, ω c b′)
//
// The exponents of the sums come from sorted_range, so nothing can overflow here. One invocation = every n-th group of
// four particles of one replica. Cost per particle: a look at a cell, one or two at spread samples, two additions.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import {
  ANY_SHAPE,
  INTEGER64,
  sortedCentre,
  sortedInputs,
  SORTED_LOOKUP,
} from './sorted-common.wgsl.ts';
import { SORTED_PARAMS } from './sorted-params.wgsl.ts';
import { LOCAL_BINS, sortedBins, SORTED_STATE } from './sorted-state.wgsl.ts';

/** Bits of the largest value: its sums start within one word. */
export const HISTOGRAM_BITS = 30;

/**
 * @param weighted particle weights ω differ from 1
 * @param keep stores the index k of every particle for `sorted_step`
 * @param local adds up in workgroup memory first, with ROOM for the samples
 * @param shape of the set of samples
 */
export function sortedHistogramShader(
  weighted: boolean,
  keep: boolean,
  local = false,
  shape = ANY_SHAPE,
): string {
  const base = local ? '0u' : 'r * samples.s';
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${SORTED_PARAMS}
${INTEGER64}${sortedCentre(shape.centred)}${SORTED_STATE}${local ? LOCAL_BINS : sortedBins(shape)}
override WORKGROUP: u32 = 64;
@group(1) @binding(3) var<storage, read> particle: array<vec4f>;    // [R][3][m4]
${sortedInputs(4, shape)}${SORTED_LOOKUP}
#if ${weighted}
@group(1) @binding(5) var<storage, read> weight: array<vec4f>;      // [R][m4]
#endif
#if ${keep}
@group(1) @binding(6) var<storage, read_write> index: array<vec4u>; // [R][m4]
#endif

@compute @workgroup_size(WORKGROUP)
fn sorted_histogram(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.z;
  let largest = state_at(r) + NOW + 3u;
  let exponent = vec2i(
    clamp_exponent(exponent_of(atomicLoad(&sorted_state[largest])) - ${HISTOGRAM_BITS}),
    clamp_exponent(exponent_of(atomicLoad(&sorted_state[largest + 1u])) - ${HISTOGRAM_BITS}));
  if (group.x == 0u && lane == 0u) {
    atomicStore(&sorted_state[state_at(r) + EXPONENT], bitcast<u32>(exponent.x));
    atomicStore(&sorted_state[state_at(r) + EXPONENT + 1u], bitcast<u32>(exponent.y));
    atomicStore(&sorted_state[state_at(r) + PULL], 0u);
  }
  let scale = scale_of(exponent);
  let cells = cells();
  let base = ${base};
  for (var i4 = group.x * WORKGROUP + lane; i4 < params.m4; i4 += groups.x * WORKGROUP) {
    let at = row_at(r, 0u) + i4;
    let a = particle[at];
    let b = particle[at + params.m4];
    var mass = particle[at + 2u * params.m4];
#if ${weighted}
    mass *= weight[r * params.m4 + i4];
#endif
    let k = search4(a, b, cells);
#if ${keep}
    index[r * params.m4 + i4] = k;
#endif
    add_particles(base, cells.samples, k, a, mass * a, mass * centred_bias4(a, b, centre()), scale);
  }
  finish_bins(base);
  ${local ? 'merge_bins(r, lane);' : ''}
}
`;
}
