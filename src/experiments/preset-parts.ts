// The problems that presets are made of, and those presets that the page shows too: it does without the others.
import type { ConfigInput } from '../config.ts';

/** One teacher–student problem in three sizes; read by `clt`, and good for `train` too. */
export const teacherStudent = (dimension: number, samples: number, neurons: number) =>
  ({
    kind: 'teacher-student',
    inputs: { kind: 'sphere', radius: 1 },
    dimension,
    samples,
    testSamples: samples,
    teacher: { neurons },
  }) as const;

/** Scalar inputs, tanh, independent normal particles; Euler with the step given. */
export const points = (
  data: { x: number[]; y: number[] },
  [c, a, b]: [number, number, number],
  { dt, end, ...rest }: { dt: number; end: number; penalty?: Penalty; test?: typeof data },
) => ({
  problem: {
    kind: 'points' as const,
    ...data,
    ...(rest.test === undefined ? {} : { test: rest.test }),
  },
  network: { activation: 'tanh' as const, width: 1024 },
  init: {
    kind: 'random' as const,
    a: { kind: 'normal' as const, std: a },
    b: { kind: 'normal' as const, std: b },
    c: { kind: 'normal' as const, std: c },
  },
  flow: { dt, steps: Math.round(end / dt), ...(rest.penalty && { penalty: rest.penalty }) },
});

export type Penalty = NonNullable<NonNullable<ConfigInput['flow']>['penalty']>;

/** The problem of `golden-1`: five points. */
export const GOLDEN_1 = points(
  { x: [-2, -1, 0, 1, 2], y: [0.3, -0.5, 0.2, 0.6, -0.4] },
  [1, 1.5, 1],
  { dt: 0.1, end: 10 },
);

/** The preset `quick`. */
export const QUICK: ConfigInput = {
  problem: teacherStudent(4, 64, 4),
  network: { activation: 'tanh', width: 2048 },
  flow: { dt: 0.2, steps: 50 },
  clt: {
    widths: [128, 256, 512, 1024, 2048],
    replicas: 100,
    times: { spacing: 'log', count: 8 },
  },
};
