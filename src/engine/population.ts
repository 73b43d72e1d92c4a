// Birth–death on the device: the passes that follow `update`, the buffers they keep, and what they tell.
//
// weights:   potential sums ► reweigh ► normalise ► [ offspring ► scan ► select ] ► gather ► adopt
// jump:      potential sums ► jump ► select ► gather ► adopt ► [ reinject ]
// published: potential sums ► published ► scan ► select ► gather ► adopt ► [ reinject ]
// V is that of the cloud before the move: transport and reaction are both explicit Euler steps from one state.
import type { BirthDeathConfig } from '../config.ts';
import { guardMemory } from '../gpu/buffer.ts';
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass, type Pass } from '../gpu/pass.ts';
import { NORMAL_TABLE, streamOf } from '../random.ts';
import {
  jumpShader,
  publishedShader,
  selectJumpShader,
  selectPublishedShader,
  type EventVariant,
} from '../shaders/events.wgsl.ts';
import { adoptShader, gatherShader, reinjectShader } from '../shaders/gather.wgsl.ts';
import {
  POPULATION,
  POPULATION_WORDS,
  potentialMeanShader,
  potentialSumsShader,
} from '../shaders/potential.wgsl.ts';
import { offspringShader, selectSystematicShader } from '../shaders/resample.wgsl.ts';
import { normaliseShader, reweighShader, reweighTotalShader } from '../shaders/reweigh.wgsl.ts';
import type { Population } from '../state.ts';
import { quenchStep } from './birth-death.ts';
import type { Context } from './context.ts';
import { lawFields } from './initialise.ts';
import type { Plan } from './plan.ts';
import type { Probe } from './probe.ts';
import { scanPasses } from './scan.ts';
import { GATHER_ROWS, POPULATION as SIZES, WORKGROUP, workgroupFor } from './tuning.ts';

/** Rows of the random stream of birth–death. */
const ROW = { event: 0, extra: 1, order: 2, uniform: 3 } as const;

/** Buffers that birth–death keeps beside the cloud. */
export interface PopulationBuffers extends Record<string, GPUBuffer> {
  /** V [R][m4] */
  potential: GPUBuffer;
  /** records of the replicas, [R] of `Population` */
  population: GPUBuffer;
  /** ancestry, [R][4·m4] pairs (step of birth, slot of birth) */
  lineage: GPUBuffer;
}

/** Allocates the buffers of birth–death; particles start as their own lineage. */
export function allocatePopulation(
  context: Context,
  weight: Float32Array,
): Promise<PopulationBuffers> {
  const { device, plan, buffers, config } = context;
  const { replicas, m, m4 } = plan;
  return guardMemory(device, `birth–death of ${replicas} × ${m} particles`, () => {
    const { scheme, reinject } = config.flow.birthDeath;
    const slots = 4 * replicas * m4;
    return {
      potential: buffers.storage('potential', 4 * slots),
      population: buffers.upload('population', firstRecords(plan, weight)),
      lineage: buffers.upload('lineage', firstLineage(plan)),
      gathered_lineage: buffers.storage('gathered_lineage', 8 * slots),
      gathered: buffers.storage('gathered', plan.particleBytes),
      ancestor: buffers.storage('ancestor', 4 * slots),
      normal_table: buffers.upload('normal_table', NORMAL_TABLE),
      population_partial: buffers.storage('population_partial', 8 * replicas * groupsOf(plan)),
      birth_death: buffers.uniform('birth_death', constantsOf(context)),
      ...(reinject !== null && {
        new_laws: buffers.uniform('new_laws', lawsOf(reinject, config.network.bias)),
      }),
      ...(scheme === 'weights' && {
        offspring_sum: buffers.storage('offspring_sum', 8 * replicas * m),
      }),
      ...(scheme === 'jump' && {
        source: buffers.storage('source', 4 * replicas * m),
        winner: buffers.upload('winner', new Uint32Array(replicas * m).fill(0xffffffff)),
      }),
      ...(scheme === 'published' && { copies: buffers.storage('copies', 4 * replicas * m) }),
    };
  });
}

/**
 * The passes of birth–death in one step, after the particles have moved.
 *
 * @param kept from {@link allocatePopulation}
 * @param clock,particle buffers of the cloud
 */
export async function populationPasses(
  context: Context,
  kept: PopulationBuffers,
  { clock, particle }: { clock: GPUBuffer; particle: GPUBuffer },
): Promise<Pass[]> {
  const { config, params, weight } = context;
  const buffers = { ...kept, params, weight, clock, particle };
  const build = builder(context, buffers);
  const { scheme } = config.flow.birthDeath;
  const events =
    scheme === 'weights'
      ? await weightPasses(context, buffers, build)
      : await eventPasses(context, buffers, build);
  return [
    ...(await meanPasses(context, build)),
    ...events,
    ...(await gatherPasses(context, build)),
  ];
}

/** Builds a pass over `count` items of every replica, or of fixed workgroups. */
type Build = (
  name: string,
  code: string,
  over: { count: number; rows?: number } | { groups: number },
  overrides?: Record<string, number>,
) => Promise<Pass>;

function builder({ device, plan }: Context, buffers: Record<string, GPUBuffer>): Build {
  return (name, code, over, overrides = {}) => {
    const [x, workgroup] =
      'count' in over ? coverOf(plan, over.count) : [over.groups, sizesOf(plan).workgroup];
    const rows = 'count' in over && over.rows !== undefined ? over.rows : 1;
    return createPass(device, {
      name,
      code,
      buffers,
      grid: { x: x * rows, z: plan.replicas },
      overrides: { ...overrides, WORKGROUP: workgroup },
    });
  };
}

async function meanPasses({ plan, config, variant }: Context, build: Build): Promise<Pass[]> {
  const groups = groupsOf(plan);
  const { centred } = config.flow.birthDeath;
  return [
    await build('potential_sums', potentialSumsShader(variant.weighted), { groups }),
    await build('potential_mean', potentialMeanShader(centred), { groups: 1 }, { GROUPS: groups }),
  ];
}

async function weightPasses(
  { device, plan, buffers: owner, config }: Context,
  { offspring_sum }: Record<string, GPUBuffer>,
  build: Build,
): Promise<Pass[]> {
  const { m, m4, replicas } = plan;
  const groups = groupsOf(plan);
  const order = { STREAM_ORDER: streamOf('birthDeath', ROW.order) };
  const uniform = { STREAM_UNIFORM: streamOf('birthDeath', ROW.uniform) };
  const reweigh = [
    await build('reweigh', reweighShader(), { groups }),
    await build('reweigh_total', reweighTotalShader(), { groups: 1 }, { GROUPS: groups }),
    await build('normalise', normaliseShader(), { count: m4 }),
  ];
  const select = [
    await build('offspring', offspringShader(), { count: m4 }, order),
    ...(await scanPasses(device, owner, {
      items: offspring_sum,
      number: 'fixed',
      count: m,
      stride: m,
      replicas,
      workgroup: sizesOf(plan).workgroup,
    })),
    await build(
      'select_systematic',
      selectSystematicShader(),
      { count: m4 },
      { ...order, ...uniform },
    ),
  ];
  return config.flow.birthDeath.threshold === 0 ? reweigh : [...reweigh, ...select];
}

async function eventPasses(
  { device, plan, buffers: owner, config }: Context,
  { copies }: Record<string, GPUBuffer>,
  build: Build,
): Promise<Pass[]> {
  const { m, m4, replicas } = plan;
  const { scheme, law, clones, reinject } = config.flow.birthDeath;
  const variant: EventVariant = { law, clones, reinject: reinject !== null };
  const event = { STREAM_EVENT: streamOf('birthDeath', ROW.event) };
  if (scheme === 'jump') {
    const draws = { ...event, STREAM_EXTRA: streamOf('birthDeath', ROW.extra) };
    return [
      await build('jump', jumpShader(variant), { count: m4 }, draws),
      await build('select_jump', selectJumpShader(), { count: m4 }),
    ];
  }
  const draws = {
    STREAM_EXTRA: streamOf('birthDeath', ROW.extra),
    STREAM_ORDER: streamOf('birthDeath', ROW.order),
  };
  return [
    await build('published', publishedShader(variant), { count: m4 }, event),
    ...(await scanPasses(device, owner, {
      items: copies,
      number: 'whole',
      count: m,
      stride: m,
      replicas,
      workgroup: sizesOf(plan).workgroup,
    })),
    await build('select_published', selectPublishedShader(variant), { count: m4 }, draws),
  ];
}

async function gatherPasses(context: Context, build: Build): Promise<Pass[]> {
  const { plan, config } = context;
  const { scheme, threshold, reinject, jitter } = config.flow.birthDeath;
  if (scheme === 'weights' && threshold === 0) return [];
  const each = Math.min(plan.k, GATHER_ROWS[plan.limits.software ? 'software' : 'gpu']);
  const slots = { count: plan.m4, rows: Math.ceil(plan.k / each) };
  const rows = { ROWS: each };
  const noise = jitter > 0 ? { STREAM_JITTER: streamOf('jitter') } : {};
  const passes = [
    await build('gather', gatherShader(jitter > 0), slots, { ...rows, ...noise }),
    await build('adopt', adoptShader(), slots, rows),
  ];
  if (reinject === null) return passes;
  const stream = { STREAM_REINJECT: streamOf('reinject') };
  return [...passes, await build('reinject', reinjectShader(), { count: plan.m4 }, stream)];
}

/** What birth–death did so far, one record per replica. */
export function populationProbe({ plan }: Context, kept: PopulationBuffers): Probe<Population[]> {
  const { replicas, m, m4 } = plan;
  return {
    passes: [],
    parts: [
      { buffer: kept.population, bytes: 4 * POPULATION_WORDS * replicas },
      { buffer: kept.lineage, bytes: 32 * replicas * m4 },
    ],
    finish: ([records, ancestry]) => {
      const numbers = new Float32Array(records);
      const words = new Uint32Array(records);
      const pairs = new Uint32Array(ancestry);
      return Array.from({ length: replicas }, (_, r) => {
        const at = POPULATION_WORDS * r;
        return {
          lineages: countDistinct(pairs.subarray(8 * r * m4, 8 * r * m4 + 2 * m)),
          effective: numbers[at + 2],
          resamplings: words[at + 4],
          events: words[at + 5],
          largestExponent: numbers[at + 6],
        };
      });
    },
  };
}

/** Number of different pairs of words (step, slot). */
function countDistinct(pairs: Uint32Array): number {
  // A step below 2²¹ and a slot make an exact float64.
  const keys = Float64Array.from(
    { length: pairs.length / 2 },
    (_, n) => pairs[2 * n] * 2 ** 32 + pairs[2 * n + 1],
  ).sort();
  return keys.reduce((sum, key, n) => sum + (n === 0 || key !== keys[n - 1] ? 1 : 0), 0);
}

function sizesOf({ limits }: Plan): { groups: number; workgroup: number; least: number } {
  return SIZES[limits.software ? 'software' : 'gpu'];
}

function groupsOf(plan: Plan): number {
  const { groups, workgroup, least } = sizesOf(plan);
  return Math.min(groups, Math.ceil(plan.m4 / (workgroup * least)));
}

/**
 * Workgroups that cover `count` invocations, and the size of one. A GPU gets full ones at every size, since these kernels
 * are small and pipelines are shared between sizes; a processor would compute the empty part.
 */
function coverOf({ limits }: Plan, count: number): [groups: number, workgroup: number] {
  const workgroup = limits.software ? workgroupFor(count) : WORKGROUP;
  return [Math.ceil(count / workgroup), workgroup];
}

function constantsOf({ config, plan }: Context): ArrayBuffer {
  const { rate, threshold, jitter } = config.flow.birthDeath;
  return packStruct(readStruct(POPULATION, 'BirthDeath'), {
    rate,
    threshold,
    jitter,
    quench_step: quenchStep(config.flow.birthDeath, plan),
  });
}

function lawsOf({ a, b }: NonNullable<BirthDeathConfig['reinject']>, bias: boolean): ArrayBuffer {
  return packStruct(readStruct(reinjectShader(), 'NewLaws'), {
    ...lawFields('a', a),
    ...lawFields('b', bias ? b : { kind: 'constant', value: 0 }),
  });
}

/** Words of `Population` in their order; `effective` of the weights at the start. */
function firstRecords({ replicas, m }: Plan, weight: Float32Array): Float32Array {
  const records = new Float32Array(POPULATION_WORDS * replicas);
  for (let r = 0; r < replicas; r++) {
    let sum = 0;
    let square = 0;
    for (const w of weight.subarray(r * m, (r + 1) * m)) {
      sum += w;
      square += w * w;
    }
    records[POPULATION_WORDS * r + 1] = 1;
    records[POPULATION_WORDS * r + 2] = sum ** 2 / (m * square);
  }
  return records;
}

/** Pairs (0, slot), [R][4·m4]. */
function firstLineage({ replicas, m4 }: Plan): Uint32Array {
  const lineage = new Uint32Array(8 * replicas * m4);
  for (let n = 0; n < 4 * replicas * m4; n++) lineage[2 * n + 1] = n % (4 * m4);
  return lineage;
}
