// lift: canonical particles: draws angle, |c| h and the sign of c, and lifts them to (a, b, c) with a common δ.
//
//   words of Philox(i, 0, init, first_replica + r):   θ = 2π U(word 0),   q = |c| h of word 1,   sign of c from word 2
//   a = h cos θ,   b = −h sin θ,   h |c| = q,   c² − h² = δ:   larger² = (|δ| + √(δ² + 4q²))/2,   smaller = q/larger
//   δ = −∞: h = 1, |c| = q;   δ = ∞: h = q, |c| = 1
//
// One invocation = four particles of one replica.
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { FLAT_DRAWS, PHILOX } from './philox.wgsl.ts';
import { wgsl } from './preprocess.ts';

/** What trains after a lift, by number in the uniform: all at a finite δ, c alone at −∞, a and b alone at ∞. */
export const LIFTS = ['all', 'c', 'ab'] as const;

export function liftShader(): string {
  return wgsl`${PARAMS}${PARTICLE}
struct Lift {
  product_low: f32,    // q = product_low + product_range U
  product_range: f32,
  delta: f32,          // 0 where trained is not 0
  trained: u32,        // index in LIFTS
}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<uniform> lift_to: Lift;
@group(1) @binding(1) var<storage, read_write> particle: array<vec4f>;  // [R][3][m4] rows a, b, c
${PHILOX}${FLAT_DRAWS}
// (cos 2πU, sin 2πU) of the uniform number of a word. The built-in functions may be off by 2⁻¹¹; here the quarter turn and the
// way from its middle come from the integer, and Taylor's series to y¹¹ is exact to float32 on |y| ≤ π/4.
fn on_circle(word: u32) -> vec2f {
  let eighths = (word >> 8u) + (1u << 21u);
  let y = f32(i32(eighths & 0x3fffffu) - (1 << 21u)) * 3.7450702829239286e-7;
  let z = y * y;
  let c = 1.0 + z * (-1.0 / 2.0 + z * (1.0 / 24.0 + z * (-1.0 / 720.0 + z * (1.0 / 40320.0 + z * (-1.0 / 3628800.0)))));
  let s = y + y * z * (-1.0 / 6.0 + z * (1.0 / 120.0 + z * (-1.0 / 5040.0 + z * (1.0 / 362880.0 + z * (-1.0 / 39916800.0)))));
  let quarter = (eighths >> 22u) & 3u;
  let turned = select(vec2f(c, s), vec2f(-s, c), (quarter & 1u) == 1u);
  return select(turned, -turned, quarter >= 2u);
}
// (h, |c|) of q = h |c|. The smaller of the two comes from q, so that nothing cancels; scaled, so that no square overflows.
fn lengths(q: f32) -> vec2f {
  let half_delta = 0.5 * abs(lift_to.delta);
  let top = max(half_delta, q);
  let ratio = select(min(half_delta, q) / top, 0.0, top == 0.0);
  let larger = sqrt(half_delta + top * sqrt(fma(ratio, ratio, 1.0)));
  let smaller = select(q / larger, 0.0, larger == 0.0);
  let finite = select(vec2f(larger, smaller), vec2f(smaller, larger), lift_to.delta >= 0.0);
  return select(select(finite, vec2f(1.0, q), lift_to.trained == 1u), vec2f(q, 1.0), lift_to.trained == 2u);
}

@compute @workgroup_size(WORKGROUP)
fn lift(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  if (i4 >= params.m4) { return; }
  var a = vec4f(0.0);
  var b = vec4f(0.0);
  var c = vec4f(0.0);
  for (var l = 0u; l < 4u; l++) {
    let words = philox(4u * i4 + l, 0u, 0u, params.first_replica + group.z);
    let size = lengths(fma(lift_to.product_range, uniform_of(words.y), lift_to.product_low));
    let direction = on_circle(words.x);
    a[l] = size.x * direction.x;
    b[l] = -size.x * direction.y;
    c[l] = size.y * sign_of(words.z);
  }
  let alive = inside(i4);
  let base = row_at(group.z, 0u) + i4;
  particle[base] = alive * a;
  particle[base + params.m4] = alive * b;
  particle[base + 2u * params.m4] = alive * c;
}
`;
}
