// lln: the law of large numbers. Network and cloud approach their mean-field limit: E‖f_m − f‖² like 1/m, and the
// Wasserstein distance W₁ of the marginal laws of a, b and c like 1/√m, with the limit by quadrature.
import { parseConfig } from '../../config-check.ts';
import { replicasByWidth } from '../../config-clt.ts';
import type { Config } from '../../config.ts';
import { createSimulation } from '../../engine/simulation.ts';
import type { Device } from '../../gpu/device.ts';
import { squaredDistances } from '../../observables/distances.ts';
import { fluctuationResult, type Estimate } from '../../observables/fluctuation.ts';
import type { WidthMeasurement } from '../../observables/measurement.ts';
import type { Criterion, Curve, ReproductionResult } from '../../observables/reproduction.ts';
import { wasserstein1 } from '../../observables/wasserstein.ts';
import { makeProblem } from '../../problem/make.ts';
import type { Problem } from '../../problem/problem.ts';
import { joinReplicas, replicaOf, type Particles } from '../../state.ts';
import { quadratureLimit, type QuadratureLimit } from '../limit.ts';
import { PRESETS } from '../presets.ts';
import { timeOfStep } from '../times.ts';
import type { ReproduceEvent, ReproduceOptions, Reproduction } from './reproduction.ts';

/** How large the runs are. */
export interface LlnSizes {
  readonly widths: readonly number[];
  readonly replicas: number;
  /** nodes of the limit */
  readonly nodes: number;
}

const ROWS = ['a', 'b', 'c'] as const;

/** Distances of every replica at one width, [R] each. */
interface Distances {
  readonly width: number;
  /** ‖f_m − f‖²_ν */
  readonly f: Float64Array;
  /** W₁ of the marginal laws */
  readonly rows: Readonly<Record<(typeof ROWS)[number], Float64Array>>;
}

/** One distance: its name, its exponent in theory, and how it depends on the width. */
interface Law {
  readonly name: string;
  readonly exponent: number;
  readonly values: readonly { readonly width: number; readonly mean: Estimate }[];
  readonly fitted: Estimate;
  /** what the error of the limit adds to the mean at the largest width, relative to it */
  readonly added: number;
}

/** The entry at its usual size. */
export const lln = makeLln({
  widths: [64, 128, 256, 512, 1024, 2048],
  replicas: 200,
  nodes: 16384,
});

/** The entry at a size of one's own. */
export function makeLln(sizes: LlnSizes): Reproduction {
  return {
    title:
      'the law of large numbers: the network and the cloud approach their limit, by quadrature',
    source:
      'Settings are ours; the law is that of Mei, Montanari and Nguyen, PNAS 2018, and of Rotskoff and ' +
      'Vanden-Eijnden, NeurIPS 2018.',
    work: '4e8 neuron·sample pairs',
    config: (options) => configOf(sizes, options),
    run: (device, options) => run(device, configOf(sizes, options), options),
  };
}

function configOf({ widths, replicas, nodes }: LlnSizes, { seed = 41 }: ReproduceOptions): Config {
  const { clt, ...rest } = PRESETS['golden-1'].config;
  return parseConfig({
    ...rest,
    seed,
    clt: {
      widths: [...widths],
      replicas,
      times: [clt.times[clt.times.length - 1]],
      limit: 'quadrature',
      quadrature: { nodes },
    },
  });
}

/** Replicas, as many at every width. */
function replicasOf({ clt }: Config): number {
  return replicasByWidth(clt)[0].replicas;
}

async function* run(
  device: Device,
  config: Config,
  { signal }: ReproduceOptions,
): AsyncGenerator<ReproduceEvent, void, undefined> {
  const data = await makeProblem(config);
  const { widths } = config.clt;
  const replicas = replicasOf(config);
  const all = widths.reduce((sum, width) => sum + width, 0);
  const limit = yield* limitOf(device, config, data, signal);
  const found: Distances[] = [];
  let done = 0;
  for (const [index, width] of widths.entries()) {
    signal?.throwIfAborted();
    const firstReplica = index * replicas;
    found.push(await measure(device, config, data, limit, { width, replicas, firstReplica }));
    done += width;
    yield { kind: 'progress', fraction: 0.2 + (0.8 * done) / all, text: `width ${width}` };
  }
  yield { kind: 'result', result: judge(lawsOf(found, config, limit), config) };
}

async function* limitOf(
  device: Device,
  config: Config,
  data: Problem,
  signal?: AbortSignal,
): AsyncGenerator<ReproduceEvent, QuadratureLimit, undefined> {
  const steps = [config.flow.steps];
  for await (const event of quadratureLimit(device, config, data, steps, signal)) {
    if (event.kind === 'limit') return event.limit;
    const fraction = (0.2 * (event.rule + event.fraction)) / event.rules;
    yield { kind: 'progress', fraction, text: 'limit by quadrature' };
  }
  throw new Error('the limit ended without a result');
}

async function measure(
  device: Device,
  config: Config,
  data: Problem,
  { limit, clouds }: QuadratureLimit,
  { width, replicas, firstReplica }: { width: number; replicas: number; firstReplica: number },
): Promise<Distances> {
  const own: Config = { ...config, network: { ...config.network, width } };
  const simulation = await createSimulation(device, own, { data, replicas, firstReplica });
  try {
    await simulation.step(config.flow.steps);
    const { prediction } = await simulation.observe(['prediction']);
    const { particles } = await simulation.read();
    const reference = joinReplicas(clouds);
    const marginal = (row: (typeof ROWS)[number]): Float64Array =>
      Float64Array.from({ length: replicas }, (_, r) =>
        wasserstein1(replicaOf(particles, r)[row], reference[row]),
      );
    return {
      width,
      f: squaredDistances(prediction, data.train.weight, limit),
      rows: { a: marginal('a'), b: marginal('b'), c: marginal('c') },
    };
  } finally {
    simulation.destroy();
  }
}

function lawsOf(
  found: readonly Distances[],
  config: Config,
  { squaredError, clouds }: QuadratureLimit,
): Law[] {
  const [first, second]: readonly Particles[] = clouds;
  return [
    lawOf(
      'E‖f_m − f‖²',
      -1,
      found,
      config,
      ({ f }) => f,
      (mean) => squaredError[0] / mean,
    ),
    ...ROWS.map((row) =>
      // Two independent rules are twice as far apart as their union is off, and errors that are independent of the
      // particles' add in squares.
      lawOf(
        `E W₁ of ${row}`,
        -1 / 2,
        found,
        config,
        ({ rows }) => rows[row],
        (mean) => 0.5 * (wasserstein1(first[row], second[row]) / 2 / mean) ** 2,
      ),
    ),
  ];
}

/** Mean and exponent with intervals, by the statistics of the fluctuation: a mean over replicas that falls with m. */
function lawOf(
  name: string,
  exponent: number,
  found: readonly Distances[],
  { seed, clt }: Config,
  read: (distances: Distances) => Float64Array,
  addedTo: (mean: number) => number,
): Law {
  const measurements = found.map((distances): WidthMeasurement => {
    const values = read(distances);
    return {
      width: distances.width,
      distances: [values],
      testDistances: null,
      losses: [values],
      totalVariations: [values],
      twoNorms: [values],
      limitError: [null],
      effectiveDimension: [null],
      floor: [0],
      predicted: [null],
    };
  });
  const options = { centreFitted: false, seed, resamples: clt.bootstrap };
  const { points, laws } = fluctuationResult(measurements, [0], options);
  const fitted = laws[0].exponent;
  if (fitted === null) throw new Error('lln: an exponent takes two widths');
  return {
    name,
    exponent,
    fitted,
    added: addedTo(points[points.length - 1].scaled / points[points.length - 1].width),
    values: points.map(({ width, scaled, ciLow, ciHigh }) => ({
      width,
      mean: { estimate: scaled / width, ci: [ciLow / width, ciHigh / width] },
    })),
  };
}

// ---- Criteria and picture -------------------------------------------------------------------------------

function judge(laws: readonly Law[], config: Config): ReproductionResult {
  const { quadrature } = config.clt;
  const end = timeOfStep(config, config.flow.steps);
  return {
    criteria: laws.flatMap(criteriaOf),
    tables: laws.map((law, n) => ({
      file: ['function', 'marginal-a', 'marginal-b', 'marginal-c'][n] + '.csv',
      caption: `${law.name} at time ${end}`,
      columns: ['width', 'mean', 'ci_low', 'ci_high'],
      rows: law.values.map(({ width, mean }) => [width, mean.estimate, ...mean.ci]),
    })),
    pictures: [
      {
        title: 'The law of large numbers',
        description:
          'Distances to the mean-field limit against width, on lines of slope −1 and −1/2.',
        caption:
          `Means of ${replicasOf(config)} replicas with 95 % intervals. The limit is that of ${quadrature.nodes} nodes of the ` +
          'initial law, which move by the same steps. Dotted guides have the slopes −1 and −1/2.',
        x: { kind: 'log', title: 'width m' },
        y: { kind: 'log', title: 'distance to the limit' },
        curves: [...laws.map(curveOf), ...laws.slice(0, 2).map(guideOf)],
      },
    ],
    remarks: [],
  };
}

function criteriaOf({ name, exponent, fitted, added, values }: Law): Criterion[] {
  const [low, high] = fitted.ci;
  const show = (value: number): string => value.toFixed(3).replace('-', '−');
  const least = values[values.length - 1].mean;
  const share = (added * least.estimate) / ((least.ci[1] - least.ci[0]) / 2);
  return [
    {
      name: `${name}: 95 % interval of the exponent`,
      allowed: `contains ${show(exponent)}`,
      measured: `${show(fitted.estimate)} [${show(low)}, ${show(high)}]`,
      pass: low <= exponent && exponent <= high,
    },
    {
      name: `${name}: what the error of the limit adds, over half the interval at the largest width`,
      allowed: '≤ 1',
      measured: share.toFixed(2),
      pass: share <= 1,
    },
  ];
}

function curveOf({ name, values, fitted }: Law, color: number): Curve {
  return {
    label: `${name}: exponent ${fitted.estimate.toFixed(2).replace('-', '−')}`,
    x: values.map(({ width }) => width),
    y: values.map(({ mean }) => mean.estimate),
    low: values.map(({ mean }) => mean.ci[0]),
    high: values.map(({ mean }) => mean.ci[1]),
    role: 'measured',
    color,
  };
}

/** A line of the slope of theory at half the height of the points. */
function guideOf({ values, exponent }: Law): Curve {
  const x = values.map(({ width }) => width);
  const y = x.map((m) => 0.5 * values[0].mean.estimate * (m / x[0]) ** exponent);
  return { label: `slope ${exponent === -1 ? '−1' : '−1/2'}`, x, y, role: 'guide' };
}
