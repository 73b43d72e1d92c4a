// gather: the new cloud from the ancestors of its slots, in two passes, since slots are read and written at once.
//
//   w_slot ← w_ancestor (+ jitter on copies),   lineage_slot ← lineage_ancestor
//
// gather writes what changes into a second cloud, adopt takes it over; slots that are their own ancestor cost nothing.
// One invocation = four slots and ROWS rows of one replica; that of the first rows also carries the lineages, which are
// pairs (step of birth, slot of birth), step 0 at the start. The rows are a loop of no turns where nothing changes: a
// processor skips a loop, not a branch. reinject: one invocation = four slots; new particles from their laws, c = 0.
import { CLOCK } from './clock.wgsl.ts';
import { LAW_DRAW } from './initialise.wgsl.ts';
import { PARAMS } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { DRAWS, PHILOX } from './philox.wgsl.ts';
import { POPULATION } from './potential.wgsl.ts';
import { wgsl } from './preprocess.ts';

/** How an ancestor is written: the index of a particle, COPY where another slot keeps it too, or NEW. */
export const ANCESTOR = /* wgsl */ `
const COPY = 0x80000000u;
const NEW = 0xffffffffu;
fn own_slots(i4: u32) -> vec4u { return vec4u(4u * i4) + vec4u(0u, 1u, 2u, 3u); }
`;

/** Index of the four slots, row and end of the rows of an invocation; needs PARAMS and the overrides. */
const SHARE = /* wgsl */ `
override WORKGROUP: u32 = 64;
override ROWS: u32;
struct Share { i4: u32, row: u32, end: u32 }
fn share_of(place: u32) -> Share {
  let chunks = (params.k + ROWS - 1u) / ROWS;
  let chunk = place % chunks;
  let i4 = (place / chunks) * WORKGROUP;
  return Share(i4, chunk * ROWS, min((chunk + 1u) * ROWS, params.k));
}
`;

/** @param jitter copies get noise */
export function gatherShader(jitter: boolean): string {
  return wgsl`${PARAMS}${PARTICLE}${POPULATION}${CLOCK}${ANCESTOR}${SHARE}
#if ${jitter}
override STREAM_JITTER: u32;
@group(1) @binding(1) var<storage, read> normal_table: array<i32>;
#endif
@group(1) @binding(2) var<storage, read> ancestor: array<vec4u>;                // [R][m4]
@group(1) @binding(3) var<storage, read> particle: array<vec4f>;                // [R][k][m4]
@group(1) @binding(4) var<storage, read> lineage: array<vec2u>;                 // [R][4·m4]
@group(1) @binding(5) var<storage, read_write> gathered: array<vec4f>;          // [R][k][m4]
@group(1) @binding(6) var<storage, read_write> gathered_lineage: array<vec2u>;  // [R][4·m4]
#if ${jitter}
${PHILOX}${DRAWS}
fn moves(row: u32) -> f32 {
  return select(select(params.train_c, params.train_b, row == params.d), params.train_a, row < params.d);
}
fn noise(r: u32, row: u32, slot: u32) -> f32 {
  let word = philox(slot, clock.step, STREAM_JITTER + row / 4u, params.first_replica + r)[row % 4u];
  return birth_death.jitter * moves(row) * normal_of(word);
}
#endif
fn inherited(r: u32, row: u32, slot: u32, parent: u32, own: f32) -> f32 {
  if (parent == slot || parent == NEW) { return own; }
  let i = parent & ~COPY;
  var value = particle[row_at(r, row) + (i >> 2u)][i & 3u];
#if ${jitter}
  if (parent != i) { value += noise(r, row, slot); }
#endif
  return value;
}
fn carry_lineage(r: u32, slot: u32, parent: u32) {
  let base = r * 4u * params.m4;
  if (parent == slot) { gathered_lineage[base + slot] = lineage[base + slot]; }
  else if (parent == NEW) { gathered_lineage[base + slot] = vec2u(clock.step + 1u, slot); }
  else { gathered_lineage[base + slot] = lineage[base + (parent & ~COPY)]; }
}

@compute @workgroup_size(WORKGROUP)
fn gather(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let share = share_of(linear_group(group, groups));
  let i4 = share.i4 + lane;
  let r = group.z;
  if (i4 >= params.m4) { return; }
  let slot = own_slots(i4);
  let parent = ancestor[r * params.m4 + i4];
  let idle = all(parent == slot);
  for (var row = select(share.row, share.end, idle); row < share.end; row++) {
    let own = particle[row_at(r, row) + i4];
    gathered[row_at(r, row) + i4] = vec4f(
      inherited(r, row, slot.x, parent.x, own.x), inherited(r, row, slot.y, parent.y, own.y),
      inherited(r, row, slot.z, parent.z, own.z), inherited(r, row, slot.w, parent.w, own.w));
  }
  for (var l = select(0u, 4u, idle || share.row > 0u); l < 4u; l++) { carry_lineage(r, slot[l], parent[l]); }
}
`;
}

export function adoptShader(): string {
  return wgsl`${PARAMS}${PARTICLE}${ANCESTOR}${SHARE}
@group(1) @binding(0) var<storage, read> ancestor: array<vec4u>;         // [R][m4]
@group(1) @binding(1) var<storage, read> gathered: array<vec4f>;         // [R][k][m4]
@group(1) @binding(2) var<storage, read> gathered_lineage: array<vec2u>; // [R][4·m4]
@group(1) @binding(3) var<storage, read_write> particle: array<vec4f>;   // [R][k][m4]
@group(1) @binding(4) var<storage, read_write> lineage: array<vec2u>;    // [R][4·m4]

@compute @workgroup_size(WORKGROUP)
fn adopt(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let share = share_of(linear_group(group, groups));
  let i4 = share.i4 + lane;
  let r = group.z;
  if (i4 >= params.m4) { return; }
  let idle = all(ancestor[r * params.m4 + i4] == own_slots(i4));
  for (var row = select(share.row, share.end, idle); row < share.end; row++) {
    particle[row_at(r, row) + i4] = gathered[row_at(r, row) + i4];
  }
  let first = 4u * (r * params.m4 + i4);
  for (var l = select(0u, 4u, idle || share.row > 0u); l < 4u; l++) {
    lineage[first + l] = gathered_lineage[first + l];
  }
}
`;
}

export function reinjectShader(): string {
  return wgsl`${PARAMS}${PARTICLE}${CLOCK}${ANCESTOR}
struct NewLaws {
  a_kind: u32, a_first: f32, a_second: f32,
  b_kind: u32, b_first: f32, b_second: f32,
}
override WORKGROUP: u32 = 64;
override STREAM_REINJECT: u32;
@group(0) @binding(1) var<uniform> new_laws: NewLaws;
@group(1) @binding(1) var<storage, read> normal_table: array<i32>;
@group(1) @binding(2) var<storage, read> ancestor: array<vec4u>;        // [R][m4]
@group(1) @binding(3) var<storage, read_write> particle: array<vec4f>;  // [R][k][m4]
${PHILOX}${DRAWS}${LAW_DRAW}
fn draw_row(row: u32, word: u32) -> f32 {
  let is_a = row < params.d;
  let value = draw(
    select(new_laws.b_kind, new_laws.a_kind, is_a),
    select(new_laws.b_first, new_laws.a_first, is_a),
    select(new_laws.b_second, new_laws.a_second, is_a), word);
  return select(value, 0.0, row == params.d + 1u);
}

@compute @workgroup_size(WORKGROUP)
fn reinject(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  if (i4 >= params.m4) { return; }
  let is_new = ancestor[r * params.m4 + i4] == vec4u(NEW);
  if (!any(is_new)) { return; }
  let replica = params.first_replica + r;
  for (var row = 0u; row < params.k; row++) {
    let stream = STREAM_REINJECT + row / 4u;
    let q = row % 4u;
    let value = vec4f(
      draw_row(row, philox(4u * i4, clock.step, stream, replica)[q]),
      draw_row(row, philox(4u * i4 + 1u, clock.step, stream, replica)[q]),
      draw_row(row, philox(4u * i4 + 2u, clock.step, stream, replica)[q]),
      draw_row(row, philox(4u * i4 + 3u, clock.step, stream, replica)[q]));
    let at = row_at(r, row) + i4;
    particle[at] = select(particle[at], value, is_new);
  }
}
`;
}
