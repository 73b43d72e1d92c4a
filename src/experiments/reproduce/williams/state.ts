// williams2019/fig1: a trained network, its knots, and its particles in the plane.
import type { Criterion, ReproductionResult } from '../../../observables/reproduction.ts';
import { createSimulation } from '../../../engine/simulation.ts';
import { arcOf, canonicalOf, knotOf, planePoint } from '../../../problem/canonical.ts';
import { replicaOf, type Particles } from '../../../state.ts';
import { regimeNumber } from '../../../theory/random-features.ts';
import type { Reproduction } from '../reproduction.ts';
import { networkAt, problemOf, SINE, type PointSet } from './data.ts';
import { criterion, functionPicture, SOURCE } from './pictures.ts';
import { statePicture } from './plane.ts';
import { deltaConfig, pointsOf } from './regimes.ts';
import { draw, train } from './train.ts';

const STATE_WIDTH = 40;

/** Figure 1: a trained network, its knots, and its particles in the plane. */
export const figure1: Reproduction = {
  title: 'Figure 1: the network with its knots, and its particles in the plane (u, v)',
  source: SOURCE,
  settings: 'Ours: six points of a sine, m = 40, δ = −1, 1000 steps.',
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
      criterion(
        'control: share wrong with the arc of the next particle',
        '≥',
        0.5,
        checkState(end, SINE, alpha, 1).wrong / end.width,
      ),
    ],
    tables: [],
    pictures: [
      functionPicture('The network and its knots', SINE, end),
      statePicture('Its particles', SINE, end),
    ],
    remarks: [describeRegime()],
  };
}

/** Λ of the run, in words. */
function describeRegime(): string {
  const number = regimeNumber(Math.sqrt(STATE_WIDTH), STATE_WIDTH, -1, SINE.x, SINE.y);
  return `Regime number Λ = ${number.toPrecision(3)}: the knots move.`;
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

/**
 * Patterns by arc against the predicate, straightness between knots, and knots against −v/u.
 *
 * @param moved a particle gets the arc of the particle this many places further on
 */
function checkState(
  particles: Particles,
  { x }: PointSet,
  alpha: number,
  moved = 0,
): { wrong: number; bend: number; knotError: number } {
  const { a, b, width } = replicaOf(particles, 0);
  const { r, theta } = canonicalOf(replicaOf(particles, 0), alpha);
  let [wrong, knotError] = [0, 0];
  const knots = [-1, 1];
  for (let i = 0; i < width; i++) {
    const { from, to } = arcOf(theta[(i + moved) % width], x);
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
