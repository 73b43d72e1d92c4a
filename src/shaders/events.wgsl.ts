// events: births and deaths at random, by two schemes that keep the number of particles.
//
// Particle i with rate κ|Ṽ_i|, Ṽ = V − V̄ (or V), has an event in a step with probability 1 − exp(−κ|Ṽ_i|dt), or κ|Ṽ_i|dt:
//
//   jump       Ṽ_i > 0: i is overwritten by a uniformly drawn particle; Ṽ_i < 0: i overwrites a uniformly drawn one.
//              All events of a step read the cloud before it. In a slot that several meet a birth acts rather than the death,
//              so that their effects add, and of the births the one of lowest index.
//              Generator: d/dt E (1/m) Σψ = −κ Cov(V, ψ), exactly as dt → 0.
//   published  Ṽ_i > 0: i dies; Ṽ_i < 0: i doubles; then random ones of what is left are deleted, or doubled, until there are
//              m again (Rotskoff, Jelassi, Bruna and Vanden-Eijnden, ICML 2019).
//
// With reinjection the dead (jump), or what is missing (published), are new particles with c = 0.
// One invocation = four particles (decide) or four slots (select). Loops of no turns skip what is rare: a processor skips a
// loop, not a branch.
import { CLOCK } from './clock.wgsl.ts';
import { ANCESTOR } from './gather.wgsl.ts';
import { PARAMS } from './params.wgsl.ts';
import { PERMUTATION } from './permutation.wgsl.ts';
import { PHILOX } from './philox.wgsl.ts';
import { POPULATION } from './potential.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { OWNER } from './scan.wgsl.ts';

/** Deaths come after all births in the order of the events that meet a slot. */
const DEATH = /* wgsl */ `
const DEATH = 0x80000000u;
`;

/** What selects a variant of the kernels. */
export interface EventVariant {
  readonly law: 'exponential' | 'linear';
  /** particles of low potential double */
  readonly clones: boolean;
  /** the dead are replaced by new particles */
  readonly reinject: boolean;
}

const happens = (law: EventVariant['law']): string => /* wgsl */ `
// Whether a number of 32 random bits is below the probability of an event of exponent x = κ|Ṽ|dt.
fn happens(x: f32, word: u32) -> bool {
  ${
    law === 'linear'
      ? 'let p = x;'
      : `// 1 − exp(−x), by its series where the difference would lose digits.
  let series = x * (1.0 - 0.5 * x * (1.0 - x / 3.0 * (1.0 - 0.25 * x * (1.0 - 0.2 * x))));
  let p = select(1.0 - exp(-x), series, x < 0.1);`
  }
  return p >= 1.0 || word < u32(min(p, 0.99999994) * 4294967296.0);
}
// Keeps the largest exponent of the run.
fn note_largest(r: u32, x: vec4f) {
  let size = abs(x);
  let most = bitcast<u32>(max(max(size.x, size.y), max(size.z, size.w)));
  if (most > atomicLoad(&population[r].largest)) { atomicMax(&population[r].largest, most); }
}
// κ dt Ṽ of four particles; 0 for what lies beyond the cloud and after the quench.
fn exponents_of(r: u32, i4: u32) -> vec4f {
  let v = potential[r * params.m4 + i4] - vec4f(population[r].mean);
  let acts = vec4u(4u * i4) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.m);
  let scale = select(birth_death.rate * params.dt, 0.0, clock.step >= birth_death.quench_step);
  return select(vec4f(0.0), scale * v, acts);
}
`;

export function jumpShader({ law, clones, reinject }: EventVariant): string {
  return wgsl`${PARAMS}${POPULATION}${CLOCK}${ANCESTOR}${DEATH}
override WORKGROUP: u32 = 64;
override STREAM_EVENT: u32;
override STREAM_EXTRA: u32;
@group(1) @binding(1) var<storage, read> potential: array<vec4f>;             // [R][m4] V
@group(1) @binding(2) var<storage, read_write> population: array<Population>; // [R]
@group(1) @binding(3) var<storage, read_write> source: array<u32>;            // [R][m] whom event i puts into its slot
@group(1) @binding(4) var<storage, read_write> winner: array<atomic<u32>>;    // [R][m] least event that meets a slot, deaths after births
${PHILOX}${happens(law)}
// The first particle from l on that has an event; 4 for none.
fn next_event(x: vec4f, words: vec4u, l: u32) -> u32 {
  var next = 4u;
  for (var q = l; q < 4u; q++) {
    if (next == 4u && x[q] != 0.0 && happens(abs(x[q]), words[q])) { next = q; }
  }
  return next;
}
@compute @workgroup_size(WORKGROUP)
fn jump(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  if (i4 >= params.m4) { return; }
  let x = exponents_of(r, i4);
  note_largest(r, x);
  let words = philox(i4, clock.step, STREAM_EVENT, params.first_replica + r);
  for (var l = next_event(x, words, 0u); l < 4u; l = next_event(x, words, l + 1u)) {
    let i = 4u * i4 + l;
    let word = philox(i, clock.step, STREAM_EXTRA, params.first_replica + r).x;
    let other = multiply_high(word, params.m);
    if (x[l] > 0.0) {
#if ${reinject}
      source[r * params.m + i] = NEW;
#else
      source[r * params.m + i] = other | COPY;
#endif
      atomicMin(&winner[r * params.m + i], DEATH | i);
    }
#if ${clones}
    if (x[l] < 0.0) {
      source[r * params.m + i] = i | COPY;
      atomicMin(&winner[r * params.m + other], i);
    }
#endif
  }
}
`;
}

export function selectJumpShader(): string {
  return wgsl`${PARAMS}${POPULATION}${ANCESTOR}${DEATH}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> source: array<u32>;                  // [R][m]
@group(1) @binding(1) var<storage, read_write> winner: array<atomic<u32>>;    // [R][m], all none afterwards
@group(1) @binding(2) var<storage, read_write> population: array<Population>; // [R]
@group(1) @binding(3) var<storage, read_write> ancestor: array<vec4u>;        // [R][m4]

fn ancestor_of(r: u32, slot: u32) -> u32 {
  if (slot >= params.m) { return slot; }
  let event = atomicExchange(&winner[r * params.m + slot], 0xffffffffu);
  if (event == 0xffffffffu) { return slot; }
  let parent = source[r * params.m + (event & ~DEATH)];
  atomicAdd(&population[r].events, 1u);
  // A particle that overwrites itself stays as it is.
  if (parent == (slot | COPY)) { return slot; }
  return parent;
}

@compute @workgroup_size(WORKGROUP)
fn select_jump(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  if (i4 >= params.m4) { return; }
  let slot = own_slots(i4);
  ancestor[r * params.m4 + i4] = vec4u(
    ancestor_of(r, slot.x), ancestor_of(r, slot.y), ancestor_of(r, slot.z), ancestor_of(r, slot.w));
}
`;
}

export function publishedShader({ law, clones }: EventVariant): string {
  return wgsl`${PARAMS}${POPULATION}${CLOCK}
override WORKGROUP: u32 = 64;
override STREAM_EVENT: u32;
@group(1) @binding(1) var<storage, read> potential: array<vec4f>;             // [R][m4] V
@group(1) @binding(2) var<storage, read_write> population: array<Population>; // [R]
@group(1) @binding(3) var<storage, read_write> copies: array<u32>;            // [R][m] 0, 1 or 2
${PHILOX}${happens(law)}
@compute @workgroup_size(WORKGROUP)
fn published(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  if (i4 >= params.m4) { return; }
  let x = exponents_of(r, i4);
  note_largest(r, x);
  let words = philox(i4, clock.step, STREAM_EVENT, params.first_replica + r);
  var events = 0u;
  for (var l = 0u; l < min(4u, params.m - 4u * i4); l++) {
    var count = 1u;
    if (x[l] > 0.0 && happens(x[l], words[l])) { count = 0u; }
#if ${clones}
    if (x[l] < 0.0 && happens(-x[l], words[l])) { count = 2u; }
#endif
    events += select(0u, 1u, count != 1u);
    copies[r * params.m + 4u * i4 + l] = count;
  }
  if (events > 0u) { atomicAdd(&population[r].events, events); }
}
`;
}

export function selectPublishedShader({ reinject }: EventVariant): string {
  return wgsl`${PARAMS}${CLOCK}${ANCESTOR}
override WORKGROUP: u32 = 64;
override STREAM_EXTRA: u32;
override STREAM_ORDER: u32;
@group(1) @binding(1) var<storage, read> copies: array<u32>;            // [R][m] prefix sums of the copies
@group(1) @binding(2) var<storage, read_write> ancestor: array<vec4u>;  // [R][m4]
${PHILOX}${PERMUTATION}
fn reached(r: u32, p: u32) -> u32 { return copies[r * params.m + p]; }
${OWNER}
// COPY where entry number e of the living is not the first of particle p, its own.
fn copy_of(r: u32, p: u32, e: u32) -> u32 {
  var first = 0u;
  if (p > 0u) { first = reached(r, p - 1u); }
  return select(COPY, 0u, e == first);
}
// Numbers of the living that go into four slots. More than there are slots: by a random order of all.
fn entries_of(r: u32, slot: vec4u, alive: u32) -> vec4u {
  let replica = params.first_replica + r;
  var entry = slot;
  let key = philox(0u, clock.step, STREAM_ORDER, replica);
  for (var l = select(4u, 0u, alive > params.m); l < 4u; l++) {
    if (slot[l] < params.m) { entry[l] = permute(slot[l], alive, key); }
  }
#if ${!reinject}
  // Fewer: the slots beyond them get random ones.
  for (var l = clamp(alive, slot.x, slot.x + 4u) - slot.x; l < 4u; l++) {
    entry[l] = multiply_high(philox(slot[l], clock.step, STREAM_EXTRA, replica).x, alive);
  }
#endif
  return entry;
}

@compute @workgroup_size(WORKGROUP)
fn select_published(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i4 = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  if (i4 >= params.m4) { return; }
  let alive = reached(r, params.m - 1u);
  let slot = own_slots(i4);
  let entry = entries_of(r, slot, alive);
  var parent = slot;
  // Where all have died at once there is none to copy: the cloud stays.
  var before = min(entry.x, max(alive, 1u) - 1u);
  var p = owner_of(r, before, params.m);
  for (var l = select(0u, 4u, alive == 0u); l < 4u; l++) {
    let e = min(entry[l], alive - 1u);
    // Four slots in a row have four entries in a row, unless their order is random.
    p = owner_from(r, e, params.m, select(0u, p, e >= before));
    before = e;
    let source = p | copy_of(r, p, e) | select(0u, COPY, slot[l] >= alive);
    parent[l] = select(slot[l], source, slot[l] < params.m);
  }
#if ${reinject}
  parent = select(parent, vec4u(NEW), (slot >= vec4u(alive)) & (slot < vec4u(params.m)));
#endif
  ancestor[r * params.m4 + i4] = parent;
}
`;
}
