// batch: draws the minibatch of this step for every replica, with replacement.
//
// Draw q of step n in replica r is sample ⌊word · s / 2³²⌋, word q mod 4 of philox(q div 4, n, batch stream, r); its
// loss weight is ν s / B, so that the gradient is unbiased. One invocation = four draws of one replica.
// `samples` describes the batch (s = B); `source_count` is the size of the set drawn from.
import { CLOCK } from './clock.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PHILOX } from './philox.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function batchShader(): string {
  return wgsl`${PARAMS}${SAMPLES}${CLOCK}
override WORKGROUP: u32 = 64;
override STREAM: u32;
struct Source { source_count: u32, source_count4: u32, weight_factor: f32 }
@group(1) @binding(1) var<uniform> source: Source;
@group(1) @binding(2) var<storage, read> source_x: array<vec4f>;        // [d][S4]
@group(1) @binding(3) var<storage, read> source_y: array<vec4f>;        // [S4]
@group(1) @binding(4) var<storage, read> source_weight: array<vec4f>;   // [S4] ν
@group(1) @binding(5) var<storage, read_write> x: array<vec4f>;         // [R][d][B4]
@group(1) @binding(6) var<storage, read_write> y: array<vec4f>;         // [R][B4]
@group(1) @binding(7) var<storage, read_write> loss_weight: array<vec4f>; // [R][B4]
${PHILOX}
fn sample_of(word: u32) -> u32 { return multiply_high(word, source.source_count); }

@compute @workgroup_size(WORKGROUP)
fn batch(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let q4 = id.x;
  let r = group.z;
  if (q4 >= samples.s4) { return; }
  let words = philox(q4, clock.step, STREAM, params.first_replica + r);
  let j = vec4u(sample_of(words.x), sample_of(words.y), sample_of(words.z), sample_of(words.w));
  let j4 = j >> vec4u(2u);
  let l = j & vec4u(3u);
  for (var k = 0u; k < params.d; k++) {
    let row = k * source.source_count4;
    x[(r * params.d + k) * samples.s4 + q4] = vec4f(
      source_x[row + j4.x][l.x], source_x[row + j4.y][l.y], source_x[row + j4.z][l.z], source_x[row + j4.w][l.w]);
  }
  y[r * samples.s4 + q4] = vec4f(
    source_y[j4.x][l.x], source_y[j4.y][l.y], source_y[j4.z][l.z], source_y[j4.w][l.w]);
  let weight = vec4f(
    source_weight[j4.x][l.x], source_weight[j4.y][l.y], source_weight[j4.z][l.z], source_weight[j4.w][l.w]);
  // Draws that only pad the last group carry no weight.
  let alive = vec4u(4u * q4) + vec4u(0u, 1u, 2u, 3u) < vec4u(samples.s);
  loss_weight[r * samples.s4 + q4] = select(vec4f(0.0), source.weight_factor * weight, alive);
}
`;
}
