// rotskoff2019/mixture and rotskoff2019/bad-init: signed Gaussian units approach a mixture of three Gaussians, with and
// without birth–death, and with new units of charge 0.
//
// The integral over x is the trapezoid rule on a grid of spacing ½, whose error on these Gaussians is below 1e-8; the
// units are `gaussian` activations with a = 1, so that b is the centre.
import { parseConfig } from '../../config-check.ts';
import type { Config, ConfigInput } from '../../config.ts';
import { createSimulation } from '../../engine/simulation.ts';
import { SUBMIT_MS } from '../../engine/tuning.ts';
import type { Device } from '../../gpu/device.ts';
import type { Criterion, Curve, ReproductionResult } from '../../observables/reproduction.ts';
import { mixtureTarget, type Component } from '../../theory/mixture.ts';
import { quantile } from './quantile.ts';
import type { ReproduceEvent, ReproduceOptions, Reproduction } from './reproduction.ts';

/** The target (1/3) [N(−2, ½) − 2 N(0, 1) + N(2, ½)]. */
export const TARGET: readonly Component[] = [
  { weight: 1 / 3, mean: -2, variance: 0.5 },
  { weight: -2 / 3, mean: 0, variance: 1 },
  { weight: 1 / 3, mean: 2, variance: 0.5 },
];

const DT = 0.01;
const SPACING = 0.5;
/** Events have probability 0.05 |V| per step. */
const RATE = 0.05 / DT;
/** The last thousand steps run without birth–death. */
const QUENCHED = 1000;
const RECORDS = 40;

type Law = ConfigInput['init'];
type BirthDeath = NonNullable<NonNullable<ConfigInput['flow']>['birthDeath']>;

/** One of the two experiments. */
interface Setting {
  readonly title: string;
  readonly file: string;
  readonly steps: number;
  /** law of the centres at the start */
  readonly centres: NonNullable<Extract<Law, { kind: 'random' }>['b']>;
  readonly replicas: number;
  /** criteria on the median energies at the end */
  judge(final: Readonly<Record<Scheme, number>>): Criterion[];
}

const SCHEMES = {
  'gradient descent': {},
  'birth–death': {},
  'birth–death with reinjection': {
    reinject: { a: { kind: 'constant', value: 1 }, b: { kind: 'normal' } },
  },
} satisfies Record<string, BirthDeath>;
type Scheme = keyof typeof SCHEMES;

/** Energies of one scheme, [records][R]. */
interface Course {
  readonly scheme: Scheme;
  readonly time: readonly number[];
  readonly energy: readonly Float64Array[];
}

const within = (name: string, value: number, low: number, high: number): Criterion => ({
  name,
  allowed: low === 0 ? `≤ ${high}` : `in [${low}, ${high}]`,
  measured: value.toExponential(2),
  pass: value >= low && value <= high,
});

/** The entry `rotskoff2019/mixture`. */
export const mixture = makeMixture({
  title: 'signed Gaussian units approach a mixture: birth–death against gradient descent',
  file: 'mixture.csv',
  steps: 3000,
  centres: { kind: 'uniform', low: -2, high: 2 },
  replicas: 10,
  judge: (final) => {
    const ratio = final['gradient descent'] / final['birth–death'];
    return [
      within('gradient descent: median energy', final['gradient descent'], 4e-4, 8e-4),
      within('birth–death: median energy', final['birth–death'], 0, 2e-4),
      within('with reinjection: median energy', final['birth–death with reinjection'], 0, 2e-4),
      {
        name: 'gradient descent over birth–death',
        allowed: '≥ 3',
        measured: ratio.toFixed(1),
        pass: ratio >= 3,
      },
    ];
  },
});

/** The entry `rotskoff2019/bad-init`. */
export const badInit = makeMixture({
  title: 'all units start at one end: only new units of charge 0 find the rest of the target',
  file: 'bad-init.csv',
  steps: 10_000,
  centres: { kind: 'normal', mean: -2, std: 0.1 },
  replicas: 10,
  judge: (final) => [
    within('gradient descent: median energy', final['gradient descent'], 0.013, 0.0145),
    within('birth–death: median energy', final['birth–death'], 0.013, 0.0145),
    within('with reinjection: median energy', final['birth–death with reinjection'], 0, 5e-4),
  ],
});

function makeMixture(setting: Setting): Reproduction {
  return {
    title: setting.title,
    source:
      'Rotskoff, Jelassi, Bruna and Vanden-Eijnden, ICML 2019: settings of the public code, with the exact constant of the ' +
      'energy; criteria are ours.',
    work: '2e9 neuron·sample pairs at most',
    config: (options) => mixtureConfig(setting, 'birth–death', options),
    run: (device, options) => runMixture(device, setting, options),
  };
}

/** The configuration of one scheme. */
export function mixtureConfig(
  { steps, centres }: Pick<Setting, 'steps' | 'centres'>,
  scheme: Scheme,
  { seed = 7 }: ReproduceOptions,
): Config {
  const x = Array.from({ length: 25 }, (_, j) => SPACING * (j - 12));
  const events: BirthDeath = {
    rate: RATE,
    scheme: 'published',
    law: 'linear',
    centred: false,
    quench: (steps - QUENCHED) * DT,
    ...SCHEMES[scheme],
  };
  return parseConfig({
    seed,
    problem: {
      kind: 'points',
      x,
      y: x.map((at) => mixtureTarget(TARGET, at)),
      weight: x.map(() => SPACING),
    },
    network: { activation: 'gaussian', width: 200 },
    init: { kind: 'random', a: { kind: 'constant', value: 1 }, b: centres },
    flow: {
      dt: DT,
      steps,
      train: ['b', 'c'],
      lossWeights: 'sum',
      birthDeath: scheme === 'gradient descent' ? {} : events,
    },
  });
}

async function* runMixture(
  device: Device,
  setting: Setting,
  options: ReproduceOptions,
): AsyncGenerator<ReproduceEvent, void, undefined> {
  const schemes = Object.keys(SCHEMES) as Scheme[];
  const courses: Course[] = [];
  for (const [n, scheme] of schemes.entries()) {
    const config = mixtureConfig(setting, scheme, options);
    const simulation = await createSimulation(device, config, {
      replicas: setting.replicas,
      submitMs: SUBMIT_MS.batch,
    });
    const course = { scheme, time: [] as number[], energy: [] as Float64Array[] };
    const { steps } = setting;
    const due = Array.from({ length: RECORDS + 1 }, (_, k) => Math.round((k * steps) / RECORDS));
    try {
      for await (const { step, records } of simulation.advance(steps, ['loss'], due)) {
        options.signal?.throwIfAborted();
        for (const { time, values } of records) {
          course.time.push(time);
          course.energy.push(values.loss);
        }
        const fraction = (n + step / steps) / schemes.length;
        yield { kind: 'progress', fraction, text: `${scheme}, step ${step} of ${steps}` };
      }
    } finally {
      simulation.destroy();
    }
    courses.push(course);
  }
  yield { kind: 'result', result: resultOf(setting, courses) };
}

function resultOf(setting: Setting, courses: readonly Course[]): ReproductionResult {
  const final = Object.fromEntries(
    courses.map(({ scheme, energy }) => [scheme, quantile(energy[energy.length - 1], 0.5)]),
  ) as Record<Scheme, number>;
  const columns = courses.map(({ scheme }) => scheme.replaceAll(' ', '_').replaceAll('–', '_'));
  return {
    criteria: setting.judge(final),
    tables: [
      {
        file: setting.file,
        caption: `Energy E over time: median, least and largest of ${setting.replicas} replicas`,
        columns: ['time', ...columns.flatMap((name) => [name, `${name}_least`, `${name}_largest`])],
        rows: courses[0].time.map((time, k) => [
          time,
          ...courses.flatMap(({ energy }) => [0.5, 0, 1].map((q) => quantile(energy[k], q))),
        ]),
        shown: false,
      },
    ],
    pictures: [
      {
        title: 'Energy over time',
        description: 'The energy of the units over time for three schemes.',
        caption:
          'Medians over replicas with least and largest. Birth–death ends ten time units before the last point.',
        x: { kind: 'linear', title: 'time t' },
        y: { kind: 'log', title: 'energy E' },
        curves: courses.map(curveOf),
      },
    ],
    remarks: [],
  };
}

function curveOf({ scheme, time, energy }: Course): Curve {
  return {
    label: scheme,
    x: time,
    y: energy.map((values) => quantile(values, 0.5)),
    low: energy.map((values) => quantile(values, 0)),
    high: energy.map((values) => quantile(values, 1)),
    role: 'measured',
  };
}
