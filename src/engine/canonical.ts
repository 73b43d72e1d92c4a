// Canonical coordinates of particles of one input, on demand: the plane of the state view, signs and arcs.
import { ConfigError } from '../config-check.ts';
import type { ReadBack } from '../gpu/buffer.ts';
import { createPass, submitPasses } from '../gpu/pass.ts';
import { canonicalShader } from '../shaders/canonical.wgsl.ts';
import { checkRidge } from './check.ts';
import type { Context } from './context.ts';
import { cover } from './plan.ts';
import type { SampleSet } from './samples.ts';
import { unpad } from './snapshot.ts';

/** Particles of one input in the plane (u, v) = (m/α) |c| (a, −b). */
export interface CanonicalState {
  /** [R][m] */
  readonly u: Float32Array;
  /** [R][m] */
  readonly v: Float32Array;
  /** sign of c, −1, 0 or 1, [R][m] */
  readonly sign: Float32Array;
  /** label of the arc of equal activation, 0 … 2s − 1 counter-clockwise from −atan of the largest input, [R][m] */
  readonly arc: Uint32Array;
}

/**
 * Builds the pass over training samples.
 *
 * @returns reads the coordinates of the particles now
 * @throws ConfigError for d ≠ 1, and for features that are not ridge ones
 */
export async function createCanonical(
  context: Context,
  train: SampleSet,
  particle: GPUBuffer,
  readBack: ReadBack,
): Promise<() => Promise<CanonicalState>> {
  const { device, plan, buffers } = context;
  const { d, m, m4, replicas } = plan;
  checkRidge(context.config, 'canonical');
  if (d !== 1) {
    throw new ConfigError(`observe: received "canonical" with d = ${d}; allowed: d = 1`);
  }
  const bytes = 16 * replicas * m4;
  const plane = buffers.storage('plane', 3 * bytes);
  const arc = buffers.storage('arc', bytes);
  const { groups, workgroup } = cover(m);
  const pass = await createPass(device, {
    name: 'canonical',
    code: canonicalShader(),
    buffers: { ...train.buffers, particle, plane, arc },
    grid: { x: groups, z: replicas },
    overrides: { WORKGROUP: workgroup },
  });
  return async () => {
    submitPasses(device, [pass]);
    const [planeBytes, arcBytes] = await readBack.read([
      { buffer: plane, bytes: 3 * bytes },
      { buffer: arc, bytes },
    ]);
    const rows = unpad(planeBytes, 3 * replicas, m, m4);
    const pick = (row: number): Float32Array =>
      Float32Array.from(
        { length: replicas * m },
        (_, p) => rows[(3 * Math.floor(p / m) + row) * m + (p % m)],
      );
    const labels = new Uint32Array(arcBytes);
    const arcs = Uint32Array.from(
      { length: replicas * m },
      (_, p) => labels[4 * m4 * Math.floor(p / m) + (p % m)],
    );
    return { u: pick(0), v: pick(1), sign: pick(2), arc: arcs };
  };
}
