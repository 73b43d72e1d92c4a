// Kernels that measure what an adapter can do: multiply-adds in registers, copies, and a dispatch that does next to
// nothing. Everything they compute with comes from buffers, so that no compiler can do it beforehand.
import { wgsl } from '../shaders/preprocess.ts';
import { unroll } from '../shaders/unroll.ts';

/** Independent chains of vec4f multiply-adds per invocation, which hide the latency of one. */
export const CHAINS = 16;
/** Multiply-adds of one chain per round of the loop. */
export const ROUNDS = 4;
/** vec4f that one invocation of `copy` moves. */
export const COPY_STRIDE = 8;

const LINEAR = /* wgsl */ `
fn linear_group(group: vec3u, groups: vec3u) -> u32 { return group.y * groups.x + group.x; }
`;

/**
 * `fma_peak`: every chain starts at its number and does v ← v · factor + term, `loops` times `rounds`. With factor = 1
 * and term = 1, which only the host knows, the sum of an invocation is a whole number, exact in float32.
 *
 * @param rounds multiply-adds of one chain per iteration
 */
export function fmaPeakShader(rounds: number = ROUNDS): string {
  const chain = (n: number): string => `v${n} = fma(v${n}, factor, term);`;
  return wgsl`${LINEAR}
override WORKGROUP: u32 = 64;
struct Work {
  loops: u32,
  factor: f32,
  term: f32,
}
@group(0) @binding(0) var<uniform> work: Work;
@group(1) @binding(0) var<storage, read_write> sums: array<f32>; // [invocations]

@compute @workgroup_size(WORKGROUP)
fn fma_peak(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let factor = vec4f(work.factor);
  let term = vec4f(work.term);
  ${unroll(CHAINS, (n) => `var v${n} = vec4f(f32(lane & 15u) + ${n}.0);`)}
  for (var loop_index = 0u; loop_index < work.loops; loop_index++) {
    ${unroll(rounds, () => unroll(CHAINS, chain))}
  }
  var total = vec4f(0.0);
  ${unroll(CHAINS, (n) => `total += v${n};`)}
  sums[linear_group(group, groups) * WORKGROUP + lane] = dot(total, vec4f(1.0));
}
`;
}

/** `copy`: one invocation moves COPY_STRIDE elements that lie a workgroup apart. */
export function copyShader(element: 'vec4f' | 'f32'): string {
  return wgsl`${LINEAR}
override WORKGROUP: u32 = 256;
@group(0) @binding(0) var<storage, read> source: array<${element}>;
@group(0) @binding(1) var<storage, read_write> target_out: array<${element}>;

@compute @workgroup_size(WORKGROUP)
fn copy(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = linear_group(group, groups) * WORKGROUP * ${COPY_STRIDE}u + lane;
  for (var n = 0u; n < ${COPY_STRIDE}u; n++) {
    let at = first + n * WORKGROUP;
    if (at < arrayLength(&target_out)) { target_out[at] = source[at]; }
  }
}
`;
}

/** `count_up`: adds one; a dispatch of one invocation shows what a dispatch costs. */
export function countShader(): string {
  return wgsl`
@group(0) @binding(0) var<storage, read_write> counter: array<u32>;

@compute @workgroup_size(1)
fn count_up() { counter[0] += 1u; }
`;
}
