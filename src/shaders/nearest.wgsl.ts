// nearest: the particle nearest to a pixel, in three passes.
//
//   nearest_distance  the least squared distance within reach, in sixteenths of a square pixel
//   nearest_index     the first particle at that distance, one sixteenth more allowed: two kernels may round apart
//   nearest_values    the parameters of that particle, and its weight
//
// One invocation = one particle; of nearest_values = one parameter. Before them `found` holds 0xffffffff twice.
import { PICTURE } from './picture.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function nearestShader(): string {
  return wgsl`${PICTURE}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read_write> found: array<atomic<u32>>;  // distance, index
@group(1) @binding(1) var<storage, read_write> values: array<f32>;         // [k + 1]: w, ω

fn distance_of(i: u32) -> u32 {
  let way = pixel_of(i) - vec2f(view.pointer_x, view.pointer_y);
  let square = dot(way, way);
  // Too far, or not a number.
  if (!(square <= view.reach * view.reach)) { return 0xffffffffu; }
  return u32(min(16.0 * square, 4.0e9));
}

@compute @workgroup_size(WORKGROUP)
fn nearest_distance(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= view.m) { return; }
  let distance = distance_of(i);
  if (distance < atomicLoad(&found[0])) { atomicMin(&found[0], distance); }
}

@compute @workgroup_size(WORKGROUP)
fn nearest_index(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= view.m) { return; }
  let least = atomicLoad(&found[0]);
  if (least != 0xffffffffu && distance_of(i) <= least + 1u) { atomicMin(&found[1], i); }
}

@compute @workgroup_size(WORKGROUP)
fn nearest_values(@builtin(global_invocation_id) id: vec3u) {
  let i = atomicLoad(&found[1]);
  if (i >= view.m) { return; }
  if (id.x < view.k) { values[id.x] = particle[number_at(id.x, view.m4, i)]; }
  if (id.x == view.k) { values[id.x] = weight_of(i); }
}
`;
}
