// What the pictures of the univariate figures share: the network with its knots, and its particles in the plane.
import type { Criterion, Curve, Picture } from '../../../observables/reproduction.ts';
import { knotOf } from '../../../problem/canonical.ts';
import { replicaOf, type Particles } from '../../../state.ts';
import { gridOf, networkAt, type PointSet } from './data.ts';

/** Where the figures come from. */
export const SOURCE =
  'After Williams, Trager, Silva, Panozzo, Zorin and Bruna, "Gradient Dynamics of Shallow Univariate ReLU Networks" (2019), ' +
  'which gives few of the settings; those chosen here are named.';

/** More knots than this hide the network. */
const MOST_KNOTS = 200;

/** A criterion that bounds a number. */
export function criterion(
  name: string,
  sign: '≤' | '≥',
  bound: number,
  measured: number,
): Criterion {
  return {
    name,
    allowed: `${sign} ${Number(bound.toPrecision(6))}`,
    // Close to 1 the distance to 1 is what matters.
    measured: measured.toPrecision(measured > 0.99 && measured < 1 ? 6 : 3),
    pass: sign === '≤' ? measured <= bound : measured >= bound,
  };
}

/** A number with a minus sign as printed. */
export function signed(value: number): string {
  return String(value).replace('-', '−');
}

/** f of the first replica with its knots and the samples. */
export function functionPicture(
  title: string,
  set: PointSet,
  particles: Particles,
  more: readonly Curve[] = [],
  alpha = Math.sqrt(particles.width),
): Picture {
  const grid = gridOf(set, 600);
  const { a, b } = replicaOf(particles, 0);
  const low = set.x[0];
  const high = set.x[set.x.length - 1];
  const knots = Array.from(a, (ai, i) => knotOf(ai, b[i]))
    .filter((knot) => knot >= low && knot <= high)
    .slice(0, MOST_KNOTS)
    .sort((p, q) => p - q);
  return {
    title,
    description: 'The network function through its samples, with the knots of its particles on it.',
    caption:
      `Squares are the ${set.x.length} samples, triangles ` +
      (knots.length < MOST_KNOTS
        ? 'the knots of the network between them, many at one place where it kinks.'
        : `${MOST_KNOTS} knots of the network, many at one place where it kinks.`),
    x: { kind: 'linear', title: 'x' },
    y: { kind: 'linear', title: 'f(x)' },
    curves: [
      {
        label: 'network',
        x: [...grid],
        y: [...networkAt(particles, 0, alpha, grid)],
        role: 'line',
        color: 0,
      },
      {
        label: 'samples',
        x: set.x,
        y: set.y,
        role: 'measured',
        joined: false,
        color: 1,
        radius: 6,
      },
      {
        label: 'knots',
        x: knots,
        y: [...networkAt(particles, 0, alpha, knots)],
        role: 'measured',
        joined: false,
        color: 2,
        radius: 3,
      },
      ...more,
    ],
  };
}
