// penalty: adds the part of the penalty to the velocity, dw_i/dt −= M λ ∇r(w_i), and V_i += λ r(w_i) on request.
//
//   output-l2 r = c²/2;   weight-decay r = (|a|² + b² + c²)/2;   total-variation r = |c|·|(a, b)|
//
// One invocation = four particles of one replica. Total variation has a kink at c = 0 and at (a, b) = 0: a part that
// the penalty would carry through 0 within one step takes the proximal step instead, a soft threshold after the data
// step, and stays at 0 while the data pull less than the penalty.
//
//   c      ← S(c + dt v_c, dt λ |(a, b)|),   S(w, t) = sign(w) max(|w| − t, 0)
//   (a, b) ← p max(1 − dt λ |c|/|p|, 0),     p = (a, b) + dt (v_a, v_b)
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function penaltyShader(kind: string, potential = false): string {
  return wgsl`${PARAMS}${PARTICLE}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;           // [R][k][m4]
@group(1) @binding(1) var<storage, read_write> velocity_out: array<vec4f>; // [R][k][m4]
#if ${potential}
@group(1) @binding(2) var<storage, read_write> potential: array<vec4f>;    // [R][m4] V
#endif

@compute @workgroup_size(WORKGROUP)
fn penalty(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  if (i4 >= params.m4) { return; }
  let base = row_at(group.z, 0u) + i4;
  let b_at = base + params.d * params.m4;
  let c_at = b_at + params.m4;
  let c = particle[c_at];
#if ${kind === 'output-l2'}
  velocity_out[c_at] -= params.train_c * params.penalty * c;
#elif ${kind === 'weight-decay'}
  for (var k = 0u; k < params.d; k++) {
    let at = base + k * params.m4;
    velocity_out[at] -= params.train_a * params.penalty * particle[at];
  }
  velocity_out[b_at] -= params.train_b * params.penalty * particle[b_at];
  velocity_out[c_at] -= params.train_c * params.penalty * c;
#else
  var square = particle[b_at] * particle[b_at];
  for (var k = 0u; k < params.d; k++) {
    let a = particle[base + k * params.m4];
    square = fma(a, a, square);
  }
  let norm = sqrt(square);
  let lambda = params.penalty;
  // (a, b)
  let reach = params.dt * lambda * abs(c);
  var moved_square = vec4f(0.0);
  for (var k = 0u; k <= params.d; k++) {
    let at = base + k * params.m4;
    let moved = fma(vec4f(params.dt), velocity_out[at], particle[at]);
    moved_square = fma(moved, moved, moved_square);
  }
  let moved_norm = sqrt(moved_square);
  let near = norm <= reach;
  let kept = select(vec4f(0.0), 1.0 - reach / moved_norm, moved_norm > reach);
  let slope = select(lambda * abs(c) / norm, vec4f(0.0), near);
  for (var k = 0u; k <= params.d; k++) {
    let at = base + k * params.m4;
    let trains = select(params.train_b, params.train_a, k < params.d);
    let w = particle[at];
    let v = velocity_out[at];
    let proximal = (kept * fma(vec4f(params.dt), v, w) - w) / params.dt;
    velocity_out[at] = select(fma(-trains * slope, w, v), select(v, proximal, trains > 0.0), near);
  }
  // c
  let cut = params.dt * lambda * norm;
  let v = velocity_out[c_at];
  let moved = fma(vec4f(params.dt), v, c);
  let proximal = (sign(moved) * max(abs(moved) - cut, vec4f(0.0)) - c) / params.dt;
  velocity_out[c_at] = select(
    v - params.train_c * lambda * sign(c) * norm,
    select(v, proximal, params.train_c > 0.0),
    abs(c) <= cut,
  );
#endif
#if ${potential}
  let v_at = group.z * params.m4 + i4;
#if ${kind === 'output-l2'}
  potential[v_at] += 0.5 * params.penalty * c * c;
#elif ${kind === 'weight-decay'}
  var total = c * c + particle[b_at] * particle[b_at];
  for (var k = 0u; k < params.d; k++) {
    let a = particle[base + k * params.m4];
    total = fma(a, a, total);
  }
  potential[v_at] += 0.5 * params.penalty * total;
#else
  potential[v_at] += params.penalty * abs(c) * norm;
#endif
#endif
}
`;
}
