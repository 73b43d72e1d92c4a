// A verdict on one target, and the cases that a verdict looks for.
import type { BenchResult, CaseResult, Sizes, Verdict } from '../bench-result.ts';

/** Why a case of the project itself is not there. */
export function whyMissing({ quick }: BenchResult): string {
  return quick ? 'a smoke run' : 'the case did not run';
}

/** A target without a measurement. */
export function missing(target: string, required: string, note: string): Verdict {
  return { target, required, measured: 'not measured', met: null, note };
}

/** A target with its measurement, in words. */
export function decide(
  target: string,
  required: string,
  measured: string,
  met: boolean,
  note: string,
): Verdict {
  return { target, required, measured, met, note };
}

/** A ratio in words. */
export function times(ratio: number): string {
  return `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3)}×`;
}

/** A share in words. */
export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** The first sorted case of such sizes. */
export function sortedCase(
  result: BenchResult,
  fits: (sizes: Sizes) => boolean,
): CaseResult | undefined {
  return caseWhere(result, ({ kind, sizes }) => kind === 'sorted' && sizes !== null && fits(sizes));
}

/** The first case that fits. */
export function caseWhere(
  { cases }: BenchResult,
  fits: (result: CaseResult) => boolean,
): CaseResult | undefined {
  return cases.find(fits);
}
