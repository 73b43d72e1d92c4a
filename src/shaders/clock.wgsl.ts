// The step counter on the device, and the kernel that advances it.
//
// step counts finished steps; bad_step is the first step whose particles were not finite, 0xffffffff if none, and
// bad_particle the first such particle of that step, counted 4 m4 r + i over replicas r. overflow_mark is
// the complement of the first step whose fixed-point sums left their range, 0 if none.
import { wgsl } from './preprocess.ts';

/** The clock and its binding, for kernels that read it. */
export const CLOCK = /* wgsl */ `
struct Clock { step: u32, bad_step: atomic<u32>, bad_particle: atomic<u32>, overflow_mark: atomic<u32> }
@group(1) @binding(0) var<storage, read_write> clock: Clock;
`;

/** Finds what is not finite in a vec4. */
export const NOT_FINITE = /* wgsl */ `
// Lanes that are infinite or NaN, read from the exponent bits, since shaders may assume that neither exists.
fn not_finite(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7f800000u)) == vec4u(0x7f800000u);
}
fn first_lane(bad: vec4<bool>) -> u32 {
  return select(select(select(3u, 2u, bad.z), 1u, bad.y), 0u, bad.x);
}
`;

/** Marks a step whose new particles are not finite. The kernel that uses it has CLOCK and moves particles in vec4s. */
export const MARK_BAD = /* wgsl */ `
${NOT_FINITE}
// Marks the step now under way as bad for the first bad lane of the vec4 i4 of replica r. Later steps change nothing.
fn mark_bad(r: u32, i4: u32, bad: vec4<bool>) {
  if (!any(bad)) { return; }
  if (atomicMin(&clock.bad_step, clock.step) >= clock.step) {
    atomicMin(&clock.bad_particle, 4u * (r * params.m4 + i4) + first_lane(bad));
  }
}
`;

/** Advances the clock by one; a single invocation. */
export function clockShader(): string {
  return wgsl`${CLOCK}
@compute @workgroup_size(1)
fn tick() { clock.step += 1u; }
`;
}
