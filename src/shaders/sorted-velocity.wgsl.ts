// sorted_velocity: the data part of dw_i/dt = −M ∇V(w_i) from the table of sums, for the univariate ReLU network.
//
//   g0 = Σ_active νρ,  g1 = Σ_active νρ x = Σ νρ u + μ g0,  G0 = Σ_active νρ (a x − b) = a Σ νρ u − b′ g0
//   da/dt = −(α/m) c g1,   db/dt = (α/m) c g0,   dc/dt = −(α/m) G0;   V_i = (α/m) c G0 on request
//
// One invocation = every n-th group of four particles of one replica. Cost: log₂ s looks at samples and one at the
// table per particle.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { SORTED_CENTRE, SORTED_SEARCH } from './sorted-common.wgsl.ts';
import { SORTED_PARAMS } from './sorted-params.wgsl.ts';

/** The velocity of four particles; needs `table`. */
export const SORTED_VELOCITY = /* wgsl */ `
struct Velocity { a: vec4f, b: vec4f, c: vec4f, pull: vec4f /* (α/m) G0 */ }
fn velocity4(r: u32, k: vec4u, a: vec4f, b: vec4f, c: vec4f, scale: vec4f) -> Velocity {
  let row = samples.s + 1u;
  let at = k + select(vec4u((2u * r + 1u) * row), vec4u(2u * r * row), a >= vec4f(0.0));
  let x = table[at.x];
  let y = table[at.y];
  let z = table[at.z];
  let w = table[at.w];
  let g0 = vec4f(x.x, y.x, z.x, w.x);
  let moment = vec4f(x.y, y.y, z.y, w.y);
  let g1 = fma(vec4f(sorted.centre_high), g0, fma(vec4f(sorted.centre_low), g0, moment));
  let bias = centred_bias4(a, b, centre());
  let pull = scale * fma(a, moment, -(bias * g0));
  return Velocity(
    -params.train_a * scale * c * g1, params.train_b * scale * c * g0, -params.train_c * pull, pull);
}
`;

/** @param potential writes V too */
export function sortedVelocityShader(potential: boolean): string {
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${SORTED_PARAMS}${SORTED_CENTRE}${SORTED_SEARCH}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;           // [R][3][m4]
@group(1) @binding(1) var<storage, read> sorted_x: array<f32>;             // [s], ascending
@group(1) @binding(2) var<storage, read> table: array<vec2f>;              // [R][2][s + 1]
@group(1) @binding(3) var<storage, read_write> velocity_out: array<vec4f>; // [R][3][m4]
#if ${potential}
@group(1) @binding(4) var<storage, read_write> potential: array<vec4f>;    // [R][m4] V
#endif
${SORTED_VELOCITY}
fn sample_x(j: u32) -> f32 { return sorted_x[j]; }

@compute @workgroup_size(WORKGROUP)
fn sorted_velocity(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.z;
  for (var i4 = group.x * WORKGROUP + lane; i4 < params.m4; i4 += groups.x * WORKGROUP) {
    let at = row_at(r, 0u) + i4;
    let a = particle[at];
    let b = particle[at + params.m4];
    let c = particle[at + 2u * params.m4];
    let k = search4(a, b, samples.s);
    let v = velocity4(r, k, a, b, c, params.velocity_scale * inside(i4));
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
