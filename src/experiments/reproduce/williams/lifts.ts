// williams2019/fig7: one initial function lifted at three δ, what becomes of it, and how well δ is kept.
import type { DataTable, ReproductionResult } from '../../../observables/reproduction.ts';
import type { Device } from '../../../gpu/device.ts';
import { deltaOf } from '../../../problem/canonical.ts';
import type { Particles } from '../../../state.ts';
import { regimeNumber } from '../../../theory/random-features.ts';
import type { Reproduction, ReproduceEvent, ReproduceOptions } from '../reproduction.ts';
import { gridOf, networkAt, problemOf, ZIGZAG } from './data.ts';
import { criterion, functionPicture, signed, SOURCE } from './pictures.ts';
import { deltaConfig, describeWidth, pointsOf, WIDTH } from './regimes.ts';
import { draw, train } from './train.ts';

const DELTAS = [-100, 0, 100];
const STEPS = 10_000;

/** Start and ends of a run at δ. */
interface Lifted {
  readonly delta: number;
  readonly start: Particles;
  readonly free: Particles;
  /** at a quarter of the step, after four times as many */
  readonly fine: Particles;
  /** with `flow.project` "delta" */
  readonly held: Particles;
}

/** Figure 7: one initial function, three lifts. */
export const figure7: Reproduction = {
  title: 'Figure 7: the same initial function lifted at δ = −100, 0 and 100',
  source: SOURCE,
  settings:
    'Ours: five points of a zigzag, m = 1000 or --width, step ½/λ_max, 10,000 steps; for δ again with a quarter of the step, and with projection.',
  work: '1e9 neuron·sample pairs',
  chooseWidth: true,
  config: ({ seed = 1, width }) => deltaConfig(seed, 0, { problem: pointsOf(ZIGZAG) }, width),
  async *run(device, options: ReproduceOptions) {
    const runs: Lifted[] = [];
    for (const [n, delta] of DELTAS.entries()) {
      runs.push(yield* lifted(device, options, delta, n / DELTAS.length));
    }
    yield { kind: 'result', result: judge7(runs, options.width ?? WIDTH) };
  },
};

async function* lifted(
  device: Device,
  { seed = 1, width = WIDTH, signal }: ReproduceOptions,
  delta: number,
  from: number,
): AsyncGenerator<ReproduceEvent, Lifted, undefined> {
  const start = await draw(device, deltaConfig(seed, delta, {}, width), 1);
  const ends: Particles[] = [];
  const kinds = [
    { project: 'none', share: 0.5 },
    { project: 'none', share: 0.125 },
    { project: 'delta', share: 0.5 },
  ] as const;
  for (const [n, { project, share }] of kinds.entries()) {
    const config = deltaConfig(seed, delta, { flow: { project, stableStep: share } }, width);
    const part = (done: number) => from + done / (kinds.length * DELTAS.length);
    const at = [(0.5 / share) * STEPS];
    const training = { config, data: problemOf(ZIGZAG), start, at, signal };
    const place = { from: part(n), to: part(n + 1), text: `δ = ${delta}` };
    const [end] = yield* train(device, training, place);
    ends.push(end);
  }
  return { delta, start, free: ends[0], fine: ends[1], held: ends[2] };
}

/** Largest change of δ over the particles, in units of max(1, |δ|). */
function drift(start: Particles, end: Particles, delta: number): number {
  const first = deltaOf(start);
  return deltaOf(end).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - first[i]) / Math.max(1, Math.abs(delta))),
    0,
  );
}

function judge7(runs: readonly Lifted[], width: number): ReproductionResult {
  const grid = gridOf(ZIGZAG);
  const apart = (one: Particles, other: Particles): number => {
    const [f, g] = [one, other].map((state) => networkAt(state, 0, Math.sqrt(width), grid));
    return f.reduce((most, value, k) => Math.max(most, Math.abs(value - g[k])), 0);
  };
  const [low, middle, high] = runs;
  const drifts = runs.map(({ delta, start, free, fine, held }) => ({
    delta,
    free: drift(start, free, delta),
    fine: drift(start, fine, delta),
    held: drift(start, held, delta),
    apart: apart(free, held),
  }));
  const worst = (of: 'fine' | 'held') => Math.max(...drifts.map((row) => row[of]));
  // At δ = 0 the drift is that of Euler's method; at ±100 it is rounding of squares near 100.
  const ratio = drifts[1].free / drifts[1].fine;
  return {
    criteria: [
      criterion(
        'sup difference of the initial functions',
        '≤',
        1e-5,
        Math.max(apart(low.start, middle.start), apart(low.start, high.start)),
      ),
      criterion(
        'sup difference at the end, δ = −100 and 100',
        '≥',
        0.1,
        apart(low.free, high.free),
      ),
      criterion('drift of δ, step ⅛/λ_max, 40,000 steps, of max(1, |δ|)', '≤', 1e-2, worst('fine')),
      {
        name: 'δ = 0: drift at ½/λ_max over that at ⅛/λ_max',
        allowed: '4 ± 1',
        measured: ratio.toFixed(2),
        pass: Math.abs(ratio - 4) <= 1,
      },
      criterion('drift with projection, step ½/λ_max, 10,000 steps', '≤', 1e-6, worst('held')),
    ],
    tables: [driftTable(drifts, width)],
    pictures: [
      functionPicture('The network at the start, the same at every δ', ZIGZAG, middle.start),
      ...runs.map(({ delta, free }) =>
        functionPicture(
          `The network lifted at δ = ${signed(delta)}, after 10,000 steps`,
          ZIGZAG,
          free,
        ),
      ),
    ],
    remarks: [
      describeWidth(width),
      `δ = 0 and 100 end ${apart(middle.free, high.free).toPrecision(2)} apart.`,
    ],
  };
}

function driftTable(
  rows: readonly { delta: number; free: number; fine: number; held: number; apart: number }[],
  width: number,
): DataTable {
  const lambda = (delta: number) =>
    regimeNumber(Math.sqrt(width), width, delta, ZIGZAG.x, ZIGZAG.y);
  return {
    file: 'lifts.csv',
    caption:
      'Regime number Λ (∞ where δ ≥ 0), the largest drift of δ in units of max(1, |δ|) at step ½/λ_max, at a quarter of it and ' +
      'with projection, and what projection changes in f',
    columns: [
      'delta',
      'regime_number',
      'drift',
      'drift_quarter',
      'drift_projected',
      'sup_difference',
    ],
    rows: rows.map(({ delta, free, fine, held, apart }) => [
      ...[delta, lambda(delta), free, fine, held, apart],
    ]),
  };
}
