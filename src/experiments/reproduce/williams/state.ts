// williams2019/fig1 and fig2: how a state is drawn, and the path of one particle in a constant field.
import type { Criterion, ReproductionResult } from '../../../observables/reproduction.ts';
import { createSimulation } from '../../../engine/simulation.ts';
import type { Device } from '../../../gpu/device.ts';
import { arcOf, canonicalOf, knotOf, liftOf, planePoint } from '../../../problem/canonical.ts';
import type { Problem } from '../../../problem/problem.ts';
import { replicaOf, type Particles } from '../../../state.ts';
import type { Reproduction } from '../reproduction.ts';
import { networkAt, problemOf, SINE, type PointSet } from './data.ts';
import { criterion, functionPicture, signed, SOURCE, statePicture } from './pictures.ts';
import { deltaConfig, pointsOf } from './regimes.ts';
import { draw, figureConfig, train } from './train.ts';

const STATE_WIDTH = 40;

/** Figure 1: a trained network, its knots, and its particles in the plane. */
export const figure1: Reproduction = {
  title: 'Figure 1: the network with its knots, and its particles in the plane (u, v)',
  source: `${SOURCE} Ours: six points of a sine, m = 40, δ = −1, 1000 steps.`,
  work: '2.4e5 neuron·sample pairs',
  config: ({ seed = 1 }) =>
    deltaConfig(seed, -1, { problem: pointsOf(SINE), network: { width: STATE_WIDTH } }),
  async *run(device, { seed = 1, signal }) {
    const config = deltaConfig(seed, -1, { network: { width: STATE_WIDTH } });
    const start = await draw(device, config, 1);
    const [end] = yield* train(
      device,
      { config, data: problemOf(SINE), start, at: [1000], signal },
      { from: 0, to: 1, text: 'training' },
    );
    const simulation = await createSimulation(device, config, {
      data: problemOf(SINE),
      particles: end,
    });
    const { canonical } = await simulation.observe(['canonical']);
    simulation.destroy();
    yield { kind: 'result', result: judge1(end, canonical.arc) };
  },
};

function judge1(end: Particles, labels: Uint32Array): ReproductionResult {
  const alpha = Math.sqrt(end.width);
  const { wrong, bend, knotError } = checkState(end, SINE, alpha);
  return {
    criteria: [
      {
        name: 'arcs of θ whose active samples differ from the particle’s',
        allowed: '0 of 40',
        measured: `${wrong} of ${end.width}`,
        pass: wrong === 0,
      },
      sameLabels(end, labels),
      criterion('second difference of f between neighbouring knots, of max|f|', '≤', 1e-5, bend),
      criterion('|knot + v/u|, of 1 + |knot|', '≤', 1e-5, knotError),
    ],
    tables: [],
    pictures: [
      functionPicture('The network and its knots', SINE, end),
      statePicture('Its particles', SINE, end),
    ],
    remarks: [],
  };
}

/** Below this share of its terms a x − b has the sign that rounding gives it. */
const ROUNDING = 2 ** -22;

/** The arc labels that the device counts against those of the angles, where rounding does not choose. */
function sameLabels(end: Particles, labels: Uint32Array): Criterion {
  const { a, b } = end;
  const { theta } = canonicalOf(end, 1);
  let [compared, wrong] = [0, 0];
  theta.forEach((angle, i) => {
    const terms = SINE.x.map((xj) => [a[i] * xj - b[i], Math.abs(a[i] * xj) + Math.abs(b[i])]);
    if (terms.some(([z, size]) => Math.abs(z) <= ROUNDING * size)) return;
    compared++;
    if (arcOf(angle, SINE.x).label !== labels[i]) wrong++;
  });
  return {
    name: 'arc labels of the device that differ from those of θ',
    allowed: '0, of at least half the particles',
    measured: `${wrong} of ${compared}`,
    pass: wrong === 0 && 2 * compared >= end.width,
  };
}

/** Patterns by arc against the predicate, straightness between knots, and knots against −v/u. */
function checkState(
  particles: Particles,
  { x }: PointSet,
  alpha: number,
): { wrong: number; bend: number; knotError: number } {
  const { a, b, width } = replicaOf(particles, 0);
  const { r, theta } = canonicalOf(replicaOf(particles, 0), alpha);
  let [wrong, knotError] = [0, 0];
  const knots = [-1, 1];
  for (let i = 0; i < width; i++) {
    const { from, to } = arcOf(theta[i], x);
    if (x.some((xj, j) => a[i] * xj - b[i] > 0 !== (j >= from && j < to))) wrong++;
    const knot = knotOf(a[i], b[i]);
    const { u, v } = planePoint(r[i], theta[i]);
    knotError = Math.max(knotError, Math.abs(knot + v / u) / (1 + Math.abs(knot)));
    if (Math.abs(knot) < 1) knots.push(knot);
  }
  knots.sort((p, q) => p - q);
  let [bend, most] = [0, 0];
  for (let k = 0; k + 1 < knots.length; k++) {
    const [low, high] = [knots[k], knots[k + 1]];
    const at = [0.01, 0.5, 0.99].map((share) => low + share * (high - low));
    const [f0, f1, f2] = networkAt(particles, 0, alpha, at);
    bend = Math.max(bend, Math.abs(f0 - 2 * f1 + f2));
    most = Math.max(most, Math.abs(f1));
  }
  return { wrong, bend: bend / most, knotError };
}

/** One sample whose residual stays at 1/ν for all purposes: g = (x, 1) is constant. */
const FROZEN_X = 0.5;
const LARGE = 2 ** 30;
const DISTANCE = 0.5;
const ANGLE = 0.6;

/** Figure 2: paths of one particle in a constant field, radial at low δ, along the field at high δ. */
export const figure2: Reproduction = {
  title: 'Figure 2: one particle in a constant field at δ = −100, 0 and 100',
  source: `${SOURCE} Ours: |r| = 1, angle 0.6 to the field, a way of length 0.5.`,
  work: '75 particle steps',
  config: ({ seed = 1 }) => figureConfig(seed, 1, { network: { width: 1, scale: 1 } }),
  async *run(device, { seed = 1 }) {
    const paths: Path[] = [];
    for (const [n, delta] of [-100, 0, 100].entries()) {
      yield { kind: 'progress', fraction: n / 3, text: `δ = ${delta}` };
      paths.push(await followOne(device, seed, delta));
    }
    yield { kind: 'result', result: judge2(paths) };
  },
};

/** The path of one particle. */
interface Path {
  readonly delta: number;
  /** (u, v) at every record, first the start */
  readonly points: readonly { u: number; v: number }[];
  /** largest distance to the closed form in (a, −b, c) */
  readonly error: number;
  /** largest change of the part of (a, −b) across the field */
  readonly across: number;
  readonly turn: number;
}

const RECORDS = 25;
const STEPS = 1;

async function followOne(device: Device, seed: number, delta: number): Promise<Path> {
  const length = Math.hypot(FROZEN_X, 1);
  const along = Math.atan2(1, FROZEN_X);
  // c < 0 moves (a, −b) along +g; the particle is active at the sample.
  const start = liftOf({ r: Float64Array.of(-1), theta: Float64Array.of(along - ANGLE) }, delta, 1);
  const particles: Particles = {
    ...{ dimension: 1, width: 1, replicas: 1, weight: Float32Array.of(1) },
    a: Float32Array.from(start.a),
    b: Float32Array.from(start.b),
    c: Float32Array.from(start.c),
  };
  const [a, b, c] = [particles.a[0], particles.b[0], particles.c[0]];
  // In the plane the particle moves at c²|g| + …; this time brings it about DISTANCE away.
  const time = DISTANCE / (length * (c * c + (a * a + b * b) * Math.cos(ANGLE)));
  const config = figureConfig(seed, 1, {
    network: { width: 1, scale: 1 },
    flow: { dt: time / (RECORDS * STEPS), integrator: 'heun' },
  });
  const simulation = await createSimulation(device, config, { particles, data: frozenSample() });
  const path = { points: [place(a, b, c)], error: 0, across: 0 };
  for (let n = 1; n <= RECORDS; n++) {
    await simulation.step(STEPS);
    const now = (await simulation.read()).particles;
    const exact = closedForm([a, -b, c], (n * time) / RECORDS);
    const seen = [now.a[0], -now.b[0], now.c[0]];
    path.error = Math.max(path.error, ...seen.map((value, k) => Math.abs(value - exact[k])));
    const cross = (p: number, q: number) => (p - q * FROZEN_X) / length;
    path.across = Math.max(path.across, Math.abs(cross(seen[0], seen[1]) - cross(a, -b)));
    path.points.push(place(now.a[0], now.b[0], now.c[0]));
  }
  const end = (await simulation.read()).particles;
  simulation.destroy();
  const turn = Math.abs(Math.atan2(-end.b[0], end.a[0]) - Math.atan2(-b, a));
  return { delta, ...path, turn };
}

function frozenSample(): Problem {
  const train = {
    ...{ count: 1, dimension: 1, x: Float32Array.of(FROZEN_X) },
    y: Float32Array.of(-LARGE),
    weight: Float32Array.of(1 / LARGE),
  };
  return { title: 'one sample with a constant residual', train, test: null };
}

function place(a: number, b: number, c: number): { u: number; v: number } {
  return { u: Math.abs(c) * a, v: -Math.abs(c) * b };
}

/** (a, −b, c) after a time at constant g: hyperbolic in the plane of c and g. */
function closedForm([p1, p0, c]: readonly number[], time: number): number[] {
  const length = Math.hypot(FROZEN_X, 1);
  const [e1, e0] = [FROZEN_X / length, 1 / length];
  const along = p1 * e1 + p0 * e0;
  const [cosh, sinh] = [Math.cosh(length * time), Math.sinh(length * time)];
  const shift = along * cosh - c * sinh - along;
  return [p1 + shift * e1, p0 + shift * e0, c * cosh - along * sinh];
}

/** |cos| of the angle between the way of a path and a direction. */
function alignment({ points }: Path, [x, y]: readonly [number, number]): number {
  const last = points[points.length - 1];
  const [u, v] = [last.u - points[0].u, last.v - points[0].v];
  return Math.abs(u * x + v * y) / (Math.hypot(u, v) * Math.hypot(x, y));
}

function judge2(paths: readonly Path[]): ReproductionResult {
  const field = [FROZEN_X, 1] as const;
  const radial = (path: Path) => alignment(path, [path.points[0].u, path.points[0].v]);
  const [low, middle, high] = paths;
  const between: Criterion = {
    name: 'δ = 0: |cos| of the way with the radius and with the field',
    allowed: 'both between cos 0.6 and 0.9999',
    measured: `${radial(middle).toFixed(4)}, ${alignment(middle, field).toFixed(4)}`,
    pass: [radial(middle), alignment(middle, field)].every(
      (cos) => cos > Math.cos(ANGLE) && cos < 0.9999,
    ),
  };
  return {
    criteria: [
      ...paths.map(({ delta, error }) =>
        criterion(`δ = ${signed(delta)}: distance to the closed form`, '≤', 1e-4, error),
      ),
      ...paths.map(({ delta, across }) =>
        criterion(`δ = ${signed(delta)}: change of (a, −b) across the field`, '≤', 1e-4, across),
      ),
      criterion('δ = −100: |cos| of the way with the radius', '≥', 0.9999, radial(low)),
      criterion('δ = −100: |Δθ|', '≤', 5e-5, low.turn),
      criterion('δ = 100: |cos| of the way with the field', '≥', 0.9999, alignment(high, field)),
      between,
    ],
    tables: [],
    pictures: [
      {
        title: 'One particle in a constant field',
        description: 'The ways of one particle at three values of δ, from the same point.',
        caption:
          'At δ = −100 the particle moves along its radius, at δ = 100 along the field; at δ = 0 in between.',
        x: { kind: 'linear', title: 'u' },
        y: { kind: 'linear', title: 'v' },
        curves: [
          ...paths.map(({ delta, points }, n) => ({
            label: `δ = ${signed(delta)}`,
            x: points.map(({ u }) => u),
            y: points.map(({ v }) => v),
            role: 'line' as const,
            color: n,
          })),
          {
            label: 'radius',
            x: [0, 2 * low.points[0].u],
            y: [0, 2 * low.points[0].v],
            role: 'guide',
          },
          {
            label: 'field',
            x: [low.points[0].u, low.points[0].u + FROZEN_X / 2],
            y: [low.points[0].v, low.points[0].v + 0.5],
            role: 'theory',
          },
        ],
      },
    ],
    remarks: [],
  };
}
