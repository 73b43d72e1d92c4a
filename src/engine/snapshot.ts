// Reads particle-shaped buffers back into host records, and finds the first value that is not finite.
import type { Config } from '../config.ts';
import type { ReadBack } from '../gpu/buffer.ts';
import type { Particles } from '../state.ts';
import { NumericError } from './errors.ts';
import type { Plan } from './plan.ts';
import { READ_BYTES } from './tuning.ts';

/**
 * Reads a buffer of the particles' shape, [R][k][m4], into a [R][m][d], b and c [R][m].
 *
 * @param weight ω [R][m], copied into the record
 */
export async function readParticles(
  plan: Plan,
  buffer: GPUBuffer,
  weight: Float32Array,
  readBack: ReadBack,
): Promise<Particles> {
  const { d, k, m, m4, replicas } = plan;
  const a = new Float32Array(replicas * m * d);
  const b = new Float32Array(replicas * m);
  const c = new Float32Array(replicas * m);
  const rowBytes = 16 * m4;
  const rowsPerRead = Math.max(1, Math.floor(READ_BYTES / rowBytes));
  for (let first = 0; first < replicas * k; first += rowsPerRead) {
    const count = Math.min(rowsPerRead, replicas * k - first);
    const [bytes] = await readBack.read([
      { buffer, bytes: count * rowBytes, offset: first * rowBytes },
    ]);
    for (let n = 0; n < count; n++) {
      const replica = Math.floor((first + n) / k);
      const row = (first + n) % k;
      const values = new Float32Array(bytes, n * rowBytes, m);
      if (row === d) b.set(values, replica * m);
      else if (row === d + 1) c.set(values, replica * m);
      else for (let i = 0; i < m; i++) a[(replica * m + i) * d + row] = values[i];
    }
  }
  return { dimension: d, width: m, replicas, a, b, c, weight: weight.slice() };
}

/** Reads one number per particle, [R][m4] → [R][m]. */
export async function readRow(
  { replicas, m, m4 }: Plan,
  buffer: GPUBuffer,
  readBack: ReadBack,
): Promise<Float32Array> {
  const [bytes] = await readBack.read([{ buffer, bytes: 16 * replicas * m4 }]);
  return unpad(bytes, replicas, m, m4);
}

/** Unpads rows of 4·s4 values to s, [R][s4·4] → [R][s]. */
export function unpad(bytes: ArrayBuffer, replicas: number, s: number, s4: number): Float32Array {
  const padded = new Float32Array(bytes);
  const values = new Float32Array(replicas * s);
  for (let r = 0; r < replicas; r++) values.set(padded.subarray(4 * r * s4, 4 * r * s4 + s), r * s);
  return values;
}

/** What to do about steps that are too long. */
export function lowerStep({ dt, stableStep }: Config['flow']): string {
  return stableStep > 0 ? `lower flow.stableStep (now ${stableStep})` : `lower flow.dt (now ${dt})`;
}

/** What the clock holds while every step was finite. */
export const NEVER = 0xffffffff;

/**
 * The error for a run whose particles are no longer finite after `step` steps.
 *
 * @param at the first bad particle, counted 4 m4 r + i as in the clock
 */
export function particleError(
  plan: Plan,
  step: number,
  at: number,
  flow: Config['flow'],
): NumericError {
  const replica = Math.floor(at / (4 * plan.m4));
  const particle = at % (4 * plan.m4);
  return new NumericError(
    `step ${step}: particle ${particle} of replica ${replica} is not finite; ${lowerStep(flow)} or the initial scale`,
    step,
    replica,
    particle,
  );
}
