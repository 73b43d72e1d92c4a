// Rates of the run in numbers and words: pure functions, no element.
import type { Limits } from '../../bench-result.ts';
import type { Work } from '../../bench/work.ts';
import { formatNumber } from '../../record/number.ts';
import type { Run } from '../engine.ts';

/** How fast the run is, smoothed. */
export interface Pace {
  readonly stepsPerSecond: number;
  /** milliseconds between two frames; NaN before the second */
  readonly frameMs: number;
  readonly stepsPerFrame: number;
}

/** A line of the view. */
export type Line = readonly [name: string, value: string];

/** Samples that one step of the run looks at; null under the population loss, which has none. */
export function samplesPerStep({ problem, config }: Run): number | null {
  if (problem.population !== undefined) return null;
  return config.flow.batch > 0 ? config.flow.batch : problem.train.count;
}

/** Steps, pairs and frames per second. */
export function rateLines(run: Run, { stepsPerSecond, frameMs, stepsPerFrame }: Pace): Line[] {
  const samples = samplesPerStep(run);
  const replicas = run.simulation?.replicas ?? 1;
  const pairs = samples === null ? NaN : run.width * samples * replicas * stepsPerSecond;
  const kernel = run.simulation?.kernels['velocity'];
  return [
    ['Steps per second', rate(stepsPerSecond)],
    ['Neuron·sample pairs per second', rate(pairs)],
    ['Frame time', Number.isNaN(frameMs) ? '–' : `${formatNumber(frameMs, 2)} ms`],
    ['Steps per frame', stepsPerFrame > 0 ? formatNumber(stepsPerFrame) : '–'],
    ['Kernel of the step', kernel === undefined ? 'float64 reference' : String(kernel)],
  ];
}

function rate(value: number): string {
  return value > 0 ? formatNumber(value, 3) : '–';
}

/**
 * The limits of the adapter, and what share of them the run takes by the clock on the wall.
 *
 * @param work operations and bytes of a dense step, and of the update
 */
export function shareLines(
  run: Run,
  { stepsPerSecond }: Pace,
  limits: Limits,
  work: { readonly step: Work; readonly update: Work },
): Line[] {
  const peak = limits.fmaPeak.wall;
  const copy = limits.copy.wall;
  const lines: Line[] = [
    ['Peak of multiply-adds', peak === null ? '–' : `${formatNumber(peak, 3)} GFLOP/s`],
    ['Copy bandwidth', copy === null ? '–' : `${formatNumber(copy, 3)} GB/s`],
  ];
  if (!(stepsPerSecond > 0)) return lines;
  // Heun evaluates the force twice a step.
  const evaluations = run.config.flow.integrator === 'heun' ? 2 : 1;
  const per = (amount: number | undefined, limit: number | null): string =>
    amount === undefined || limit === null
      ? '–'
      : `${formatNumber((100 * evaluations * amount * stepsPerSecond) / (limit * 1e9), 2)} %`;
  const isDense = ['dense', 'forward_rows', 'forward_tiled'].includes(
    String(run.simulation?.kernels['forward'] ?? ''),
  );
  lines.push(
    isDense && samplesPerStep(run) !== null
      ? ['Share of the peak, operations counted as for relu', per(work.step.flop, peak)]
      : ['Share of the copy bandwidth, particles moved once', per(work.update.bytes, copy)],
  );
  return lines;
}

/** Weight of the newest value of a smoothed duration. */
const NEWEST = 0.3;

/** A smoothed duration; a newest one that is negative or no number, as timestamps may give, is left out. */
export function smooth(before: number | undefined, newest: number): number | undefined {
  if (!(newest >= 0) || !Number.isFinite(newest)) return before;
  return before === undefined ? newest : (1 - NEWEST) * before + NEWEST * newest;
}
