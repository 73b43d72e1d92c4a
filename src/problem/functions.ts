// Target functions of one input, and the points they are taken at.
import type { FUNCTION_NAMES, ProblemConfig } from '../config.ts';
import { ConfigError } from '../config-check.ts';

/** Name of a 1-D target function. */
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/**
 * The profiles g; the target is y = g(frequency · x). Waves have period 1 and values in [−1, 1]:
 *
 * - sine: sin 2πu
 * - cosine: cos 2πu
 * - square-wave: 1 on the first half of a period, −1 on the second (the sign of the sine; 1 at u = 0, −1 at u = ½)
 * - triangle-wave: 4 |u − ⌊u⌋ − ½| − 1 (straight lines through the extrema of the cosine)
 * - abs: |u|
 * - step: 1 for u ≥ 0, else 0
 * - gaussian: exp(−u²/2)
 */
export const PROFILES: Readonly<Record<FunctionName, (u: number) => number>> = {
  sine: (u) => Math.sin(2 * Math.PI * u),
  cosine: (u) => Math.cos(2 * Math.PI * u),
  'square-wave': (u) => (u - Math.floor(u) < 0.5 ? 1 : -1),
  'triangle-wave': (u) => 4 * Math.abs(u - Math.floor(u) - 0.5) - 1,
  abs: (u) => Math.abs(u),
  step: (u) => (u >= 0 ? 1 : 0),
  gaussian: (u) => Math.exp((-u * u) / 2),
};

type Points = Extract<ProblemConfig, { kind: 'function' }>['points'];

/**
 * Inputs of a 1-D function: the list itself, or `count` even points from low to high, both ends included; a grid of
 * one point is its low end.
 *
 * @returns [s], float64
 * @throws ConfigError for a grid of several points with low not below high
 */
export function pointsOf(points: Points): Float64Array {
  if (Array.isArray(points)) return Float64Array.from(points);
  const { low, high, count } = points;
  if (count > 1 && low >= high) {
    throw new ConfigError(
      `problem.points.high: received ${high}; allowed: a number above low, ${low}`,
    );
  }
  return Float64Array.from({ length: count }, (_, i) =>
    i === 0 ? low : low + ((high - low) * i) / (count - 1),
  );
}
