// Reads particle-shaped buffers back into host records, and finds the first value that is not finite.
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

/** Unpads rows of 4·s4 values to s, [R][s4·4] → [R][s]. */
export function unpad(bytes: ArrayBuffer, replicas: number, s: number, s4: number): Float32Array {
  const padded = new Float32Array(bytes);
  const values = new Float32Array(replicas * s);
  for (let r = 0; r < replicas; r++) values.set(padded.subarray(4 * r * s4, 4 * r * s4 + s), r * s);
  return values;
}

/** The error for a run whose particles are no longer finite after `step` steps. */
export function particleError(particles: Particles, step: number, dt: number): NumericError {
  const { dimension: d, width: m, a, b, c } = particles;
  const bad = (value: number): boolean => !Number.isFinite(value);
  const firsts = [Math.floor(a.findIndex(bad) / d), b.findIndex(bad), c.findIndex(bad)].filter(
    (i) => i >= 0,
  );
  const at = firsts.length === 0 ? 0 : Math.min(...firsts);
  const replica = Math.floor(at / m);
  return new NumericError(
    `step ${step}: particle ${at % m} of replica ${replica} is not finite; lower flow.dt (now ${dt}) or the initial scale`,
    step,
    replica,
    at % m,
  );
}
