// summary.json of the fluctuation experiment: exponent and constant of every time, what was tested, and the verdicts.
import type { FluctuationResult } from '../observables/fluctuation.ts';
import { regimeName, type RegimesOfWidths } from '../observables/regime.ts';
import { describePart } from './fluctuation-report.ts';
import type { FluctuationPart } from './penalty-comparison.ts';
import { limitTooCoarse } from './verdicts.ts';

/** What the summary says of a limit by quadrature. */
interface SummarisedLimit {
  readonly nodes: number;
  readonly rules: number;
  readonly squaredError: Float64Array;
}

/** One penalty with its limit, where it was computed. */
export interface SummarisedPart extends FluctuationPart {
  readonly limit: SummarisedLimit | null;
}

/** The summary of the only penalty, or that of the first with a list of all of them. */
export function summariseParts(parts: readonly SummarisedPart[]) {
  const [first] = parts;
  if (parts.length === 1) return summarise(first);
  const sweep = parts.map((part) => ({ penalty: part.penalty, ...summarise(part) }));
  return { penalty: first.penalty, ...summarise(first), sweep };
}

/** Exponent and constant at the last time, the same for every time, and what was tested. */
function summarise(part: SummarisedPart) {
  const { result, limit } = part;
  const { laws, gaussianity } = result;
  const { exponent, constant } = laws[laws.length - 1];
  const test =
    gaussianity === null
      ? null
      : {
          ...gaussianity,
          directions: gaussianity.directions.map(({ share, statistic, p }) => ({
            share,
            statistic,
            p,
          })),
        };
  return {
    exponent,
    constant,
    times: laws.map((law) => ({ ...law, ...predictionAt(result, law.time) })),
    gaussianity: test,
    ...(limit === null ? {} : { limit: summariseLimit(result, limit) }),
    verdicts: describePart(part),
  };
}

/** Standard error of the predicted constant, and the Monte-Carlo bound, at a time; null where they are unknown. */
function predictionAt({ points }: FluctuationResult, at: number) {
  const point = points.find(({ time }) => time === at);
  return { predictedSe: point?.predictedSe ?? null, monteCarlo: point?.monteCarlo ?? null };
}

function summariseLimit({ points }: FluctuationResult, limit: SummarisedLimit) {
  const { nodes, rules, squaredError } = limit;
  return {
    nodes,
    rules,
    error: Array.from(squaredError, Math.sqrt),
    sufficient: limitTooCoarse(points).length === 0,
  };
}

/** The regime numbers of the widths. JSON has no ∞: an infinite mean is "infinity", its standard error null. */
export function summariseRegimes(regimes: RegimesOfWidths): object {
  if ('reason' in regimes) return regimes;
  return regimes.map((regime) => {
    const { width, replicas, mean, se, infinite } = regime;
    const name = regimeName(mean);
    return infinite > 0
      ? { width, replicas, mean: 'infinity', se: null, infinite, name }
      : { width, replicas, mean, se, infinite, name };
  });
}
