// The presets of the page: configurations with a name and one sentence that says what to look at.
// The first nine have number keys; the first is what the page opens with.
import type { ConfigInput } from '../config.ts';
import { GOLDEN_1, QUICK } from '../experiments/preset-parts.ts';

/** A configuration to look at. */
export interface PagePreset {
  readonly title: string;
  /** one sentence: what to look at */
  readonly note: string;
  readonly config: ConfigInput;
}

type Delta = Extract<NonNullable<ConfigInput['init']>, { kind: 'canonical' }>['delta'];
type Points = { x: number[]; y: number[] };

/** `count` points of a function, evenly on [−half, half], rounded to what a link can hold. */
function even(count: number, half: number, target: (x: number) => number): Points {
  // A link has no −0.
  const round = (value: number): number => Math.round(value * 1e4) / 1e4 + 0;
  const x = Array.from({ length: count }, (_, j) => round(-half + (2 * half * j) / (count - 1)));
  return { x, y: x.map((at) => round(target(at))) };
}

const SINE = even(20, 1, (x) => Math.sin(Math.PI * x));
const SQUARE = even(10, 0.9, (x) => Math.sign(Math.sin(Math.PI * x + 0.1)));
const ZIGZAG: Points = { x: [-0.9, -0.5, 0.1, 0.4, 0.9], y: [0.2, -0.6, 0.7, 0.2, 0.5] };

/** One input, relu, canonical particles at δ. */
function canonical(
  data: Points,
  delta: NonNullable<Delta>,
  {
    dt,
    steps,
    width = 4096,
    scale = 1,
  }: { dt: number; steps: number; width?: number; scale?: number },
): ConfigInput {
  const frozen = { '-infinity': ['c' as const], infinity: ['a' as const, 'b' as const] };
  return {
    problem: { kind: 'points', ...data },
    network: { activation: 'relu', width, scale },
    init: { kind: 'canonical', delta },
    flow: { dt, steps, ...(typeof delta === 'string' && { train: frozen[delta] }) },
  };
}

/** Signed Gaussian bumps that all start at one end of a mixture, with or without birth–death. */
function badInit(birthDeath: NonNullable<ConfigInput['flow']>['birthDeath']): ConfigInput {
  const normal = (x: number, mean: number, variance: number): number =>
    Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
  const x = Array.from({ length: 25 }, (_, j) => 0.5 * (j - 12));
  const target = (at: number): number =>
    (normal(at, -2, 0.5) - 2 * normal(at, 0, 1) + normal(at, 2, 0.5)) / 3;
  return {
    problem: {
      kind: 'points',
      x,
      y: x.map((at) => Number(target(at).toPrecision(6))),
      weight: x.map(() => 0.5),
    },
    network: { activation: 'gaussian', width: 512 },
    init: {
      kind: 'random',
      a: { kind: 'constant', value: 1 },
      b: { kind: 'normal', mean: -2, std: 0.1 },
    },
    flow: {
      dt: 0.01,
      steps: 6000,
      train: ['b', 'c'],
      lossWeights: 'sum',
      ...(birthDeath && { birthDeath }),
    },
    record: { every: 20 },
  };
}

/** The presets by name. */
export const PAGE_PRESETS = {
  adaptive: {
    title: 'Adaptive: the knots move',
    note: 'The mean-field regime (δ = 0): particles turn towards the data, knots gather at few places, and the network becomes a polygon with few corners.',
    config: canonical(SINE, 0, { dt: 0.2, steps: 3000 }),
  },
  kernel: {
    title: 'Kernel: the knots stay',
    note: 'The same data at δ = −100: the outer weights do all the work, the cloud hardly moves, and the network fits with a smooth curve, as a kernel would.',
    config: canonical(SINE, -100, { dt: 0.02, steps: 3000 }),
  },
  lln: {
    title: 'Law of large numbers',
    note: 'At width 16384 another seed gives the same function; set the width to 64 and change the seed: now every draw gives another one.',
    config: {
      problem: GOLDEN_1.problem,
      network: { activation: 'tanh', width: 16384 },
      init: GOLDEN_1.init,
      flow: { dt: 0.1, steps: 400 },
    },
  },
  clt: {
    title: 'Central limit theorem',
    note: 'Around the limit, networks of width m fluctuate like 1/√m: run the replicas in the fluctuation view and compare the slope with −1. The numbers are those of clt --preset quick.',
    config: QUICK,
  },
  'teacher-student': {
    title: 'Teacher and student',
    note: 'Four teacher neurons on a circle, 1024 student neurons: the loss on new samples follows the loss on the training samples, and the cloud gathers around the directions of the teacher.',
    config: {
      problem: {
        kind: 'teacher-student',
        dimension: 2,
        samples: 96,
        testSamples: 256,
        inputs: { kind: 'gaussian' },
      },
      network: { activation: 'relu', width: 1024 },
      init: { kind: 'random', c: { kind: 'normal', std: 0.2 } },
      flow: { dt: 0.02, steps: 1500 },
    },
  },
  'birth-death': {
    title: 'Birth–death escapes',
    note: 'All bumps start at the left end, where the gradient vanishes: particles die and are born anew with c = 0, and the new ones find the rest of the target.',
    config: badInit({
      rate: 5,
      scheme: 'published',
      law: 'linear',
      centred: false,
      quench: 50,
      reinject: { a: { kind: 'constant', value: 1 }, b: { kind: 'normal' } },
    }),
  },
  stuck: {
    title: 'Without birth–death: stuck',
    note: 'The same start under the gradient alone: the bumps fit the left end and the loss stays where it is; press 6 for the way out.',
    config: badInit(undefined),
  },
  sparse: {
    title: 'Sparse: total variation',
    note: 'A total-variation penalty kills particles: most reach 0 and stay there, and few knots are left on the curve.',
    config: {
      ...canonical(ZIGZAG, 0, { dt: 0.2, steps: 4000 }),
      flow: { dt: 0.2, steps: 4000, penalty: { kind: 'total-variation', strength: 0.002 } },
    },
  },
  million: {
    title: 'A million neurons',
    note: 'Width 2²⁰ and ten samples: the cloud is a density now, and its motion is that of the mean-field limit up to a thousandth.',
    config: canonical(SQUARE, 0, { dt: 0.5, steps: 1000, width: 2 ** 20 }),
  },
  'figure-5': {
    title: 'Figure 5: between the regimes',
    note: 'Univariate ReLU networks, figure 5: at δ = −10 some knots move and the fit is between a smooth curve and a polygon; try δ = −100, −1 and 10 on the panel.',
    config: canonical(
      even(6, 0.9, (x) => Math.sin(2 * Math.PI * x)),
      -10,
      {
        dt: 0.2,
        steps: 4000,
      },
    ),
  },
  'figure-6-outer': {
    title: 'Figure 6: c alone (δ = −∞)',
    note: 'Univariate ReLU networks, figure 6: with frozen (a, b) not one knot moves; this is random features, and the fit overshoots at the jumps.',
    config: canonical(SQUARE, '-infinity', { dt: 2, steps: 6000, width: 1024, scale: 0.5 }),
  },
  'figure-6-inner': {
    title: 'Figure 6: a and b alone (δ = ∞)',
    note: 'Univariate ReLU networks, figure 6: with frozen c the knots run to the samples and the network becomes the polygon through them.',
    config: canonical(SQUARE, 'infinity', { dt: 2, steps: 6000, width: 1024, scale: 0.5 }),
  },
  'figure-7': {
    title: 'Figure 7: one function, three lifts',
    note: 'Univariate ReLU networks, figure 7: change δ between −100, 0 and 10: the function at step 0 is always the same, the function at the end is not.',
    config: canonical(ZIGZAG, 0, { dt: 0.2, steps: 3000 }),
  },
} as const satisfies Record<string, PagePreset>;

export type PresetName = keyof typeof PAGE_PRESETS;

/** Names in order; the first nine have the keys 1 to 9. */
export const PRESET_NAMES = Object.keys(PAGE_PRESETS) as PresetName[];
