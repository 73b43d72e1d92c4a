// moments: sums over the cloud, one partial per workgroup; the host adds the partials in float64.
//
//   Σ ω c,  Σ ω c²,  Σ ω |a|²,  Σ ω b²,  Σ ω |c| |(a, b)|,  Σ ω c² |(a, b)|²
//
// One workgroup = every STRIDE-th group of 64 invocations of one replica; tree sum in workgroup memory.
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';

/** Sums per partial. */
export const MOMENT_COUNT = 6;

export function momentsShader(weighted: boolean): string {
  return wgsl`${PARAMS}${PARTICLE}
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;            // [R][k][m4]
@group(1) @binding(1) var<storage, read_write> moment_partial: array<f32>;  // [R][groups][6]
#if ${weighted}
@group(1) @binding(2) var<storage, read> weight: array<vec4f>;              // [R][m4]
#endif
var<workgroup> lanes: array<array<f32, 6>, 64>;
fn sum4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

@compute @workgroup_size(64)
fn moments(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var sums = array<vec4f, 6>();
  for (var i4 = group.x * 64u + lane; i4 < params.m4; i4 += groups.x * 64u) {
    let base = row_at(group.z, 0u) + i4;
    let b = particle[base + params.d * params.m4];
    let c = particle[base + (params.d + 1u) * params.m4];
    var square = vec4f(0.0);
    for (var k = 0u; k < params.d; k++) {
      let a = particle[base + k * params.m4];
      square = fma(a, a, square);
    }
    var w = vec4f(1.0);
#if ${weighted}
    w = weight[group.z * params.m4 + i4];
#endif
    sums[0] += w * c;
    sums[1] += w * c * c;
    sums[2] += w * square;
    sums[3] += w * b * b;
    let size = square + b * b;
    sums[4] += w * abs(c) * sqrt(size);
    sums[5] += w * c * c * size;
  }
  for (var n = 0u; n < 6u; n++) { lanes[lane][n] = sum4(sums[n]); }
  workgroupBarrier();
  for (var half = 32u; half > 0u; half >>= 1u) {
    if (lane < half) {
      for (var n = 0u; n < 6u; n++) { lanes[lane][n] += lanes[lane + half][n]; }
    }
    workgroupBarrier();
  }
  if (lane < 6u) { moment_partial[(group.z * groups.x + group.x) * 6u + lane] = lanes[0][lane]; }
}
`;
}
