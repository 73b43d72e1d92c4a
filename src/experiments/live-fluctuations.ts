// The fluctuation experiment for watching: rounds of a few replicas of every width, and after each round what all
// replicas so far say. No clock but to size the rounds, no page.
import { isLimitName } from '../config-clt.ts';
import type { Config } from '../config.ts';
import { ConfigError, showValue } from '../config-check.ts';
import { createSimulation } from '../engine/simulation.ts';
import type { KernelChoice } from '../engine/plan.ts';
import { SUBMIT_MS } from '../engine/tuning.ts';
import type { Device } from '../gpu/device.ts';
import type { FluctuationResult } from '../observables/fluctuation.ts';
import { makeProblem } from '../problem/make.ts';
import type { Problem } from '../problem/problem.ts';
import { runWidth, type CreateBatch, type Sweep, type WidthReplicas } from './batches.ts';
import type { FluctuationProgress, WidthRun } from './events.ts';
import { checkFluctuations, checkSizes, widthsOf } from './fluctuations.ts';
import { withFixedStep } from './fixed-step.ts';
import { quadratureLimit } from './limit.ts';
import { checkPrediction, prediction } from './prediction.ts';
import { reduceSweep, type Known, type Setting, type SweepRecords } from './reduction.ts';
import { limitOf, theoryOf } from './sweep.ts';
import { createTally, type Course, type Tally } from './tally.ts';

/** What a live experiment tells. */
export type LiveEvent =
  | {
      readonly kind: 'progress';
      /** what is under way, in words */
      readonly phase: string;
      /** share of the phase: of all replicas asked for so far, or of a limit or a prediction */
      readonly fraction: number;
      /** estimated seconds to the end of all replicas asked for so far; null where unknown */
      readonly secondsLeft: number | null;
    }
  | {
      readonly kind: 'round';
      /** of all replicas so far */
      readonly result: FluctuationResult;
      /** replicas done, per width, ascending */
      readonly replicas: readonly number[];
      /** how the last round ran, one per width, ascending */
      readonly runs: readonly WidthRun[];
      /** true where all replicas asked for are done */
      readonly done: boolean;
    };

/** Options of {@link createLiveFluctuations}. */
export interface LiveOptions extends Known {
  /** the problem; default: made from the configuration */
  readonly data?: Problem;
  /** kernels of the engine; default "auto" */
  readonly kernel?: KernelChoice;
  /** how batches of replicas are made; default: the engine */
  readonly create?: CreateBatch;
  /** how records become a result; default: here and now. A page gives the work to a worker. */
  readonly reduce?: (records: SweepRecords) => FluctuationResult | Promise<FluctuationResult>;
  /** milliseconds that a round should take; default 1500 */
  readonly roundMs?: number;
}

/** Bootstrap resamples of all rounds but the last. */
const DRAFT_RESAMPLES = 200;
const ROUND_MS = 1500;

/** An experiment that runs in rounds. Between two events nothing runs: who does not pull pauses it. */
export interface LiveFluctuations {
  readonly setting: Setting;
  /** replicas done and asked for, per width, ascending */
  readonly replicas: readonly {
    readonly width: number;
    readonly done: number;
    readonly asked: number;
  }[];
  /**
   * Runs what was asked for and is not done, round by round. After an error, an abort or an early end the replicas of
   * finished rounds are kept, and another call goes on from there, also on another device.
   *
   * @param signal ends it at the next event with the signal's reason
   * @throws what the engine throws
   */
  rounds(device: Device, signal?: AbortSignal): AsyncGenerator<LiveEvent, void, undefined>;
  /**
   * Asks for more replicas of every width, also while rounds run. They have Philox words beyond all used before, so that
   * they are not the ones that `clt.replicas` with the larger number would give: there every width has words in a row.
   *
   * @throws ConfigError for no whole number, for more than the host holds, and under the population loss, whose inner
   *   products are those of one batch
   */
  addReplicas(count: number): void;
  /**
   * Predicts the constants by `clt.prediction`, and shows the result so far beside them.
   *
   * @throws ConfigError where there is no prediction, see `checkPrediction`
   */
  predict(device: Device, signal?: AbortSignal): AsyncGenerator<LiveEvent, void, undefined>;
}

/**
 * Prepares the experiment of `fluctuations` in rounds. Replicas have the same Philox words: when the replicas of
 * `clt.replicas` are done, the result is that of `fluctuations`, up to the rounding of sums that the engine splits
 * differently for batches of another size.
 *
 * @throws ConfigError for what `fluctuations` refuses, a limit from a file without `limit`, several penalties
 */
export async function createLiveFluctuations(
  config: Config,
  options: LiveOptions = {},
): Promise<LiveFluctuations> {
  const { limit, sweep } = config.clt;
  if (!isLimitName(limit) && options.limit === undefined) {
    throw new ConfigError(
      `clt.limit: received ${showValue(limit)}; allowed in rounds: "replica-mean", "quadrature"`,
    );
  }
  if (sweep.length > 0) {
    throw new ConfigError(
      `clt.sweep: received ${sweep.length} penalties; allowed in rounds: none, flow.penalty alone`,
    );
  }
  const steps = checkFluctuations(config);
  const problem = options.data ?? (await makeProblem(config));
  checkSizes(config, problem, steps.length, options);
  const { config: fixed } = withFixedStep(config, problem);
  return new LiveExperiment({ config: fixed, problem, steps }, options);
}

class LiveExperiment implements LiveFluctuations {
  private known: Known;
  private readonly tally: Tally;
  private runs: readonly WidthRun[] = [];
  /** time and work (particles × replicas) of the rounds so far */
  private spent = { ms: 0, work: 0 };

  constructor(
    readonly setting: Setting,
    private readonly options: LiveOptions,
  ) {
    this.known = options;
    // Under the population loss the replicas of a width must share a batch.
    const whole = setting.problem.population !== undefined;
    this.tally = createTally(widthsOf(setting.config), whole);
  }

  get replicas() {
    return this.tally.widths.map(({ width, done, asked }) => ({ width, done, asked }));
  }

  addReplicas(count: number): void {
    const { config, problem, steps } = this.setting;
    if (!Number.isInteger(count) || count < 1) {
      throw new ConfigError(`replicas: received ${count}; allowed: a whole number >= 1`);
    }
    if (problem.population !== undefined) {
      throw new ConfigError(
        'flow.loss: received "population"; allowed for more replicas: "samples". Begin anew with a larger clt.replicas',
      );
    }
    const { widths } = this.tally;
    const clt = {
      ...config.clt,
      widths: widths.map(({ width }) => width),
      replicas: widths.map(({ asked }) => asked + count),
    };
    checkSizes({ ...config, clt }, problem, steps.length, this.known);
    this.tally.add(count);
  }

  async *rounds(device: Device, signal?: AbortSignal): AsyncGenerator<LiveEvent, void, undefined> {
    yield* this.limit(device, signal);
    for (let course = this.tally.next(); course !== undefined; course = this.tally.next()) {
      yield* this.round(device, course, signal);
      yield await this.show();
    }
  }

  async *predict(device: Device, signal?: AbortSignal): AsyncGenerator<LiveEvent, void, undefined> {
    const { config, problem, steps } = this.setting;
    checkPrediction(config, problem.train.dimension, steps);
    for await (const event of prediction(device, config, problem, steps, signal)) {
      if (event.kind === 'prediction') this.known = { ...this.known, ...theoryOf(event.steps) };
      else yield phaseOf('prediction', event);
    }
    if (this.tally.widths[0].done > 0) yield await this.show();
  }

  private async *limit(
    device: Device,
    signal?: AbortSignal,
  ): AsyncGenerator<LiveEvent, void, undefined> {
    const { config, problem, steps } = this.setting;
    if (config.clt.limit !== 'quadrature' || this.known.limit !== undefined) return;
    for await (const event of quadratureLimit(device, config, problem, steps, signal)) {
      if (event.kind === 'limit') this.known = { ...this.known, ...limitOf(event.limit) };
      else yield phaseOf('limit', event);
    }
  }

  /** Runs some replicas of every width; they count when all are done. */
  private async *round(
    device: Device,
    course: Course,
    signal?: AbortSignal,
  ): AsyncGenerator<LiveEvent, void, undefined> {
    const { tally, options, spent } = this;
    const parts = tally.partsOf(course, this.sizeOf(course));
    const clt = {
      ...this.setting.config.clt,
      widths: parts.map(({ width }) => width),
      replicas: parts.map(({ replicas }) => replicas),
    };
    const sweep: Sweep = {
      ...this.setting,
      device,
      config: { ...this.setting.config, clt },
      signal,
      kernel: options.kernel ?? 'auto',
      create: options.create ?? createSimulation,
      submitMs: SUBMIT_MS.interactive,
      done: 0,
    };
    const work = workOf(parts);
    const found = [];
    let busy = 0;
    for (const part of parts) {
      const running = runWidth(sweep, part);
      try {
        for (;;) {
          const begin = performance.now();
          const next = await running.next();
          busy += performance.now() - begin;
          if (next.done === true) {
            found.push(next.value);
            break;
          }
          yield this.progress(next.value, work, busy);
        }
      } finally {
        await running.return(undefined as never);
      }
    }
    this.runs = found.map(({ run }) => run);
    tally.keep(
      course,
      found.map(({ run: { width }, records }) => ({ width, records })),
    );
    this.spent = { ms: spent.ms + busy, work: spent.work + work };
  }

  /** Replicas of the next round, of the width that has most: few at first, then as many as fit the time. */
  private sizeOf({ most, done }: Course): number {
    const { widths } = this.tally;
    const all = Math.max(...widths.map((own) => own.done));
    const { ms, work } = this.spent;
    // One replica of every width.
    const perReplica = (widths.reduce((sum, { width }) => sum + width, 0) * ms) / work;
    const fit = Math.max(1, Math.floor((this.options.roundMs ?? ROUND_MS) / perReplica));
    return Math.min(most - done, Math.max(all, 1), work === 0 ? 1 : fit);
  }

  private progress(
    { width, step, steps, fraction }: FluctuationProgress,
    work: number,
    busy: number,
  ): LiveEvent {
    const { done, asked } = this.tally.work;
    const now = done + fraction * work;
    const ms = this.spent.ms + busy;
    const worked = this.spent.work + fraction * work;
    return {
      kind: 'progress',
      phase: `width ${width}, step ${step} of ${steps}`,
      fraction: now / asked,
      secondsLeft: worked === 0 ? null : ((asked - now) * ms) / worked / 1000,
    };
  }

  private async show(): Promise<LiveEvent> {
    const { tally, setting, known, options, runs } = this;
    const done = tally.next() === undefined;
    const { config } = setting;
    const bootstrap = done ? config.clt.bootstrap : Math.min(DRAFT_RESAMPLES, config.clt.bootstrap);
    const { limit, testLimit, limitError, predicted, theory, exponent } = known;
    const result = await (options.reduce ?? reduceSweep)({
      setting: { ...setting, config: { ...config, clt: { ...config.clt, bootstrap } } },
      widths: tally.records(),
      // Nothing but data, which can be sent to a worker.
      known: { limit, testLimit, limitError, predicted, theory, exponent } as Known,
    });
    return { kind: 'round', result, replicas: tally.widths.map((own) => own.done), runs, done };
  }
}

function phaseOf(
  name: string,
  { rule, rules, fraction }: { rule: number; rules: number; fraction: number },
): LiveEvent {
  return {
    kind: 'progress',
    phase: `${name}, rule ${rule + 1} of ${rules}`,
    fraction: (rule + fraction) / rules,
    secondsLeft: null,
  };
}

function workOf(parts: readonly WidthReplicas[]): number {
  return parts.reduce((sum, { width, replicas }) => sum + width * replicas, 0);
}
