// The part of the configuration that the fluctuation experiment reads.
import { z } from 'zod';
import { count, nonNegative, penalty } from './config-laws.ts';

/** Limits that need no file. */
export const LIMITS = ['replica-mean', 'quadrature'] as const;

/** True for a limit that is computed; everything else in `clt.limit` is the path of a file. */
export function isLimitName(text: string): text is (typeof LIMITS)[number] {
  return (LIMITS as readonly string[]).includes(text);
}

const replicaCount = () => count(1_000_000).min(5);

/** Section `clt`. */
export const clt = z
  .strictObject({
    widths: z
      .array(count())
      .min(1)
      .refine((list) => new Set(list).size === list.length, {
        error: 'widths that are all different',
      })
      .default([64, 128, 256])
      .meta({ description: 'widths m of the sweep' }),
    replicas: z
      .union([replicaCount(), z.array(replicaCount()).min(1)])
      .default(100)
      .meta({
        description:
          'independent replicas R of every width, or a list with a number for each of clt.widths; an interval needs at least 5',
      }),
    times: z
      .union([
        z.array(nonNegative()).min(1),
        z.strictObject({ spacing: z.enum(['log', 'linear']), count: z.int().min(2).max(10000) }),
      ])
      .default({ spacing: 'log', count: 8 })
      .meta({
        description: 'recording times: a list of multiples of dt, or a grid from 0 to steps·dt',
      }),
    limit: z
      .string()
      .refine((text) => isLimitName(text) || /\.npy$/i.test(text), {
        error: `${LIMITS.map((name) => `"${name}"`).join(', ')}, or a file .npy`,
      })
      .default('replica-mean')
      .meta({
        description:
          'the limit f: the replica mean, quadrature of the initial law, or a file .npy [times, s]',
      }),
    quadrature: z
      .strictObject({
        nodes: count(4_000_000)
          .min(8)
          .multipleOf(2, { error: 'an even number' })
          .default(16384)
          .meta({ description: 'nodes of the initial law, per rule' }),
        rules: count(100)
          .min(2)
          .default(2)
          .meta({ description: 'independent rules of nodes; their spread is the error' }),
      })
      .prefault({})
      .meta({ description: 'sizes of the limit by quadrature' }),
    prediction: z
      .strictObject({
        nodes: count(1_000_000)
          .min(8)
          .default(4096)
          .meta({ description: 'quadrature nodes M of the initial law, per rule' }),
        columns: count(4096)
          .min(16)
          .multipleOf(4, { error: 'a multiple of 4' })
          .default(64)
          .meta({ description: 'noise columns per rule, a multiple of 4' }),
        rules: count(1000)
          .min(2)
          .default(8)
          .meta({ description: 'independent rules of nodes; their spread is the standard error' }),
      })
      .prefault({})
      .meta({ description: 'sizes of the predicted constant, clt --predict' }),
    sweep: z.array(penalty()).max(100).default([]).meta({
      description: 'penalties that are run one after the other; default: flow.penalty alone',
    }),
    bootstrap: count(100_000)
      .min(50)
      .default(1000)
      .meta({ description: 'bootstrap resamples for the intervals' }),
  })
  .refine(
    ({ widths, replicas }) => typeof replicas === 'number' || replicas.length === widths.length,
    {
      path: ['replicas'],
      error: 'a number, or a list as long as clt.widths',
    },
  )
  .prefault({});

/** What `clt` says about widths and replicas. */
export type Replicas = Pick<z.output<typeof clt>, 'widths' | 'replicas'>;

/** Widths with their replicas, ascending in the width. */
export function replicasByWidth({
  widths,
  replicas,
}: Replicas): { width: number; replicas: number }[] {
  return widths
    .map((width, k) => ({ width, replicas: typeof replicas === 'number' ? replicas : replicas[k] }))
    .sort((a, b) => a.width - b.width);
}
