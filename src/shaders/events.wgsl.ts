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
// One invocation = one particle (decide) or four slots (select).
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
fn note_largest(r: u32, x: f32) {
  if (bitcast<u32>(x) > atomicLoad(&population[r].largest)) {
    atomicMax(&population[r].largest, bitcast<u32>(x));
  }
}
// κ dt Ṽ_i; 0 for what lies beyond the cloud and after the quench.
fn exponent_of(r: u32, i: u32) -> f32 {
  if (i >= params.m || clock.step >= birth_death.quench_step) { return 0.0; }
  let v = potential[r * params.m4 + (i >> 2u)][i & 3u];
  return birth_death.rate * params.dt * (v - population[r].mean);
}
`;

export function jumpShader({ law, clones, reinject }: EventVariant): string {
  return wgsl`${PARAMS}${POPULATION}${CLOCK}${ANCESTOR}${DEATH}
override WORKGROUP: u32 = 64;
override STREAM_EVENT: u32;
@group(1) @binding(1) var<storage, read> potential: array<vec4f>;             // [R][m4] V
@group(1) @binding(2) var<storage, read_write> population: array<Population>; // [R]
@group(1) @binding(3) var<storage, read_write> source: array<u32>;            // [R][m] whom event i puts into its slot
@group(1) @binding(4) var<storage, read_write> winner: array<atomic<u32>>;    // [R][m] least event that meets a slot, deaths after births
${PHILOX}${happens(law)}
@compute @workgroup_size(WORKGROUP)
fn jump(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  let x = exponent_of(r, i);
  note_largest(r, abs(x));
  if (i >= params.m || x == 0.0) { return; }
  let words = philox(i, clock.step, STREAM_EVENT, params.first_replica + r);
  if (!happens(abs(x), words.x)) { return; }
  let other = multiply_high(words.y, params.m);
  if (x > 0.0) {
#if ${reinject}
    source[r * params.m + i] = NEW;
#else
    source[r * params.m + i] = other | COPY;
#endif
    atomicMin(&winner[r * params.m + i], DEATH | i);
  }
#if ${clones}
  if (x < 0.0) {
    source[r * params.m + i] = i | COPY;
    atomicMin(&winner[r * params.m + other], i);
  }
#endif
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
  let i = linear_group(group, groups) * WORKGROUP + lane;
  let r = group.z;
  let x = exponent_of(r, i);
  note_largest(r, abs(x));
  if (i >= params.m) { return; }
  let word = philox(i, clock.step, STREAM_EVENT, params.first_replica + r).x;
  var count = 1u;
  if (x > 0.0 && happens(x, word)) { count = 0u; }
#if ${clones}
  if (x < 0.0 && happens(-x, word)) { count = 2u; }
#endif
  if (count != 1u) { atomicAdd(&population[r].events, 1u); }
  copies[r * params.m + i] = count;
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
// The particle behind entry number e of the living.
fn living(r: u32, e: u32) -> u32 {
  let p = owner_of(r, e, params.m);
  var first = 0u;
  if (p > 0u) { first = reached(r, p - 1u); }
  return p | select(COPY, 0u, e == first);
}
fn ancestor_of(r: u32, slot: u32, alive: u32) -> u32 {
  if (slot >= params.m) { return slot; }
  let replica = params.first_replica + r;
  if (alive > params.m) {
    return living(r, permute(slot, alive, philox(0u, clock.step, STREAM_ORDER, replica)));
  }
  if (slot < alive) { return living(r, slot); }
#if ${reinject}
  return NEW;
#else
  // Where all have died at once there is none to copy: the cloud stays.
  if (alive == 0u) { return slot; }
  let word = philox(slot, clock.step, STREAM_EXTRA, replica).x;
  return living(r, multiply_high(word, alive)) | COPY;
#endif
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
  ancestor[r * params.m4 + i4] = vec4u(
    ancestor_of(r, slot.x, alive), ancestor_of(r, slot.y, alive),
    ancestor_of(r, slot.z, alive), ancestor_of(r, slot.w, alive));
}
`;
}
