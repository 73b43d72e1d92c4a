// Gaussian mixtures as a target, and what radial features, their units, need of the rest of the configuration.
import * as z from 'zod/mini';
import { type Fail } from './config-birth-death.ts';
import { count, described, key, list, positive, real } from './config-laws.ts';

const component = z.strictObject({
  weight: key(real(), 1, 'weight of the component, of either sign'),
  mean: key(
    z.union([real(), list(real()).check(z.maxLength(16))]),
    0,
    'its mean: a number (d = 1), or d numbers',
  ),
  variance: key(positive(), 0.5, 'its variance along every axis'),
});

const grid = z
  .strictObject({
    low: key(real(), -6, 'least coordinate'),
    high: key(real(), 6, 'largest coordinate, above low'),
    count: key(count(1_000_000).check(z.gte(2)), 25, 'points along every axis'),
  })
  .check(z.refine(({ low, high }) => low < high, { path: ['high'], error: 'a number above low' }));

/** A target Σ w N(mean, variance) on the whole space, by radial units. */
export const mixture = z.strictObject({
  kind: z.literal('mixture'),
  components: key(
    list(component).check(
      z.refine((all) => all.every(({ mean }) => lengthOf(mean) === lengthOf(all[0].mean)), {
        error: 'means of one dimension',
      }),
    ),
    [{ weight: 1, mean: 0, variance: 0.5 }],
    'components of the target y = Σ weight · N(mean, variance)',
  ),
  grid: described(
    z.prefault(grid, {}),
    'inputs: an even grid in every direction, weighted by the volume of a cell; with flow.loss "population" it is ' +
      'looked at and never trained on',
  ),
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
