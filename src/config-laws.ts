// The numbers, laws and penalties that the configuration schema is made of.
import { z } from 'zod';

/** The device computes in float32: numbers beyond its range would become infinite or zero there. */
const MOST = 3.4e38;
const LEAST = 1.2e-38;
export const real = () => z.number().min(-MOST).max(MOST);
export const positive = () => z.number().positive().min(LEAST).max(MOST);
export const nonNegative = () => z.number().nonnegative().max(MOST);
export const count = (max = 2 ** 31 - 1) => z.int().min(1).max(max);

const normal = z.strictObject({
  kind: z.literal('normal'),
  mean: real().default(0).meta({ description: 'mean of every coordinate' }),
  std: nonNegative().default(1).meta({ description: 'standard deviation of every coordinate' }),
});
const uniform = z
  .strictObject({
    kind: z.literal('uniform'),
    low: real().default(-1).meta({ description: 'lower end' }),
    high: real().default(1).meta({ description: 'upper end, not below low' }),
  })
  .refine((u) => u.low <= u.high, {
    path: ['high'],
    error: 'a number that is not below low',
  });
const sign = z.strictObject({
  kind: z.literal('sign'),
  scale: nonNegative().default(1).meta({ description: 'the value is +scale or -scale' }),
});
const constant = z.strictObject({
  kind: z.literal('constant'),
  value: real().default(0).meta({ description: 'the value of every coordinate' }),
});
const sphere = z.strictObject({
  kind: z.literal('sphere'),
  radius: nonNegative().default(1).meta({ description: 'radius of the sphere' }),
});

export const STANDARD_NORMAL = { kind: 'normal', mean: 0, std: 1 } as const;
export const scalarLaw = z.discriminatedUnion('kind', [normal, uniform, sign, constant]);
export const vectorLaw = z.discriminatedUnion('kind', [normal, uniform, sign, constant, sphere]);
/** Laws of a number that is not negative. */
export const productLaw = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('uniform'),
      low: nonNegative().default(0).meta({ description: 'lower end' }),
      high: nonNegative().default(1).meta({ description: 'upper end, not below low' }),
    })
    .refine((u) => u.low <= u.high, {
      path: ['high'],
      error: 'a number that is not below low',
    }),
  z.strictObject({
    kind: z.literal('constant'),
    value: nonNegative().default(1).meta({ description: 'the value' }),
  }),
]);
export const scalarLawOf = (text: string) =>
  scalarLaw.default(STANDARD_NORMAL).meta({ description: text });
export const vectorLawOf = (text: string) =>
  vectorLaw.default(STANDARD_NORMAL).meta({ description: text });

/** Penalties r(w). */
export const PENALTIES = ['none', 'output-l2', 'weight-decay', 'total-variation'] as const;
const penaltyKeys = {
  kind: z.enum(PENALTIES).default('none').meta({ description: 'penalty r(w)' }),
  strength: nonNegative().default(0).meta({ description: 'penalty strength λ' }),
};
export const penalty = () => z.strictObject(penaltyKeys);

export const inputs = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('sphere'), radius: positive().default(1) }),
    z.strictObject({ kind: z.literal('ball'), radius: positive().default(1) }),
    z.strictObject({ kind: z.literal('gaussian'), std: positive().default(1) }),
  ])
  .default({ kind: 'sphere', radius: 1 })
  .meta({
    description: 'law of the inputs: uniform on a sphere or in a ball, or a centred Gaussian',
  });

/** Whether initial particles come in pairs (a, b, ±c): antithetic ones, and quasi ones where the law of c is symmetric. */
export function isPaired(init: {
  readonly kind: string;
  readonly sampling?: string;
  readonly c?: z.output<typeof scalarLaw>;
}): boolean {
  if (init.kind !== 'random') return false;
  return init.sampling === 'antithetic' || (init.sampling === 'quasi' && isSymmetric(init.c));
}

/** Whether c and −c have the same law. */
export function isSymmetric(law: z.output<typeof scalarLaw> | undefined): boolean {
  switch (law?.kind) {
    case 'normal':
      return law.mean === 0;
    case 'uniform':
      return law.low === -law.high;
    case 'constant':
      return law.value === 0;
    default:
      return law?.kind === 'sign';
  }
}

const coordinates = z.array(real()).min(1);

/** The teacher of a teacher–student problem: drawn from laws, or given neuron by neuron. */
export const teacher = z
  .discriminatedUnion('kind', [
    z.strictObject({
      // Its own default, so that a teacher written in TypeScript need not name it.
      kind: z.literal('random').default('random'),
      neurons: count(1_000_000).default(4).meta({ description: 'number of teacher neurons k' }),
      a: vectorLawOf('law of the teacher input weights a'),
      b: scalarLaw
        .default({ kind: 'constant', value: 0 })
        .meta({ description: 'law of the teacher biases b' }),
      c: scalarLaw
        .default({ kind: 'sign', scale: 1 })
        .meta({ description: 'law of the teacher output weights c' }),
    }),
    z
      .strictObject({
        kind: z.literal('given'),
        a: z.array(coordinates).min(1).meta({ description: 'input weights, k rows of d numbers' }),
        b: coordinates.optional().meta({ description: 'biases, k numbers; default: all 0' }),
        c: coordinates.meta({ description: 'output weights, k numbers' }),
      })
      .refine(({ a, c }) => c.length === a.length, {
        path: ['c'],
        error: 'one number per row of a',
      })
      .refine(({ a, b }) => b === undefined || b.length === a.length, {
        path: ['b'],
        error: 'one number per row of a',
      }),
  ])
  .prefault({})
  .meta({ description: 'y = (1/k) Σ c σ(⟨a,x⟩ − b) over k neurons' });
