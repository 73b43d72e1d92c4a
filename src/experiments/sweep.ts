// The fluctuation experiment as a user asks for it: for each penalty of `clt.sweep` the limit, the prediction, then
// the replicas. Replicas of all penalties start from the same particles, so that their differences are the penalty's.
import type { Config } from '../config.ts';
import type { Device } from '../gpu/device.ts';
import type { KernelChoice } from '../engine/plan.ts';
import { makeProblem } from '../problem/make.ts';
import type { Problem } from '../problem/problem.ts';
import type { CreateBatch } from './batches.ts';
import type { FluctuationDone } from './events.ts';
import { checkFluctuations, fluctuations, type FluctuationsOptions } from './fluctuations.ts';
import { withFixedStep } from './fixed-step.ts';
import { quadratureLimit, type QuadratureLimit } from './limit.ts';
import { prediction, predictionCaveat, type PredictionAtStep } from './prediction.ts';
import type { Known } from './reduction.ts';

type PenaltyConfig = Config['flow']['penalty'];

/** What the sweep found with one penalty. */
export interface SweepPart extends FluctuationDone {
  readonly penalty: PenaltyConfig;
  /** the limit by quadrature, where it was asked for */
  readonly limit: QuadratureLimit | null;
  /** at every recording step, where it was asked for */
  readonly prediction: readonly PredictionAtStep[] | null;
  /** what is to be known of the prediction, in words */
  readonly caveat: string | null;
}

/** Events of {@link penaltySweep}. */
export type SweepEvent =
  | {
      readonly kind: 'sweep-progress';
      /** what is under way, in words */
      readonly phase: string;
      /** share of this phase that is done */
      readonly fraction: number;
    }
  | { readonly kind: 'sweep'; readonly parts: readonly SweepPart[] };

/** Options of {@link penaltySweep}. */
export interface PenaltySweepOptions {
  readonly data?: Problem;
  /** a limit f that is known, [T][s] */
  readonly limit?: Float64Array;
  /** predict the constants too; default false */
  readonly predict?: boolean;
  readonly signal?: AbortSignal;
  /** kernels of the replicas; default "auto" */
  readonly kernel?: KernelChoice;
  readonly create?: CreateBatch;
}

/** The penalties of a configuration: those of `clt.sweep`, or `flow.penalty` alone. */
export function penaltiesOf({ clt, flow }: Config): readonly PenaltyConfig[] {
  return clt.sweep.length === 0 ? [flow.penalty] : clt.sweep;
}

/**
 * Runs the fluctuation experiment for every penalty of `clt.sweep`, with the limit of `clt.limit`.
 *
 * @throws what `fluctuations`, `prediction` and `quadratureLimit` throw
 */
export async function* penaltySweep(
  device: Device,
  given: Config,
  options: PenaltySweepOptions = {},
): AsyncGenerator<SweepEvent, void, undefined> {
  const data = options.data ?? (await makeProblem(given));
  const { config } = withFixedStep(given, data);
  const penalties = penaltiesOf(config);
  const parts: SweepPart[] = [];
  for (const [index, penalty] of penalties.entries()) {
    const own: Config = { ...config, flow: { ...config.flow, penalty } };
    const before = penalties.length === 1 ? '' : `penalty ${index + 1} of ${penalties.length}, `;
    parts.push({ penalty, ...(yield* runPart(device, own, data, options, before)) });
  }
  yield { kind: 'sweep', parts };
}

async function* runPart(
  device: Device,
  config: Config,
  data: Problem,
  options: PenaltySweepOptions,
  before: string,
): AsyncGenerator<SweepEvent, Omit<SweepPart, 'penalty'>, undefined> {
  const { signal, predict = false } = options;
  const steps = checkFluctuations(config);
  const progress = (phase: string, fraction: number): SweepEvent => ({
    kind: 'sweep-progress',
    phase: before + phase,
    fraction,
  });
  let limit: QuadratureLimit | null = null;
  if (config.clt.limit === 'quadrature') {
    for await (const event of quadratureLimit(device, config, data, steps, signal)) {
      if (event.kind === 'limit') limit = event.limit;
      else {
        const done = (event.rule + event.fraction) / event.rules;
        yield progress(`limit, rule ${event.rule + 1} of ${event.rules}`, done);
      }
    }
  }
  let predicted: readonly PredictionAtStep[] | null = null;
  if (predict) {
    for await (const event of prediction(device, config, data, steps, signal)) {
      if (event.kind === 'prediction') predicted = event.steps;
      else {
        const done = (event.rule + event.fraction) / event.rules;
        yield progress(`prediction, rule ${event.rule + 1} of ${event.rules}`, done);
      }
    }
  }
  const own: FluctuationsOptions = { data, ...options, ...limitOf(limit), ...theoryOf(predicted) };
  for await (const event of fluctuations(device, config, own)) {
    if (event.kind === 'result') {
      const caveat = predicted === null ? null : predictionCaveat(config);
      return { ...event, limit, prediction: predicted, caveat };
    }
    yield progress(`width ${event.width}, step ${event.step} of ${event.steps}`, event.fraction);
  }
  throw new Error('the experiment ended without a result');
}

/** What a limit by quadrature tells the reduction. */
export function limitOf(limit: QuadratureLimit | null): Known {
  if (limit === null) return {};
  const { limit: train, testLimit, squaredError } = limit;
  return { limit: train, testLimit, limitError: squaredError };
}

/** What a prediction tells the reduction. */
export function theoryOf(predicted: readonly PredictionAtStep[] | null): Known {
  if (predicted === null) return {};
  return {
    predicted: predicted.map(({ constant }) => constant),
    theory: predicted.map(({ test, monteCarlo }) => ({ test, monteCarlo })),
  };
}
