// population passes: sizes and charges of the particles, the velocity under the population loss, and inner products of
// residuals over the law of the inputs, finished in float64.
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass, type Pass } from '../gpu/pass.ts';
import { kernelOf, type Kernel } from '../problem/kernels.ts';
import type { Population } from '../problem/problem.ts';
import {
  POPULATION,
  populationProductShader,
  populationSourceShader,
  populationVelocityShader,
} from '../shaders/population.wgsl.ts';
import type { Context } from './context.ts';
import { NumericError, SizeError } from './errors.ts';
import { cover } from './plan.ts';
import type { Probe } from './probe.ts';
import { penaltyPass } from './velocity.ts';

/** Inner products over the law of the inputs or over samples, ρ = f − y. */
export interface Products {
  /** ⟨ρ_r, ρ_l⟩ [R][R] */
  readonly residual: Float64Array;
  /** ⟨y, ρ_r⟩ [R] */
  readonly target: Float64Array;
}

/** The teacher on the device, shared by all passes of a simulation. */
export interface TeacherBuffers {
  /** [d][teacher4] */
  readonly teacher: GPUBuffer;
  /** sizes, |a|² or given ones, and q = −c/k, [2][teacher4] */
  readonly teacherSource: GPUBuffer;
  readonly teacher4: number;
  readonly moment: number;
}

/** Uploads the teacher. */
export function uploadTeacher(
  { buffers, plan: { d } }: Context,
  { teacher, sizes, moment }: Population,
): TeacherBuffers {
  const { neurons: k, a, c } = teacher;
  const teacher4 = Math.ceil(k / 4);
  const stride = 4 * teacher4;
  const rows = new Float32Array(d * stride);
  const facts = new Float32Array(2 * stride);
  // Neurons that pad the last group have charge 0 and any size that is one.
  if (sizes !== undefined) facts.fill(1, 0, stride);
  for (let t = 0; t < k; t++) {
    let square = 0;
    for (let n = 0; n < d; n++) {
      rows[n * stride + t] = a[t * d + n];
      square += a[t * d + n] ** 2;
    }
    facts[t] = sizes?.[t] ?? square;
    facts[stride + t] = -c[t] / k;
  }
  return {
    teacher: buffers.upload('teacher', rows),
    teacherSource: buffers.upload('teacher_source', facts),
    teacher4,
    moment,
  };
}

/**
 * The velocity under the population loss, penalty included.
 *
 * @param particle buffer [R][k][m4] to read
 * @param velocity buffer [R][k][m4] to write
 * @param potential buffer [R][m4] that takes V too; default: V is not computed
 */
export async function populationVelocityPasses(
  context: Context,
  own: TeacherBuffers,
  particle: GPUBuffer,
  velocity: GPUBuffer,
  potential?: GPUBuffer,
): Promise<Pass[]> {
  const { device, plan } = context;
  const buffers = {
    ...bindingsOf(context, own, particle),
    velocity_out: velocity,
    ...(potential && { potential }),
  };
  const { groups, workgroup } = cover(plan.m4);
  const data = await createPass(device, {
    name: 'population_velocity',
    code: populationVelocityShader(kernelIn(context), potential !== undefined),
    buffers,
    grid: { x: groups, z: plan.replicas },
    overrides: { WORKGROUP: workgroup },
  });
  const { penalty } = context.config.flow;
  const passes = [await sourcePass(context, buffers), data];
  if (penalty.kind === 'none' || penalty.strength === 0) return passes;
  return [...passes, await penaltyPass(context, particle, velocity, potential)];
}

/** What the population loss is seen through: two probes, compiled when they are first asked for. */
export interface ProductProbes {
  /** ⟨ρ_r, ρ_r⟩ [R] */
  own(): Promise<Probe<Float64Array>>;
  /** every pair of replicas; R²/2 times the work of one step for one replica */
  all(): Promise<Probe<Products>>;
}

/**
 * Inner products of the residuals of the present particles.
 *
 * Potentials of residuals, not of f and y apart, are summed, so that the rounding error shrinks with the loss.
 *
 * @throws SizeError where the partial sums of all pairs do not fit the adapter
 */
export function createProducts(
  context: Context,
  population: TeacherBuffers,
  particle: GPUBuffer,
): ProductProbes {
  let own: Promise<Probe<Products>> | null = null;
  let all: Promise<Probe<Products>> | null = null;
  return {
    own: async () => {
      const probe = await (own ??= productProbe(context, population, particle, false));
      return { ...probe, finish: (bytes, step) => probe.finish(bytes, step).residual };
    },
    all: () => (all ??= productProbe(context, population, particle, true)),
  };
}

/** @param pairs all pairs, or each replica with itself: then `residual` is [R] */
async function productProbe(
  context: Context,
  population: TeacherBuffers,
  particle: GPUBuffer,
  pairs: boolean,
): Promise<Probe<Products>> {
  const { replicas } = context.plan;
  const bindings = bindingsOf(context, population, particle);
  const cloud = await productPass(context, population, bindings, { pairs, teacher: false });
  const teacher = await productPass(context, population, bindings, { pairs: false, teacher: true });
  const size = pairs ? replicas : 1;
  return {
    passes: [await sourcePass(context, bindings), cloud.pass, teacher.pass],
    parts: [cloud, teacher].map(({ buffer, bytes }) => ({ buffer, bytes })),
    finish: ([outputs, targets], step) => {
      const target = addGroups(targets, replicas).map((value) => -value);
      const products = addGroups(outputs, replicas * size);
      const residual = new Float64Array(replicas * size);
      for (let r = 0; r < replicas; r++) {
        for (let l = 0; l < size; l++) {
          // ⟨ρ_r, ρ_l⟩ = ⟨f_r, ρ_l⟩ − ⟨y, ρ_l⟩; pairs are computed for l ≤ r.
          const [high, low] = pairs ? [Math.max(r, l), Math.min(r, l)] : [r, 0];
          residual[r * size + l] = products[high * size + low] - target[pairs ? low : r];
        }
      }
      checkFinite(context, residual, size, step);
      return { residual, target };
    },
  };
}

function checkFinite({ plan }: Context, residual: Float64Array, size: number, step: number): void {
  const bad = residual.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const replica = Math.floor(bad / size);
  throw new NumericError(
    `step ${step}: the population loss of replica ${replica} is not finite; ` +
      `lower flow.dt (now ${plan.dt}) or the initial scale`,
    step,
    replica,
    0,
  );
}

function kernelIn({ config }: Context): Kernel {
  const kernel = kernelOf(config.network);
  if (kernel === null) throw new Error(`no expected product of ${config.network.activation}`);
  return kernel;
}

/** Buffers by the names of the shaders; `source` is scratch of this set of passes. */
function bindingsOf(
  context: Context,
  own: TeacherBuffers,
  particle: GPUBuffer,
): Record<string, GPUBuffer> {
  const { plan, buffers } = context;
  return {
    params: context.params,
    population: uniformOf(context, own, false),
    particle,
    source: buffers.storage('source', 32 * plan.replicas * plan.m4),
    weight: context.weight,
    teacher: own.teacher,
    teacher_source: own.teacherSource,
  };
}

/** @param isTeacher potentials are summed over the teacher, else over the particles */
function uniformOf(
  { plan, buffers }: Context,
  { moment, teacher4 }: TeacherBuffers,
  isTeacher: boolean,
): GPUBuffer {
  const { m4, k } = plan;
  return buffers.uniform(
    'population',
    packStruct(readStruct(POPULATION, 'PopulationParams'), {
      moment,
      teacher4,
      target4: isTeacher ? teacher4 : m4,
      target_stride: isTeacher ? 0 : k * m4,
      charge_stride: isTeacher ? 0 : 2 * m4,
      charge_row: isTeacher ? teacher4 : m4,
    }),
  );
}

function sourcePass(context: Context, buffers: Record<string, GPUBuffer>): Promise<Pass> {
  const { groups, workgroup } = cover(context.plan.m4);
  return createPass(context.device, {
    name: 'population_source',
    code: populationSourceShader(context.variant.weighted, kernelIn(context).size),
    buffers,
    grid: { x: groups, z: context.plan.replicas },
    overrides: { WORKGROUP: workgroup },
  });
}

async function productPass(
  context: Context,
  own: TeacherBuffers,
  bindings: Record<string, GPUBuffer>,
  { pairs, teacher }: { pairs: boolean; teacher: boolean },
): Promise<{ pass: Pass; buffer: GPUBuffer; bytes: number }> {
  const { device, plan, buffers } = context;
  const groups = Math.ceil((teacher ? own.teacher4 : plan.m4) / 64);
  const columns = pairs ? plan.replicas : 1;
  const bytes = 4 * plan.replicas * columns * groups;
  if (bytes > plan.limits.bufferBytes) {
    throw new SizeError(
      `replicas: received ${plan.replicas}, whose products need ${bytes} bytes; ` +
        `allowed: at most ${plan.limits.bufferBytes} on ${plan.limits.adapterName}`,
    );
  }
  const buffer = buffers.storage('product_partial', bytes);
  const pass = await createPass(device, {
    name: 'population_product',
    code: populationProductShader(kernelIn(context), pairs),
    buffers: {
      ...bindings,
      population: uniformOf(context, own, teacher),
      target_point: teacher ? own.teacher : bindings['particle'],
      target_source: teacher ? own.teacherSource : bindings['source'],
      partial: buffer,
    },
    grid: { x: groups, y: columns, z: plan.replicas },
  });
  return { pass, buffer, bytes };
}

/** Sums of equally long groups of float32 numbers, in float64. */
function addGroups(bytes: ArrayBuffer, count: number): Float64Array {
  const values = new Float32Array(bytes);
  const size = values.length / count;
  const sums = new Float64Array(count);
  values.forEach((value, at) => (sums[Math.floor(at / size)] += value));
  return sums;
}
