// The constant of the 1/√m law at the start under the population loss, in closed form.
import type { ActivationName, Config, ScalarLaw } from '../config.ts';
import { meanAndVariance } from './initial-variance.ts';

/**
 * C_0 under the population loss, E c² E K(a, a) for centred c, with K(a, a) = v|a|²/2 for relu and
 * 3q|a|⁴ for quadratic neurons, see `kernels.ts`. No biases.
 *
 * @param moment of the inputs, v or q
 * @param dimension d
 * @returns null where it is unknown: erf, c not centred, uniform or sign laws of a under quadratic neurons
 */
export function populationVariance(
  init: Config['init'],
  activation: ActivationName,
  moment: number,
  dimension: number,
): number | null {
  if (init.kind !== 'random') return null;
  if (init.sampling === 'quasi') return null;
  if (init.sampling === 'antithetic') return 0;
  const c = meanAndVariance(init.c);
  if (c.mean !== 0) return null;
  if (activation === 'relu') {
    const square = init.a.kind === 'sphere' ? init.a.radius ** 2 : dimension * secondMoment(init.a);
    return (c.variance * moment * square) / 2;
  }
  if (activation !== 'quadratic') return null;
  if (init.a.kind === 'sphere') return c.variance * 3 * moment * init.a.radius ** 4;
  if (init.a.kind !== 'normal' || init.a.mean !== 0) return null;
  return c.variance * 3 * moment * init.a.std ** 4 * dimension * (dimension + 2);
}

function secondMoment(law: ScalarLaw): number {
  const { mean, variance } = meanAndVariance(law);
  return mean ** 2 + variance;
}
