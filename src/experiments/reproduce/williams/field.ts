// williams2019/fig9: the velocity field of frozen residuals, its attractors and repulsors, and where particles stop.
import type { Curve, Picture, ReproductionResult } from '../../../observables/reproduction.ts';
import { parseConfig } from '../../../config-check.ts';
import { arcBoundaries, planePoint } from '../../../problem/canonical.ts';
import { keyOf, philox, normalOf, streamOf, uniformOf } from '../../../random.ts';
import {
  boundaryKinds,
  canonicalVelocity,
  fieldAt,
  type Boundary,
} from '../../../theory/attractors.ts';
import { frozenFlow, type RestingPlace } from '../../../theory/frozen-field.ts';
import type { Reproduction } from '../reproduction.ts';
import { ZIGZAG } from './data.ts';
import { criterion, SOURCE } from './pictures.ts';
import { frame, PLANE, placesPicture } from './plane.ts';
import { pointsOf } from './regimes.ts';

const PARTICLES = 2000;
const TIME = 1000;
const STEP = 0.01;
/** Residual draws for the table of flips. */
const DRAWS = 500;

/** Figure 9: where the field of the residuals of the moment carries particles. */
export const figure9: Reproduction = {
  title: 'Figure 9: the field of frozen residuals, its attractors, and where 2000 particles stop',
  source: SOURCE,
  settings:
    'Ours: five samples of a zigzag, the first residuals from N(0, 1) with three flips or more, time 1000.',
  work: 'at most 2e8 particle steps on the host',
  config: ({ seed = 1 }) => parseConfig({ seed, problem: pointsOf(ZIGZAG) }),
  async *run(_device, { seed = 1 }) {
    yield { kind: 'progress', fraction: 0, text: 'boundaries' };
    const x = ZIGZAG.x;
    const rho = livelyResiduals(seed, x);
    const { boundaries, mismatches, printed } = countFlips(seed);
    yield { kind: 'progress', fraction: 0.2, text: 'particles in frozen residuals' };
    // Nothing here waits for a device: let the progress be drawn.
    await new Promise((resolve) => setTimeout(resolve));
    const flow = frozenFlow(x, rho);
    const kinds = boundaryKinds(x, rho);
    const places: RestingPlace[] = [];
    for (let i = 0; i < PARTICLES; i++) {
      const words = philox([i, 1, streamOf('noise'), 0], keyOf(seed));
      places.push(flow(normalOf(words[0]), 2 * Math.PI * uniformOf(words[1]), TIME, STEP));
    }
    const arrived = places.filter((place) => isExpected(place, x, kinds)).length / PARTICLES;
    const result: ReproductionResult = {
      criteria: [
        {
          name: `flips predicted against the sign of the field, ${boundaries} boundaries`,
          allowed: '0 mismatches',
          measured: `${mismatches} mismatches`,
          pass: mismatches === 0,
        },
        criterion(
          'particles at a predicted attractor, an equilibrium or the dead arc',
          '≥',
          0.99,
          arrived,
        ),
        criterion(
          'control: share of boundaries that the printed rule (15) gets wrong',
          '≥',
          0.2,
          printed / boundaries,
        ),
      ],
      tables: [
        {
          file: 'boundaries.csv',
          caption:
            'The two boundaries of every sample in the pictured field, side 1 where a > 0; attracts: the sign of c of the particles ' +
            'that it attracts, it repels the others; 0 where the field does not flip',
          columns: ['sample', 'side', 'theta', 'attracts'],
          rows: kinds.map(({ sample, side, theta, attracts }) => [sample, side, theta, attracts]),
        },
      ],
      pictures: [
        fieldPicture(x, rho, kinds, 1),
        fieldPicture(x, rho, kinds, -1),
        placesPicture(
          {
            title: 'Where particles end',
            description: 'The last places of particles in the plane (u, v), by the sign of c.',
            caption: 'Particles end on attractors, on rays where the field is radial, or unseen.',
          },
          x,
          places,
        ),
      ],
      remarks: [describe(places)],
    };
    yield { kind: 'result', result };
  },
};

function normals(seed: number, draw: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, j) =>
    normalOf(philox([j, 0, streamOf('noise'), draw], keyOf(seed))[0]),
  );
}

/** Residuals with at least three flips, the first such draw: a field that shows what the figure is about. */
function livelyResiduals(seed: number, x: readonly number[]): Float64Array {
  for (let draw = 1000; ; draw++) {
    const rho = normals(seed, draw, x.length);
    const flips = boundaryKinds(x, rho).filter(({ flips: flip }) => flip).length;
    if (flips >= 3 || draw > 2000) return rho;
  }
}

/** Compares the rule, and the printed one without its upper bound, with the field at both sides of every boundary. */
function countFlips(seed: number): { boundaries: number; mismatches: number; printed: number } {
  let [boundaries, mismatches, printed] = [0, 0, 0];
  for (let draw = 0; draw < DRAWS; draw++) {
    const s = 2 + (draw % 9);
    const x = normals(seed, 2 * draw + 1, s).sort();
    const rho = normals(seed, 2 * draw + 2, s);
    for (const kind of boundaryKinds(x, rho)) {
      const [before, after] = [-1e-7, 1e-7].map((step) => angular(kind.theta + step, x, rho));
      // A side that is 0 to the step of the test has no sign.
      if (Math.min(Math.abs(before), Math.abs(after)) < 1e-5) continue;
      const flips = before * after < 0;
      boundaries++;
      if (flips !== kind.flips) mismatches++;
      if (flips !== printedRule(kind, x, rho)) printed++;
    }
  }
  return { boundaries, mismatches, printed };
}

/** ⟨g, t⟩ at an angle. */
function angular(theta: number, x: ArrayLike<number>, rho: ArrayLike<number>): number {
  const { g1, g0 } = fieldAt(theta, x, rho);
  return g0 * Math.cos(theta) - g1 * Math.sin(theta);
}

/** (15) of the paper on one side: the lower bound alone. */
function printedRule({ sample: k, side }: Boundary, x: Float64Array, rho: Float64Array): boolean {
  let q = 0;
  for (let i = 0; i < x.length; i++) {
    if (side === 1 ? i > k : i < k) q += rho[i] * rho[k] * (x[i] * x[k] + 1);
  }
  return q > -(rho[k] ** 2) * (1 + x[k] ** 2);
}

function isExpected(
  { kind, boundary = -1, r }: RestingPlace,
  x: ArrayLike<number>,
  kinds: readonly Boundary[],
): boolean {
  if (kind !== 'boundary') return kind !== 'moving';
  const theta = arcBoundaries(x)[boundary];
  const own = kinds.find((candidate) => Math.abs(candidate.theta - theta) < 1e-9);
  return own !== undefined && own.attracts === Math.sign(r);
}

function describe(places: readonly RestingPlace[]): string {
  const count = (kind: RestingPlace['kind']) =>
    places.filter((place) => place.kind === kind).length;
  return (
    `Of ${places.length} particles ${count('boundary')} end on a boundary, ${count('equilibrium')} at an equilibrium inside an ` +
    `arc, ${count('dead')} where no sample is active, and ${count('moving')} still move.`
  );
}

/** Arrows of the field for one sign of c, with attractors and repulsors as rays. */
function fieldPicture(
  x: readonly number[],
  rho: Float64Array,
  kinds: readonly Boundary[],
  sign: 1 | -1,
): Picture {
  const arrows: { x: number[]; y: number[] } = { x: [], y: [] };
  for (const radius of [0.35, 0.65, 0.95]) {
    for (let n = 0; n < 72; n++) {
      const theta = ((n + 0.5) * Math.PI) / 36;
      const velocity = canonicalVelocity(sign * radius, theta, x, rho);
      const { u, v } = planePoint(sign * radius, theta);
      const du = sign * velocity.r * Math.cos(theta) - radius * velocity.theta * Math.sin(theta);
      const dv = sign * velocity.r * Math.sin(theta) + radius * velocity.theta * Math.cos(theta);
      const size = 0.09 / Math.max(Math.hypot(du, dv), 1e-9);
      const [tu, tv] = [u + size * du, v + size * dv];
      const barb = (turn: number) => [
        tu - size * 0.4 * (du * Math.cos(turn) - dv * Math.sin(turn)),
        tv - size * 0.4 * (du * Math.sin(turn) + dv * Math.cos(turn)),
      ];
      const [p, q] = [barb(0.5), barb(-0.5)];
      if (Math.hypot(du, dv) < 1e-9) continue;
      arrows.x.push(u, tu, p[0], NaN, tu, q[0], NaN);
      arrows.y.push(v, tv, p[1], NaN, tv, q[1], NaN);
    }
  }
  const rays = (wanted: number): Curve => {
    const own = kinds.filter(({ attracts }) => attracts === wanted);
    return {
      label: wanted === sign ? 'attractor' : 'repulsor',
      x: own.flatMap(({ theta }) => [0.15 * Math.cos(theta), 1.1 * Math.cos(theta), NaN]),
      y: own.flatMap(({ theta }) => [0.15 * Math.sin(theta), 1.1 * Math.sin(theta), NaN]),
      role: 'line',
      color: wanted === sign ? 2 : 1,
    };
  };
  return {
    title: `The field for particles with c ${sign === 1 ? '>' : '<'} 0`,
    description:
      'Arrows of the velocity in the plane (u, v), with the rays that attract and repel.',
    caption: 'Arrows have one length. Dotted lines are the samples.',
    ...PLANE,
    curves: [
      ...frame(x, 1.1),
      { label: 'field', ...arrows, role: 'line', color: 0 },
      rays(sign),
      rays(-sign),
    ],
  };
}
