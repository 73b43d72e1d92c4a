// What the rest of the engine asks of birth–death, from the configuration alone. Its kernels are loaded where the rate is
// not zero (population.ts).
import type { BirthDeathConfig } from '../config.ts';
import type { Plan } from './plan.ts';

/** Whether particle weights change along a run. */
export function weightsMove({ rate, scheme }: BirthDeathConfig): boolean {
  return rate > 0 && scheme === 'weights';
}

/** The first step without birth–death. */
export function quenchStep({ quench }: BirthDeathConfig, { dt }: Plan): number {
  // A step begins at time n·dt; rounding must not let one more pass.
  return quench === null ? 0xffffffff : Math.ceil(quench / dt - 1e-6);
}
