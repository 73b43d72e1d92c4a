// Named configurations to start from. Work counts neuron·sample pairs: one for each neuron, sample, step and replica.
// Widths start at 128: below, terms of order 1/m in m·V̂ show at late times (−8 % at m = 64 in the problem of `quick`).
import type { ConfigInput } from '../config.ts';

/** A configuration with a name and one line that says what it does and how much work it is. */
export interface Preset {
  readonly description: string;
  readonly config: ConfigInput;
}

/** One teacher–student problem in three sizes; read by `clt`, and good for `train` too. */
const teacherStudent = (dimension: number, samples: number, neurons: number) =>
  ({
    kind: 'teacher-student',
    inputs: { kind: 'sphere', radius: 1 },
    dimension,
    samples,
    testSamples: samples,
    teacher: { neurons },
  }) as const;

/** The presets, smallest first. */
export const PRESETS = {
  quick: {
    description: 'clt on a teacher–student problem, 5 widths to 2048; 1e9 neuron·sample pairs',
    config: {
      problem: teacherStudent(4, 64, 4),
      network: { activation: 'tanh', width: 2048 },
      flow: { dt: 0.2, steps: 50 },
      clt: {
        widths: [128, 256, 512, 1024, 2048],
        replicas: 100,
        times: { spacing: 'log', count: 8 },
      },
    },
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
} as const satisfies Record<string, Preset>;
