// Reductions over the cloud: moments, and activation patterns with the fraction that changed. The device leaves partial
// sums, and the host finishes them in float64.
import { createBuffers, guardMemory, type ReadBack } from '../gpu/buffer.ts';
import { createPass, submitPasses, type Pass } from '../gpu/pass.ts';
import { momentsShader, MOMENT_COUNT } from '../shaders/moments.wgsl.ts';
import { patternsChangedShader, patternsShader } from '../shaders/patterns.wgsl.ts';
import { checkRidge } from './check.ts';
import type { Context } from './context.ts';
import { SizeError } from './errors.ts';
import { cover } from './plan.ts';
import type { Probe } from './probe.ts';
import type { SampleSet } from './samples.ts';
import { REDUCTION_GROUPS } from './tuning.ts';

/** Sums ω c, ω c², ω |a|², ω b², ω |c||(a, b)|, ω c²|(a, b)|² over particles, [R][6]. */
export async function createMoments(
  context: Context,
  particle: GPUBuffer,
): Promise<Probe<Float64Array>> {
  const { replicas, m4 } = context.plan;
  const groups = Math.min(REDUCTION_GROUPS, Math.ceil(m4 / 64));
  const bytes = 4 * replicas * groups * MOMENT_COUNT;
  const partial = context.buffers.storage('moment_partial', bytes);
  const pass = await createPass(context.device, {
    name: 'moments',
    code: momentsShader(context.variant.weighted),
    buffers: {
      params: context.params,
      particle,
      weight: context.weight,
      moment_partial: partial,
    },
    grid: { x: groups, z: replicas },
  });
  return {
    passes: [pass],
    parts: [{ buffer: partial, bytes }],
    finish: ([values]) => {
      const sums = new Float64Array(replicas * MOMENT_COUNT);
      new Float32Array(values).forEach((value, at) => {
        const replica = Math.floor(at / (groups * MOMENT_COUNT));
        sums[replica * MOMENT_COUNT + (at % MOMENT_COUNT)] += value;
      });
      return sums;
    },
  };
}

/** Activation patterns of the training samples. */
export interface Patterns {
  /** bits [R][m][words] of the particles now */
  bits(): Promise<Uint32Array>;
  /** fraction of bits that differ from the start, particles by their weight, one per replica */
  readonly changed: Probe<Float64Array>;
}

/**
 * @param writeStart writes the initial particles into a buffer of the particles' shape
 * @param lineage where every particle stood at the start, with birth–death: it is compared with that one
 * @throws SizeError when the bits do not fit the adapter, ConfigError for features that are not ridge ones
 */
export async function createPatterns(
  context: Context,
  train: SampleSet,
  particle: GPUBuffer,
  readBack: ReadBack,
  writeStart: (particle: GPUBuffer) => Promise<void>,
  lineage?: GPUBuffer,
): Promise<Patterns> {
  const { device, plan, buffers, weight, variant } = context;
  const { weighted } = variant;
  checkRidge(context.config, 'patterns');
  const words = Math.ceil(train.plan.s / 32);
  const bytes = 4 * plan.replicas * plan.m * words;
  if (bytes > plan.limits.bufferBytes) {
    throw new SizeError(
      `observable patterns: ${plan.m} particles × ${train.plan.s} samples need ${bytes} bytes; ` +
        `allowed: at most ${plan.limits.bufferBytes} on ${plan.limits.adapterName}`,
    );
  }
  const groups = Math.min(REDUCTION_GROUPS, Math.ceil((plan.m * words) / 64));
  const [now, start, partial] = await guardMemory(device, 'activation patterns', () => [
    buffers.storage('pattern', bytes),
    buffers.storage('start_pattern', bytes),
    buffers.storage('changed_partial', 4 * plan.replicas * groups),
  ]);
  const fill = await patternsPass(context, train, particle, now, words);
  await fillStart(context, train, start, words, writeStart);
  const compare = await createPass(device, {
    name: 'patterns_changed',
    code: patternsChangedShader(weighted, lineage !== undefined),
    buffers: {
      ...train.buffers,
      weight,
      pattern: now,
      start_pattern: start,
      changed_partial: partial,
      ...(lineage !== undefined && { lineage }),
    },
    grid: { x: groups, z: plan.replicas },
  });
  return {
    bits: async () => {
      submitPasses(context.device, [fill]);
      return new Uint32Array((await readBack.read([{ buffer: now, bytes }]))[0]);
    },
    changed: {
      passes: [fill, compare],
      parts: [{ buffer: partial, bytes: 4 * plan.replicas * groups }],
      finish: ([counts]) => {
        const fractions = new Float64Array(plan.replicas);
        (weighted ? new Float32Array(counts) : new Uint32Array(counts)).forEach((count, at) => {
          fractions[Math.floor(at / groups)] += count / (plan.m * train.plan.s);
        });
        return fractions;
      },
    },
  };
}

function patternsPass(
  context: Context,
  train: SampleSet,
  particle: GPUBuffer,
  pattern: GPUBuffer,
  words: number,
): Promise<Pass> {
  const { groups, workgroup } = cover(context.plan.m * words);
  return createPass(context.device, {
    name: 'patterns',
    code: patternsShader(),
    buffers: { ...train.buffers, particle, pattern },
    grid: { x: groups, z: context.plan.replicas },
    overrides: { WORKGROUP: workgroup },
  });
}

async function fillStart(
  context: Context,
  train: SampleSet,
  pattern: GPUBuffer,
  words: number,
  writeStart: (particle: GPUBuffer) => Promise<void>,
): Promise<void> {
  const temporary = createBuffers(context.device);
  const particle = temporary.storage('start_particle', context.plan.particleBytes);
  await writeStart(particle);
  submitPasses(context.device, [await patternsPass(context, train, particle, pattern, words)]);
  await context.device.finish();
  temporary.destroy();
}
