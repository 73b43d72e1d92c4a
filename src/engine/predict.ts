// The network at inputs that are not samples of the problem.
import { ConfigError } from '../config-check.ts';
import { createBuffers, type ReadBack } from '../gpu/buffer.ts';
import type { Samples } from '../problem/problem.ts';
import { evaluationOf } from './assembly.ts';
import type { Context } from './context.ts';
import { evaluationProbe } from './observe.ts';
import { readProbe } from './probe.ts';

/**
 * f [R][n] at inputs x [n][d], on buffers of its own.
 *
 * @param particle the particles, buffer [R][k][m4]
 * @param step steps done, for messages
 * @throws ConfigError for inputs that are not finite or not a multiple of d
 */
export async function predictAt(
  context: Context,
  readBack: ReadBack,
  particle: GPUBuffer,
  step: number,
  x: Float32Array,
): Promise<Float32Array> {
  const { device, plan } = context;
  const count = x.length / plan.d;
  if (!Number.isInteger(count) || count === 0 || !x.every(Number.isFinite)) {
    throw new ConfigError(
      `predict: received ${x.length} numbers; allowed: a positive multiple of d = ${plan.d}, all finite`,
    );
  }
  const buffers = createBuffers(device);
  const zeros = new Float32Array(count);
  const samples: Samples = { count, dimension: plan.d, x, y: zeros, weight: zeros };
  try {
    const own = { ...context, buffers };
    const evaluation = await evaluationOf(own, samples, 'predict', particle);
    return (await readProbe(readBack, evaluationProbe(own, evaluation), step)).prediction;
  } finally {
    buffers.destroy();
  }
}
