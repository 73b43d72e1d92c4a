// What every pass of one simulation shares: device, plan, buffers and the uniform of the run.
import type { Config } from '../config.ts';
import type { BufferSet } from '../gpu/buffer.ts';
import type { Device } from '../gpu/device.ts';
import { packStruct, readStruct } from '../gpu/layout.ts';
import { activationOf } from '../problem/activation.ts';
import { keyOf } from '../random.ts';
import type { DenseVariant } from '../shaders/forward.wgsl.ts';
import { PARAMS } from '../shaders/params.wgsl.ts';
import { weightsMove } from './birth-death.ts';
import { packWeight } from './initialise.ts';
import type { Plan } from './plan.ts';

/** Shared by the passes of one simulation. */
export interface Context {
  readonly device: Device;
  readonly config: Config;
  readonly plan: Plan;
  readonly buffers: BufferSet;
  readonly variant: DenseVariant;
  /** uniform `params` */
  readonly params: GPUBuffer;
  /** ω [R][m4], bound only by weighted kernels */
  readonly weight: GPUBuffer;
  /** max ω, where it is known */
  readonly weightBound?: number;
}

/**
 * The context of a run.
 *
 * @param weight ω at its start [R][m]
 * @param firstReplica Philox word of the first replica
 */
export function contextOf(
  shared: Pick<Context, 'device' | 'config' | 'plan' | 'buffers'>,
  weight: Float32Array,
  firstReplica: number,
): Context {
  const { device, config, plan, buffers } = shared;
  const moves = weightsMove(config.flow.birthDeath);
  const weighted = moves || weight.some((w) => w !== 1);
  return {
    ...shared,
    variant: variantOf(config, plan.d, weighted, device.software),
    params: paramsUniform(config, plan, buffers, firstReplica),
    weight: buffers.upload('weight', weighted ? packWeight(weight, plan) : new Float32Array(4)),
    weightBound: moves ? plan.m : weight.reduce((most, w) => Math.max(most, w), 0),
  };
}

/** The uniform `params` of a run. */
export function paramsUniform(
  config: Config,
  plan: Plan,
  buffers: BufferSet,
  firstReplica: number,
): GPUBuffer {
  const { train, penalty } = config.flow;
  const [seedLow, seedHigh] = keyOf(config.seed);
  const moves = (name: 'a' | 'b' | 'c'): number => (train.includes(name) ? 1 : 0);
  return buffers.uniform(
    'params',
    packStruct(readStruct(PARAMS, 'Params'), {
      m: plan.m,
      m4: plan.m4,
      d: plan.d,
      k: plan.k,
      replicas: plan.replicas,
      first_replica: firstReplica,
      seed_low: seedLow,
      seed_high: seedHigh,
      inv_alpha: 1 / plan.alpha,
      velocity_scale: plan.alpha / plan.m,
      dt: plan.dt,
      penalty: penalty.kind === 'none' ? 0 : penalty.strength,
      train_a: moves('a'),
      train_b: config.network.bias ? moves('b') : 0,
      train_c: moves('c'),
    }),
  );
}

/** Overwrites the time step of a run, in function-space time. */
export function writeTimeStep({ device, params }: Context, dt: number): void {
  const fields = readStruct(PARAMS, 'Params');
  const offset = 4 * fields.findIndex(({ name }) => name === 'dt');
  device.gpu.queue.writeBuffer(params, offset, new Float32Array([dt]));
}

/** The variant of the dense kernels that a config and a cloud need, on a software adapter or a GPU. */
export function variantOf(
  config: Config,
  dimension: number,
  weighted: boolean,
  software = false,
): DenseVariant {
  const { activation: name, features } = config.network;
  const { wgsl, softwareWgsl = wgsl } = activationOf(name);
  const activation = software ? softwareWgsl : wgsl;
  const radial = features === 'radial';
  return { dimension, activation, weighted, relu: name === 'relu', radial };
}
