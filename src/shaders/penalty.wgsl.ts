// penalty: adds the part of the penalty to the velocity, dw_i/dt −= M λ ∇r(w_i), and V_i += λ r(w_i) on request.
//
//   output-l2 r = c²/2;   weight-decay r = (|a|² + b² + c²)/2;   total-variation r = |c|·|(a, b)|
//
// One invocation = four particles of one replica. The gradient of total variation is taken as 0 at |(a, b)| = 0.
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
  let slope = params.penalty * select(vec4f(0.0), abs(c) / norm, norm > vec4f(0.0));
  for (var k = 0u; k < params.d; k++) {
    let at = base + k * params.m4;
    velocity_out[at] -= params.train_a * slope * particle[at];
  }
  velocity_out[b_at] -= params.train_b * slope * particle[b_at];
  velocity_out[c_at] -= params.train_c * params.penalty * sign(c) * norm;
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
