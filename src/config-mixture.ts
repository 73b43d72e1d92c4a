// Gaussian mixtures as a target, and what radial features, their units, need of the rest of the configuration.
import { z } from 'zod';
import { type Fail } from './config-birth-death.ts';
import { count, positive, real } from './config-laws.ts';

const component = z.strictObject({
  weight: real().default(1).meta({ description: 'weight of the component, of either sign' }),
  mean: z
    .union([real(), z.array(real()).min(1).max(16)])
    .default(0)
    .meta({ description: 'its mean: a number (d = 1), or d numbers' }),
  variance: positive().default(0.5).meta({ description: 'its variance along every axis' }),
});

/** A target Σ w N(mean, variance) on the whole space, by radial units. */
export const mixture = z.strictObject({
  kind: z.literal('mixture'),
  components: z
    .array(component)
    .min(1)
    .refine((all) => all.every(({ mean }) => lengthOf(mean) === lengthOf(all[0].mean)), {
      error: 'means of one dimension',
    })
    .default([{ weight: 1, mean: 0, variance: 0.5 }])
    .meta({ description: 'components of the target y = Σ weight · N(mean, variance)' }),
  grid: z
    .strictObject({
      low: real().default(-6).meta({ description: 'least coordinate' }),
      high: real().default(6).meta({ description: 'largest coordinate, above low' }),
      count: count(1_000_000).min(2).default(25).meta({ description: 'points along every axis' }),
    })
    .refine(({ low, high }) => low < high, { path: ['high'], error: 'a number above low' })
    .prefault({})
    .meta({
      description:
        'inputs: an even grid in every direction, weighted by the volume of a cell; with flow.loss "population" it is ' +
        'looked at and never trained on',
    }),
});

/** Dimension of a mean. */
export function lengthOf(mean: number | readonly number[]): number {
  return typeof mean === 'number' ? 1 : mean.length;
}

/** What features other than ridge ones can be joined with. */
interface Featured {
  readonly problem: { readonly kind: string };
  readonly network: {
    readonly features: string;
    readonly activation: string;
    readonly bias: boolean;
  };
  readonly flow: { readonly penalty: { readonly kind: string }; readonly project: string };
}

/** Radial features have no bias, a smooth profile, and no teacher of their kind. */
export function checkFeatures({ problem, network, flow }: Featured, fail: Fail): void {
  if (network.features !== 'radial') return;
  const only = 'with network.features "radial"';
  if (network.activation !== 'gaussian')
    fail('network.activation', network.activation, `"gaussian" ${only}`);
  if (network.bias) fail('network.bias', true, `false ${only}`);
  if (flow.project !== 'none') fail('flow.project', flow.project, `"none" ${only}`);
  if (problem.kind === 'teacher-student')
    fail(
      'problem.kind',
      problem.kind,
      `"mixture", "points", "function", "file", "random-labels" ${only}`,
    );
}
