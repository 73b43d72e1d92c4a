// rotskoff2019/student-teacher: 50 ReLU neurons learn a teacher of 10 from minibatches, with and without birth–death.
// Copies of neurons see the same gradients and never separate, so that births and deaths alone leave a few neurons; new
// neurons with c = 0, or weights in place of copies, keep all of them.
//
// The source writes f = Σ c̃ σ(⟨ã,x⟩), descends E (f − f*)² without ½ by steps η = 0.02, and lets neuron i die or double with
// probability |c̃_i ∂L/∂c̃_i| in every step. With c = √m c̃ and a = √m ã, f is (1/m) Σ c σ(⟨a,x⟩), the same steps are those of
// the flow of ½ E (f − f*)² at dt = 2η, and c̃ ∂L/∂c̃ = 2V/m = κ V dt with κ = 1/(mη) = 1.
import { parseConfig } from '../../config-check.ts';
import type { Config, ConfigInput } from '../../config.ts';
import { createSimulation } from '../../engine/simulation.ts';
import { SUBMIT_MS } from '../../engine/tuning.ts';
import type { Device } from '../../gpu/device.ts';
import { countDistinct } from '../../observables/distinct.ts';
import type { Criterion, Picture, ReproductionResult } from '../../observables/reproduction.ts';
import { makeProblem } from '../../problem/make.ts';
import { populationOf } from '../../problem/population.ts';
import type { Problem } from '../../problem/problem.ts';
import { makeTeacher } from '../../problem/teacher.ts';
import { keyOf } from '../../random.ts';
import { cloudOf, oneReplica } from '../../reference/cloud.ts';
import { populationProducts } from '../../reference/population.ts';
import type { Particles } from '../../state.ts';
import { quantile } from './quantile.ts';
import type { ReproduceEvent, ReproduceOptions, Reproduction } from './reproduction.ts';

const WIDTH = 50;
const DIMENSION = 50;
const TEACHERS = 10;
const LEARNING_RATE = 0.02;
/** The loss at the end is the mean over the records of this last share of the run. */
const LAST_SHARE = 0.1;
const RECORDS = 50;

type BirthDeath = NonNullable<NonNullable<ConfigInput['flow']>['birthDeath']>;

/** Births and deaths as in the source: probability κ|V|dt with V as it is. */
const SOURCE = { scheme: 'published', law: 'linear', centred: false } as const;

const SCHEMES = {
  'gradient descent': {},
  'births and deaths alone': { ...SOURCE, rate: 1 },
  // a of the source is N(0, 1/m²), √m times that here; deaths alone, a hundred times rarer.
  reinjection: {
    ...SOURCE,
    rate: 0.01,
    clones: false,
    reinject: {
      a: { kind: 'normal', std: 1 / Math.sqrt(WIDTH) },
      b: { kind: 'constant', value: 0 },
    },
  },
  weights: { scheme: 'weights', rate: 1 },
} satisfies Record<string, BirthDeath>;
type Scheme = keyof typeof SCHEMES;
const NAMES = Object.keys(SCHEMES) as Scheme[];

/** How large the runs are. */
export interface CollapseSizes {
  readonly steps: number;
  readonly replicas: number;
  /** inputs that minibatches are drawn from */
  readonly samples: number;
}

/** What is seen of one scheme at its records: numbers of every replica. */
export interface Course {
  readonly scheme: Scheme;
  readonly step: number[];
  /** E (f − f*)² over the law of the inputs */
  readonly loss: number[][];
  readonly distinct: number[][];
  /** effective share of the weights */
  readonly effective: number[][];
}

/** The entry at its usual size. */
export const collapse = makeCollapse({ steps: 100_000, replicas: 3, samples: 131_072 });

/** The entry at a size of one's own; the criteria are for the usual one. */
export function makeCollapse(sizes: CollapseSizes): Reproduction {
  return {
    title: 'copies of neurons coalesce under births and deaths; new neurons or weights prevent it',
    source:
      'Rotskoff, Jelassi, Bruna and Vanden-Eijnden, ICML 2019: settings of the public code, whose own output shows the ' +
      'collapse; the cure by weights and the criteria are ours.',
    work: '6e9 neuron·sample pairs in 50 dimensions',
    config: (options) => collapseConfig(sizes, 'births and deaths alone', options),
    run: (device, options) => run(device, sizes, options),
  };
}

/** The configuration of one scheme. */
export function collapseConfig(
  { steps, samples }: CollapseSizes,
  scheme: Scheme,
  { seed = 1 }: ReproduceOptions,
): Config {
  return parseConfig({
    seed,
    problem: {
      kind: 'teacher-student',
      inputs: { kind: 'sphere', radius: 1 },
      dimension: DIMENSION,
      samples,
      teacher: {
        kind: 'random',
        neurons: TEACHERS,
        a: { kind: 'sphere', radius: 1 },
        b: { kind: 'constant', value: 0 },
        c: { kind: 'sign', scale: TEACHERS },
      },
    },
    network: { activation: 'relu', width: WIDTH, bias: false },
    init: { kind: 'random', a: { kind: 'normal' }, c: { kind: 'uniform', low: -1, high: 1 } },
    flow: { dt: 2 * LEARNING_RATE, steps, batch: 100, birthDeath: SCHEMES[scheme] },
  });
}

async function* run(
  device: Device,
  sizes: CollapseSizes,
  options: ReproduceOptions,
): AsyncGenerator<ReproduceEvent, void, undefined> {
  const data = await makeProblem(collapseConfig(sizes, 'gradient descent', options));
  const courses: Course[] = [];
  for (const [n, scheme] of NAMES.entries()) {
    const course = yield* runScheme(device, sizes, scheme, data, {
      ...options,
      from: n / NAMES.length,
    });
    courses.push(course);
  }
  yield { kind: 'result', result: resultOf(sizes, courses) };
}

/** Runs one scheme. @returns what is seen at its records */
async function* runScheme(
  device: Device,
  sizes: CollapseSizes,
  scheme: Scheme,
  data: Problem,
  options: ReproduceOptions & { from: number },
): AsyncGenerator<ReproduceEvent, Course, undefined> {
  const { steps, replicas } = sizes;
  const config = collapseConfig(sizes, scheme, options);
  const submitMs = SUBMIT_MS.batch;
  const simulation = await createSimulation(device, config, { data, replicas, submitMs });
  const course: Course = { scheme, step: [], loss: [], distinct: [], effective: [] };
  const lossOf = populationLoss(config);
  try {
    for (let k = 0; k <= RECORDS; k++) {
      const target = Math.round((k * steps) / RECORDS);
      for await (const { step } of simulation.advance(target, [], [])) {
        options.signal?.throwIfAborted();
        const fraction = options.from + step / steps / NAMES.length;
        yield { kind: 'progress', fraction, text: `${scheme}, step ${step} of ${steps}` };
      }
      const { particles } = await simulation.read();
      course.step.push(target);
      course.loss.push(lossOf(particles));
      course.distinct.push(countDistinct(particles));
      course.effective.push(effectiveShares(particles));
    }
  } finally {
    simulation.destroy();
  }
  return course;
}

/** E (f − f*)² over the law of the inputs, of every replica, in closed form. */
function populationLoss(config: Config): (particles: Particles) => number[] {
  const { problem, seed } = config;
  if (problem.kind !== 'teacher-student') throw new Error('a teacher–student problem is expected');
  const teacher = makeTeacher(problem.teacher, problem.dimension, keyOf(seed));
  const population = populationOf(config, teacher);
  return (particles) => {
    const cloud = cloudOf(particles);
    return Array.from(
      { length: particles.replicas },
      (_, r) => populationProducts(config, oneReplica(cloud, r), population).residual[0],
    );
  };
}

/** (Σω)²/(m Σω²) of every replica. */
function effectiveShares({ weight, width: m, replicas }: Particles): number[] {
  return Array.from({ length: replicas }, (_, r) => {
    const own = weight.subarray(r * m, (r + 1) * m);
    const sum = own.reduce((total, w) => total + w, 0);
    return sum ** 2 / (m * own.reduce((total, w) => total + w * w, 0));
  });
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The mean loss of every replica over the end of the run. */
function finalLosses({ loss }: Course): number[] {
  const last = loss.slice(-Math.max(1, Math.round(LAST_SHARE * RECORDS)));
  return loss[0].map((_, r) => last.reduce((sum, values) => sum + values[r], 0) / last.length);
}

function resultOf(sizes: CollapseSizes, courses: readonly Course[]): ReproductionResult {
  const [plain, ...others] = courses;
  const base = median(finalLosses(plain));
  const criteria = others.flatMap((course) =>
    course.scheme === 'births and deaths alone' ? collapses(course, base) : keeps(course, base),
  );
  const weights = courses.find(({ scheme }) => scheme === 'weights');
  const shares = weights === undefined ? [] : weights.effective[weights.effective.length - 1];
  return {
    criteria,
    tables: [tableOf(courses, sizes)],
    pictures: [pictureOf(courses, 'loss'), pictureOf(courses, 'distinct')],
    remarks: [
      `Relative to gradient descent, whose median loss at the end is ${base.toExponential(2)}; losses are E(f − f*)² over all inputs in closed ` +
        'form, the mean over the last tenth of the run.',
      `Minibatches of 100 are drawn anew in every step from ${sizes.samples} inputs. A neuron is distinct that is farther from ` +
        'all others than 1 % of its norm.',
      `The weights count at the end like ${shares.map((share) => `${(100 * share).toFixed(0)} %`).join(', ')} of the neurons.`,
    ],
  };
}

function collapses(course: Course, base: number): Criterion[] {
  const left = Math.max(...course.distinct[course.distinct.length - 1]);
  const ratio = median(finalLosses(course)) / base;
  return [
    {
      name: `${course.scheme}: most distinct neurons`,
      allowed: '≤ 6',
      measured: String(left),
      pass: left <= 6,
    },
    {
      name: `${course.scheme}: median loss, relative`,
      allowed: '≥ 5',
      measured: ratio.toFixed(1),
      pass: ratio >= 5,
    },
  ];
}

function keeps(course: Course, base: number): Criterion[] {
  const left = Math.min(...course.distinct[course.distinct.length - 1]);
  const ratio = median(finalLosses(course)) / base;
  return [
    {
      name: `${course.scheme}: fewest distinct neurons`,
      allowed: '≥ 45',
      measured: String(left),
      pass: left >= 45,
    },
    {
      name: `${course.scheme}: median loss, relative`,
      allowed: '≤ 2.5',
      measured: ratio.toFixed(2),
      pass: ratio <= 2.5,
    },
  ];
}

function tableOf(courses: readonly Course[], { replicas }: CollapseSizes) {
  const runs = Array.from({ length: replicas }, (_, r) => r);
  const columns = courses.flatMap(({ scheme }) =>
    runs.flatMap((r) => ['loss', 'distinct'].map((what) => `${scheme}_${what}_${r}`)),
  );
  return {
    file: 'student-teacher.csv',
    caption: 'Loss E(f − f*)² and number of distinct neurons over time, every run',
    columns: ['step', ...columns.map((name) => name.replaceAll(' ', '_'))],
    rows: courses[0].step.map((step, k) => [
      step,
      ...courses.flatMap(({ loss, distinct }) => runs.flatMap((r) => [loss[k][r], distinct[k][r]])),
    ]),
    shown: false,
  };
}

function pictureOf(courses: readonly Course[], what: 'loss' | 'distinct'): Picture {
  const isLoss = what === 'loss';
  return {
    title: isLoss ? 'Loss over time' : 'Distinct neurons over time',
    description: isLoss
      ? 'The loss over the steps for four schemes; births and deaths alone end highest.'
      : 'The number of distinct neurons over the steps; births and deaths alone leave a few.',
    caption: `Medians over runs with least and largest.${isLoss ? '' : ' Curves at the top lie on each other.'}`,
    x: { kind: 'linear', title: 'step' },
    y: isLoss
      ? { kind: 'log', title: 'loss E(f − f*)²' }
      : { kind: 'linear', title: 'distinct neurons' },
    curves: courses.map((course) => ({
      label: course.scheme,
      x: course.step,
      y: course[what].map(median),
      low: course[what].map((values) => Math.min(...values)),
      high: course[what].map((values) => Math.max(...values)),
      role: 'measured',
      radius: 1.5,
    })),
  };
}
