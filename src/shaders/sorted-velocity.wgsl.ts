// sorted_velocity: the data part of dw_i/dt = −M ∇V(w_i) from the table of sums, for the univariate ReLU network.
//
//   g0 = Σ_active νρ,  g1 = Σ_active νρ x = Σ νρ u + μ g0,  G0 = Σ_active νρ (a x − b) = a Σ νρ u − b′ g0
//   da/dt = −(α/m) c g1,   db/dt = (α/m) c g0,   dc/dt = −(α/m) G0;   V_i = (α/m) c G0 on request
//
// One invocation = every n-th group of four particles of one replica. Cost per particle: a look at a cell, one or two at
// spread samples, one at the table.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import {
  ANY_SHAPE,
  sized,
  sortedCentre,
  sortedInputs,
  SORTED_LOOKUP,
  type SortedShape,
} from './sorted-common.wgsl.ts';
import { SORTED_PARAMS } from './sorted-params.wgsl.ts';

/** The sums over active sets, as a binding. */
export function sortedTable(binding: number, { rooms }: SortedShape): string {
  const type = sized('vec2f', rooms === null ? undefined : 2 * rooms.sums);
  return /* wgsl */ `
@group(1) @binding(${binding}) var<storage, read> table: ${type}; // [R][2][s + 1]
`;
}

/** The velocity of four particles; needs `table`. Particles that pad the last four, all zero, do not move. */
export function sortedVelocity(centred: boolean): string {
  return wgsl`
struct Velocity { a: vec4f, b: vec4f, c: vec4f, pull: vec4f /* (α/m) G0 */ }
// Read once, before a loop over particles: the rows of the table, and α/m with its sign, or 0 for what does not train.
struct Rates { suffix: u32, prefix: u32, a: f32, b: f32, c: f32, pull: f32 }
fn rates(r: u32) -> Rates {
  let row = samples.s + 1u;
  let scale = params.velocity_scale;
  return Rates(
    2u * r * row, (2u * r + 1u) * row,
    -params.train_a * scale, params.train_b * scale, -params.train_c * scale, scale);
}
fn velocity4(k: vec4u, a: vec4f, b: vec4f, c: vec4f, rates: Rates) -> Velocity {
  let at = k + select(vec4u(rates.prefix), vec4u(rates.suffix), a >= vec4f(0.0));
  let x = table[at.x];
  let y = table[at.y];
  let z = table[at.z];
  let w = table[at.w];
  let g0 = vec4f(x.x, y.x, z.x, w.x);
  let moment = vec4f(x.y, y.y, z.y, w.y);
#if ${centred}
  let g1 = fma(vec4f(sorted.centre_high), g0, fma(vec4f(sorted.centre_low), g0, moment));
#else
  let g1 = moment;
#endif
  let bias = centred_bias4(a, b, centre());
  let pull = fma(a, moment, -(bias * g0));
  return Velocity(rates.a * c * g1, rates.b * c * g0, rates.c * pull, rates.pull * pull);
}
`;
}

/**
 * @param potential writes V too
 * @param shape of the set of samples
 */
export function sortedVelocityShader(potential: boolean, shape = ANY_SHAPE): string {
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${SORTED_PARAMS}${sortedCentre(shape.centred)}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;           // [R][3][m4]
${sortedInputs(1, shape)}${sortedTable(2, shape)}${SORTED_LOOKUP}
@group(1) @binding(3) var<storage, read_write> velocity_out: array<vec4f>; // [R][3][m4]
#if ${potential}
@group(1) @binding(4) var<storage, read_write> potential: array<vec4f>;    // [R][m4] V
#endif
${sortedVelocity(shape.centred)}

@compute @workgroup_size(WORKGROUP)
fn sorted_velocity(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.z;
  let rates = rates(r);
  let cells = cells();
  for (var i4 = group.x * WORKGROUP + lane; i4 < params.m4; i4 += groups.x * WORKGROUP) {
    let at = row_at(r, 0u) + i4;
    let a = particle[at];
    let b = particle[at + params.m4];
    let c = particle[at + 2u * params.m4];
    let k = search4(a, b, cells);
    let v = velocity4(k, a, b, c, rates);
    velocity_out[at] = v.a;
    velocity_out[at + params.m4] = v.b;
    velocity_out[at + 2u * params.m4] = v.c;
#if ${potential}
    potential[r * params.m4 + i4] = c * v.pull;
#endif
  }
}
`;
}
