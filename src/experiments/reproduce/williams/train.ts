// Trains a batch of univariate networks as the figures do: plain gradient descent at a share of the stable step.
import { parseConfig } from '../../../config-check.ts';
import type { Config, ConfigInput } from '../../../config.ts';
import { createSimulation } from '../../../engine/simulation.ts';
import type { Device } from '../../../gpu/device.ts';
import type { Problem } from '../../../problem/problem.ts';
import type { Particles } from '../../../state.ts';
import { advanceStably, stableSteps } from '../../stable-step.ts';
import { problemOf, SQUARE } from './data.ts';
import type { ReproduceEvent } from '../reproduction.ts';
import type { SweepShare } from '../sweep.ts';

/** What is trained. */
export interface Training {
  readonly config: Config;
  readonly data: Problem;
  readonly start: Particles;
  /** steps whose particles are wanted, ascending; the last one ends the run */
  readonly at: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** The configuration that the figures share: ReLU, α = √m, loss ½ Σ ρ², all parameters, half the step of 1/λ_max. */
export function figureConfig(seed: number, width: number, more: ConfigInput = {}): Config {
  return parseConfig({
    ...more,
    seed,
    network: { activation: 'relu', width, scale: 0.5, ...more.network },
    flow: { lossWeights: 'sum', stableStep: 0.5, ...more.flow },
  });
}

/**
 * Trains all replicas with the step of `flow.stableStep`, λ_max the largest over replicas.
 *
 * @returns the particles at the steps asked for, in order
 */
export async function* train(
  device: Device,
  { config, data, start, at, signal }: Training,
  { from, to, text }: SweepShare,
): AsyncGenerator<ReproduceEvent, Particles[], undefined> {
  const last = at[at.length - 1];
  const simulation = await createSimulation(device, config, {
    data,
    particles: start,
    replicas: start.replicas,
    submitMs: 500,
  });
  try {
    const found: Particles[] = [];
    const timeSteps = stableSteps(config, data.train, simulation);
    for (const stop of at) {
      for await (const { step } of advanceStably(simulation, timeSteps, stop, [], [])) {
        signal?.throwIfAborted();
        yield {
          kind: 'progress',
          fraction: from + ((to - from) * step) / Math.max(1, last),
          text: `${text}, step ${step} of ${last}`,
        };
      }
      found.push((await simulation.read()).particles);
    }
    return found;
  } finally {
    simulation.destroy();
  }
}

/** Particles as the engine draws them. */
export async function draw(device: Device, config: Config, replicas: number): Promise<Particles> {
  const simulation = await createSimulation(device, config, { replicas, data: problemOf(SQUARE) });
  const { particles } = await simulation.read();
  simulation.destroy();
  return particles;
}
