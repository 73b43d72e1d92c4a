// The step counter on the device, and the kernel that advances it.
//
// step counts finished steps; bad_step is the first step whose particles were not finite, 0xffffffff if none.
import { wgsl } from './preprocess.ts';

/** The clock and its binding, for kernels that read it. */
export const CLOCK = /* wgsl */ `
struct Clock { step: u32, bad_step: atomic<u32> }
@group(1) @binding(0) var<storage, read_write> clock: Clock;
`;

/** Advances the clock by one; a single invocation. */
export function clockShader(): string {
  return wgsl`${CLOCK}
@compute @workgroup_size(1)
fn tick() { clock.step += 1u; }
`;
}
