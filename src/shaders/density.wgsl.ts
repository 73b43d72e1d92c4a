// density: particles per cell of a window and sign of c, by weight in integer units, so that no order changes the picture.
// density_totals: the fullest cell, and how much of each sign the window shows.
//
// One invocation of density = one particle; of density_totals = every n-th cell. A particle with c < 0 counts as negative.
import { PICTURE } from './picture.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function densityShader(): string {
  return wgsl`${PICTURE}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read_write> counts: array<atomic<u32>>;  // [2][rows][columns]: c ≥ 0, c < 0

@compute @workgroup_size(WORKGROUP)
fn density(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= view.m) { return; }
  let at = pixel_of(i);
  // Written so that a place that is not a number is outside.
  let inside = all(at >= vec2f(0.0)) && at.x < f32(view.width) && at.y < f32(view.height);
  if (!inside) { return; }
  let cell = min(vec2u(at) / view.cell, vec2u(view.columns, view.rows) - 1u);
  let sign_base = select(0u, view.columns * view.rows, is_negative(i));
  let units = u32(floor(weight_of(i) * view.unit + 0.5));
  atomicAdd(&counts[sign_base + cell.y * view.columns + cell.x], units);
}
`;
}

export function densityTotalsShader(): string {
  return wgsl`${PICTURE}
@group(1) @binding(0) var<storage, read> counts: array<u32>;                // [2][rows][columns]
@group(1) @binding(1) var<storage, read_write> totals: array<atomic<u32>>;  // fullest cell, Σ c ≥ 0, Σ c < 0
var<workgroup> shared_totals: array<atomic<u32>, 3>;

@compute @workgroup_size(64)
fn density_totals(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let cells = view.columns * view.rows;
  var fullest = 0u;
  var sums = vec2u(0u);
  for (var at = group.x * 64u + lane; at < cells; at += groups.x * 64u) {
    let both = vec2u(counts[at], counts[cells + at]);
    fullest = max(fullest, both.x + both.y);
    sums += both;
  }
  atomicMax(&shared_totals[0], fullest);
  atomicAdd(&shared_totals[1], sums.x);
  atomicAdd(&shared_totals[2], sums.y);
  workgroupBarrier();
  if (lane == 0u) {
    atomicMax(&totals[0], atomicLoad(&shared_totals[0]));
    atomicAdd(&totals[1], atomicLoad(&shared_totals[1]));
    atomicAdd(&totals[2], atomicLoad(&shared_totals[2]));
  }
}
`;
}
