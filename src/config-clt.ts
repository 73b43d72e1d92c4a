// The part of the configuration that the fluctuation experiment reads.
import * as z from 'zod/mini';
import { count, described, key, list, nonNegative, penalty } from './config-laws.ts';

/** Limits that need no file. */
export const LIMITS = ['replica-mean', 'quadrature'] as const;

/** True for a limit that is computed; everything else in `clt.limit` is the path of a file. */
export function isLimitName(text: string): text is (typeof LIMITS)[number] {
  return (LIMITS as readonly string[]).includes(text);
}

const replicaCount = () => count(1_000_000).check(z.gte(5));

const quadrature = z.strictObject({
  nodes: key(
    count(4_000_000).check(z.gte(8), z.multipleOf(2, { error: 'an even number' })),
    16384,
    'nodes of the initial law, per rule',
  ),
  rules: key(
    count(100).check(z.gte(2)),
    2,
    'independent rules of nodes; their spread is the error',
  ),
});

const prediction = z.strictObject({
  nodes: key(
    count(1_000_000).check(z.gte(8)),
    4096,
    'quadrature nodes M of the initial law, per rule',
  ),
  columns: key(
    count(4096).check(z.gte(16), z.multipleOf(4, { error: 'a multiple of 4' })),
    64,
    'noise columns per rule, a multiple of 4',
  ),
  rules: key(
    count(1000).check(z.gte(2)),
    8,
    'independent rules of nodes; their spread is the standard error',
  ),
});

const keys = z
  .strictObject({
    widths: key(
      list(count()).check(
        z.refine((widths) => new Set(widths).size === widths.length, {
          error: 'widths that are all different',
        }),
      ),
      [64, 128, 256],
      'widths m of the sweep',
    ),
    replicas: key(
      z.union([replicaCount(), list(replicaCount())]),
      100,
      'independent replicas R of every width, or a list with a number for each of clt.widths; an interval needs at least 5',
    ),
    times: key(
      z.union([
        list(nonNegative()),
        z.strictObject({
          spacing: z.enum(['log', 'linear']),
          count: z.int().check(z.gte(2), z.lte(10000)),
        }),
      ]),
      { spacing: 'log', count: 8 },
      'recording times: a list of multiples of dt, or a grid from 0 to steps·dt',
    ),
    limit: key(
      z.string().check(
        z.refine((text) => isLimitName(text) || /\.npy$/i.test(text), {
          error: `${LIMITS.map((name) => `"${name}"`).join(', ')}, or a file .npy`,
        }),
      ),
      'replica-mean',
      'the limit f: the replica mean, quadrature of the initial law, or a file .npy [times, s]',
    ),
    quadrature: described(z.prefault(quadrature, {}), 'sizes of the limit by quadrature'),
    prediction: described(
      z.prefault(prediction, {}),
      'sizes of the predicted constant, clt --predict',
    ),
    sweep: key(
      z.array(penalty()).check(z.maxLength(100)),
      [],
      'penalties that are run one after the other; default: flow.penalty alone',
    ),
    bootstrap: key(count(100_000).check(z.gte(50)), 1000, 'bootstrap resamples for the intervals'),
  })
  .check(
    z.refine(
      ({ widths, replicas }) => typeof replicas === 'number' || replicas.length === widths.length,
      {
        path: ['replicas'],
        error: 'a number, or a list as long as clt.widths',
      },
    ),
  );

/** Section `clt`. */
export const clt = z.prefault(keys, {});

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
