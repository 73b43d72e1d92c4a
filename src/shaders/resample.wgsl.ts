// resample: systematic resampling, N_i in {⌊ω_i⌋, ⌈ω_i⌉} copies of every particle, Σ N_i = m, E N_i = ω_i.
//
// Particles are lined up in a random order π. With C_p the sum of the weights up to place p and one uniform u of 32 bits,
//
//   S_p = ⌊C_p + u⌋,   N of place p = S_p − S_{p−1},   S_{m−1} = m
//
// C is fixed point with 32 bits of fraction, so the sums are exact. Every weight is first shortened by 2⁻¹⁸, so that the
// exact sum lies below m; what is missing goes to all places in proportion. That keeps C from falling and ω_i within
// the rounding of float32. The order is random because neighbours in memory are copies of each other, which would be
// born and die together. (Douc, Cappé and Moulines, "Comparison of resampling schemes for particle filtering", 2005.)
//
// offspring: one invocation = four places. select_systematic: one invocation = four slots of the new cloud; it also sets
// their weights to 1. Replicas that do not resample keep every particle.
import { CLOCK } from './clock.wgsl.ts';
import { ANCESTOR } from './gather.wgsl.ts';
import { PARAMS } from './params.wgsl.ts';
import { PERMUTATION } from './permutation.wgsl.ts';
import { PHILOX } from './philox.wgsl.ts';
import { POPULATION } from './potential.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { OWNER } from './scan.wgsl.ts';

export function offspringShader(): string {
  return wgsl`${PARAMS}${POPULATION}${CLOCK}
override WORKGROUP: u32 = 64;
override STREAM_ORDER: u32;
@group(1) @binding(1) var<storage, read> weight: array<vec4f>;                 // [R][m4] ω
@group(1) @binding(2) var<storage, read_write> population: array<Population>;   // [R]
@group(1) @binding(3) var<storage, read_write> offspring_sum: array<vec2u>;     // [R][m] ω in fixed point
${PHILOX}${PERMUTATION}
@compute @workgroup_size(WORKGROUP)
fn offspring(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let p4 = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  if (p4 >= params.m4 || population[r].resample == 0u) { return; }
  let key = philox(0u, clock.step, STREAM_ORDER, params.first_replica + r);
  for (var p = 4u * p4; p < min(4u * p4 + 4u, params.m); p++) {
    let i = permute(p, params.m, key);
    let w = weight[r * params.m4 + (i >> 2u)][i & 3u] * (1.0 - 3.814697265625e-6);
    offspring_sum[r * params.m + p] = vec2u(u32(floor(w)), u32(fract(w) * 4294967296.0));
  }
}
`;
}

export function selectSystematicShader(): string {
  return wgsl`${PARAMS}${POPULATION}${CLOCK}${ANCESTOR}
override WORKGROUP: u32 = 64;
override STREAM_ORDER: u32;
override STREAM_UNIFORM: u32;
@group(1) @binding(1) var<storage, read> offspring_sum: array<vec2u>;         // [R][m] C, fixed point
@group(1) @binding(2) var<storage, read_write> population: array<Population>; // [R]
@group(1) @binding(3) var<storage, read_write> weight: array<vec4f>;          // [R][m4] ω
@group(1) @binding(4) var<storage, read_write> ancestor: array<vec4u>;        // [R][m4]
${PHILOX}${PERMUTATION}
var<private> shift: u32;    // u in units of 2⁻³²
var<private> missing: f32;  // (m − C_{m−1}) / C_{m−1}

// S_p: C_p with its share of what is missing, plus u, rounded down.
fn reached(r: u32, p: u32) -> u32 {
  if (p + 1u >= params.m) { return params.m; }
  let c = offspring_sum[r * params.m + p];
  let share = (f32(c.x) + f32(c.y) * 2.3283064365386963e-10) * missing;
  let part = u32(fract(share) * 4294967296.0);
  let corrected = c.y + part;
  let shifted = corrected + shift;
  let carries = select(0u, 1u, corrected < c.y) + select(0u, 1u, shifted < corrected);
  return min(c.x + u32(floor(share)) + carries, params.m);
}
${OWNER}
// COPY where the slot is not the first of place p.
fn copy_of(r: u32, p: u32, slot: u32) -> u32 {
  var first = 0u;
  if (p > 0u) { first = reached(r, p - 1u); }
  return select(COPY, 0u, slot == first);
}

@compute @workgroup_size(WORKGROUP)
fn select_systematic(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  if (i4 >= params.m4) { return; }
  let at = r * params.m4 + i4;
  var parent = own_slots(i4);
  if (population[r].resample == 1u) {
    let replica = params.first_replica + r;
    let key = philox(0u, clock.step, STREAM_ORDER, replica);
    shift = philox(0u, clock.step, STREAM_UNIFORM, replica).x;
    let total = offspring_sum[r * params.m + params.m - 1u];
    let whole = params.m - total.x - select(0u, 1u, total.y > 0u);
    let gap = f32(whole) + f32(0u - total.y) * 2.3283064365386963e-10;
    missing = gap / (f32(total.x) + f32(total.y) * 2.3283064365386963e-10);
    var p = owner_of(r, parent.x, params.m);
    var copies = 0u;
    for (var l = 0u; l < min(4u, params.m - 4u * i4); l++) {
      p = owner_from(r, parent[l], params.m, p);
      let copy = copy_of(r, p, parent[l]);
      parent[l] = permute(p, params.m, key) | copy;
      copies += copy >> 31u;
    }
    if (copies > 0u) { atomicAdd(&population[r].events, copies); }
    weight[at] = select(vec4f(0.0), vec4f(1.0), own_slots(i4) < vec4u(params.m));
  }
  ancestor[at] = parent;
}
`;
}
