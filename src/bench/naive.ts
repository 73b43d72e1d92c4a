// The dense step beside the same step in naive kernels: one invocation per item, scalar loads, run-time loops. Both run
// as passes in one submit, on the same particles and samples.
import type { Row } from '../bench-result.ts';
import { paramsUniform, variantOf, type Context } from '../engine/context.ts';
import { packParticles } from '../engine/initialise.ts';
import { limitsOf, planRun } from '../engine/plan.ts';
import { readParticles, unpad } from '../engine/snapshot.ts';
import { clockPass, updatePass } from '../engine/update.ts';
import { createBuffers, createReadBack, type BufferSet } from '../gpu/buffer.ts';
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass, submitPasses, type Pass } from '../gpu/pass.ts';
import type { Samples } from '../problem/problem.ts';
import { SAMPLES } from '../shaders/params.wgsl.ts';
import { residualShader } from '../shaders/residual.wgsl.ts';
import type { Particles } from '../state.ts';
import type { Found } from './kernels.ts';
import { measure, passSubject, type Clocks, type Effort } from './measure.ts';
import { NAIVE_WORKGROUP, naiveForwardShader, naiveVelocityShader } from './naive.wgsl.ts';
import type { Scene } from './scene.ts';
import { beside, verifyOutput, verifyScene, type Output } from './verify.ts';
import { rowOf, workOf } from './work.ts';

/** Times the step of a scene and its naive counterpart. */
export async function measureNaive(scene: Scene, clocks: Clocks, effort: Effort): Promise<Found> {
  const { device, sizes, simulation } = scene;
  const checks = await verifyScene(scene);
  const particles = (await simulation.read()).particles;
  const buffers = createBuffers(device);
  const subjects = [passSubject(device, 'step', simulation.passes)];
  try {
    const naive = await naiveStep(scene, particles, buffers);
    checks.push(...beside('naive', verifyOutput(scene, particles, await naive.output())));
    subjects.push(passSubject(device, 'naive step', naive.passes));
    const timings = await measure(subjects, clocks, effort);
    const rows: Row[] = [...timings].map(([name, timing]) =>
      rowOf(name, timing, workOf('step', sizes), {}),
    );
    return { checks, rows };
  } finally {
    for (const subject of subjects) subject.destroy?.();
    buffers.destroy();
  }
}

interface NaiveStep {
  readonly passes: readonly Pass[];
  /** what the naive kernels compute at the start */
  output(): Promise<Output>;
}

async function naiveStep(
  { device, config, problem }: Scene,
  particles: Particles,
  buffers: BufferSet,
): Promise<NaiveStep> {
  const { dimension: d, replicas, weight } = particles;
  const plan = planRun(config, d, replicas, limitsOf(device));
  const context: Context = {
    device,
    config,
    plan,
    buffers,
    variant: variantOf(config, d, false),
    params: paramsUniform(config, plan, buffers, 0),
    weight: buffers.storage('weight', 16),
  };
  const set = uploadNaive(context, problem.train);
  const cloud = {
    particle: buffers.upload('particle', packParticles(particles, plan)),
    velocity_in: buffers.storage('velocity', plan.particleBytes),
    clock: buffers.storage('clock', 16),
  };
  const bound = { ...set, particle: cloud.particle, velocity_out: cloud.velocity_in };
  const groups = (count: number) => ({ x: Math.ceil(count / NAIVE_WORKGROUP), z: replicas });
  const pass = (name: string, code: string, count: number): Promise<Pass> =>
    createPass(device, { name, code, buffers: bound, grid: groups(count) });
  const { count: s } = problem.train;
  const evaluation = [
    await pass('naive_forward', naiveForwardShader(), s),
    await createPass(device, {
      name: 'residual',
      code: residualShader(),
      buffers: bound,
      grid: groups(Math.ceil(s / 4)),
      overrides: { WORKGROUP: NAIVE_WORKGROUP },
    }),
    await pass('naive_velocity', naiveVelocityShader(d), plan.m),
  ];
  const output = async (): Promise<Output> => {
    submitPasses(device, evaluation);
    const readBack = createReadBack(device);
    const s4 = Math.ceil(s / 4);
    const bytes = 16 * replicas * s4;
    const [prediction, residual] = (
      await readBack.read([
        { buffer: set['prediction'], bytes },
        { buffer: set['residual_out'], bytes },
      ])
    ).map((part) => unpad(part, replicas, s, s4));
    const velocity = await readParticles(plan, cloud.velocity_in, weight, readBack);
    readBack.destroy();
    return { prediction, residual, velocity };
  };
  const move = [await updatePass(context, 'euler', cloud), await clockPass(context, cloud.clock)];
  return { passes: [...evaluation, ...move], output };
}

/** Buffers of the samples with the particle sum in one part. */
function uploadNaive(
  { params, plan, buffers }: Context,
  samples: Samples,
): Record<string, GPUBuffer> {
  const { count: s, dimension: d } = samples;
  const s4 = Math.ceil(s / 4);
  const x = new Float32Array(4 * d * s4); // [d][4·s4]
  for (let j = 0; j < s; j++) for (let k = 0; k < d; k++) x[4 * k * s4 + j] = samples.x[j * d + k];
  const padded = (values: Float32Array): Float32Array => {
    const row = new Float32Array(4 * s4);
    row.set(values);
    return row;
  };
  const fields = readStruct(SAMPLES, 'SampleParams');
  const known: Record<string, number> = { s, s4, splits: 1, chunk4: plan.m4 };
  const values = Object.fromEntries(fields.map(({ name }) => [name, known[name] ?? 0]));
  const bytes = 16 * plan.replicas * s4;
  return {
    params,
    samples: buffers.uniform('samples', packStruct(fields, values)),
    x: buffers.upload('x', x),
    y: buffers.upload('y', padded(samples.y)),
    loss_weight: buffers.upload('loss_weight', padded(samples.weight)),
    partial: buffers.storage('partial', bytes),
    prediction: buffers.storage('prediction', bytes),
    residual_out: buffers.storage('residual_out', bytes),
    weighted_residual: buffers.storage('weighted_residual', bytes),
  };
}
