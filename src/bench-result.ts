// The record of a benchmark, as it is kept in a result file: plain data, no formula.

/** How a time was taken: on the device by timestamps, as processor time of this process, or by the clock on the wall. */
export type Clock = 'device' | 'cpu' | 'wall';

/** Several measurements of one number. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  /** lower and upper quartile */
  readonly low: number;
  readonly high: number;
}

/** Milliseconds of one repeat; null where there is no such clock. */
export interface Timing {
  /** measured windows, at least five; one for an experiment that takes a minute */
  readonly windows: number;
  /** repeats in one window */
  readonly repeats: number;
  readonly wall: Summary;
  readonly cpu: Summary | null;
  readonly device: Summary | null;
}

/** A comparison with float64 that was made before the time counted. */
export interface Check {
  /** what was compared, for example "f" */
  readonly what: string;
  /** numbers compared */
  readonly items: number;
  /** largest |error| over the largest |value|; of an exponent, its distance from the law */
  readonly error: number;
  /** largest error that counts as right */
  readonly tolerance: number;
}

/** Shares of what the adapter can do, by clock; null where the clock is missing. */
export type Shares = Readonly<Record<Clock, number | null>>;

/** One timed thing: a kernel, or a whole step. */
export interface Row {
  /** "forward", "velocity", "update", "step", "copy" … */
  readonly name: string;
  readonly timing: Timing;
  /** width, where it is not that of the case */
  readonly m?: number;
  /** floating-point operations, bytes moved and instruction slots of one repeat, where they are counted */
  readonly flop?: number;
  readonly bytes?: number;
  readonly slots?: number;
  /** share of the FMA peak, of the time that the bare instructions take at this peak, and of the copy bandwidth */
  readonly peakShare?: Shares;
  /** share of what the simple loop of multiply-adds reaches */
  readonly peakShareSimple?: Shares;
  readonly floorShare?: Shares;
  readonly copyShare?: Shares;
}

/** What a case computes. Letters: m width, s samples, d dimension, R replicas. */
export interface Sizes {
  readonly m: number;
  readonly s: number;
  readonly d: number;
  readonly replicas: number;
}

/** Which measurement a case is. */
export type CaseKind =
  'limits' | 'kernels' | 'naive' | 'step' | 'sorted' | 'birth-death' | 'replicas' | 'sweep';

/** One measured case. */
export interface CaseResult {
  readonly name: string;
  readonly kind: CaseKind;
  readonly sizes: Sizes | null;
  /** kernels that the plan chose */
  readonly kernels: Readonly<Record<string, string | number>>;
  readonly checks: readonly Check[];
  readonly rows: readonly Row[];
  readonly seconds: number;
  /** processes that wanted to run, mean over a minute, when the case ended */
  readonly load: number | null;
}

/** A case that was left out, and why. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/** What the adapter can do, measured in the same process. */
export interface Limits {
  /**
   * GFLOP/s of fused multiply-adds in registers, by clock: with several of each chain per iteration, and with one, where
   * the loop itself costs as well
   */
  readonly fmaPeak: Shares;
  readonly fmaPeakSimple: Shares;
  /** GB/s read and written by a copy kernel of vec4f, of f32, and by the copy command */
  readonly copy: Shares;
  readonly scalarCopy: Shares;
  readonly copyCommand: Shares;
  /** microseconds of wall time: one more dispatch in a pass, one more pass, one more submit, a submit with its wait */
  readonly dispatch: number;
  readonly pass: number;
  readonly submit: number;
  readonly wait: number;
}

/** A name with its version. */
interface Versioned {
  readonly name: string;
  readonly version: string;
}

/** Where and when a benchmark ran. */
export interface BenchPlace {
  readonly adapter: {
    readonly name: string;
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly backend: string;
    readonly software: boolean;
    readonly features: readonly string[];
    readonly limits: Readonly<Record<string, number>>;
  };
  readonly package: Versioned;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly runtime: { readonly name: string; readonly version: string; readonly platform: string };
  /** of the checkout, with "+changes" where files differ from it; null outside of one */
  readonly commit: string | null;
  readonly host: { readonly cpu: string; readonly cores: number; readonly memoryBytes: number };
  readonly command: string;
  /** ISO 8601, UTC */
  readonly date: string;
}

/** A result file. */
export interface BenchResult extends BenchPlace {
  readonly format: 'meanfield-bench';
  readonly version: 1;
  /** a smoke run, whose times mean little */
  readonly quick: boolean;
  /** the clock that shares and ratios are read from where it ran */
  readonly clock: Clock;
  readonly budgetSeconds: number;
  readonly seconds: number;
  /** load of the machine before the first case */
  readonly load: number | null;
  readonly limits: Limits | null;
  readonly cases: readonly CaseResult[];
  readonly skipped: readonly Skipped[];
  /** cases with a wrong output, or that broke off; their times are not kept */
  readonly failed: readonly Skipped[];
}

/** One line of a peers file: another program on the same work. */
export interface PeerRow {
  readonly peer: string;
  readonly backend: string;
  readonly msPerStep: number | null;
  readonly cpuMsPerStep: number | null;
  readonly maxError: number | null;
  /** measured windows of a JavaScript peer */
  readonly windows?: number;
  readonly note?: string;
}

/** Peers on one problem, measured in one run. */
export interface PeerProblem {
  readonly problem: { readonly m: number; readonly s: number; readonly d: number };
  readonly rows: readonly PeerRow[];
}

/** A target with what was measured. */
export interface Verdict {
  readonly target: string;
  readonly required: string;
  /** what was measured; "not measured" with the reason in `note` */
  readonly measured: string;
  readonly met: boolean | null;
  readonly note: string;
}
