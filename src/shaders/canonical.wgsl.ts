// canonical: particles of one input in the plane of the state view, the sign of c, and the arc of their angle.
//
//   (u, v) = (m/α) |c| (a, −b),   n = number of samples with a x_j − b > 0
//   arc = n − 1 for a > 0,   2s − 1 − n for a ≤ 0,   2s − 1 for n = 0
//
// One invocation = one particle; cost s. The predicate is that of patterns and of the dense kernels, in float32.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function canonicalShader(): string {
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;  // [R][3][m4] rows a, b, c
@group(1) @binding(1) var<storage, read> x: array<vec4f>;         // [s4]
@group(1) @binding(2) var<storage, read_write> plane: array<f32>; // [R][3][4·m4] rows u, v, sign of c
@group(1) @binding(3) var<storage, read_write> arc: array<u32>;   // [R][4·m4]

@compute @workgroup_size(WORKGROUP)
fn canonical(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_group(group, groups) * WORKGROUP + lane;
  if (i >= params.m) { return; }
  let base = row_at(group.z, 0u) + (i >> 2u);
  let l = i & 3u;
  let a = particle[base][l];
  let b = particle[base + params.m4][l];
  let c = particle[base + 2u * params.m4][l];
  var active4 = vec4u(0u);
  for (var j4 = 0u; j4 < samples.s4; j4++) {
    let z = fma(vec4f(a), x[j4], vec4f(-b));
    let firing = (z > vec4f(0.0)) & (vec4u(4u * j4) + vec4u(0u, 1u, 2u, 3u) < vec4u(samples.s));
    active4 += select(vec4u(0u), vec4u(1u), firing);
  }
  let n = dot(active4, vec4u(1u));
  let size = f32(params.m) * params.inv_alpha * abs(c);
  let row = 4u * params.m4;
  let at = 3u * group.z * row + i;
  plane[at] = size * a;
  plane[at + row] = -size * b;
  plane[at + 2u * row] = sign(c);
  let some = select(2u * samples.s - 1u - n, n - 1u, a > 0.0);
  arc[group.z * row + i] = select(some, 2u * samples.s - 1u, n == 0u);
}
`;
}
