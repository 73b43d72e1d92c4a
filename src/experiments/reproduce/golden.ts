// golden: the predicted constant against the measured one on four problems of a few points, one for every regime.
import { parseConfig } from '../../config-check.ts';
import type { Config, ConfigInput } from '../../config.ts';
import type { Device } from '../../gpu/device.ts';
import { DEVIATION_BOUND, DIFFERENCE_BOUND, type Agreement } from '../../observables/agreement.ts';
import type { FluctuationPoint, LawAtTime } from '../../observables/fluctuation.ts';
import type { Criterion, DataTable, Picture } from '../../observables/reproduction.ts';
import { PRESETS } from '../presets.ts';
import { penaltySweep, type SweepPart } from '../sweep.ts';
import type { ReproduceEvent, ReproduceOptions, Reproduction } from './reproduction.ts';

/** How large the runs are. */
export interface GoldenSizes {
  readonly widths: readonly number[];
  readonly replicas: number;
  /** of the prediction */
  readonly nodes: number;
  readonly columns: number;
  readonly rules: number;
  /** recording times after this one are left out */
  readonly end: number;
}

/** Values of C_t by time, from an independent program (Volterra equation, 16,000 nodes); t = 0 by quadrature. */
type Known = Readonly<Record<number, number>>;

interface GoldenProblem {
  readonly name: string;
  readonly preset: keyof typeof PRESETS;
  readonly penalty: {
    readonly kind: 'none' | 'output-l2' | 'weight-decay';
    readonly strength: number;
  };
  readonly known: Known;
}

const PROBLEMS: readonly GoldenProblem[] = [
  {
    name: 'five points',
    preset: 'golden-1',
    penalty: { kind: 'none', strength: 0 },
    known: { 0: 0.62277, 1: 0.2026, 2.5: 0.0678, 5: 0.0366, 7.5: 0.0314, 10: 0.0302 },
  },
  {
    name: 'four points',
    preset: 'golden-2',
    penalty: { kind: 'none', strength: 0 },
    known: {
      0: 1.81376,
      2.5: 0.3115,
      5: 0.2276,
      10: 0.1629,
      20: 0.0707,
      30: 0.0259,
      40: 8.85e-3,
    },
  },
  {
    name: '2-norm of c',
    preset: 'golden-3',
    penalty: { kind: 'output-l2', strength: 0.05 },
    known: { 0: 1.81376, 2.5: 0.2539, 5: 0.163, 10: 0.1057, 20: 0.0525, 30: 0.0322, 40: 0.0237 },
  },
  {
    name: 'weight decay',
    preset: 'golden-3',
    penalty: { kind: 'weight-decay', strength: 0.02 },
    known: { 0: 1.81376, 2.5: 0.2796, 5: 0.1891, 10: 0.12, 20: 0.0474, 30: 0.0193 },
  },
];

/** Share of the prediction that is allowed beside three standard errors; nodes near a separatrix tell later on. */
const allowedShare = (time: number): number => (time >= 30 ? 0.1 : 0.05);

/** The entry at its usual size. */
export const golden = makeGolden({
  widths: [100, 400],
  replicas: 1000,
  nodes: 8192,
  columns: 32,
  rules: 4,
  end: 40,
});

/** The entry at a size of one's own. */
export function makeGolden(sizes: GoldenSizes): Reproduction {
  return {
    title: 'the predicted constant against the measured one on four problems of a few points',
    source:
      'Problems and values are ours; the linearised fluctuation is that of Chen, Rotskoff, Bruna and ' +
      'Vanden-Eijnden, NeurIPS 2020.',
    work: '3e9 neuron·sample pairs and the tangents of 8192 nodes',
    config: (options) => configOf(PROBLEMS[1], sizes, options),
    run: (device, options) => run(device, sizes, options),
  };
}

function configOf(
  { preset, penalty }: GoldenProblem,
  { widths, replicas, nodes, columns, rules, end }: GoldenSizes,
  { seed = 31 }: ReproduceOptions,
): Config {
  const { clt, flow, ...rest }: ConfigInput = PRESETS[preset].config;
  const times = (clt?.times as number[]).filter((time) => time <= end);
  const dt = flow?.dt ?? 1;
  return parseConfig({
    ...rest,
    seed,
    flow: { ...flow, penalty, steps: Math.round(times[times.length - 1] / dt) },
    clt: { widths: [...widths], replicas, times, prediction: { nodes, columns, rules } },
  });
}

/** One problem with what was found. */
interface Found extends GoldenProblem {
  readonly points: readonly FluctuationPoint[];
  readonly laws: readonly LawAtTime[];
}

async function* run(
  device: Device,
  sizes: GoldenSizes,
  options: ReproduceOptions,
): AsyncGenerator<ReproduceEvent, void, undefined> {
  const found: Found[] = [];
  for (const [n, problem] of PROBLEMS.entries()) {
    const { result } = yield* runProblem(device, configOf(problem, sizes, options), options, {
      from: n / PROBLEMS.length,
      text: problem.name,
    });
    found.push({ ...problem, points: result.points, laws: result.laws });
  }
  yield {
    kind: 'result',
    result: {
      criteria: found.flatMap(judge),
      tables: found.map(tabulate),
      pictures: [drawAgreement(found), drawOverTime(found)],
      remarks: [],
    },
  };
}

async function* runProblem(
  device: Device,
  config: Config,
  { signal }: ReproduceOptions,
  { from, text }: { readonly from: number; readonly text: string },
): AsyncGenerator<ReproduceEvent, SweepPart, undefined> {
  const options = { predict: true, ...(signal === undefined ? {} : { signal }) };
  for await (const event of penaltySweep(device, config, options)) {
    if (event.kind === 'sweep') return event.parts[0];
    // Prediction and replicas take about the same time.
    const half = event.phase.startsWith('prediction') ? 0 : 0.5;
    const fraction = from + (half + event.fraction / 2) / PROBLEMS.length;
    yield { kind: 'progress', fraction, text: `${text}, ${event.phase}` };
  }
  throw new Error('the experiment ended without a result');
}

// ---- Criteria -----------------------------------------------------------------------------------------

function judge(found: Found): Criterion[] {
  const { name, points } = found;
  const worst = largest(points.map(shareOfAllowed));
  const own = points.filter(({ width }) => width === points[0].width);
  const apart = largest(
    own
      .filter(({ time }) => found.known[time] !== undefined)
      .map(({ time, predicted }) =>
        Math.abs(((predicted ?? NaN) / found.known[time] - 1) / allowedShare(time)),
      ),
  );
  const pooled = largestDifference(found.laws);
  return [
    {
      name: `${name}: |m·V̂ − C_t|/(3 se + 0.05 C_t, from t = 30 on 0.1 C_t), largest`,
      allowed: '≤ 1',
      measured: worst.toFixed(2),
      pass: worst <= 1,
    },
    {
      name: `${name}: difference pooled over widths, at the time where it is largest against 3 se + 5 %`,
      allowed: '≤ 3 se + 5 %',
      measured: `${(100 * pooled.difference).toFixed(1)} ± ${(100 * pooled.se).toFixed(1)} % at t = ${pooled.time}`,
      pass: shareOfPooled(pooled) <= 1,
    },
    {
      name: `${name}: C_t against an independent program, over 5 % (from t = 30 on 10 %), largest`,
      allowed: '≤ 1',
      measured: apart.toFixed(2),
      pass: apart <= 1,
    },
  ];
}

/** NaN stays. */
function largest(values: readonly number[]): number {
  return values.reduce((most, value) => (value <= most ? most : value), 0);
}

function shareOfAllowed(point: FluctuationPoint): number {
  const predicted = point.predicted ?? NaN;
  const allowed = 3 * standardError(point) + allowedShare(point.time) * predicted;
  return Math.abs(point.scaled - predicted) / allowed;
}

/** A quarter of the logarithm of a 95 % interval's ends, of the value. */
function standardError({ scaled, ciLow, ciHigh }: FluctuationPoint): number {
  return (scaled * Math.log(ciHigh / ciLow)) / (2 * 1.96);
}

/** The pooled difference of a time. */
interface PooledDifference extends Agreement {
  readonly time: number;
}

function shareOfPooled({ difference, se }: Agreement): number {
  return Math.abs(difference) / (DEVIATION_BOUND * se + DIFFERENCE_BOUND);
}

/** The time whose widths together are farthest from the prediction, measured in what is allowed. */
function largestDifference(laws: readonly LawAtTime[]): PooledDifference {
  return laws
    .map(({ time, agreement }) => ({
      difference: NaN,
      se: NaN,
      deviation: NaN,
      ...agreement,
      time,
    }))
    .reduce((worst, next) => (shareOfPooled(next) <= shareOfPooled(worst) ? worst : next));
}

// ---- Tables and pictures --------------------------------------------------------------------------------

function tabulate(found: Found): DataTable {
  return {
    file: `${found.name.toLowerCase().replaceAll(' ', '-')}.csv`,
    caption: `Measured and predicted constant: ${found.name}`,
    columns: [
      'width',
      'time',
      'measured',
      'se',
      'predicted',
      'predicted_se',
      'independent',
      'monte_carlo',
      'share_of_allowed',
    ],
    rows: found.points.map((point) => [
      point.width,
      point.time,
      point.scaled,
      standardError(point),
      point.predicted,
      point.predictedSe,
      found.known[point.time] ?? null,
      point.monteCarlo,
      shareOfAllowed(point),
    ]),
  };
}

function drawAgreement(found: readonly Found[]): Picture {
  const all = found.flatMap(({ points }) => points.map(({ predicted }) => predicted ?? NaN));
  const ends = [Math.min(...all), Math.max(...all)];
  return {
    title: 'Measured against predicted constant',
    description: 'Measured values of four problems at every time lie on the diagonal.',
    caption:
      'Every point is one problem, width and time; its bar is a 95 % interval of the measurement. The prediction uses ' +
      'no replicas and no fit. On the dotted diagonal both are equal.',
    x: { kind: 'log', title: 'predicted constant C_t' },
    y: { kind: 'log', title: 'measured m·V̂' },
    curves: [
      { label: 'measured = predicted', x: ends, y: ends, role: 'guide' },
      ...found.map(({ name, points }, color) => ({
        label: name,
        x: points.map(({ predicted }) => predicted ?? NaN),
        ...measured(points),
        role: 'measured' as const,
        joined: false,
        color,
      })),
    ],
  };
}

function drawOverTime(found: readonly Found[]): Picture {
  return {
    title: 'The constant over time',
    description: 'Measured constants of four problems over time on their predicted curves.',
    caption: 'Points: measured at the largest width, with 95 % intervals. Dashed lines: predicted.',
    x: { kind: 'time', title: 'time t' },
    y: { kind: 'log', title: 'scaled fluctuation m·V̂' },
    curves: found.flatMap(({ name, points }, color) => {
      const widest = Math.max(...points.map(({ width }) => width));
      const own = points.filter(({ width }) => width === widest);
      const x = own.map(({ time }) => time);
      const predicted = own.map((point) => point.predicted ?? NaN);
      return [
        { label: name, x, ...measured(own), role: 'measured' as const, color },
        { label: `${name}, predicted`, x, y: predicted, role: 'theory' as const, color },
      ];
    }),
  };
}

function measured(points: readonly FluctuationPoint[]) {
  return {
    y: points.map(({ scaled }) => scaled),
    low: points.map(({ ciLow }) => ciLow),
    high: points.map(({ ciHigh }) => ciHigh),
  };
}
