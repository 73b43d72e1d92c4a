// What birth–death did to a cloud, in words: how many particles still differ, and whether the steps were small enough.
import type { BirthDeathConfig } from '../config.ts';
import type { Population } from '../state.ts';

/** Up to this κ dt |V − V̄| the drift of random events is right within a few per cent; 8 % are lost where |V − V̄| is about 1 at κ dt = 0.1, 35 % at 0.5. */
export const LARGEST_EXPONENT = 0.05;
/** Below this share of lineages the cloud has coalesced. */
const COALESCED_SHARE = 0.1;

/** What is said about one replica. */
export interface PopulationSummary {
  /** sentences for a summary */
  readonly lines: readonly string[];
  /** what should be changed, one sentence each */
  readonly warnings: readonly string[];
}

/**
 * Describes a population.
 *
 * @param width number of particles m
 * @param steps steps done
 * @param stability largest dt λ_max that was seen, of the tangent kernel with the reaction; null where it is unknown
 */
export function describePopulation(
  { rate, scheme, threshold }: BirthDeathConfig,
  { lineages, effective, resamplings, events, largestExponent }: Population,
  width: number,
  steps: number,
  stability: number | null = null,
): PopulationSummary {
  const happened =
    scheme === 'weights'
      ? `The weights have an effective share of ${short(effective)} and were resampled ${resamplings} times`
      : `Births and deaths: ${short(events / Math.max(1, steps))} per step`;
  const lines = [`${happened}; ${lineages} of ${width} lineages live.`];
  if (width > 1 && lineages <= COALESCED_SHARE * width) {
    lines.push(
      `The cloud has coalesced: copies never separate under the flow, so that it acts like ${lineages} particles. ` +
        'Weights without resampling, reinject or jitter keep particles apart.',
    );
  }
  const warnings: string[] = [];
  if (largestExponent > LARGEST_EXPONENT && scheme !== 'weights') {
    warnings.push(
      `birth–death: κ dt |V − V̄| reached ${short(largestExponent)}, above ${LARGEST_EXPONENT}, where random events are too ` +
        `few; lower flow.dt or flow.birthDeath.rate (now ${rate}), or take scheme "weights"`,
    );
  }
  if (largestExponent > 1 && scheme === 'weights') {
    warnings.push(
      `birth–death: κ dt |V − V̄| reached ${short(largestExponent)} in one step, above 1: weights change faster than V; ` +
        `lower flow.dt or flow.birthDeath.rate (now ${rate})`,
    );
  }
  if (stability !== null && stability > 2) {
    warnings.push(
      `birth–death: dt times the largest eigenvalue of the tangent kernel with the reaction is ${short(stability)}, above 2, where ` +
        `explicit steps raise the loss; lower flow.dt by a factor of ${short(stability / 2)} or flow.birthDeath.rate (now ${rate})`,
    );
  }
  if (scheme === 'weights' && threshold === 0 && effective < COALESCED_SHARE) {
    warnings.push(
      `birth–death: the weights count like ${short(100 * effective)} % of the particles; set flow.birthDeath.threshold to 0.5`,
    );
  }
  return { lines, warnings };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
