// sorted_table: prefix and suffix sums of the residuals over the sorted samples, one entry per index k = 0 … s.
//
//   table[0][k] = ( Σ_{j ≥ k} νρ,  Σ_{j ≥ k} νρ u ),   table[1][k] = ( Σ_{j < k} νρ,  Σ_{j < k} νρ u ),   u = x − μ
//
// The sums run over integers, so a suffix is the total minus a prefix without cancellation. One workgroup = one block
// of WORKGROUP · items samples of one replica, one invocation = `items` neighbouring samples.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { INTEGER64, sortedCentre } from './sorted-common.wgsl.ts';
import { SORTED_PARAMS } from './sorted-params.wgsl.ts';
import { SORTED_SCAN, SORTED_STATE } from './sorted-state.wgsl.ts';

/**
 * νρ and νρ u of a sample as integers; the largest |νρ| fills 30 bits. The module declares `sample` and
 * `weighted_residual`.
 */
export const QUANTISED_PULL = /* wgsl */ `
fn pull_exponent(r: u32) -> i32 {
  return clamp_exponent(exponent_of(atomicLoad(&sorted_state[state_at(r) + PULL])) - 30);
}
fn quantised_pull(r: u32, j: u32, exponent: i32) -> vec4u {
  let here = sample[j];
  let pull = power2(-exponent) * weighted_residual[4u * samples.s4 * r + bitcast<u32>(here.w)];
  let u = power2(-sorted.input_exponent) * centred_input(here.x, centre());
  return vec4u(quantise(pull), quantise(pull * u));
}
`;

/** The same from memory that all workgroups share. */
export const SORTED_PULL = /* wgsl */ `
@group(1) @binding(3) var<storage, read> sample: array<vec4f>;          // [s] x, y, ν, place in the input order
@group(1) @binding(4) var<storage, read> weighted_residual: array<f32>; // [R][4·s4] νρ
${QUANTISED_PULL}`;

/** Writes an entry of `table` from integer sums, and keeps the largest of all entries; `unit` is set by `table_units` before. */
export const TABLE_ENTRY = /* wgsl */ `
var<private> most_sums: vec2f;
var<private> unit: vec2f;
fn table_units(exponent: i32) -> vec2f {
  return vec2f(power2(exponent), power2(clamp_exponent(exponent + sorted.input_exponent)));
}
fn write_entry(at: u32, before: vec4u, total: vec4u) {
  let after = subtract64x2(total, before);
  let suffix = unit * vec2f(float64(after.xy), float64(after.zw));
  let prefix = unit * vec2f(float64(before.xy), float64(before.zw));
  most_sums = max(most_sums, max(abs(suffix), abs(prefix)));
  table[at] = suffix;
  table[at + samples.s + 1u] = prefix;
}
`;

/** @param several the scan has more than one block, and `sorted_blocks` has summed them */
export function sortedTableShader(several: boolean): string {
  return wgsl`${PARAMS}${SAMPLES}${SORTED_PARAMS}${INTEGER64}${sortedCentre(true)}${SORTED_STATE}${SORTED_PULL}
override WORKGROUP: u32 = 64;
${SORTED_SCAN}
@group(1) @binding(2) var<storage, read_write> table: array<vec2f>;     // [R][2][s + 1]
#if ${several}
@group(1) @binding(5) var<storage, read_write> block_sum: array<vec4u>; // [R][blocks]
#endif
${TABLE_ENTRY}
@compute @workgroup_size(WORKGROUP)
fn sorted_table(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.z;
  let begin = (group.x * WORKGROUP + lane) * sorted.items;
  let end = min(begin + sorted.items, samples.s);
  let exponent = pull_exponent(r);
  unit = table_units(exponent);
  var sum = vec4u(0u);
  for (var j = begin; j < end; j++) { sum = add64x2(sum, quantised_pull(r, j, exponent)); }
  sum = scan(lane, sum);
  var total = lanes[WORKGROUP - 1u];
#if ${several}
  var before = vec4u(0u);
  var all = vec4u(0u);
  for (var n = lane; n < sorted.blocks; n += WORKGROUP) {
    let block = block_sum[r * sorted.blocks + n];
    all = add64x2(all, block);
    if (n < group.x) { before = add64x2(before, block); }
  }
  before = scan(lane, before);
  sum = add64x2(sum, lanes[WORKGROUP - 1u]);
  all = scan(lane, all);
  total = lanes[WORKGROUP - 1u];
#endif
  let base = 2u * r * (samples.s + 1u);
  for (var j = begin; j < end; j++) {
    write_entry(base + j, sum, total);
    sum = add64x2(sum, quantised_pull(r, j, exponent));
  }
  if (begin < samples.s && end == samples.s) { write_entry(base + samples.s, sum, total); }
  raise(state_at(r) + SUMS, most_sums.x);
  raise(state_at(r) + SUMS + 1u, most_sums.y);
}
`;
}
