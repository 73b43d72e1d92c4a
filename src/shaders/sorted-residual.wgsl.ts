// sorted_residual: the network at the sorted samples, by a scan of the bins, and its residual.
//
//   (A_j, B_j) = Σ_{k ≤ j} bin[k],   f_j = (u_j A_j − B_j) / α,   ρ_j = f_j − y_j,   weighted_j = ν_j ρ_j
//
// Results go to the samples in input order. The bins are left empty for the next cloud. One workgroup = one block of
// WORKGROUP · items samples of one replica, one invocation = `items` neighbouring samples.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { INTEGER64, sortedCentre } from './sorted-common.wgsl.ts';
import { SORTED_PARAMS } from './sorted-params.wgsl.ts';
import { SORTED_SCAN, SORTED_STATE } from './sorted-state.wgsl.ts';

/** Hands the state on to the step that starts. */
export const START_STEP = /* wgsl */ `
// The largest values of the cloud become those of the step that starts; the next cloud begins at zero.
fn start_step(state: u32) {
  for (var n = 0u; n < 5u; n++) {
    atomicStore(&sorted_state[state + THEN + n], atomicLoad(&sorted_state[state + NOW + n]));
    atomicStore(&sorted_state[state + NOW + n], 0u);
  }
  atomicStore(&sorted_state[state + SUMS], 0u);
  atomicStore(&sorted_state[state + SUMS + 1u], 0u);
}
`;

/** @param several the scan has more than one block, and `sorted_blocks` has summed them */
export function sortedResidualShader(several: boolean): string {
  return wgsl`${PARAMS}${SAMPLES}${SORTED_PARAMS}${INTEGER64}${sortedCentre(true)}${SORTED_STATE}
override WORKGROUP: u32 = 64;
${SORTED_SCAN}
@group(1) @binding(2) var<storage, read_write> bins: array<vec4u>;            // [R][s]
@group(1) @binding(3) var<storage, read> sample: array<vec4f>;                // [s] x, y, ν, place in the input order
@group(1) @binding(4) var<storage, read_write> prediction: array<f32>;        // [R][4·s4] f
@group(1) @binding(5) var<storage, read_write> residual_out: array<f32>;      // [R][4·s4] ρ
@group(1) @binding(6) var<storage, read_write> weighted_residual: array<f32>; // [R][4·s4] νρ
#if ${several}
@group(1) @binding(7) var<storage, read_write> block_sum: array<vec4u>;       // [R][blocks]
#endif

@compute @workgroup_size(WORKGROUP)
fn sorted_residual(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.z;
  let begin = (group.x * WORKGROUP + lane) * sorted.items;
  let end = min(begin + sorted.items, samples.s);
  let state = state_at(r);
  if (group.x == 0u && lane == 0u) { start_step(state); }
  var sum = vec4u(0u);
  for (var j = begin; j < end; j++) { sum = add64x2(sum, bins[r * samples.s + j]); }
  sum = scan(lane, sum);
#if ${several}
  var before = vec4u(0u);
  for (var n = lane; n < group.x; n += WORKGROUP) { before = add64x2(before, block_sum[r * sorted.blocks + n]); }
  before = scan(lane, before);
  sum = add64x2(sum, lanes[WORKGROUP - 1u]);
#endif
  let slope_unit = power2(state_exponent(state + EXPONENT));
  let intercept_unit = power2(state_exponent(state + EXPONENT + 1u));
  var most = 0.0;
  for (var j = begin; j < end; j++) {
    sum = add64x2(sum, bins[r * samples.s + j]);
    bins[r * samples.s + j] = vec4u(0u);
    let here = sample[j];
    let u = centred_input(here.x, centre());
    let f = params.inv_alpha * line_at(u, slope_unit * split64(sum.xy), intercept_unit * split64(sum.zw));
    let rho = f - here.y;
    let pull = here.z * rho;
    let at = 4u * samples.s4 * r + bitcast<u32>(here.w);
    prediction[at] = f;
    residual_out[at] = rho;
    weighted_residual[at] = pull;
    most = max(most, abs(pull));
  }
  raise(state + PULL, most);
}
${START_STEP}`;
}
