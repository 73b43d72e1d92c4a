// What a case runs on: a relu network in the mean-field scaling on a teacher–student problem, as a simulation.
import type { Config, ConfigInput } from '../config.ts';
import { parseConfig } from '../config-check.ts';
import { createSimulation, type Simulation, type SimulationOptions } from '../engine/simulation.ts';
import type { KernelChoice } from '../engine/plan.ts';
import { SUBMIT_MS } from '../engine/tuning.ts';
import type { Device } from '../gpu/device.ts';
import type { Problem } from '../problem/problem.ts';
import { makeProblem } from '../problem/make.ts';
import type { Sizes } from '../bench-result.ts';

/** A simulation with what it was made of. */
export interface Scene {
  readonly device: Device;
  readonly sizes: Sizes;
  readonly config: Config;
  readonly problem: Problem;
  readonly simulation: Simulation;
}

/**
 * The configuration of a case. Inputs lie on the unit sphere, for d = 1 in [−1, 1], so that the step of 0.05 is stable
 * in every dimension. c has a mean, so that f is of order 1 as in a trained network, at every width.
 */
export function configOf(
  { m, s, d }: Pick<Sizes, 'm' | 's' | 'd'>,
  birthDeath: NonNullable<ConfigInput['flow']>['birthDeath'] = {},
): Config {
  return parseConfig({
    problem: {
      kind: 'teacher-student',
      inputs: { kind: d === 1 ? 'ball' : 'sphere', radius: 1 },
      dimension: d,
      samples: s,
    },
    network: { activation: 'relu', width: m, scale: 1 },
    init: { kind: 'random', c: { kind: 'normal', mean: 0.5, std: 1 } },
    flow: { dt: 0.05, birthDeath },
  });
}

/** Sets a case up. @throws SizeError where it does not fit the adapter */
export async function openScene(
  device: Device,
  sizes: Sizes,
  kernel: KernelChoice = 'dense',
  birthDeath: NonNullable<ConfigInput['flow']>['birthDeath'] = {},
): Promise<Scene> {
  const config = configOf(sizes, birthDeath);
  const problem = await makeProblem(config);
  const options: SimulationOptions = {
    data: problem,
    replicas: sizes.replicas,
    kernel,
    // As in runs that nobody watches.
    submitMs: SUBMIT_MS.batch,
  };
  return {
    device,
    sizes,
    config,
    problem,
    simulation: await createSimulation(device, config, options),
  };
}
