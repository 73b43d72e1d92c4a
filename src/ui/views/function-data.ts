// What the function view asks the network for: inputs on a line or a rectangle, the target where it is known, and
// how many inputs the adapter answers in the time of a picture.
import type { Config } from '../../config.ts';
import { PROFILES } from '../../problem/functions.ts';
import type { Problem, Samples } from '../../problem/problem.ts';
import { evaluateTeacher, makeTeacher } from '../../problem/teacher.ts';
import { keyOf } from '../../random.ts';

/** Samples drawn at most; more hide each other. */
const MOST_SAMPLES = 2000;
/** Share of the range of the inputs shown beyond it at either end. */
const MARGIN = 0.1;
/** Milliseconds that an answer may take. */
const ANSWER_MS = 40;

/** Least and largest input along one axis, with a margin; the samples' own range where that is a point. */
export function inputRange({ train, test }: Problem, axis: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const samples of [train, test]) {
    if (samples === null) continue;
    for (let j = axis; j < samples.x.length; j += samples.dimension) {
      low = Math.min(low, samples.x[j]);
      high = Math.max(high, samples.x[j]);
    }
  }
  const margin = low === high ? 1 : (high - low) * MARGIN;
  return [low - margin, high + margin];
}

/** n even numbers from low to high. */
export function evenly([low, high]: readonly [number, number], n: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));
}

/** Inputs [n][d] along an axis through a point [d]. */
export function lineThrough(point: Float32Array, axis: number, along: Float32Array): Float32Array {
  const d = point.length;
  const x = new Float32Array(along.length * d);
  for (let i = 0; i < along.length; i++) {
    x.set(point, i * d);
    x[i * d + axis] = along[i];
  }
  return x;
}

/** Mean of the training inputs [d]. */
export function meanInput({ x, dimension, count }: Samples): Float32Array {
  const sum = new Float64Array(dimension);
  for (let i = 0; i < x.length; i++) sum[i % dimension] += x[i] / count;
  return Float32Array.from(sum);
}

/** At most 2000 samples, evenly chosen. */
export function pickSamples(samples: Samples): { x: Float32Array; y: Float32Array; count: number } {
  const { dimension: d, count: all } = samples;
  if (all <= MOST_SAMPLES) return samples;
  const x = new Float32Array(MOST_SAMPLES * d);
  const y = new Float32Array(MOST_SAMPLES);
  for (let n = 0; n < MOST_SAMPLES; n++) {
    const j = Math.floor((n * all) / MOST_SAMPLES);
    x.set(samples.x.subarray(j * d, (j + 1) * d), n * d);
    y[n] = samples.y[j];
  }
  return { x, y, count: MOST_SAMPLES };
}

/** The target at inputs x [n][d]. */
export type Target = (x: Float32Array) => Float64Array;

/**
 * The target where the configuration says it: functions and teachers. None where the data are not of that target:
 * they came from a file.
 */
export function targetOf(config: Config, { train }: Problem): Target | null {
  const target = writtenTarget(config, train.dimension);
  if (target === null) return null;
  const count = Math.min(train.count, 64);
  const y = target(train.x.slice(0, count * train.dimension));
  const isSame = y.every(
    (value, j) => Math.abs(value - train.y[j]) <= 1e-6 * (1 + Math.abs(value)),
  );
  return isSame ? target : null;
}

function writtenTarget({ problem, network, seed }: Config, dimension: number): Target | null {
  if (problem.kind === 'function' && dimension === 1) {
    const { name, frequency } = problem;
    return (x) => Float64Array.from(x, (value) => PROFILES[name](frequency * value));
  }
  if (problem.kind !== 'teacher-student' || problem.dimension !== dimension) return null;
  const teacher = makeTeacher(problem.teacher, dimension, keyOf(seed));
  return (x) => evaluateTeacher(teacher, network.activation, x);
}

/** How many inputs are asked for at once. */
export interface Budget {
  /** as many as are answered in time, from `least` to `most` */
  size(least: number, most: number): number;
  /** learns from an answer */
  learn(size: number, elapsedMs: number): void;
}

/** Begins with few; knows nothing of clocks itself. */
export function createBudget(): Budget {
  let perInput = Infinity;
  return {
    size: (least, most) => Math.min(most, Math.max(least, Math.floor(ANSWER_MS / perInput))),
    learn: (size, elapsedMs) => {
      perInput = elapsedMs / size;
    },
  };
}
