// Criteria that several reproductions share.
import type { LawAtTime } from '../../observables/fluctuation.ts';
import type { Criterion } from '../../observables/reproduction.ts';

/** The 95 % interval of the exponent of the law contains −1. */
export function slopeCriterion({ time, exponent }: LawAtTime): Criterion {
  const name = `t = ${time}: 95 % interval of the exponent`;
  const allowed = 'contains −1';
  if (exponent === null) return { name, allowed, measured: 'no exponent', pass: false };
  const { estimate, ci } = exponent;
  const [mean, low, high] = [estimate, ...ci].map((value) => value.toFixed(3).replace('-', '−'));
  return { name, allowed, measured: `${mean} [${low}, ${high}]`, pass: ci[0] <= -1 && -1 <= ci[1] };
}
