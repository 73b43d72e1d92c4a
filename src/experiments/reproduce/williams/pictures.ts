// What the pictures of the univariate figures share: the network with its knots, and its particles in the plane.
import type { Criterion, Curve, Picture } from '../../../observables/reproduction.ts';
import { knotOf, planePointOf } from '../../../problem/canonical.ts';
import { replicaOf, type Particles } from '../../../state.ts';
import { gridOf, networkAt, type PointSet } from './data.ts';

/** Where the figures come from. */
export const SOURCE =
  'After Williams, Trager, Silva, Panozzo, Zorin and Bruna, "Gradient Dynamics of Shallow Univariate ReLU Networks" (2019), ' +
  'which gives few of the settings; those chosen here are named.';

/** More points than this hide each other. */
const MOST_POINTS = 1500;

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
    .slice(0, MOST_POINTS)
    .sort((p, q) => p - q);
  return {
    title,
    description: 'The network function through its samples, with the knots of its particles on it.',
    caption: `Squares are the ${set.x.length} samples, small points the knots of the network.`,
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
        radius: 2,
      },
      ...more,
    ],
  };
}

/** The particles of the first replica in the plane (u, v), by the sign of c, with the line of every sample. */
export function statePicture(
  title: string,
  set: PointSet,
  particles: Particles,
  alpha = Math.sqrt(particles.width),
): Picture {
  const own = replicaOf(particles, 0);
  const points = Array.from({ length: Math.min(own.width, MOST_POINTS) }, (_, i) =>
    planePointOf(own, i, own.width / alpha),
  );
  const reach = Math.max(...points.map(({ u, v }) => Math.max(Math.abs(u), Math.abs(v))));
  const cloud = (sign: number) => {
    const own = points.filter((point) => point.sign === sign);
    return { x: own.map(({ u }) => u), y: own.map(({ v }) => v) };
  };
  return {
    title,
    description:
      'Particles in the plane (u, v), coloured by the sign of c, with one line per sample.',
    caption:
      'Dotted lines u x_j + v = 0 are the samples: a particle on one has its knot there. Between two lines all particles ' +
      'see the same samples.',
    x: { kind: 'linear', title: 'u' },
    y: { kind: 'linear', title: 'v' },
    curves: [
      { label: 'samples', ...sampleLines(set.x, reach), role: 'guide' },
      { label: 'c > 0', ...cloud(1), role: 'measured', joined: false, color: 0, radius: 2.5 },
      { label: 'c < 0', ...cloud(-1), role: 'measured', joined: false, color: 1, radius: 2.5 },
    ],
  };
}

/** The lines u x + v = 0 of samples inside a square, with gaps between them. */
export function sampleLines(x: readonly number[], reach: number): { x: number[]; y: number[] } {
  const lines = x.map((xj) => {
    const u = Math.abs(xj) > 1 ? reach / Math.abs(xj) : reach;
    return { u, v: -u * xj };
  });
  return {
    x: lines.flatMap(({ u }) => [-u, u, NaN]),
    y: lines.flatMap(({ v }) => [-v, v, NaN]),
  };
}
