// The population loss: potentials and gradients between particles, without samples.
//
//   Φ(a) = Σ_j q_j K(a, a_j),  j over the particles of a replica (q_j = ω_j c_j/α) and the teacher (q_j = −c_j/k),
//
// is the mean of σ(⟨a,x⟩) ρ(x) over the inputs, so that
//
//   da_i/dt = −(α/m) c_i ∂Φ/∂a (a_i),   dc_i/dt = −(α/m) Φ(a_i),   ⟨f_r, ρ_l⟩ = Σ_i q_i Φ_l(a_i) over the particles of r,
//
// and V_i = (α/m) c_i Φ(a_i) on request. An energy C − ∫F dμ + ½ ∬K dμ dμ is the same, F being what the teacher gives. K sees
// |a|², |b|² and ⟨a,b⟩ of a pair (ridge features), or a size of each and |a − b|² (radial ones).
//
// Three kernels: population_source writes size and q of every particle; population_velocity the velocity;
// population_product the sums ⟨f_r, ρ_l⟩ and −⟨y, ρ_l⟩. One invocation holds four particles; sources come in tiles of 16,
// the same in the whole workgroup. Cost: (4d + 40) (m + k) m R flops for the velocity.
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { unroll, unrollLanes } from './unroll.ts';

/** The uniform of the population kernels. */
export const POPULATION = /* wgsl */ `
struct PopulationParams {
  moment: f32,          // of the law of the inputs
  teacher4: u32,        // teacher neurons in groups of four, rounded up
  target4: u32,         // particles that potentials are summed over, in groups of four
  target_stride: u32,   // distance between the targets of two replicas, 0 when shared
  charge_stride: u32,   // the same for their sizes and q
  charge_row: u32,      // distance from size to q
}
@group(0) @binding(1) var<uniform> population: PopulationParams;
`;

/** Sources per tile, in groups of four. */
const TILE4 = 4;
/** Sources per tile; the arrays `z` of the kernels have this length. */
const TILE = 4 * TILE4;

/** What selects a variant: the kernel K of `problem/kernels.ts` as it stands there. */
export interface PopulationVariant {
  readonly wgsl: string;
  readonly between: 'product' | 'distance';
  /** size of a particle; null: |a|² */
  readonly size: number | null;
}

/** @param size of a particle; null: |a|² */
export function populationSourceShader(weighted: boolean, size: number | null = null): string {
  return wgsl`${PARAMS}${PARTICLE}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;      // [R][k][m4]
@group(1) @binding(1) var<storage, read_write> source: array<vec4f>;  // [R][2][m4] |a|² and q
#if ${weighted}
@group(1) @binding(2) var<storage, read> weight: array<vec4f>;        // [R][m4]
#endif

@compute @workgroup_size(WORKGROUP)
fn population_source(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  if (i4 >= params.m4) { return; }
  let base = row_at(r, 0u) + i4;
  var square = vec4f(0.0);
  for (var k = 0u; k < params.d; k++) {
    let a = particle[base + k * params.m4];
    square = fma(a, a, square);
  }
  var charge = params.inv_alpha * inside(i4) * particle[base + (params.d + 1u) * params.m4];
#if ${weighted}
  charge *= weight[r * params.m4 + i4];
#endif
  source[2u * r * params.m4 + i4] = ${size === null ? 'square' : `vec4f(${size.toFixed(6)})`};
  source[(2u * r + 1u) * params.m4 + i4] = charge;
}
`;
}

/** A set of sources: where its rows a, its |a|² and its q begin, the distance of rows, and its size in groups of four. */
interface Sources {
  readonly points: string;
  readonly facts: string;
  readonly start: string;
  readonly factStart: string;
  readonly size: string;
}

const CLOUD: Sources = {
  points: 'particle',
  facts: 'source',
  start: 'row_at(origin, 0u)',
  factStart: '2u * origin * params.m4',
  size: 'params.m4',
};
const TEACHER: Sources = {
  points: 'teacher',
  facts: 'teacher_source',
  start: '0u',
  factStart: '0u',
  size: 'population.teacher4',
};

/**
 * Loop over a set of sources in tiles: z[n] are ⟨a, a_j⟩ or |a − a_j|² with the rows of `own`, then `term` runs for each
 * source of the tile, and `after` at its end. The loop over terms has a constant length, for the compiler to unroll: text
 * with all sixteen written out takes software adapters seconds to compile.
 */
function overTiles(
  between: PopulationVariant['between'],
  set: Sources,
  own: string,
  term: (lane: string, l: number) => string,
  after = '',
): string {
  return `{
    let start = ${set.start};
    let facts_start = ${set.factStart};
    let size = ${set.size};
    for (var first = 0u; first < size; first += ${TILE4}u) {
      ${unroll(TILE4, (n) => `let at${n} = min(first + ${n}u, size - 1u);`)}
      for (var n = 0u; n < ${TILE}u; n++) { z[n] = vec4f(0.0); }
      for (var k = 0u; k < params.d; k++) {
        let a = ${own};
        ${unroll(TILE4, (n) => `let x${n} = ${set.points}[start + k * size + at${n}];\n${unrollLanes((lane, l) => addPair(between, `vec4f(x${n}.${lane})`, `z[${4 * n + l}]`))}`)}
      }
      var tile_potential = vec4f(0.0);
      var tile_own = vec4f(0.0);
      for (var n = 0u; n < ${TILE4}u; n++) {
        let at = facts_start + min(first + n, size - 1u);
        let square = ${set.facts}[at];
        let charge = select(0.0, 1.0, first + n < size) * ${set.facts}[at + size];
        ${unrollLanes((lane, l) => `{\nlet pair = expected(own_square, square.${lane}, z[4u * n + ${l}u], population.moment);\ntile_potential = fma(vec4f(charge.${lane}), pair.value, tile_potential);\n${term(lane, l)}\n}`)}
      }
      field += tile_potential;
      ${after}
    }
  }`;
}

/** Adds one coordinate of a pair to z. */
function addPair(between: PopulationVariant['between'], x: string, z: string): string {
  return between === 'product'
    ? `${z} = fma(a, ${x}, ${z});`
    : `${z} = fma(a - ${x}, a - ${x}, ${z});`;
}

/** @param potential writes the data part of V too */
export function populationVelocityShader(kernel: PopulationVariant, potential = false): string {
  const { between } = kernel;
  const away = between === 'product' ? '' : ' - a';
  const loop = (set: Sources): string =>
    overTiles(
      between,
      set,
      'particle[base + k * params.m4]',
      (lane, l) =>
        `tile_own = fma(vec4f(charge.${lane}), pair.own, tile_own);\nz[4u * n + ${l}u] = charge.${lane} * pair.other;`,
      `own_slope += tile_own;
      for (var k = 0u; k < params.d; k++) {
        var sum = vec4f(0.0);
        ${between === 'product' ? '' : 'let a = particle[base + k * params.m4];'}
        ${unroll(TILE4, (n) => `let x${n} = ${set.points}[start + k * size + at${n}];\n${unrollLanes((lane, l) => `sum = fma(z[${4 * n + l}], vec4f(x${n}.${lane})${away}, sum);`)}`)}
        velocity_out[base + k * params.m4] += sum;
      }`,
    );
  return wgsl`${PARAMS}${POPULATION}${PARTICLE}${kernel.wgsl}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;           // [R][k][m4]
@group(1) @binding(1) var<storage, read> source: array<vec4f>;             // [R][2][m4]
@group(1) @binding(2) var<storage, read> teacher: array<vec4f>;            // [d][teacher4]
@group(1) @binding(3) var<storage, read> teacher_source: array<vec4f>;     // [2][teacher4]
@group(1) @binding(4) var<storage, read_write> velocity_out: array<vec4f>; // [R][k][m4]
#if ${potential}
@group(1) @binding(5) var<storage, read_write> potential: array<vec4f>;    // [R][m4] V
#endif

@compute @workgroup_size(WORKGROUP)
fn population_velocity(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  let origin = group.z;
  if (i4 >= params.m4) { return; }
  let base = row_at(origin, 0u) + i4;
  let own_square = source[2u * origin * params.m4 + i4];
  var field = vec4f(0.0);
  var own_slope = vec4f(0.0);
  var z: array<vec4f, 16>;
  for (var k = 0u; k < params.d; k++) { velocity_out[base + k * params.m4] = vec4f(0.0); }
  ${loop(CLOUD)}
  ${loop(TEACHER)}
  let scale = params.velocity_scale * inside(i4);
  let c = particle[base + (params.d + 1u) * params.m4];
  for (var k = 0u; k < params.d; k++) {
    let at = base + k * params.m4;
    velocity_out[at] = -params.train_a * scale * c * fma(own_slope, particle[at], velocity_out[at]);
  }
  velocity_out[base + params.d * params.m4] = vec4f(0.0);
  velocity_out[base + (params.d + 1u) * params.m4] = -params.train_c * scale * field;
#if ${potential}
  potential[origin * params.m4 + i4] = scale * c * field;
#endif
}
`;
}

/** @param pairs true: every pair of replicas l ≤ r; false: l = r alone */
export function populationProductShader(kernel: PopulationVariant, pairs: boolean): string {
  const loop = (set: Sources): string =>
    overTiles(kernel.between, set, 'target_point[base + k * population.target4]', () => '');
  return wgsl`${PARAMS}${POPULATION}${PARTICLE}${kernel.wgsl}
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;        // [R][k][m4]
@group(1) @binding(1) var<storage, read> source: array<vec4f>;          // [R][2][m4]
@group(1) @binding(2) var<storage, read> teacher: array<vec4f>;         // [d][teacher4]
@group(1) @binding(3) var<storage, read> teacher_source: array<vec4f>;  // [2][teacher4]
@group(1) @binding(4) var<storage, read> target_point: array<vec4f>;    // particle or teacher
@group(1) @binding(5) var<storage, read> target_source: array<vec4f>;   // source or teacher_source
@group(1) @binding(6) var<storage, read_write> partial: array<f32>;     // [R][R or 1][groups]
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn population_product(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.z;
#if ${pairs}
  let origin = group.y;
  if (origin > r) { return; }
#else
  let origin = r;
#endif
  let own = group.x * 64u + lane;
  let i4 = min(own, population.target4 - 1u);
  let base = r * population.target_stride + i4;
  let facts = r * population.charge_stride + i4;
  let own_square = target_source[facts];
  var field = vec4f(0.0);
  var z: array<vec4f, 16>;
  ${loop(CLOUD)}
  ${loop(TEACHER)}
  let exists = select(0.0, 1.0, own < population.target4);
  sums[lane] = exists * dot(target_source[facts + population.charge_row], field);
  workgroupBarrier();
  for (var width = 32u; width > 0u; width /= 2u) {
    if (lane < width) { sums[lane] += sums[lane + width]; }
    workgroupBarrier();
  }
  if (lane == 0u) { partial[(r * groups.y + group.y) * groups.x + group.x] = sums[0]; }
}
`;
}
