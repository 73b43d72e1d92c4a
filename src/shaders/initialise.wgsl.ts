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

/** WGSL function `draw`: one number of a law; needs DRAWS. */
export const LAW_DRAW = /* wgsl */ `
// Every number is computed and one is selected: branches would compile normal_of once for each of them.
fn draw(kind: u32, first: f32, second: f32, word: u32) -> f32 {
  let normal = normal_of(word);
  let spread = first + second * select(normal, uniform_of(word), kind == 1u);
  let flat = select(first, first * sign_of(word), kind == 2u);
  // A sphere, the last kind, is scaled to its radius by the caller.
  return select(select(spread, flat, kind == 2u || kind == 3u), normal, kind == 4u);
}
`;

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
${LAW_DRAW}fn draw_row(row: u32, word: u32) -> f32 {
  let is_a = row < params.d;
  let is_b = row == params.d;
  let kind = select(select(laws.c_kind, laws.b_kind, is_b), laws.a_kind, is_a);
  let first = select(select(laws.c_first, laws.b_first, is_b), laws.a_first, is_a);
  let second = select(select(laws.c_second, laws.b_second, is_b), laws.a_second, is_a);
  return draw(kind, first, second, word);
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
