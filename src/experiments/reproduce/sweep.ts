// The fluctuation experiment as one part of a reproduction: its events, scaled to a share of the whole progress.
import type { Config } from '../../config.ts';
import type { Device } from '../../gpu/device.ts';
import type { FluctuationResult } from '../../observables/fluctuation.ts';
import { fluctuations, type FluctuationsOptions } from '../fluctuations.ts';
import type { ReproduceEvent } from './reproduction.ts';

/** What of the whole progress a sweep takes, and what it is called. */
export interface SweepShare {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Runs a sweep; progress is passed on, the result is returned. */
export async function* runSweep(
  device: Device,
  config: Config,
  options: FluctuationsOptions,
  { from, to, text }: SweepShare,
): AsyncGenerator<ReproduceEvent, FluctuationResult, undefined> {
  for await (const event of fluctuations(device, config, options)) {
    if (event.kind === 'result') return event.result;
    yield {
      kind: 'progress',
      fraction: from + (to - from) * event.fraction,
      text: `${text}, width ${event.width}, step ${event.step} of ${event.steps}`,
    };
  }
  throw new Error('the experiment ended without a result');
}
