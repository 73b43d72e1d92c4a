// The configuration: one schema that gives types, defaults, ranges, units, texts and the JSON Schema.
// It checks shape and ranges of a config object; it reads no files and knows no adapter.
import { z } from 'zod';
import { birthDeath } from './config-birth-death.ts';
import { clt } from './config-clt.ts';
import { mixture } from './config-mixture.ts';
import type { vectorLaw, scalarLaw } from './config-laws.ts';
import {
  count,
  inputs,
  nonNegative,
  penalty,
  PENALTIES,
  positive,
  productLaw,
  real,
  scalarLawOf,
  STANDARD_NORMAL,
  teacher,
  vectorLawOf,
} from './config-laws.ts';

const sizes = {
  dimension: count(65536).default(2).meta({ description: 'input dimension d' }),
  samples: count().default(64).meta({ description: 'number of training samples s' }),
  testSamples: z.int().min(0).default(0).meta({ description: 'number of held-out samples' }),
};

const points = z
  .union([
    z.array(z.number()).min(1),
    z.strictObject({
      low: real().default(-1),
      high: real().default(1),
      count: count(1_000_000).default(32),
    }),
  ])
  .default({ low: -1, high: 1, count: 32 })
  .meta({ description: 'inputs of a 1-D function: a list, or an even grid' });

/** Names of the 1-D target functions of `problem.kind = "function"`. */
export const FUNCTION_NAMES = [
  'sine',
  'cosine',
  'square-wave',
  'triangle-wave',
  'abs',
  'step',
  'gaussian',
] as const;

const problem = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('file'),
      path: z
        .string()
        .min(1)
        .meta({ description: 'CSV, .npy or .npz file; columns x0…x{d-1}, y, optional weight' }),
      testPath: z
        .string()
        .min(1)
        .optional()
        .meta({ description: 'held-out samples, same columns' }),
    }),
    z.strictObject({
      kind: z.literal('teacher-student'),
      inputs,
      ...sizes,
      teacher,
    }),
    z.strictObject({
      kind: z.literal('function'),
      name: z
        .enum(FUNCTION_NAMES)
        .default('sine')
        .meta({ description: 'target function of one input' }),
      frequency: real().default(1).meta({
        description: 'periods per unit length (sine, cosine, waves); inverse width (gaussian)',
      }),
      points,
    }),
    z.strictObject({
      kind: z.literal('points'),
      x: z
        .union([z.array(z.number()).min(1), z.array(z.array(z.number()).min(1)).min(1)])
        .meta({ description: 'inputs: s numbers (d = 1) or s rows of d numbers' }),
      y: z.array(z.number()).min(1).meta({ description: 'targets, s numbers' }),
      weight: z
        .array(nonNegative())
        .min(1)
        .optional()
        .meta({ description: 'loss weights ν, s numbers' }),
      test: z
        .strictObject({
          x: z.union([z.array(z.number()).min(1), z.array(z.array(z.number()).min(1)).min(1)]),
          y: z.array(z.number()).min(1),
        })
        .optional()
        .meta({ description: 'held-out inputs and targets' }),
    }),
    mixture,
    z.strictObject({
      kind: z.literal('random-labels'),
      inputs,
      ...sizes,
      labels: z
        .enum(['sign', 'normal'])
        .default('sign')
        .meta({ description: 'labels ±1, or standard normal' }),
    }),
  ])
  .default({
    kind: 'teacher-student',
    inputs: { kind: 'sphere', radius: 1 },
    dimension: 2,
    samples: 64,
    testSamples: 0,
    teacher: {
      kind: 'random',
      neurons: 4,
      a: STANDARD_NORMAL,
      b: { kind: 'constant', value: 0 },
      c: { kind: 'sign', scale: 1 },
    },
  })
  .meta({ description: 'where inputs and targets come from' });

export { PENALTIES };

/** Activations σ, as in the design table. */
export const ACTIVATIONS = [
  'relu',
  'tanh',
  'erf',
  'softplus',
  'sine',
  'linear',
  'quadratic',
  'gaussian',
] as const;

const network = z
  .strictObject({
    activation: z
      .enum(ACTIVATIONS)
      .default('relu')
      .meta({ description: 'σ in φ(w; x) = c σ(⟨a,x⟩ − b)' }),
    features: z.enum(['ridge', 'radial']).default('ridge').meta({
      description:
        'φ(w; x) = c σ(⟨a,x⟩ − b), or c σ(|x − a|) around a centre a (gaussian alone, without bias, d at most 16)',
    }),
    width: count().default(1024).meta({ description: 'width m: number of particles' }),
    scale: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .meta({ description: 'exponent p of α = m^p in f = (1/α) Σ φ' }),
    bias: z.boolean().default(true).meta({ description: 'false fixes b = 0' }),
  })
  .prefault({});

const init = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('random'),
      a: vectorLawOf('law of the input weights a'),
      b: scalarLawOf('law of the biases b'),
      c: scalarLawOf('law of the output weights c'),
      sampling: z
        .enum(['iid', 'antithetic', 'quasi'])
        .default('iid')
        .meta({
          description:
            'antithetic: particles in pairs (a, b, ±c), so that f = 0 at the start; quasi: evenly spread nodes of the ' +
            'laws, in such pairs where the law of c is symmetric (train alone)',
        }),
    }),
    z.strictObject({
      kind: z.literal('canonical'),
      product: productLaw
        .default({ kind: 'uniform', low: 0.05, high: 0.15 })
        .meta({ description: 'law of |c| · |(a, b)|; the sign of c is random' }),
      delta: z
        .union([real(), z.enum(['-infinity', 'infinity'])])
        .default(0)
        .meta({
          description:
            'common value of c² − a² − b² (d = 1); -infinity: |(a, b)| = 1 and c alone trains; infinity: |c| = 1 and a, b train',
        }),
    }),
    z.strictObject({
      kind: z.literal('file'),
      path: z
        .string()
        .min(1)
        .meta({ description: 'particles.npz: a [m,d], b [m], c [m], optional weight [m]' }),
    }),
  ])
  .default({
    kind: 'random',
    a: STANDARD_NORMAL,
    b: STANDARD_NORMAL,
    c: STANDARD_NORMAL,
    sampling: 'iid',
  })
  .meta({ description: 'initial particles' });

const flow = z
  .strictObject({
    dt: positive()
      .default(0.05)
      .meta({ description: 'time step', unit: 'flow time, or the rate η with time "gradient"' }),
    steps: z.int().min(0).default(200).meta({ description: 'number of time steps' }),
    time: z.enum(['function', 'gradient']).default('function').meta({
      description: 'unit of dt: function-space time, or gradient-descent rate η (dt = η m/α²)',
    }),
    integrator: z.enum(['euler', 'heun']).default('euler').meta({ description: 'time integrator' }),
    train: z
      .array(z.enum(['a', 'b', 'c']))
      .refine((list) => new Set(list).size === list.length, {
        error: 'each of a, b, c at most once',
      })
      .default(['a', 'b', 'c'])
      .meta({ description: 'which parameters move' }),
    loss: z
      .enum(['samples', 'population'])
      .default('samples')
      .meta({
        description:
          'what is minimised: the loss on the samples, or its mean over the law of the inputs, ' +
          'in closed form (teacher-student with relu, erf or quadratic, without biases; mixture with radial features: ½ ∫ (f − y)² dx)',
      }),
    lossWeights: z.enum(['mean', 'sum']).default('mean').meta({
      description:
        'ν = 1/s or 1; with a weight column: weights divided by their sum, or as they are',
    }),
    batch: z
      .int()
      .min(0)
      .default(0)
      .meta({ description: 'minibatch size, drawn anew each step; 0 = all samples' }),
    project: z.enum(['none', 'delta']).default('none').meta({
      description:
        'delta: every step ends on the level set of c² − |a|² − b² of the start (relu, all parameters train)',
    }),
    penalty: penalty().prefault({}),
    birthDeath,
  })
  .prefault({});

/** The whole configuration. */
export const configSchema = z.strictObject({
  seed: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(1)
    .meta({ description: 'seed of every random number of the run' }),
  problem,
  network,
  init,
  flow,
  record: z
    .strictObject({
      every: count().default(10).meta({ description: 'steps between two rows of the history' }),
    })
    .prefault({}),
  clt,
});

/** A checked configuration: every key present. */
export type Config = z.output<typeof configSchema>;
/** What a user may write: every key optional. */
export type ConfigInput = z.input<typeof configSchema>;
export type ProblemConfig = Config['problem'];
export type ScalarLaw = z.output<typeof scalarLaw>;
export type VectorLaw = z.output<typeof vectorLaw>;
export type InputsConfig = z.output<typeof inputs>;
export type ActivationName = (typeof ACTIVATIONS)[number];
export type BirthDeathConfig = z.output<typeof birthDeath>;
export type PenaltyName = (typeof PENALTIES)[number];
export type CanonicalInit = Extract<Config['init'], { kind: 'canonical' }>;
export type RandomInit = Extract<Config['init'], { kind: 'random' }>;

const DEFAULT_KINDS = new Set<unknown>([
  'teacher-student',
  'random',
  'sphere',
  'normal',
  'constant',
  'sign',
]);

/** JSON Schema (draft 2020-12) of the configuration as a user writes it. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    // The kind that an object has when it names none (see parseConfig) need not be written.
    override: ({ jsonSchema }) => {
      const kind = jsonSchema.properties?.['kind'];
      if (typeof kind !== 'object' || !DEFAULT_KINDS.has(kind.const)) return;
      jsonSchema.required = (jsonSchema.required ?? []).filter((name) => name !== 'kind');
    },
  });
  return schema;
}
