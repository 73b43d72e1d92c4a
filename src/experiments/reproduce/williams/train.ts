// Trains a batch of univariate networks as the figures do: plain gradient descent at a share of the stable step.
import { parseConfig } from '../../../config-check.ts';
import type { Config, ConfigInput } from '../../../config.ts';
import { createSimulation } from '../../../engine/simulation.ts';
import type { Device } from '../../../gpu/device.ts';
import type { Problem } from '../../../problem/problem.ts';
import type { Particles } from '../../../state.ts';
import { tangentEigenvalue } from '../../../theory/tangent-spectrum.ts';
import { problemOf, SQUARE } from './data.ts';
import type { ReproduceEvent } from '../reproduction.ts';
import type { SweepShare } from '../sweep.ts';

/** Steps between two estimates of λ_max once training is under way: the tangent kernel grows while knots move. */
const RENEW = 500;
/** λ_max comes from this many particles at most: it is a mean over particles, known to a percent from so many. */
const SPECTRUM_WIDTH = 16_384;

/** What is trained. */
export interface Training {
  readonly config: Config;
  readonly data: Problem;
  readonly start: Particles;
  /** steps whose particles are wanted, ascending; the last one ends the run */
  readonly at: readonly number[];
  /** the step as a share of 1/λ_max, where Euler is stable below 2; default ½ */
  readonly share?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The configuration that the figures share: ReLU, α = √m, loss ½ Σ ρ², all parameters. */
export function figureConfig(seed: number, width: number, more: ConfigInput = {}): Config {
  return parseConfig({
    ...more,
    seed,
    network: { activation: 'relu', width, scale: 0.5, ...more.network },
    flow: { lossWeights: 'sum', ...more.flow },
  });
}

/**
 * Trains all replicas with a step in units of 1/λ_max, λ_max the largest over replicas and renewed as training goes.
 *
 * @returns the particles at the steps asked for, in order
 */
export async function* train(
  device: Device,
  { config, data, start, at, share = 0.5, signal }: Training,
  { from, to, text }: SweepShare,
): AsyncGenerator<ReproduceEvent, Particles[], undefined> {
  const last = at[at.length - 1];
  const renewals = renewalsUpTo(last);
  const stops = [...new Set([...at, ...renewals])].sort((p, q) => p - q);
  const simulation = await createSimulation(device, config, {
    data,
    particles: start,
    replicas: start.replicas,
    submitMs: 500,
  });
  try {
    const found: Particles[] = [];
    let particles = start;
    for (const stop of stops) {
      signal?.throwIfAborted();
      const step = simulation.stepsDone;
      if (step < stop) {
        if (renewals.has(step)) {
          await simulation.setTimeStep(
            share / tangentEigenvalue(config, firstOf(particles), data.train),
          );
        }
        await simulation.step(stop - step);
        particles = (await simulation.read()).particles;
      }
      if (at.includes(stop)) found.push(particles);
      yield {
        kind: 'progress',
        fraction: from + ((to - from) * stop) / Math.max(1, last),
        text: `${text}, step ${stop} of ${last}`,
      };
    }
    return found;
  } finally {
    simulation.destroy();
  }
}

/** The first particles of every replica, as many as the estimate of λ_max needs. */
function firstOf(particles: Particles): Particles {
  const { replicas, width: m } = particles;
  if (m <= SPECTRUM_WIDTH) return particles;
  const pick = (values: Float32Array): Float32Array => {
    const picked = new Float32Array(replicas * SPECTRUM_WIDTH);
    for (let r = 0; r < replicas; r++) {
      picked.set(values.subarray(r * m, r * m + SPECTRUM_WIDTH), r * SPECTRUM_WIDTH);
    }
    return picked;
  };
  const { a, b, c, weight } = particles;
  return {
    ...particles,
    width: SPECTRUM_WIDTH,
    a: pick(a),
    b: pick(b),
    c: pick(c),
    weight: pick(weight),
  };
}

/** Steps at which λ_max is estimated: doubling at first, when a small start grows fast, then every 500. */
function renewalsUpTo(last: number): Set<number> {
  const steps = new Set([0]);
  for (let step = 4; step < Math.min(RENEW, last); step *= 2) steps.add(step);
  for (let step = RENEW; step < last; step += RENEW) steps.add(step);
  return steps;
}

/** Particles as the engine draws them. */
export async function draw(device: Device, config: Config, replicas: number): Promise<Particles> {
  const simulation = await createSimulation(device, config, { replicas, data: problemOf(SQUARE) });
  const { particles } = await simulation.read();
  simulation.destroy();
  return particles;
}
