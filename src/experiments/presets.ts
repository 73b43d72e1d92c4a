// Named configurations to start from. Work counts neuron·sample pairs: one for each neuron, sample, step and replica.
// Widths start at 128: below, terms of order 1/m in m·V̂ show at late times (−8 % at m = 64 in the problem of `quick`).
import type { ConfigInput } from '../config.ts';
import { GOLDEN_1, points, QUICK, teacherStudent, type Penalty } from './preset-parts.ts';

/** A configuration with a name and one line that says what it does and how much work it is. */
export interface Preset {
  readonly description: string;
  readonly config: ConfigInput;
}

const FOUR = { x: [-2, -0.7, 0.7, 2], y: [0.8, -0.6, 0.7, -0.9] };
/** Between the four points, on the polygon through them. */
const BETWEEN = { x: [-1.35, 0, 1.35], y: [0.1, 0.05, -0.1] };
const OUTPUT_L2: Penalty = { kind: 'output-l2', strength: 0.05 };
const WEIGHT_DECAY: Penalty = { kind: 'weight-decay', strength: 0.02 };
const GOLDEN_TIMES = [0, 2.5, 5, 10, 20, 30, 40];
const LONG_TIMES = [0, 2, 5, 10, 20, 40, 80, 150, 300, 600];
/** Late constants need many nodes: tangents of nodes near a separatrix grow. */
const MANY_NODES = { nodes: 8192, columns: 32, rules: 8 };

/** The unit vector e_n of d = 16 numbers. */
const axis = (n: number): number[] => Array.from({ length: 16 }, (_, k) => (k === n ? 1 : 0));

/** ReLU without biases on the sphere of radius √16, target relu(x₁) − relu(x₂), exact population loss. */
const R1: ConfigInput = {
  problem: {
    kind: 'teacher-student',
    inputs: { kind: 'sphere', radius: 4 },
    dimension: 16,
    samples: 64,
    testSamples: 256,
    teacher: { kind: 'given', a: [axis(0), axis(1)], c: [2, -2] },
  },
  network: { activation: 'relu', width: 512, bias: false },
  init: { kind: 'random', a: { kind: 'normal', std: 0.25 }, c: { kind: 'normal', std: 1 } },
  flow: { loss: 'population', dt: 0.2, steps: 200 },
  clt: {
    widths: [64, 128, 256, 384, 512],
    replicas: 20,
    times: [0, 2, 5, 10, 20, 40],
    prediction: { nodes: 256, columns: 16, rules: 4 },
  },
};

/** The presets: teacher–student problems, smallest first, then problems of a few points by name. */
export const PRESETS = {
  quick: {
    description: 'clt on a teacher–student problem, 5 widths to 2048; 1e9 neuron·sample pairs',
    config: QUICK,
  },
  standard: {
    description: 'clt with ReLU, 6 widths to 4096; 3e11 neuron·sample pairs',
    config: {
      problem: teacherStudent(8, 256, 8),
      network: { activation: 'relu', width: 4096 },
      flow: { dt: 0.05, steps: 400 },
      clt: {
        widths: [128, 256, 512, 1024, 2048, 4096],
        replicas: 400,
        times: { spacing: 'log', count: 12 },
      },
    },
  },
  paper: {
    description: 'clt with ReLU, 5 widths to 65536; 4e13 neuron·sample pairs',
    config: {
      problem: teacherStudent(16, 512, 16),
      network: { activation: 'relu', width: 65536 },
      flow: { dt: 0.05, steps: 1000 },
      clt: {
        widths: [256, 1024, 4096, 16384, 65536],
        replicas: 1000,
        times: { spacing: 'log', count: 16 },
        bootstrap: 4000,
      },
    },
  },
  'golden-1': {
    description: 'clt on five points to t = 10, no penalty; 8e8 neuron·sample pairs',
    config: {
      ...GOLDEN_1,
      clt: {
        widths: [50, 100, 200, 400, 800],
        replicas: 1000,
        times: [0, 1, 2.5, 5, 7.5, 10],
        prediction: MANY_NODES,
      },
    },
  },
  'golden-2': {
    description: 'clt on four points to t = 40, no penalty; 3e9 neuron·sample pairs',
    config: {
      ...points(FOUR, [1.5, 3, 2], { dt: 0.1, end: 40 }),
      clt: {
        widths: [50, 100, 200, 400, 800],
        replicas: 1000,
        times: GOLDEN_TIMES,
        prediction: MANY_NODES,
      },
    },
  },
  'golden-3': {
    description: 'golden-2 with the 2-norm of c and with weight decay; 5e9 neuron·sample pairs',
    config: {
      ...points(FOUR, [1.5, 3, 2], { dt: 0.1, end: 40, penalty: OUTPUT_L2 }),
      clt: {
        widths: [50, 100, 200, 400, 800],
        replicas: 1000,
        times: GOLDEN_TIMES,
        prediction: MANY_NODES,
        sweep: [OUTPUT_L2, WEIGHT_DECAY],
      },
    },
  },
  interpolating: {
    description: 'fluctuations die out on four points to t = 600 and stay between them; 2e9 pairs',
    config: {
      ...points(FOUR, [1.5, 3, 2], { dt: 0.2, end: 600, test: BETWEEN }),
      clt: { widths: [50, 100, 200, 400, 800], replicas: 100, times: LONG_TIMES },
    },
  },
  regularised: {
    description: 'no penalty, 2-norm of c, weight decay on four points to t = 600; 6e9 pairs',
    config: {
      ...points(FOUR, [1.5, 3, 2], { dt: 0.2, end: 600, penalty: OUTPUT_L2, test: BETWEEN }),
      clt: {
        widths: [50, 100, 200, 400, 800],
        replicas: 100,
        times: LONG_TIMES,
        sweep: [{ kind: 'none' }, OUTPUT_L2, WEIGHT_DECAY],
      },
    },
  },
  r1: {
    description:
      'clt under the population loss, d = 16, two teacher neurons; 2e9 neuron·neuron pairs',
    config: R1,
  },
} as const satisfies Record<string, Preset>;
