// Pictures in the plane (u, v) of the univariate figures: particles, their ways, the lines of samples and the arcs.
//
// A few particles grow far beyond the others, so distances are drawn as log(1 + |r|); angles, which are all that decides
// what a particle sees, are true.
import type { Curve, Picture } from '../../../observables/reproduction.ts';
import { arcBoundaries, planePointOf } from '../../../problem/canonical.ts';
import { replicaOf, type Particles } from '../../../state.ts';
import type { PointSet } from './data.ts';

/** More points than this hide each other. */
const MOST_POINTS = 1500;
/** Ways of more particles hide each other. */
const MOST_WAYS = 100;
/** Angle between two points of a drawn arc, and left free at its ends. */
const [DEGREE, GAP] = [Math.PI / 180, Math.PI / 150];

const DISTANCE = 'Distances from the origin are drawn as log(1 + |r|).';

/** A point of a picture. */
interface Point {
  readonly x: number;
  readonly y: number;
  readonly sign: number;
}

/** The particles of the first replica in the plane (u, v), by the sign of c, with the samples and the arcs. */
export function statePicture(
  title: string,
  set: PointSet,
  particles: Particles,
  alpha = Math.sqrt(particles.width),
): Picture {
  const own = replicaOf(particles, 0);
  const points = pointsOf(own, Math.min(own.width, MOST_POINTS), alpha);
  return {
    title,
    description:
      'Particles in the plane (u, v), coloured by the sign of c, with one line per sample and the arcs of equal activation.',
    caption:
      `Dotted lines u x_j + v = 0 are the samples: a particle on one has its knot there. Particles on one of the ${2 * set.x.length} arcs ` +
      `see the same samples. ${DISTANCE}`,
    ...PLANE,
    curves: [...frame(set.x, reachOf(points)), ...clouds(points)],
  };
}

/** The ways of a hundred particles of the first replica from the first state to the last. */
export function waysPicture(
  title: string,
  caption: string,
  set: PointSet,
  states: readonly Particles[],
): Picture {
  const count = Math.min(MOST_WAYS, states[0].width);
  const places = states.map((particles) =>
    pointsOf(replicaOf(particles, 0), count, Math.sqrt(particles.width)),
  );
  const along = (sign: number) => {
    const own = Array.from({ length: count }, (_, i) => i).filter(
      (i) => places[0][i].sign === sign,
    );
    return {
      x: own.flatMap((i) => [...places.map((state) => state[i].x), NaN]),
      y: own.flatMap((i) => [...places.map((state) => state[i].y), NaN]),
    };
  };
  return {
    title,
    description: `Lines from the start to the end of training of ${count} particles in the plane (u, v), with their ends.`,
    caption: `${caption} Points are the ends. ${DISTANCE}`,
    ...PLANE,
    curves: [
      ...frame(set.x, reachOf(places.flat())),
      { label: '', ...along(1), role: 'line', color: 0 },
      { label: '', ...along(-1), role: 'line', color: 1 },
      ...clouds(places[places.length - 1]),
    ],
  };
}

/** Canonical coordinates as points of a picture, by the sign of r. */
export function placesPicture(
  text: Pick<Picture, 'title' | 'description' | 'caption'>,
  x: readonly number[],
  places: readonly { readonly r: number; readonly theta: number }[],
): Picture {
  const points = places
    .slice(0, MOST_POINTS)
    .map(({ r, theta }) =>
      pointAt(Math.abs(r) * Math.cos(theta), Math.abs(r) * Math.sin(theta), r),
    );
  return {
    ...text,
    caption: `${text.caption} ${DISTANCE}`,
    ...PLANE,
    curves: [...frame(x, reachOf(points)), ...clouds(points)],
  };
}

/** Axes of the plane. */
export const PLANE = {
  x: { kind: 'linear', title: 'u' },
  y: { kind: 'linear', title: 'v' },
  square: true,
} as const;

/** The lines u x + v = 0 of samples and, around them, the arcs between them. */
export function frame(x: readonly number[], reach: number): Curve[] {
  return [
    { label: 'samples', ...sampleLines(x, reach), role: 'guide' },
    { label: 'arcs of equal activation', ...arcs(x, 1.08 * reach, false), role: 'line', color: 5 },
    { label: 'no sample active', ...arcs(x, 1.08 * reach, true), role: 'line', color: 3 },
  ];
}

/** Particles as points, c > 0 and c < 0. */
function clouds(points: readonly Point[]): Curve[] {
  return [1, -1].map((sign) => {
    const own = points.filter((point) => point.sign === sign);
    return {
      label: sign === 1 ? 'c > 0' : 'c < 0',
      x: own.map(({ x }) => x),
      y: own.map(({ y }) => y),
      role: 'measured',
      joined: false,
      color: sign === 1 ? 0 : 1,
      radius: 2.5,
    };
  });
}

function pointsOf(particles: Particles, count: number, alpha: number): Point[] {
  return Array.from({ length: count }, (_, i) => {
    const { u, v, sign } = planePointOf(particles, i, particles.width / alpha);
    return pointAt(u, v, sign);
  });
}

function pointAt(u: number, v: number, sign: number): Point {
  const distance = Math.hypot(u, v);
  const scale = distance === 0 ? 0 : Math.log1p(distance) / distance;
  return { x: scale * u, y: scale * v, sign: Math.sign(sign) };
}

function reachOf(points: readonly Point[]): number {
  return points.reduce((most, { x, y }) => Math.max(most, Math.hypot(x, y)), 0);
}

/** The lines u x + v = 0 of samples inside a circle, with gaps between them. */
function sampleLines(x: readonly number[], reach: number): { x: number[]; y: number[] } {
  const ends = x.map((xj) => ({
    u: reach / Math.hypot(1, xj),
    v: (-reach * xj) / Math.hypot(1, xj),
  }));
  return {
    x: ends.flatMap(({ u }) => [-u, u, NaN]),
    y: ends.flatMap(({ v }) => [-v, v, NaN]),
  };
}

/** The arcs between sample lines on a circle, with gaps between them: those that see samples, or the one that sees none. */
function arcs(
  inputs: readonly number[],
  radius: number,
  dead: boolean,
): { x: number[]; y: number[] } {
  const ends = arcBoundaries(inputs);
  const x: number[] = [];
  const y: number[] = [];
  ends.forEach((begin, q) => {
    const isLast = q === ends.length - 1;
    if (isLast !== dead) return;
    const end = (isLast ? ends[0] + 2 * Math.PI : ends[q + 1]) - GAP;
    const first = begin + GAP;
    const pieces = Math.max(1, Math.ceil((end - first) / (2 * DEGREE)));
    for (let n = 0; n <= pieces; n++) {
      const angle = first + ((end - first) * n) / pieces;
      x.push(radius * Math.cos(angle));
      y.push(radius * Math.sin(angle));
    }
    x.push(NaN);
    y.push(NaN);
  });
  return { x, y };
}
