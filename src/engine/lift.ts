// Canonical particles on the device: the pass that draws and lifts them, `init.kind` "canonical".
import type { CanonicalInit } from '../config.ts';
import type { BufferSet } from '../gpu/buffer.ts';
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass, type Pass } from '../gpu/pass.ts';
import { LIFTS, liftShader } from '../shaders/lift.wgsl.ts';
import type { Context } from './context.ts';
import { cover } from './plan.ts';

/**
 * The pass that writes the particles of `init` into `particle`; d = 1.
 *
 * @param temporary buffers that may be freed once the pass has run
 */
export function liftPass(
  context: Context,
  { product, delta }: CanonicalInit,
  particle: GPUBuffer,
  temporary: BufferSet,
): Promise<Pass> {
  const code = liftShader();
  const [low, range] =
    product.kind === 'constant' ? [product.value, 0] : [product.low, product.high - product.low];
  const trained = delta === '-infinity' ? 'c' : delta === 'infinity' ? 'ab' : 'all';
  const lift_to = packStruct(readStruct(code, 'Lift'), {
    product_low: low,
    product_range: range,
    delta: typeof delta === 'number' ? delta : 0,
    trained: LIFTS.indexOf(trained),
  });
  const { groups, workgroup } = cover(context.plan.m4);
  return createPass(context.device, {
    name: 'lift',
    code,
    buffers: {
      params: context.params,
      lift_to: temporary.uniform('lift_to', lift_to),
      particle,
    },
    grid: { x: groups, z: context.plan.replicas },
    overrides: { WORKGROUP: workgroup },
  });
}
