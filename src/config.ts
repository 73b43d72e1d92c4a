// The configuration: one schema that gives types, defaults, ranges, units, texts and the JSON Schema.
// It checks shape and ranges of a config object; it reads no files and knows no adapter.
import * as z from 'zod/mini';
import { birthDeath } from './config-birth-death.ts';
import { clt } from './config-clt.ts';
import { mixture } from './config-mixture.ts';
import type { vectorLaw, scalarLaw } from './config-laws.ts';
import {
  count,
  described,
  inputs,
  key,
  list,
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
  dimension: key(count(65536), 2, 'input dimension d'),
  samples: key(count(), 64, 'number of training samples s'),
  testSamples: key(z.int().check(z.gte(0)), 0, 'number of held-out samples'),
};

const points = key(
  z.union([
    list(z.number()),
    z.strictObject({
      low: z._default(real(), -1),
      high: z._default(real(), 1),
      count: z._default(count(1_000_000), 32),
    }),
  ]),
  { low: -1, high: 1, count: 32 },
  'inputs of a 1-D function: a list, or an even grid',
);

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

const problem = key(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('file'),
      path: described(
        z.string().check(z.minLength(1)),
        'CSV, .npy or .npz file; columns x0…x{d-1}, y, optional weight',
      ),
      testPath: described(
        z.optional(z.string().check(z.minLength(1))),
        'held-out samples, same columns',
      ),
    }),
    z.strictObject({
      kind: z.literal('teacher-student'),
      inputs,
      ...sizes,
      teacher,
    }),
    z.strictObject({
      kind: z.literal('function'),
      name: key(z.enum(FUNCTION_NAMES), 'sine', 'target function of one input'),
      frequency: key(
        real(),
        1,
        'periods per unit length (sine, cosine, waves); inverse width (gaussian)',
      ),
      points,
    }),
    z.strictObject({
      kind: z.literal('points'),
      x: described(
        z.union([list(z.number()), list(list(z.number()))]),
        'inputs: s numbers (d = 1) or s rows of d numbers',
      ),
      y: described(list(z.number()), 'targets, s numbers'),
      weight: described(z.optional(list(nonNegative())), 'loss weights ν, s numbers'),
      test: described(
        z.optional(
          z.strictObject({
            x: z.union([list(z.number()), list(list(z.number()))]),
            y: list(z.number()),
          }),
        ),
        'held-out inputs and targets',
      ),
    }),
    mixture,
    z.strictObject({
      kind: z.literal('random-labels'),
      inputs,
      ...sizes,
      labels: key(z.enum(['sign', 'normal']), 'sign', 'labels ±1, or standard normal'),
    }),
  ]),
  {
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
  },
  'where inputs and targets come from',
);

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

const network = z.prefault(
  z.strictObject({
    activation: key(z.enum(ACTIVATIONS), 'relu', 'σ in φ(w; x) = c σ(⟨a,x⟩ − b)'),
    features: key(
      z.enum(['ridge', 'radial']),
      'ridge',
      'φ(w; x) = c σ(⟨a,x⟩ − b), or c σ(|x − a|) around a centre a (gaussian alone, without bias, d at most 16)',
    ),
    width: key(count(), 1024, 'width m: number of particles'),
    scale: key(z.number().check(z.gte(0), z.lte(1)), 1, 'exponent p of α = m^p in f = (1/α) Σ φ'),
    bias: key(z.boolean(), true, 'false fixes b = 0'),
  }),
  {},
);

const init = key(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('random'),
      a: vectorLawOf('law of the input weights a'),
      b: scalarLawOf('law of the biases b'),
      c: scalarLawOf('law of the output weights c'),
      sampling: key(
        z.enum(['iid', 'antithetic', 'quasi']),
        'iid',
        'antithetic: particles in pairs (a, b, ±c), so that f = 0 at the start; quasi: evenly spread nodes of the ' +
          'laws, in such pairs where the law of c is symmetric (train alone)',
      ),
    }),
    z.strictObject({
      kind: z.literal('canonical'),
      product: key(
        productLaw,
        { kind: 'uniform', low: 0.05, high: 0.15 },
        'law of |c| · |(a, b)|; the sign of c is random',
      ),
      delta: key(
        z.union([real(), z.enum(['-infinity', 'infinity'])]),
        0,
        'common value of c² − a² − b² (d = 1); -infinity: |(a, b)| = 1 and c alone trains; infinity: |c| = 1 and a, b train',
      ),
    }),
    z.strictObject({ kind: z.literal('fan-in') }),
    z.strictObject({
      kind: z.literal('file'),
      path: described(
        z.string().check(z.minLength(1)),
        'particles.npz: a [m,d], b [m], c [m], optional weight [m]',
      ),
    }),
  ]),
  {
    kind: 'random',
    a: STANDARD_NORMAL,
    b: STANDARD_NORMAL,
    c: STANDARD_NORMAL,
    sampling: 'iid',
  },
  'initial particles; fan-in: a, b uniform in ±1/√d, c/α in ±1/√m, as in linear layers',
);

const flow = z.prefault(
  z.strictObject({
    dt: key(positive(), 0.05, 'time step', 'flow time, or the rate η with time "gradient"'),
    stableStep: key(
      z.number().check(z.gte(0), z.lt(2)),
      0,
      'above 0: steps in units of 1/λ_max of the tangent kernel in place of dt, renewed on the way (clt: kept)',
    ),
    steps: key(z.int().check(z.gte(0)), 200, 'number of time steps'),
    time: key(
      z.enum(['function', 'gradient']),
      'function',
      'unit of dt: function-space time, or gradient-descent rate η (dt = η m/α²)',
    ),
    integrator: key(z.enum(['euler', 'heun']), 'euler', 'time integrator'),
    train: key(
      z.array(z.enum(['a', 'b', 'c'])).check(
        z.refine((names) => new Set(names).size === names.length, {
          error: 'each of a, b, c at most once',
        }),
      ),
      ['a', 'b', 'c'],
      'which parameters move',
    ),
    loss: key(
      z.enum(['samples', 'population']),
      'samples',
      'what is minimised: the loss on the samples, or its mean over the law of the inputs, ' +
        'in closed form (teacher-student with relu, erf or quadratic, without biases; mixture with radial features: ½ ∫ (f − y)² dx)',
    ),
    lossWeights: key(
      z.enum(['mean', 'sum']),
      'mean',
      'ν = 1/s or 1; with a weight column: weights divided by their sum, or as they are',
    ),
    batch: key(z.int().check(z.gte(0)), 0, 'minibatch size, drawn anew each step; 0 = all samples'),
    project: key(
      z.enum(['none', 'delta']),
      'none',
      'delta: every step ends on the level set of c² − |a|² − b² of the start (relu, all parameters train)',
    ),
    penalty: z.prefault(penalty(), {}),
    birthDeath,
  }),
  {},
);

/** The whole configuration. */
export const configSchema = z.strictObject({
  seed: key(
    z.int().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER)),
    1,
    'seed of every random number of the run',
  ),
  problem,
  network,
  init,
  flow,
  record: z.prefault(
    z.strictObject({
      every: key(count(), 10, 'steps between two rows of the history'),
    }),
    {},
  ),
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
