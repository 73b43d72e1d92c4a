// Named configurations to start from. Times in the descriptions are measured, rounded up.
import type { ConfigInput } from '../config.ts';

/** A configuration with a name and one line that says what it does and how long it takes. */
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
    description: 'clt on a teacher–student problem; under a minute on 2 cores without a GPU',
    config: {
      problem: teacherStudent(4, 64, 4),
      network: { activation: 'tanh', width: 1024 },
      flow: { dt: 0.2, steps: 50 },
      clt: {
        widths: [64, 128, 256, 512, 1024],
        replicas: 200,
        times: { spacing: 'log', count: 8 },
      },
    },
  },
  standard: {
    description: 'as quick with ReLU, 7 widths to 4096 and 400 replicas; minutes on a GPU',
    config: {
      problem: teacherStudent(8, 256, 8),
      network: { activation: 'relu', width: 4096 },
      flow: { dt: 0.05, steps: 400 },
      clt: {
        widths: [64, 128, 256, 512, 1024, 2048, 4096],
        replicas: 400,
        times: { spacing: 'log', count: 12 },
      },
    },
  },
  paper: {
    description: 'as standard with widths to 65536 and 1000 replicas; hours, large GPU',
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
