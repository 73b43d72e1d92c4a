// The teacher of a teacher–student problem: a small network with the student's activation.
import { ConfigError } from '../config-check.ts';
import type { ActivationName, ProblemConfig } from '../config.ts';
import { activationOf } from './activation.ts';
import { drawScalar, drawVector, wordsOf } from './law.ts';

/** A teacher of k neurons, y(x) = (1/k) Σ_i c_i σ(⟨a_i,x⟩ − b_i); parameters rounded to float32. */
export interface Teacher {
  /** number of neurons k */
  readonly neurons: number;
  /** input dimension d */
  readonly dimension: number;
  /** input weights [k][d] */
  readonly a: Float32Array;
  /** biases [k] */
  readonly b: Float32Array;
  /** output weights [k] */
  readonly c: Float32Array;
}

type TeacherConfig = Extract<ProblemConfig, { kind: 'teacher-student' }>['teacher'];

/**
 * The teacher of a configuration, drawn or as given.
 *
 * @param dimension input dimension d
 * @param key two words of the seed, see `keyOf`
 * @throws ConfigError for rows of a given teacher whose length is not d
 */
export function makeTeacher(
  config: TeacherConfig,
  dimension: number,
  key: readonly [number, number],
): Teacher {
  if (config.kind === 'random') return drawTeacher(config, dimension, key);
  const { a, b, c } = config;
  const odd = a.findIndex((row) => row.length !== dimension);
  if (odd >= 0) {
    throw new ConfigError(
      `problem.teacher.a.${odd}: received ${a[odd].length} numbers; allowed: problem.dimension = ${dimension} numbers`,
    );
  }
  return {
    neurons: a.length,
    dimension,
    a: Float32Array.from(a.flat()),
    b: Float32Array.from(b ?? a.map(() => 0)),
    c: Float32Array.from(c),
  };
}

/**
 * Draws a teacher. Neuron i depends on the seed, the laws, the dimension and i alone: rows 0 … d − 1 of its stream
 * give a, row d gives b, row d + 1 gives c. The law of b counts as configured, whether or not the student has biases.
 *
 * @param config number of neurons and laws of a, b, c
 * @param dimension input dimension d
 * @param key two words of the seed, see `keyOf`
 */
export function drawTeacher(
  config: Extract<TeacherConfig, { kind: 'random' }>,
  dimension: number,
  key: readonly [number, number],
): Teacher {
  const k = config.neurons;
  const a = new Float32Array(k * dimension);
  const b = new Float32Array(k);
  const c = new Float32Array(k);
  for (let i = 0; i < k; i++) {
    const words = wordsOf(key, 'teacher', i, dimension + 2);
    a.set(drawVector(config.a, words.subarray(0, dimension)), i * dimension);
    b[i] = drawScalar(config.b, words[dimension]);
    c[i] = drawScalar(config.c, words[dimension + 1]);
  }
  return { neurons: k, dimension, a, b, c };
}

/**
 * Output of a teacher, summed in float64.
 *
 * @param x inputs [s][d]
 * @returns [s], float64
 */
export function evaluateTeacher(
  teacher: Teacher,
  activation: ActivationName,
  x: Float32Array,
): Float64Array {
  const { neurons: k, dimension: d, a, b, c } = teacher;
  const sigma = activationOf(activation);
  const y = new Float64Array(x.length / d);
  for (let j = 0; j < y.length; j++) {
    let sum = 0;
    for (let i = 0; i < k; i++) {
      let z = -b[i];
      for (let axis = 0; axis < d; axis++) z += a[i * d + axis] * x[j * d + axis];
      sum += c[i] * sigma.value(z);
    }
    y[j] = sum / k;
  }
  return y;
}
