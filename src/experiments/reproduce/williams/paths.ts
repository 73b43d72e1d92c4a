// williams2019/fig2: the paths of single particles in a constant field at three δ.
import type { Criterion, Picture, ReproductionResult } from '../../../observables/reproduction.ts';
import { createSimulation } from '../../../engine/simulation.ts';
import type { Device } from '../../../gpu/device.ts';
import { liftOf } from '../../../problem/canonical.ts';
import type { Problem } from '../../../problem/problem.ts';
import type { Particles } from '../../../state.ts';
import type { Reproduction } from '../reproduction.ts';
import { criterion, signed, SOURCE } from './pictures.ts';
import { PLANE } from './plane.ts';
import { figureConfig } from './train.ts';

/** One sample whose residual stays at 1/ν for all purposes: g = (x, 1) is constant. */
const FROZEN_X = 0.5;
const LARGE = 2 ** 30;
/** Unit vector along g and its length. */
const LENGTH = Math.hypot(FROZEN_X, 1);
const FIELD = [FROZEN_X / LENGTH, 1 / LENGTH] as const;

const DISTANCE = 0.5;
/** Angles to the field at the start; the criteria look at the first. */
const ANGLES = [0.6, -0.6, 1.2, -1.2, 0.9, -0.9, 0.3, -0.3, 0];
const RECORDS = 25;

/** Figure 2: paths in a constant field, radial at low δ, along the field at high δ. */
export const figure2: Reproduction = {
  title: 'Figure 2: particles in a constant field at δ = −100, 0 and 100',
  source: SOURCE,
  settings: 'Ours: |r| = 1, nine angles to the field, a way of length 0.5 at angle 0.6.',
  work: '675 particle steps',
  config: ({ seed = 1 }) => fieldConfig(seed, 0.05),
  async *run(device, { seed = 1 }) {
    const runs: Run[] = [];
    for (const [n, delta] of [-100, 0, 100].entries()) {
      yield { kind: 'progress', fraction: n / 3, text: `δ = ${delta}` };
      runs.push(await follow(device, seed, delta));
    }
    yield { kind: 'result', result: judge2(runs) };
  },
};

/** (a, −b, c) of a particle. */
type Point = readonly [number, number, number];

/** The paths of all particles at one δ. */
interface Run {
  readonly delta: number;
  /** per particle its points, first the start */
  readonly paths: readonly (readonly Point[])[];
  /** largest distance to the closed form in (a, −b, c) */
  readonly error: number;
  /** largest change of the part of (a, −b) across the field */
  readonly across: number;
}

function fieldConfig(seed: number, dt: number) {
  return figureConfig(seed, ANGLES.length, {
    network: { width: ANGLES.length, scale: 1 },
    flow: { dt, stableStep: 0, integrator: 'heun' },
  });
}

async function follow(device: Device, seed: number, delta: number): Promise<Run> {
  const m = ANGLES.length;
  const along = Math.atan2(FIELD[1], FIELD[0]);
  // c < 0 moves (a, −b) along +g; the particles are active at the sample.
  const start = liftOf(
    {
      r: new Float64Array(m).fill(-1),
      theta: Float64Array.from(ANGLES, (angle) => along - angle),
    },
    delta,
    m,
  );
  const particles: Particles = {
    ...{ dimension: 1, width: m, replicas: 1, weight: new Float32Array(m).fill(1) },
    a: Float32Array.from(start.a),
    b: Float32Array.from(start.b),
    c: Float32Array.from(start.c),
  };
  const [a, b, c] = [particles.a[0], particles.b[0], particles.c[0]];
  // In the plane the first particle moves at c²|g| + …; this time brings it about DISTANCE away.
  const time = DISTANCE / (LENGTH * (c * c + (a * a + b * b) * Math.cos(ANGLES[0])));
  const simulation = await createSimulation(device, fieldConfig(seed, time / RECORDS), {
    ...{ particles, data: frozenSample() },
  });
  const states = [pointsOf(particles)];
  for (let n = 1; n <= RECORDS; n++) {
    await simulation.step(1);
    states.push(pointsOf((await simulation.read()).particles));
  }
  simulation.destroy();
  return measureRun(delta, states, time);
}

function pointsOf({ a, b, c }: Particles): Point[] {
  return Array.from(a, (ai, i) => [ai, -b[i], c[i]]);
}

/** @param states [RECORDS + 1][m] */
function measureRun(delta: number, states: readonly (readonly Point[])[], time: number): Run {
  let [error, across] = [0, 0];
  const paths = states[0].map((first, i) => {
    const path = states.map((state) => state[i]);
    path.forEach((point, n) => {
      const exact = closedForm(first, (n * time) / RECORDS);
      error = Math.max(error, ...point.map((value, k) => Math.abs(value - exact[k])));
      across = Math.max(across, Math.abs(sideways(point) - sideways(first)));
    });
    return path;
  });
  return { delta, paths, error, across };
}

function sideways([p1, p0]: Point): number {
  return p0 * FIELD[0] - p1 * FIELD[1];
}

function frozenSample(): Problem {
  const train = {
    ...{ count: 1, dimension: 1, x: Float32Array.of(FROZEN_X) },
    y: Float32Array.of(-LARGE),
    weight: Float32Array.of(1 / LARGE),
  };
  return { title: 'one sample with a constant residual', train, test: null };
}

/** (a, −b, c) after a time at constant g: hyperbolic in the plane of c and g. */
function closedForm([p1, p0, c]: Point, time: number): number[] {
  const along = p1 * FIELD[0] + p0 * FIELD[1];
  const [cosh, sinh] = [Math.cosh(LENGTH * time), Math.sinh(LENGTH * time)];
  const shift = along * cosh - c * sinh - along;
  return [p1 + shift * FIELD[0], p0 + shift * FIELD[1], c * cosh - along * sinh];
}

/** (u, v) = |c| (a, −b). */
function planeOf([p1, p0, c]: Point): [number, number] {
  return [Math.abs(c) * p1, Math.abs(c) * p0];
}

/** |cos| of the angle between the way of the first particle and a direction. */
function alignment({ paths }: Run, [x, y]: readonly [number, number]): number {
  const [first, last] = [paths[0][0], paths[0][RECORDS]].map(planeOf);
  const [u, v] = [last[0] - first[0], last[1] - first[1]];
  return Math.abs(u * x + v * y) / (Math.hypot(u, v) * Math.hypot(x, y));
}

function turn({ paths }: Run): number {
  const [first, last] = [paths[0][0], paths[0][RECORDS]].map(([p1, p0]) => Math.atan2(p0, p1));
  return Math.abs(last - first);
}

function judge2(runs: readonly Run[]): ReproductionResult {
  const radial = (run: Run) => alignment(run, planeOf(run.paths[0][0]));
  const [low, middle, high] = runs;
  const between: Criterion = {
    name: 'δ = 0: |cos| of the way with the radius and with the field',
    allowed: 'both between cos 0.6 and 0.9999',
    measured: `${radial(middle).toFixed(4)}, ${alignment(middle, FIELD).toFixed(4)}`,
    pass: [radial(middle), alignment(middle, FIELD)].every(
      (cos) => cos > Math.cos(ANGLES[0]) && cos < 0.9999,
    ),
  };
  return {
    criteria: [
      ...runs.map(({ delta, error }) =>
        criterion(`δ = ${signed(delta)}: distance to the closed form`, '≤', 1e-4, error),
      ),
      ...runs.map(({ delta, across }) =>
        criterion(`δ = ${signed(delta)}: change of (a, −b) across the field`, '≤', 1e-4, across),
      ),
      criterion('δ = −100: |cos| of the way with the radius', '≥', 0.9999, radial(low)),
      criterion('δ = −100: |Δθ|', '≤', 5e-5, turn(low)),
      criterion('δ = 100: |cos| of the way with the field', '≥', 0.9999, alignment(high, FIELD)),
      between,
    ],
    tables: [],
    pictures: runs.map((run, n) =>
      pathsPicture(run, ['along their rays', 'between ray and field', 'along the field'][n]),
    ),
    remarks: [],
  };
}

/** The paths in the frame of the field: along it to the right, across it upwards. */
function pathsPicture({ delta, paths }: Run, where: string): Picture {
  const lines = paths.map((path) =>
    path.map(planeOf).map(([u, v]) => ({
      x: u * FIELD[0] + v * FIELD[1],
      y: v * FIELD[0] - u * FIELD[1],
    })),
  );
  const starts = lines.map(([first]) => first);
  return {
    title: `Particles in a constant field at δ = ${signed(delta)}`,
    description: `The ways of ${paths.length} particles in the plane, turned so that the field points to the right.`,
    caption: `At δ = ${signed(delta)} particles move ${where}. Points are the starts, dotted lines the rays through them.`,
    ...PLANE,
    x: { kind: 'linear', title: 'along the field' },
    y: { kind: 'linear', title: 'across the field' },
    curves: [
      {
        label: 'rays',
        x: starts.flatMap(({ x }) => [0, 1.6 * x, NaN]),
        y: starts.flatMap(({ y }) => [0, 1.6 * y, NaN]),
        role: 'guide',
      },
      {
        label: 'ways',
        x: lines.flatMap((line) => [...line.map(({ x }) => x), NaN]),
        y: lines.flatMap((line) => [...line.map(({ y }) => y), NaN]),
        role: 'line',
        color: 0,
      },
      {
        label: 'starts',
        x: starts.map(({ x }) => x),
        y: starts.map(({ y }) => y),
        role: 'measured',
        joined: false,
        color: 1,
        radius: 3,
      },
    ],
  };
}
