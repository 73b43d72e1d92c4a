// How far rounding errors may have grown after a run: measured on the reference, from a start that is perturbed.
import type { Config } from '../../src/config.ts';
import type { Problem } from '../../src/problem/problem.ts';
import { cloudOf, type Cloud } from '../../src/reference/cloud.ts';
import { createReference, type ReferenceOptions } from '../../src/reference/simulation.ts';
import type { Particles } from '../../src/state.ts';
import { words } from './random.ts';

/** A float64 run with the scales against which float32 rounding is to be judged at its end. */
export interface Grown {
  /** the particles at the end */
  readonly cloud: Cloud;
  /** f at the training samples at the end, [R][s] */
  readonly prediction: Float64Array;
  /** largest coordinate, times the growth of a relative perturbation of the start where that is more */
  readonly cloudScale: number;
  /** the same for f */
  readonly predictionScale: number;
}

/** Relative size of the perturbation: far above float64 rounding, far below where the flow is not linear. */
const PERTURBATION = 2 ** -24;

/**
 * Runs the reference twice, from the given particles and from particles whose coordinates are changed by a relative
 * ±2^-24 at random, as rounding once would change them. `scale` times a rounding unit is then the error that one
 * rounding at the start may have become at the end.
 */
export function referenceRun(
  config: Config,
  problem: Problem,
  particles: Particles,
  steps: number,
  options: Omit<ReferenceOptions, 'particles'> = {},
): Grown {
  const run = (start: Cloud) => {
    const reference = createReference(config, problem, { ...options, particles: start });
    reference.step(steps);
    const { prediction } = reference.observe(['prediction']);
    return { cloud: reference.read().particles, prediction };
  };
  const { cloud, prediction } = run(cloudOf(particles));
  const other = run(perturbed(cloudOf(particles)));
  const coordinates = (each: Cloud) => [...each.a, ...each.b, ...each.c];
  const grownScale = (before: ArrayLike<number>, after: ArrayLike<number>): number =>
    Array.from(before).reduce(
      (worst, value, k) =>
        Math.max(worst, Math.abs(value), Math.abs(value - after[k]) / PERTURBATION),
      0,
    );
  return {
    cloud,
    prediction,
    cloudScale: grownScale(coordinates(cloud), coordinates(other.cloud)),
    predictionScale: grownScale(prediction, other.prediction),
  };
}

function perturbed(cloud: Cloud): Cloud {
  const change = (values: Float64Array, seed: number) => {
    const random = words(seed, values.length);
    return values.map((value, k) => value * (1 + (random[k] & 1 ? 1 : -1) * PERTURBATION));
  };
  return { ...cloud, a: change(cloud.a, 1), b: change(cloud.b, 2), c: change(cloud.c, 3) };
}
