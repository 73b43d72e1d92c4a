// williams2019/fig5 and fig6: what training does at different δ, and with one layer frozen.
import { median } from '../../../observables/median.ts';
import type { CanonicalInit, Config, ConfigInput } from '../../../config.ts';
import type { Criterion, ReproductionResult } from '../../../observables/reproduction.ts';
import type { Particles } from '../../../state.ts';
import { linearSpline } from '../../../theory/splines.ts';
import { regimeNumber } from '../../../theory/random-features.ts';
import type { Reproduction } from '../reproduction.ts';
import {
  chanceNear,
  distanceTo,
  gridOf,
  knotsNear,
  medianTurn,
  networkAt,
  problemOf,
  SINE,
  SQUARE,
  type PointSet,
} from './data.ts';
import { criterion, functionPicture, signed, SOURCE } from './pictures.ts';
import { statePicture, waysPicture } from './plane.ts';
import { draw, figureConfig, train } from './train.ts';

/** The width of the figures that take --width. */
export const WIDTH = 1000;

/**
 * |c|·|(a, b)| is uniform around this number, from half of it to one and a half: |r| = (m/α) |c||(a, b)| is then about
 * √10 at every width.
 */
function productAt(width: number): number {
  return 0.1 * Math.sqrt(1000 / width);
}

const SEEDS = 6;

type Delta = CanonicalInit['delta'];

/** The configuration of a run at δ, with what trains there. */
export function deltaConfig(
  seed: number,
  delta: Delta,
  more: ConfigInput = {},
  width = WIDTH,
): Config {
  const product = productAt(width);
  const train: Record<string, Config['flow']['train']> = {
    '-infinity': ['c'],
    infinity: ['a', 'b'],
  };
  return figureConfig(seed, width, {
    ...more,
    init: {
      kind: 'canonical',
      delta,
      product: { kind: 'uniform', low: 0.5 * product, high: 1.5 * product },
    },
    flow: { train: train[delta] ?? ['a', 'b', 'c'], ...more.flow },
  });
}

/** Medians over replicas of what the criteria ask. */
interface Measured {
  readonly turn: number;
  readonly near: number;
  readonly toLine: number;
}

function measure(set: PointSet, start: Particles, end: Particles): Measured {
  const grid = gridOf(set);
  const line = linearSpline(set.x, set.y);
  const replicas = Array.from({ length: end.replicas }, (_, r) => r);
  const alpha = Math.sqrt(end.width);
  return {
    turn: median(replicas.map((r) => medianTurn(start, end, r))),
    near: median(replicas.map((r) => knotsNear(end, r, set))),
    toLine: median(replicas.map((r) => distanceTo(networkAt(end, r, alpha, grid), line, grid))),
  };
}

const DELTAS = [-100, -10, -1, 100] as const;

/** Figure 5: the same sinusoid at δ from the kernel regime to the adaptive one. */
export const figure5: Reproduction = {
  title:
    'Figure 5: a sinusoid fitted at δ = −100, −10, −1 and 100, from smooth to piecewise linear',
  source: SOURCE,
  settings:
    'Ours: six points, m = 1000 or --width, |c||(a, b)| about 0.1 √(1000/m), step ½/λ_max, six seeds.',
  work: '2.4e9 neuron·sample pairs',
  chooseWidth: true,
  config: ({ seed = 1, width }) => deltaConfig(seed, -100, { problem: pointsOf(SINE) }, width),
  async *run(device, options) {
    const { seed = 1, width = WIDTH, signal } = options;
    const runs: { delta: number; start: Particles; ends: Particles[] }[] = [];
    for (const [n, delta] of DELTAS.entries()) {
      const config = deltaConfig(seed, delta, {}, width);
      const start = await draw(device, config, SEEDS);
      const at = delta === 100 ? [10_000, 20_000] : [10_000];
      const share = { from: n / 5, to: (n + 1) / 5, text: `δ = ${delta}` };
      const data = problemOf(SINE);
      const ends = yield* train(device, { config, data, start, at, signal }, share);
      runs.push({ delta, start, ends });
    }
    yield { kind: 'result', result: judge5(runs, width) };
  },
};

/** sup between the trained network and the linear spline of the same points with every label moved on by one. */
function toMovedLabels(end: Particles): number {
  const moved = { ...SINE, y: SINE.y.map((_, j) => SINE.y[(j + 1) % SINE.y.length]) };
  return measure(moved, end, end).toLine;
}

function judge5(
  runs: readonly { delta: number; start: Particles; ends: readonly Particles[] }[],
  width: number,
): ReproductionResult {
  const rows = runs.flatMap(({ delta, start, ends }) =>
    ends.map((end, n) => ({ delta, steps: 10_000 * (n + 1), ...measure(SINE, start, end) })),
  );
  const of = (delta: number, steps = 10_000) =>
    rows.find((row) => row.delta === delta && row.steps === steps) as (typeof rows)[number];
  const chance = chanceNear(SINE);
  const lambda = (delta: number) => regimeNumber(Math.sqrt(width), width, delta, SINE.x, SINE.y);
  return {
    criteria: [
      criterion('δ = −100: median |Δθ|', '≤', 1e-4, of(-100).turn),
      criterion('δ = 100: median |Δθ|', '≥', 0.1, of(100).turn),
      criterion('δ = −100: knots near samples, chance 0.12', '≤', chance + 0.1, of(-100).near),
      criterion('δ = 100: knots near samples', '≥', 0.98, of(100).near),
      criterion('δ = 100: sup|f − linear spline|, 10,000 steps', '≤', 0.08, of(100).toLine),
      criterion('δ = 100: sup|f − linear spline|, 20,000 steps', '≤', 0.03, of(100, 20_000).toLine),
      criterion('δ = −100: sup|f − linear spline|', '≥', 0.1, of(-100).toLine),
      criterion(
        'control, δ = 100: sup|f − linear spline of labels moved on by one|',
        '≥',
        0.5,
        toMovedLabels(runs[runs.length - 1].ends[1]),
      ),
    ],
    tables: [
      {
        file: 'regimes.csv',
        caption:
          'Medians over six seeds: |Δθ| (turn), share of knots within 1 % of the range from a sample (near), sup|f − linear spline|; ' +
          'regime number Λ, ∞ where δ ≥ 0',
        columns: ['delta', 'steps', 'regime_number', 'turn', 'near', 'to_linear_spline'],
        rows: rows.map(({ delta, steps, turn, near, toLine }) => [
          delta,
          steps,
          lambda(delta),
          turn,
          near,
          toLine,
        ]),
      },
    ],
    pictures: runs.flatMap(({ delta, ends }) => [
      functionPicture(`The network at δ = ${signed(delta)} after 10,000 steps`, SINE, ends[0]),
      statePicture(`Its particles at δ = ${signed(delta)}`, SINE, ends[0]),
    ]),
    remarks: [describeWidth(width)],
  };
}

/** The width of a run and the scale of its start, in words. */
export function describeWidth(width: number): string {
  return `m = ${width}, |c||(a, b)| about ${productAt(width).toPrecision(3)} at the start.`;
}

/** Figure 6: one layer alone. */
export const figure6: Reproduction = {
  title: 'Figure 6: c alone (δ = −∞) against a and b alone (δ = ∞), ten points of a square wave',
  source: SOURCE,
  settings: 'Ours: m = 1000 or --width, |c||(a, b)| about 0.1 √(1000/m), step ½/λ_max, six seeds.',
  work: '1.8e9 neuron·sample pairs',
  chooseWidth: true,
  config: ({ seed = 1, width }) =>
    deltaConfig(seed, 'infinity', { problem: pointsOf(SQUARE) }, width),
  async *run(device, { seed = 1, width = WIDTH, signal }) {
    const data = problemOf(SQUARE);
    const outer = deltaConfig(seed, '-infinity', {}, width);
    const inner = deltaConfig(seed, 'infinity', {}, width);
    const [startOuter, startInner] = [
      await draw(device, outer, 1),
      await draw(device, inner, SEEDS),
    ];
    const stops = [50, 200, 1000, 3000, 10_000];
    const endsOuter = yield* train(
      device,
      { config: outer, data, start: startOuter, at: stops, signal },
      { from: 0, to: 0.2, text: 'c alone' },
    );
    const endOuter = endsOuter[4];
    const ends = yield* train(
      device,
      { config: inner, data, start: startInner, at: [...stops, 20_000], signal },
      { from: 0.2, to: 1, text: 'a and b alone' },
    );
    const early = measure(SQUARE, startInner, ends[4]);
    const late = measure(SQUARE, startInner, ends[5]);
    const result: ReproductionResult = {
      criteria: [
        unchanged('δ = −∞: a and b', [
          [startOuter.a, endOuter.a],
          [startOuter.b, endOuter.b],
        ]),
        unchanged('δ = ∞: c', [[startInner.c, ends[5].c]]),
        criterion('δ = ∞: knots near samples', '≥', 0.98, early.near),
        criterion('δ = ∞: sup|f − linear spline|, 10,000 steps', '≤', 0.08, early.toLine),
        criterion('δ = ∞: sup|f − linear spline|, 20,000 steps', '≤', 0.02, late.toLine),
      ],
      tables: [],
      pictures: [
        functionPicture('c alone: the network after 10,000 steps', SQUARE, endOuter),
        statePicture('c alone: its particles', SQUARE, endOuter),
        waysPicture(
          'c alone: the way of 100 particles',
          'All particles move along their rays: no knot moves.',
          SQUARE,
          [startOuter, ...endsOuter],
        ),
        functionPicture('a and b alone: the network after 20,000 steps', SQUARE, ends[5]),
        statePicture('a and b alone: its particles', SQUARE, ends[5]),
        waysPicture(
          'a and b alone: the way of 100 particles',
          'Particles gather on the lines of samples.',
          SQUARE,
          [startInner, ...ends],
        ),
      ],
      remarks: [
        describeWidth(width),
        'Regime number Λ: 0 where c trains alone, the limit δ → −∞, and ∞ where a and b do.',
      ],
    };
    yield { kind: 'result', result };
  },
};

function unchanged(name: string, pairs: readonly (readonly Float32Array[])[]): Criterion {
  const changed = pairs.reduce(
    (sum, [before, after]) => sum + after.filter((value, i) => value !== before[i]).length,
    0,
  );
  return {
    name: `${name} unchanged, bit by bit`,
    allowed: '0 changed',
    measured: `${changed} changed`,
    pass: changed === 0,
  };
}

/** The problem of a point set as a configuration. */
export function pointsOf({ x, y }: PointSet): ConfigInput['problem'] {
  return { kind: 'points', x: [...x], y: [...y] };
}
