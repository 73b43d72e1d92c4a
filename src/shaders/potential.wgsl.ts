// potential: the weighted mean of V over the cloud, and the records of the population that birth–death keeps.
//
//   V̄ = Σ ω V / Σ ω
//
// potential_sums: one workgroup = every n-th group of WORKGROUP invocations of one replica, four particles each, tree sum.
// potential_mean: one workgroup = one replica; adds the partial sums in fixed order.
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';

/**
 * Groups of four particles whose sum is added to that of a lane in one piece: the error grows with the number of pieces,
 * and within one, not with the number of particles.
 */
export const PIECE = 32;

/** Sums the partial sums of a replica in one workgroup, in a fixed order; the total in every lane. */
export const SUM_PARTIALS = /* wgsl */ `
override WORKGROUP: u32 = 64;
var<workgroup> lanes: array<vec2f, WORKGROUP>;
fn sum_partials(r: u32, lane: u32) -> vec2f {
  var sum = vec2f(0.0);
  for (var n = lane; n < GROUPS; n += WORKGROUP) { sum += population_partial[r * GROUPS + n]; }
  lanes[lane] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half >>= 1u) {
    if (lane < half) { lanes[lane] += lanes[lane + half]; }
    workgroupBarrier();
  }
  return lanes[0];
}
`;

/** Constants of birth–death, and what is kept of every replica. */
export const POPULATION = /* wgsl */ `
struct BirthDeath {
  rate: f32,            // κ
  threshold: f32,       // least effective share of particles
  jitter: f32,          // standard deviation of the noise on copies
  quench_step: u32,     // first step without birth–death
}
struct Population {
  mean: f32,            // V̄; 0 where the rates are not centred
  factor: f32,          // m / Σω of the present step
  effective: f32,       // effective share of particles, (Σω)² / (m Σω²)
  resample: u32,        // 1 where the present step resamples
  resamplings: u32,     // steps that have resampled so far
  events: atomic<u32>,  // births and deaths so far, modulo 2³²
  largest: atomic<u32>, // bits of the largest κ dt |V − V̄| so far
  unused: u32,
}
@group(0) @binding(1) var<uniform> birth_death: BirthDeath;
`;

/** Words of `Population`. */
export const POPULATION_WORDS = 8;

export function potentialSumsShader(weighted: boolean): string {
  return wgsl`${PARAMS}${PARTICLE}
@group(1) @binding(0) var<storage, read> potential: array<vec4f>;               // [R][m4] V
@group(1) @binding(1) var<storage, read_write> population_partial: array<vec2f>; // [R][groups] Σω, ΣωV
#if ${weighted}
@group(1) @binding(2) var<storage, read> weight: array<vec4f>;                  // [R][m4] ω
#endif
override WORKGROUP: u32 = 64;
var<workgroup> lanes: array<vec2f, WORKGROUP>;
fn sum4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

@compute @workgroup_size(WORKGROUP)
fn potential_sums(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var mass = vec4f(0.0);
  var sum = vec4f(0.0);
  let stride = groups.x * WORKGROUP;
  var i4 = group.x * WORKGROUP + lane;
  while (i4 < params.m4) {
    var piece_mass = vec4f(0.0);
    var piece_sum = vec4f(0.0);
    for (var n = 0u; n < ${PIECE}u && i4 < params.m4; n++) {
      let at = group.z * params.m4 + i4;
#if ${weighted}
      let w = weight[at];
#else
      let w = inside(i4);
#endif
      piece_mass += w;
      piece_sum = fma(w, potential[at], piece_sum);
      i4 += stride;
    }
    mass += piece_mass;
    sum += piece_sum;
  }
  lanes[lane] = vec2f(sum4(mass), sum4(sum));
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half >>= 1u) {
    if (lane < half) { lanes[lane] += lanes[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { population_partial[group.z * groups.x + group.x] = lanes[0]; }
}
`;
}

/** @param centred false leaves V̄ at 0 */
export function potentialMeanShader(centred: boolean): string {
  return wgsl`${POPULATION}
override GROUPS: u32;
@group(1) @binding(0) var<storage, read> population_partial: array<vec2f>;  // [R][groups] Σω, ΣωV
@group(1) @binding(1) var<storage, read_write> population: array<Population>; // [R]
${SUM_PARTIALS}

@compute @workgroup_size(WORKGROUP)
fn potential_mean(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let total = sum_partials(group.z, lane);
#if ${centred}
  if (lane == 0u) { population[group.z].mean = total.y / total.x; }
#else
  if (lane == 0u) { population[group.z].mean = 0.0; }
#endif
}
`;
}
