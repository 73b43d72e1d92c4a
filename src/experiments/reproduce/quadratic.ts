// chen2020/quadratic: quadratic neurons of one input, where the constant of the law is known in closed form at all times.
import { parseConfig } from '../../config-check.ts';
import type { Config } from '../../config.ts';
import { DEVIATION_BOUND } from '../../observables/agreement.ts';
import type { FluctuationPoint, FluctuationResult } from '../../observables/fluctuation.ts';
import type { Criterion, Picture, ReproductionResult } from '../../observables/reproduction.ts';
import { quadraticClt, type KnownFluctuation } from '../../theory/quadratic-clt.ts';
import { slopeCriterion } from './criteria.ts';
import type { ReproduceOptions, Reproduction } from './reproduction.ts';
import { runSweep } from './sweep.ts';

const TARGET = 0.5;
const DT = 0.01;
const TIMES = [0, 0.05, 0.1, 0.2, 0.3];

/** The law of the inputs enters by Σ ν x⁴ alone, so that one point at 3^{1/4} stands for N(0, 1). */
const POINT = 3 ** 0.25;

/** The constant of the law is known at all times, see `quadraticClt`. */
export const quadratic: Reproduction = {
  title: 'quadratic neurons of one input: the constant of the law at all times, in closed form',
  source:
    'Settings and closed form are ours; the central limit theorem is that of Chen, Rotskoff, Bruna and ' +
    'Vanden-Eijnden, NeurIPS 2020.',
  work: '4e7 neuron·sample pairs',
  config: configOf,
  async *run(device, options) {
    const { signal } = options;
    const predicted = TIMES.map((time) => ({ value: knownAt(time).constant, se: 0 }));
    const result = yield* runSweep(
      device,
      configOf(options),
      { predicted, ...(signal === undefined ? {} : { signal }) },
      { from: 0, to: 1, text: 'sweep' },
    );
    yield { kind: 'result', result: judge(result) };
  },
};

function configOf({ seed = 20 }: ReproduceOptions): Config {
  return parseConfig({
    seed,
    problem: { kind: 'points', x: [POINT], y: [TARGET * POINT ** 2] },
    network: { activation: 'quadratic', bias: false, width: 1024 },
    init: { kind: 'random', c: { kind: 'constant', value: 1 } },
    flow: { dt: DT, steps: Math.round(TIMES[TIMES.length - 1] / DT), train: ['a'] },
    clt: { widths: [128, 256, 512, 1024], replicas: 600, times: TIMES, bootstrap: 400 },
  });
}

/** What the measurement must meet: Euler's method exactly, so that no step size enters. */
function knownAt(time: number): KnownFluctuation {
  return quadraticClt({ variance: 1, target: TARGET }).afterEuler(Math.round(time / DT), DT);
}

function judge({ points, laws }: FluctuationResult): ReproductionResult {
  const widths = [...new Set(points.map(({ width }) => width))];
  return {
    criteria: [
      ...widths.map((width) => agreesWithTheory(points.filter((point) => point.width === width))),
      ...laws.map(slopeCriterion),
      staysBelowBound(points),
    ],
    tables: [
      {
        file: 'quadratic.csv',
        caption: 'Scaled fluctuation m·V̂ beside its closed form C_t and the Monte-Carlo bound MC_t',
        columns: ['width', 'time', 'measured', 'ci_low', 'ci_high', 'closed_form', 'monte_carlo'],
        rows: points.map(({ width, time, scaled, ciLow, ciHigh }) => {
          const { constant, monteCarlo } = knownAt(time);
          return [width, time, scaled, ciLow, ciHigh, constant, monteCarlo];
        }),
      },
    ],
    pictures: [pictureOf(points, widths)],
    remarks: [],
  };
}

function agreesWithTheory(points: readonly FluctuationPoint[]): Criterion {
  const worst = Math.max(...points.map(({ deviation }) => Math.abs(deviation ?? NaN)));
  return {
    name: `m = ${points[0].width}: |m·V̂ − C_t|/se, largest over t`,
    allowed: `≤ ${DEVIATION_BOUND}`,
    measured: worst.toFixed(2),
    pass: worst <= DEVIATION_BOUND,
  };
}

function staysBelowBound(points: readonly FluctuationPoint[]): Criterion {
  // At t = 0 both are equal.
  const ratios = points
    .filter(({ time }) => time > 0)
    .map(({ scaled, time }) => scaled / knownAt(time).monteCarlo);
  const largest = Math.max(...ratios);
  return {
    name: 'm·V̂/MC_t, largest after t = 0',
    allowed: '≤ 1',
    measured: largest.toFixed(3),
    pass: largest <= 1,
  };
}

function pictureOf(points: readonly FluctuationPoint[], widths: readonly number[]): Picture {
  const steps = Math.round(TIMES[TIMES.length - 1] / DT);
  const grid = Array.from({ length: steps + 1 }, (_, n) => n * DT);
  const theory = grid.map(knownAt);
  return {
    title: 'The constant of the law, measured and in closed form',
    description: 'Scaled fluctuation of four widths over time on the closed form.',
    caption:
      'Points are m·V̂ with 95 % intervals, the dashed lines closed forms: below, the constant of trained networks; ' +
      'above, that of as many fresh particles of the same law.',
    x: { kind: 'linear', title: 'time t' },
    y: { kind: 'log', title: 'scaled fluctuation m·V̂' },
    curves: [
      ...widths.map((width) => {
        const own = points.filter((point) => point.width === width);
        return {
          label: `m = ${width}`,
          x: own.map(({ time }) => time),
          y: own.map(({ scaled }) => scaled),
          low: own.map(({ ciLow }) => ciLow),
          high: own.map(({ ciHigh }) => ciHigh),
          role: 'measured' as const,
        };
      }),
      { label: 'C_t', x: grid, y: theory.map(({ constant }) => constant), role: 'theory' },
      { label: 'MC_t', x: grid, y: theory.map(({ monteCarlo }) => monteCarlo), role: 'guide' },
    ],
  };
}
