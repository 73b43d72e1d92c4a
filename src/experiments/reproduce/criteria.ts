// Criteria that several reproductions share.
import type { LawAtTime } from '../../observables/fluctuation.ts';
import type { Criterion } from '../../observables/reproduction.ts';

/** The 95 % interval of the exponent of the law contains −1. */
export function slopeCriterion(law: LawAtTime): Criterion {
  return containsSlope(law, '95 % interval of the exponent');
}

/**
 * The interval of the exponent contains −1.
 *
 * @param what the name of the criterion after the time
 * @param allowed with the level of the interval where the name does not say it
 */
export function containsSlope(
  { time, exponent }: LawAtTime,
  what: string,
  allowed = 'contains −1',
): Criterion {
  const name = `t = ${time}: ${what}`;
  if (exponent === null) return { name, allowed, measured: 'no exponent', pass: false };
  const { estimate, ci } = exponent;
  const [mean, low, high] = [estimate, ...ci].map((value) => value.toFixed(3).replace('-', '−'));
  return { name, allowed, measured: `${mean} [${low}, ${high}]`, pass: ci[0] <= -1 && -1 <= ci[1] };
}
