// Records of the fluctuation experiment for tests of what is written and drawn from them, and Gaussian predictions.
import type { FluctuationPoint, LawAtTime } from '../../src/observables/fluctuation.ts';
import { keyOf, normalOf, philox } from '../../src/random.ts';

/** A point with nothing known but what is given. */
export function pointOf(
  width: number,
  time: number,
  over: Partial<FluctuationPoint> = {},
): FluctuationPoint {
  return {
    width,
    replicas: 100,
    time,
    scaled: 1,
    ciLow: 0.5,
    ciHigh: 2,
    predicted: null,
    predictedSe: null,
    deviation: null,
    effectiveDimension: null,
    scaledTest: null,
    testCiLow: null,
    testCiHigh: null,
    testPredicted: null,
    testPredictedSe: null,
    monteCarlo: null,
    monteCarloSe: null,
    limitError: null,
    isResolved: true,
    ...over,
  };
}

/** A law with nothing tested but what is given. */
export function lawOf(time: number, over: Partial<LawAtTime> = {}): LawAtTime {
  return {
    time,
    exponent: null,
    constant: { estimate: 1, ci: [0.8, 1.2], predicted: null },
    testConstant: null,
    collapse: null,
    agreement: null,
    unresolved: [],
    ...over,
  };
}

/** Records of losses and norms that nobody reads, [T] of [R] zeros. */
export function emptyCurves(times: number, replicas: number) {
  const zeros = () => Array.from({ length: times }, () => new Float64Array(replicas));
  return { loss: zeros(), totalVariation: zeros(), twoNorm: zeros() };
}

/** Variances of a smooth f at its samples: 2.6 effective dimensions, (Σ v)²/Σ v² = 1.9²/1.395. */
export const SMOOTH = [1, 0.6, 0.15, 0.1, 0.05];

/**
 * Gaussian predictions with independent samples, [R][s].
 *
 * @param set which data set: another one is independent
 * @param variances of the samples, [s]
 */
export function gaussianPredictions(
  seed: number,
  set: number,
  replicas: number,
  variances: readonly number[],
): Float64Array {
  const key = keyOf(seed);
  const s = variances.length;
  const sd = variances.map(Math.sqrt);
  const prediction = new Float64Array(replicas * s);
  for (let at = 0; at < prediction.length; at += 4) {
    const words = philox([at / 4, set, 0xfffe0000, 0], key);
    for (let k = at; k < Math.min(at + 4, prediction.length); k++) {
      prediction[k] = sd[k % s] * normalOf(words[k - at]);
    }
  }
  return prediction;
}

/** Mean of numbers and its standard error. */
export function meanOf(values: readonly number[]): { mean: number; se: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, se: Math.sqrt(squares / (n - 1) / n) };
}
