// reweigh: the Fisher–Rao step of particle weights, with their sum kept at m.
//
//   ω_i ← m ω_i exp(−κ dt (V_i − V̄)) / Σ_k ω_k exp(−κ dt (V_k − V̄))
//
// reweigh: one workgroup = every n-th group of WORKGROUP invocations of one replica, four particles each; leaves Σω, Σω².
// reweigh_total: one workgroup = one replica; the factor of the sum, the effective share of particles and whether to
// resample. normalise: one invocation = four particles. A sum that is not finite marks the step in the clock.
import { CLOCK, MARK_BAD } from './clock.wgsl.ts';
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { PIECE, POPULATION, SUM_PARTIALS } from './potential.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function reweighShader(): string {
  return wgsl`${PARAMS}${PARTICLE}${POPULATION}${CLOCK}
@group(1) @binding(1) var<storage, read> potential: array<vec4f>;               // [R][m4] V
@group(1) @binding(2) var<storage, read_write> weight: array<vec4f>;             // [R][m4] ω
@group(1) @binding(3) var<storage, read_write> population_partial: array<vec2f>; // [R][groups] Σω, Σω²
@group(1) @binding(4) var<storage, read_write> population: array<Population>;    // [R]
override WORKGROUP: u32 = 64;
var<workgroup> lanes: array<vec3f, WORKGROUP>;
fn sum4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

@compute @workgroup_size(WORKGROUP)
fn reweigh(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let mean = population[group.z].mean;
  let scale = select(0.0, birth_death.rate * params.dt, clock.step < birth_death.quench_step);
  var mass = vec4f(0.0);
  var square = vec4f(0.0);
  var largest = vec4f(0.0);
  let stride = groups.x * WORKGROUP;
  var i4 = group.x * WORKGROUP + lane;
  while (i4 < params.m4) {
    var piece_mass = vec4f(0.0);
    var piece_square = vec4f(0.0);
    for (var n = 0u; n < ${PIECE}u && i4 < params.m4; n++) {
      let at = group.z * params.m4 + i4;
      let exponent = scale * (potential[at] - vec4f(mean)) * inside(i4);
      let w = weight[at] * exp(-exponent);
      weight[at] = w;
      piece_mass += w;
      piece_square = fma(w, w, piece_square);
      largest = max(largest, abs(exponent));
      i4 += stride;
    }
    mass += piece_mass;
    square += piece_square;
  }
  let most = max(max(largest.x, largest.y), max(largest.z, largest.w));
  lanes[lane] = vec3f(sum4(mass), sum4(square), most);
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half >>= 1u) {
    if (lane < half) {
      let other = lanes[lane + half];
      let own = lanes[lane];
      lanes[lane] = vec3f(own.xy + other.xy, max(own.z, other.z));
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    population_partial[group.z * groups.x + group.x] = lanes[0].xy;
    atomicMax(&population[group.z].largest, bitcast<u32>(lanes[0].z));
  }
}
`;
}

export function reweighTotalShader(): string {
  return wgsl`${PARAMS}${POPULATION}${CLOCK}${MARK_BAD}
override GROUPS: u32;
@group(1) @binding(1) var<storage, read> population_partial: array<vec2f>;    // [R][groups] Σω, Σω²
@group(1) @binding(2) var<storage, read_write> population: array<Population>; // [R]
${SUM_PARTIALS}

@compute @workgroup_size(WORKGROUP)
fn reweigh_total(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let total = sum_partials(group.z, lane);
  if (lane > 0u) { return; }
  let mass = total.x;
  let square = total.y;
  let sums = vec4f(mass, square, 1.0, 1.0);
  mark_bad(group.z, 0u, vec4<bool>(any(not_finite(sums)) || mass == 0.0));
  let factor = f32(params.m) / mass;
  let effective = (mass / f32(params.m)) * (mass / square);
  let few = effective < birth_death.threshold || birth_death.threshold >= 1.0;
  let resample = few && clock.step < birth_death.quench_step;
  population[group.z].factor = factor;
  population[group.z].effective = select(effective, 1.0, resample);
  population[group.z].resample = select(0u, 1u, resample);
  population[group.z].resamplings += select(0u, 1u, resample);
}
`;
}

export function normaliseShader(): string {
  return wgsl`${PARAMS}${POPULATION}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read_write> population: array<Population>; // [R]
@group(1) @binding(1) var<storage, read_write> weight: array<vec4f>;          // [R][m4] ω

@compute @workgroup_size(WORKGROUP)
fn normalise(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  if (i4 >= params.m4) { return; }
  weight[group.z * params.m4 + i4] *= population[group.z].factor;
}
`;
}
