// patterns: activation bits, and how many of them differ from the start.
//
//   bit j of particle i = [ ⟨a_i, x_j⟩ − b_i > 0 ],  32 samples a word
//
// patterns: one invocation = one word of one particle. patterns_changed: one workgroup adds the differing bits of
// every STRIDE-th block of 64 words; the host adds the partial counts.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function patternsShader(): string {
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;    // [R][k][m4]
@group(1) @binding(1) var<storage, read> x: array<vec4f>;           // [d][s4]
@group(1) @binding(2) var<storage, read_write> pattern: array<u32>; // [R][m][words]

@compute @workgroup_size(WORKGROUP)
fn patterns(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = linear_group(group, groups) * WORKGROUP + lane;
  let i = at / samples.words;
  let word = at % samples.words;
  if (i >= params.m) { return; }
  let base = row_at(group.z, 0u) + (i >> 2u);
  let l = i & 3u;
  let b = particle[base + params.d * params.m4][l];
  var bits = 0u;
  let end = min(8u * word + 8u, samples.s4);
  for (var j4 = 8u * word; j4 < end; j4++) {
    var z = vec4f(-b);
    for (var k = 0u; k < params.d; k++) {
      z = fma(vec4f(particle[base + k * params.m4][l]), x[k * samples.s4 + j4], z);
    }
    let firing = (z > vec4f(0.0)) & (vec4u(4u * j4) + vec4u(0u, 1u, 2u, 3u) < vec4u(samples.s));
    let four = dot(select(vec4u(0u), vec4u(1u, 2u, 4u, 8u), firing), vec4u(1u));
    bits |= four << (4u * (j4 - 8u * word));
  }
  pattern[(group.z * params.m + i) * samples.words + word] = bits;
}
`;
}

/**
 * @param weighted particles count by their weight ω; the partial sums are then f32
 * @param followed particles are compared with their ancestor at the start; those without one count as wholly changed
 */
export function patternsChangedShader(weighted = false, followed = false): string {
  const kind = weighted ? 'f32' : 'u32';
  return wgsl`${PARAMS}${SAMPLES}
@group(1) @binding(0) var<storage, read> pattern: array<u32>;             // [R][m][words]
@group(1) @binding(1) var<storage, read> start_pattern: array<u32>;       // [R][m][words]
@group(1) @binding(2) var<storage, read_write> changed_partial: array<${kind}>; // [R][groups]
#if ${weighted}
@group(1) @binding(3) var<storage, read> weight: array<vec4f>;            // [R][m4] ω
#endif
#if ${followed}
@group(1) @binding(4) var<storage, read> lineage: array<vec2u>;           // [R][4·m4] step and slot of birth
#endif
var<workgroup> lanes: array<${kind}, 64>;

// Bits of word at of replica r that differ from the start.
fn changed_bits(r: u32, at: u32) -> u32 {
  let word = r * params.m * samples.words;
#if ${followed}
  let birth = lineage[r * 4u * params.m4 + at / samples.words];
  let bits = min(32u, samples.s - 32u * (at % samples.words));
  if (birth.x > 0u) { return bits; }
  let start = start_pattern[word + birth.y * samples.words + at % samples.words];
#else
  let start = start_pattern[word + at];
#endif
  return countOneBits(pattern[word + at] ^ start);
}

@compute @workgroup_size(64)
fn patterns_changed(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let count = params.m * samples.words;
  var changed = ${kind}(0);
  for (var at = group.x * 64u + lane; at < count; at += groups.x * 64u) {
#if ${weighted}
    let i = at / samples.words;
    let w = weight[group.z * params.m4 + (i >> 2u)][i & 3u];
    changed += w * f32(changed_bits(group.z, at));
#else
    changed += changed_bits(group.z, at);
#endif
  }
  lanes[lane] = changed;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half >>= 1u) {
    if (lane < half) { lanes[lane] += lanes[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { changed_partial[group.z * groups.x + group.x] = lanes[0]; }
}
`;
}
