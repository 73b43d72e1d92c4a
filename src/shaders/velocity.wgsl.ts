// velocity: the data part of dw_i/dt = −M ∇V(w_i), for dimensions that fit in registers.
//
//   G0 = Σ_j ν_j ρ_j σ(z_ij),  S0 = Σ_j ν_j ρ_j σ′(z_ij),  S1 = Σ_j ν_j ρ_j σ′(z_ij) x_j,   z_ij = ⟨a_i, x_j⟩ − b_i
//   da/dt = −(α/m) c S1,   db/dt = (α/m) c S0,   dc/dt = −(α/m) G0
//
// One invocation = four particles of one replica; the sample index is the same in the whole workgroup.
// Cost: (4d + σ + σ′) m s R flops.
import type { DenseVariant } from './forward.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { unroll, unrollLanes } from './unroll.ts';

export function velocityShader({ dimension: d, activation }: DenseVariant): string {
  const oneSample = (lane: string): string => `{
        var z = -b;
        ${unroll(d, (k) => `z = fma(a${k}, vec4f(x${k}.${lane}), z);`)}
        let value = activation(z);
        let g = rho.${lane} * activation_derivative(z, value);
        g0 = fma(vec4f(rho.${lane}), value, g0);
        s0 += g;
        ${unroll(d, (k) => `s1_${k} = fma(g, vec4f(x${k}.${lane}), s1_${k});`)}
      }`;
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${activation}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;           // [R][k][m4]
@group(1) @binding(1) var<storage, read> x: array<vec4f>;                  // [R or 1][d][s4]
@group(1) @binding(2) var<storage, read> weighted_residual: array<vec4f>;  // [R][s4] νρ
@group(1) @binding(3) var<storage, read_write> velocity_out: array<vec4f>; // [R][k][m4]

@compute @workgroup_size(WORKGROUP)
fn velocity(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  if (i4 >= params.m4) { return; }
  let base = row_at(r, 0u) + i4;
  ${unroll(d, (k) => `let a${k} = particle[base + ${k}u * params.m4];\nvar s1_${k} = vec4f(0.0);`)}
  let b = particle[base + params.d * params.m4];
  let c = particle[base + (params.d + 1u) * params.m4];
  var g0 = vec4f(0.0);
  var s0 = vec4f(0.0);
  let x_base = r * samples.x_stride4;
  for (var j4 = 0u; j4 < samples.s4; j4++) {
    let rho = weighted_residual[r * samples.s4 + j4];
    ${unroll(d, (k) => `let x${k} = x[x_base + ${k}u * samples.s4 + j4];`)}
    ${unrollLanes(oneSample)}
  }
  let scale = params.velocity_scale * inside(i4);
  ${unroll(d, (k) => `velocity_out[base + ${k}u * params.m4] = -params.train_a * scale * c * s1_${k};`)}
  velocity_out[base + params.d * params.m4] = params.train_b * scale * c * s0;
  velocity_out[base + (params.d + 1u) * params.m4] = -params.train_c * scale * g0;
}
`;
}
