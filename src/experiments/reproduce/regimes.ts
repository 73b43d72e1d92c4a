// regimes: what becomes of the fluctuation after a long time. Without a penalty the data are interpolated: it dies out at
// the training points and stays between them. With a penalty it settles, on a plateau that depends on the penalty.
import { parseConfig } from '../../config-check.ts';
import type { Config } from '../../config.ts';
import type { Device } from '../../gpu/device.ts';
import { fluctuationVariance, squaredDistances } from '../../observables/distances.ts';
import type { Estimate } from '../../observables/fluctuation.ts';
import type { Criterion, Picture, ReproductionResult } from '../../observables/reproduction.ts';
import { makeProblem } from '../../problem/make.ts';
import { createReference } from '../../reference/simulation.ts';
import { PRESETS } from '../presets.ts';
import { penaltySweep, type SweepPart } from '../sweep.ts';
import type { ReproduceEvent, ReproduceOptions, Reproduction } from './reproduction.ts';

/** How large the runs are. */
export interface RegimeSizes {
  readonly widths: readonly number[];
  readonly replicas: number;
  /** of the float64 twin */
  readonly twin: { readonly width: number; readonly replicas: number };
}

/** Between the two inner points, where the target says nothing. */
const OFF_DATA = { x: [0], y: [0.05] };
/** Plateaus of two penalties, and m·V̂ at x = 0 without one, as an independent program found them. */
const PLATEAU = { 'output-l2': 1.2e-2, 'weight-decay': 1.6e-3 } as const;
const OFF_DATA_RANGE = [0.47, 0.59] as const;
/** Share of a plateau allowed beside three standard errors: terms of order 1/m differ between widths. */
const PLATEAU_SHARE = 0.1;
/** How far C_t must fall at the training points. */
const FALL = 1e6;

const NAMES = { none: 'no penalty', 'output-l2': '2-norm of c', 'weight-decay': 'weight decay' };
type Penalty = keyof typeof NAMES;

/** The entry at its usual size. */
export const regimes = makeRegimes({
  widths: [100, 400],
  replicas: 100,
  twin: { width: 100, replicas: 20 },
});

/** The entry at a size of one's own. */
export function makeRegimes(sizes: RegimeSizes): Reproduction {
  return {
    title: 'late times: interpolation, a penalty on c, weight decay',
    source:
      'Settings and values are ours, in the spirit of Chen, Rotskoff, Bruna and Vanden-Eijnden, NeurIPS 2020, who ' +
      'distinguish these regimes.',
    work: '2e9 neuron·sample pairs, and 2e7 in float64',
    config: (options) => configOf(sizes, options),
    run: (device, options) => run(device, sizes, options),
  };
}

function configOf({ widths, replicas }: RegimeSizes, { seed = 51 }: ReproduceOptions): Config {
  const { problem, clt, ...rest } = PRESETS.regularised.config;
  return parseConfig({
    ...rest,
    seed,
    problem: { ...problem, test: OFF_DATA },
    clt: { ...clt, widths: [...widths], replicas, times: [...clt.times] },
  });
}

async function* run(
  device: Device,
  sizes: RegimeSizes,
  options: ReproduceOptions,
): AsyncGenerator<ReproduceEvent, void, undefined> {
  const config = configOf(sizes, options);
  const { signal } = options;
  const count = config.clt.sweep.length;
  let parts: readonly SweepPart[] = [];
  for await (const event of penaltySweep(device, config, signal === undefined ? {} : { signal })) {
    if (event.kind === 'sweep') parts = event.parts;
    else {
      const done = Number(/^penalty (\d+)/.exec(event.phase)?.[1] ?? 1) - 1;
      const fraction = (0.9 * (done + event.fraction)) / count;
      yield { kind: 'progress', fraction, text: event.phase };
    }
  }
  const twin: TwinPoint[] = [];
  for await (const point of runTwin(config, sizes, signal)) {
    twin.push(point);
    const fraction = 0.9 + 0.1 * (point.time / TWIN_TIMES[TWIN_TIMES.length - 1]);
    yield { kind: 'progress', fraction, text: `float64, time ${point.time}` };
  }
  yield { kind: 'result', result: judge(parts, twin, sizes) };
}

// ---- The float64 twin -----------------------------------------------------------------------------------

interface TwinPoint {
  readonly time: number;
  readonly scaled: number;
}

const TWIN_TIMES = [0, 10, 40, 80, 150, 300, 450, 600];

/** m·V̂ without a penalty by the reference, in float64. */
async function* runTwin(
  config: Config,
  { twin: { width, replicas } }: RegimeSizes,
  signal?: AbortSignal,
): AsyncGenerator<TwinPoint, void, undefined> {
  const own: Config = {
    ...config,
    network: { ...config.network, width },
    flow: { ...config.flow, penalty: { kind: 'none', strength: 0 } },
  };
  const data = await makeProblem(own);
  const reference = createReference(own, data, { replicas });
  for (const time of TWIN_TIMES) {
    signal?.throwIfAborted();
    reference.step(Math.round(time / own.flow.dt) - reference.stepsDone);
    const { prediction } = reference.observe(['prediction']);
    const distances = squaredDistances(prediction, data.train.weight);
    yield { time, scaled: width * fluctuationVariance(distances, true) };
  }
}

// ---- Criteria -------------------------------------------------------------------------------------------

function judge(
  parts: readonly SweepPart[],
  twin: readonly TwinPoint[],
  { twin: { width } }: RegimeSizes,
): ReproductionResult {
  const partOf = (kind: Penalty): SweepPart => {
    const part = parts.find(({ penalty }) => penalty.kind === kind);
    if (part === undefined) throw new Error(`regimes: no run with penalty ${kind}`);
    return part;
  };
  const kinds = ['output-l2', 'weight-decay'] as const;
  return {
    criteria: [
      fallsInDouble(twin),
      ...fallsOnDevice(partOf('none')),
      staysOffData(partOf('none')),
      ...kinds.flatMap((kind) => settles(kind, partOf(kind))),
    ],
    tables: parts.map(({ penalty, result }) => ({
      file: `${penalty.kind}.csv`,
      caption: `m·V̂ over time, mean of widths: ${NAMES[penalty.kind as Penalty]}`,
      columns: ['time', 'training', 'ci_low', 'ci_high', 'x=0', 'ci_low', 'ci_high'],
      rows: result.laws.map(({ time, constant, testConstant }) => [
        time,
        constant.estimate,
        ...constant.ci,
        testConstant?.estimate ?? null,
        ...(testConstant?.ci ?? [null, null]),
      ]),
    })),
    pictures: [drawTraining(parts, twin, width), drawOffData(parts)],
    remarks: [],
  };
}

function fallsInDouble(twin: readonly TwinPoint[]): Criterion {
  const fall = twin[0].scaled / twin[twin.length - 1].scaled;
  return {
    name: 'no penalty, float64: m·V̂ at the training points falls from t = 0 to 600 by',
    allowed: `≥ ${FALL.toExponential(0)}`,
    measured: fall.toExponential(1),
    pass: fall >= FALL,
  };
}

function fallsOnDevice({ result: { laws, points } }: SweepPart): Criterion[] {
  const fall = laws[0].constant.estimate / laws[laws.length - 1].constant.estimate;
  const last = points.filter(({ time }) => time === laws[laws.length - 1].time);
  const floor = last.filter(({ isResolved }) => !isResolved).length;
  return [
    {
      name: 'no penalty, device: m·V̂ at the training points falls from t = 0 to 600 by',
      allowed: `≥ ${FALL.toExponential(0)}`,
      measured: fall.toExponential(1),
      pass: fall >= FALL,
    },
    {
      name: 'no penalty, device: widths at the floor of float32 at t = 600',
      allowed: `all ${last.length}`,
      measured: String(floor),
      pass: floor === last.length,
    },
  ];
}

function staysOffData({ result: { points } }: SweepPart): Criterion {
  const [low, high] = OFF_DATA_RANGE;
  const late = points.filter(({ time }) => time >= 150);
  const apart = late.filter(
    ({ testCiLow, testCiHigh }) => (testCiLow ?? NaN) > high || !((testCiHigh ?? NaN) >= low),
  );
  const values = late.map(({ scaledTest }) => scaledTest ?? NaN);
  return {
    name: 'no penalty: intervals of m·V̂ at x = 0 from t = 150 on',
    allowed: `meet [${low}, ${high}]`,
    measured: `${late.length - apart.length} of ${late.length}, values ${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`,
    pass: apart.length === 0,
  };
}

function settles(kind: keyof typeof PLATEAU, { result: { laws } }: SweepPart): Criterion[] {
  const [before, last] = laws.slice(-2).map(({ constant }) => constant);
  const expected = PLATEAU[kind];
  const allowed = 3 * standardError(last) + PLATEAU_SHARE * expected;
  const share = Math.abs(last.estimate - expected) / allowed;
  // The same replicas at two times: what differs is not chance.
  const drift = Math.abs(last.estimate / before.estimate - 1);
  return [
    {
      name: `${NAMES[kind]}: |m·V̂ − ${expected}| at t = 600 over 3 se and 10 %`,
      allowed: '≤ 1',
      measured: `${share.toFixed(2)} (m·V̂ = ${last.estimate.toExponential(2)})`,
      pass: share <= 1,
    },
    {
      name: `${NAMES[kind]}: change of m·V̂ from t = ${laws[laws.length - 2].time} to 600`,
      allowed: '≤ 10 %',
      measured: `${(100 * drift).toFixed(1)} %`,
      pass: drift <= 0.1,
    },
  ];
}

function standardError({ estimate, ci: [low, high] }: Estimate): number {
  return (estimate * Math.log(high / low)) / (2 * 1.96);
}

// ---- Pictures -------------------------------------------------------------------------------------------

function drawTraining(
  parts: readonly SweepPart[],
  twin: readonly TwinPoint[],
  width: number,
): Picture {
  return {
    title: 'Fluctuation at the training points',
    description: 'Scaled fluctuation over time with three penalties.',
    caption:
      'Without a penalty it dies out, on the device down to the floor of float32 and in float64 beyond; with a ' +
      'penalty it settles. Bars are 95 % intervals.',
    x: { kind: 'time', title: 'time t' },
    y: { kind: 'log', title: 'scaled fluctuation m·V̂' },
    curves: [
      ...parts.map(({ penalty, result: { laws } }, color) => ({
        label: NAMES[penalty.kind as Penalty],
        x: laws.map(({ time }) => time),
        y: laws.map(({ constant }) => constant.estimate),
        low: laws.map(({ constant }) => constant.ci[0]),
        high: laws.map(({ constant }) => constant.ci[1]),
        role: 'measured' as const,
        color,
      })),
      {
        label: `no penalty, float64, m = ${width}`,
        x: twin.map(({ time }) => time),
        y: twin.map(({ scaled }) => scaled),
        role: 'theory',
      },
    ],
  };
}

function drawOffData(parts: readonly SweepPart[]): Picture {
  return {
    title: 'Fluctuation between the training points, at x = 0',
    description: 'Scaled fluctuation at x = 0 over time with three penalties.',
    caption:
      'Without a penalty the fluctuation between the data stays; penalties wear it down. Bars are 95 % intervals.',
    x: { kind: 'time', title: 'time t' },
    y: { kind: 'log', title: 'scaled fluctuation m·V̂ at x = 0' },
    curves: parts.map(({ penalty, result: { laws } }, color) => ({
      label: NAMES[penalty.kind as Penalty],
      x: laws.map(({ time }) => time),
      y: laws.map(({ testConstant }) => testConstant?.estimate ?? NaN),
      low: laws.map(({ testConstant }) => testConstant?.ci[0] ?? NaN),
      high: laws.map(({ testConstant }) => testConstant?.ci[1] ?? NaN),
      role: 'measured' as const,
      color,
    })),
  };
}
