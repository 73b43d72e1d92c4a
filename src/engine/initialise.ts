// Initial particles on the device: drawn there from their laws, or uploaded from a cloud on the host.
import type { RandomInit } from '../config.ts';
import type { BufferSet } from '../gpu/buffer.ts';
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass, type Pass } from '../gpu/pass.ts';
import { NORMAL_TABLE } from '../random.ts';
import { LAW_KINDS, initialiseShader } from '../shaders/initialise.wgsl.ts';
import type { Particles } from '../state.ts';
import type { Context } from './context.ts';
import { cover, type Plan } from './plan.ts';

/**
 * The pass that draws the particles of `init` into `particle`.
 *
 * @param temporary buffers that may be freed once the pass has run
 */
export function initialisePass(
  context: Context,
  init: RandomInit,
  particle: GPUBuffer,
  temporary: BufferSet,
): Promise<Pass> {
  const code = initialiseShader();
  const { bias } = context.config.network;
  const laws = packStruct(readStruct(code, 'Laws'), {
    ...lawFields('a', init.a),
    ...lawFields('b', bias ? init.b : { kind: 'constant', value: 0 }),
    ...lawFields('c', init.c),
    antithetic: init.sampling === 'antithetic' ? 1 : 0,
  });
  const { groups, workgroup } = cover(context.plan.m4);
  return createPass(context.device, {
    name: 'initialise',
    code,
    buffers: {
      params: context.params,
      laws: temporary.uniform('laws', laws),
      normal_table: temporary.upload('normal_table', NORMAL_TABLE),
      particle,
    },
    grid: { x: groups, z: context.plan.replicas },
    overrides: { WORKGROUP: workgroup },
  });
}

/** The three numbers of a law in a uniform, `NAME_kind`, `NAME_first`, `NAME_second`. */
export function lawFields(name: string, law: RandomInit['a']): Record<string, number> {
  const [first, second] = lawNumbers(law);
  return {
    [`${name}_kind`]: LAW_KINDS.indexOf(law.kind),
    [`${name}_first`]: first,
    [`${name}_second`]: second,
  };
}

function lawNumbers(law: RandomInit['a']): [number, number] {
  switch (law.kind) {
    case 'normal':
      return [law.mean, law.std];
    case 'uniform':
      return [law.low, law.high - law.low];
    case 'sign':
      return [law.scale, 0];
    case 'constant':
      return [law.value, 0];
    case 'sphere':
      return [law.radius, 0];
  }
}

/** A cloud in the layout of the device, [R][k][4·m4], padding zero. */
export function packParticles(particles: Particles, plan: Plan): Float32Array {
  const { d, k, m, m4, replicas } = plan;
  const packed = new Float32Array(4 * replicas * k * m4);
  for (let r = 0; r < replicas; r++) {
    for (let row = 0; row < k; row++) {
      const at = 4 * (r * k + row) * m4;
      if (row >= d)
        packed.set((row === d ? particles.b : particles.c).subarray(r * m, (r + 1) * m), at);
      else for (let i = 0; i < m; i++) packed[at + i] = particles.a[(r * m + i) * d + row];
    }
  }
  return packed;
}

/** Particle weights ω padded with zeros, [R][4·m4]. */
export function packWeight(weight: Float32Array, plan: Plan): Float32Array {
  const packed = new Float32Array(4 * plan.replicas * plan.m4);
  for (let r = 0; r < plan.replicas; r++) {
    packed.set(weight.subarray(r * plan.m, (r + 1) * plan.m), 4 * r * plan.m4);
  }
  return packed;
}
