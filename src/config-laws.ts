// The keys, numbers, laws and penalties that the configuration schema is made of.
// From zod/mini: what the schema does not call stays out of the page.
import * as z from 'zod/mini';

/** A schema with the text, and the unit if it has one, that the JSON Schema and the panel show. */
export const described = <S extends z.ZodMiniType>(schema: S, description: string, unit?: string) =>
  schema.check(z.meta(unit === undefined ? { description } : { description, unit }));

/** A key that may be left out: what it holds, its default, and what it says. */
export const key = <S extends z.ZodMiniType>(
  schema: S,
  value: Parameters<typeof z._default<S>>[1],
  description: string,
  unit?: string,
) => described(z._default(schema, value), description, unit);

/** A list that is not empty. */
export const list = <S extends z.ZodMiniType>(element: S) => z.array(element).check(z.minLength(1));

/** The device computes in float32: numbers beyond its range would become infinite or zero there. */
const MOST = 3.4e38;
const LEAST = 1.2e-38;
export const real = () => z.number().check(z.gte(-MOST), z.lte(MOST));
export const positive = () => z.number().check(z.positive(), z.gte(LEAST), z.lte(MOST));
export const nonNegative = () => z.number().check(z.nonnegative(), z.lte(MOST));
export const count = (max = 2 ** 31 - 1) => z.int().check(z.gte(1), z.lte(max));

const normal = z.strictObject({
  kind: z.literal('normal'),
  mean: key(real(), 0, 'mean of every coordinate'),
  std: key(nonNegative(), 1, 'standard deviation of every coordinate'),
});
const uniform = z
  .strictObject({
    kind: z.literal('uniform'),
    low: key(real(), -1, 'lower end'),
    high: key(real(), 1, 'upper end, not below low'),
  })
  .check(
    z.refine((u) => u.low <= u.high, {
      path: ['high'],
      error: 'a number that is not below low',
    }),
  );
const sign = z.strictObject({
  kind: z.literal('sign'),
  scale: key(nonNegative(), 1, 'the value is +scale or -scale'),
});
const constant = z.strictObject({
  kind: z.literal('constant'),
  value: key(real(), 0, 'the value of every coordinate'),
});
const sphere = z.strictObject({
  kind: z.literal('sphere'),
  radius: key(nonNegative(), 1, 'radius of the sphere'),
});

export const STANDARD_NORMAL = { kind: 'normal', mean: 0, std: 1 } as const;
export const scalarLaw = z.discriminatedUnion('kind', [normal, uniform, sign, constant]);
export const vectorLaw = z.discriminatedUnion('kind', [normal, uniform, sign, constant, sphere]);
/** Laws of a number that is not negative. */
export const productLaw = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('uniform'),
      low: key(nonNegative(), 0, 'lower end'),
      high: key(nonNegative(), 1, 'upper end, not below low'),
    })
    .check(
      z.refine((u) => u.low <= u.high, {
        path: ['high'],
        error: 'a number that is not below low',
      }),
    ),
  z.strictObject({
    kind: z.literal('constant'),
    value: key(nonNegative(), 1, 'the value'),
  }),
]);
export const scalarLawOf = (text: string) => key(scalarLaw, STANDARD_NORMAL, text);
export const vectorLawOf = (text: string) => key(vectorLaw, STANDARD_NORMAL, text);

/** Penalties r(w). */
export const PENALTIES = ['none', 'output-l2', 'weight-decay', 'total-variation'] as const;
const penaltyKeys = {
  kind: key(z.enum(PENALTIES), 'none', 'penalty r(w)'),
  strength: key(nonNegative(), 0, 'penalty strength λ'),
};
export const penalty = () => z.strictObject(penaltyKeys);

export const inputs = key(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('sphere'), radius: z._default(positive(), 1) }),
    z.strictObject({ kind: z.literal('ball'), radius: z._default(positive(), 1) }),
    z.strictObject({ kind: z.literal('gaussian'), std: z._default(positive(), 1) }),
  ]),
  { kind: 'sphere', radius: 1 },
  'law of the inputs: uniform on a sphere or in a ball, or a centred Gaussian',
);

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

const coordinates = list(real());

const teachers = z.discriminatedUnion('kind', [
  z.strictObject({
    // Its own default, so that a teacher written in TypeScript need not name it.
    kind: z._default(z.literal('random'), 'random'),
    neurons: key(count(1_000_000), 4, 'number of teacher neurons k'),
    a: vectorLawOf('law of the teacher input weights a'),
    b: key(scalarLaw, { kind: 'constant', value: 0 }, 'law of the teacher biases b'),
    c: key(scalarLaw, { kind: 'sign', scale: 1 }, 'law of the teacher output weights c'),
  }),
  z
    .strictObject({
      kind: z.literal('given'),
      a: described(list(coordinates), 'input weights, k rows of d numbers'),
      b: described(z.optional(coordinates), 'biases, k numbers; default: all 0'),
      c: described(coordinates, 'output weights, k numbers'),
    })
    .check(
      z.refine(({ a, c }) => c.length === a.length, {
        path: ['c'],
        error: 'one number per row of a',
      }),
      z.refine(({ a, b }) => b === undefined || b.length === a.length, {
        path: ['b'],
        error: 'one number per row of a',
      }),
    ),
]);
/** The teacher of a teacher–student problem: drawn from laws, or given neuron by neuron. */
export const teacher = described(
  z.prefault(teachers, {}),
  'y = (1/k) Σ c σ(⟨a,x⟩ − b) over k neurons',
);
