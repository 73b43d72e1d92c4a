// initialise: draws the particles of every replica from their laws.
//
// Row q of particle i in replica r (rows a_0 … a_{d-1}, b, c) is made from word q mod 4 of
// philox(i, 0, q div 4, first_replica + r); antithetic pairs share i div 2 and differ in the sign of c.
// One invocation = four particles of one replica.
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { DRAWS, PHILOX } from './philox.wgsl.ts';
import { wgsl } from './preprocess.ts';

/** Numbers of the laws in the uniform; the order is the contract with the host. */
export const LAW_KINDS = ['normal', 'uniform', 'sign', 'constant', 'sphere'] as const;

export function initialiseShader(): string {
  return wgsl`${PARAMS}${PARTICLE}
struct Laws {
  a_kind: u32, a_first: f32, a_second: f32,  // normal: mean, std; uniform: low, high − low; others: value, 0
  b_kind: u32, b_first: f32, b_second: f32,
  c_kind: u32, c_first: f32, c_second: f32,
  antithetic: u32,
}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<uniform> laws: Laws;
@group(1) @binding(1) var<storage, read> normal_table: array<i32>;
@group(1) @binding(2) var<storage, read_write> particle: array<vec4f>;  // [R][k][m4]
${PHILOX}${DRAWS}
fn draw(kind: u32, first: f32, second: f32, word: u32) -> f32 {
  switch (kind) {
    case 0u: { return first + second * normal_of(word); }
    case 1u: { return first + second * uniform_of(word); }
    case 2u: { return first * sign_of(word); }
    case 3u: { return first; }
    default: { return normal_of(word); }  // a sphere is scaled to its radius below
  }
}
fn draw_row(row: u32, word: u32) -> f32 {
  if (row < params.d) { return draw(laws.a_kind, laws.a_first, laws.a_second, word); }
  if (row == params.d) { return draw(laws.b_kind, laws.b_first, laws.b_second, word); }
  return draw(laws.c_kind, laws.c_first, laws.c_second, word);
}
fn words_of(i: u32, block: u32, replica: u32) -> vec4u {
  return philox(select(i, i >> 1u, laws.antithetic == 1u), 0u, block, replica);
}
// Scales a to the sphere; a vector of zeros becomes the first axis.
fn scale_to_sphere(base: u32, alive: vec4f) {
  var square = vec4f(0.0);
  for (var k = 0u; k < params.d; k++) {
    let a = particle[base + k * params.m4];
    square = fma(a, a, square);
  }
  let zero = square == vec4f(0.0);
  let factor = select(laws.a_first / sqrt(square), vec4f(0.0), zero);
  for (var k = 0u; k < params.d; k++) { particle[base + k * params.m4] *= factor; }
  particle[base] = alive * select(particle[base], vec4f(laws.a_first), zero);
}

@compute @workgroup_size(WORKGROUP)
fn initialise(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  if (i4 >= params.m4) { return; }
  let replica = params.first_replica + group.z;
  let base = row_at(group.z, 0u) + i4;
  let alive = inside(i4);
  for (var block = 0u; 4u * block < params.k; block++) {
    let w0 = words_of(4u * i4, block, replica);
    let w1 = words_of(4u * i4 + 1u, block, replica);
    let w2 = words_of(4u * i4 + 2u, block, replica);
    let w3 = words_of(4u * i4 + 3u, block, replica);
    for (var q = 0u; q < 4u && 4u * block + q < params.k; q++) {
      let row = 4u * block + q;
      var value = vec4f(draw_row(row, w0[q]), draw_row(row, w1[q]), draw_row(row, w2[q]), draw_row(row, w3[q]));
      if (row == params.d + 1u && laws.antithetic == 1u) { value *= vec4f(1.0, -1.0, 1.0, -1.0); }
      particle[base + row * params.m4] = alive * value;
    }
  }
  if (laws.a_kind == 4u) { scale_to_sphere(base, alive); }
}
`;
}
