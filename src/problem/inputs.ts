// Random inputs: uniform on a sphere, uniform in a ball, or Gaussian.
import type { InputsConfig } from '../config.ts';
import { normalOf, uniformOf } from '../random.ts';
import { drawDirection, wordsOf } from './law.ts';

/**
 * Draws inputs. Sample i depends on the seed, the law, the dimension and i alone, so a larger set begins with the
 * smaller one, and training and test set share no random number.
 *
 * Rows 0 … d − 1 of the stream give the coordinates; row d gives the radius in the ball, U^{1/d} times the largest.
 *
 * @param law law of one input
 * @param count number of samples s
 * @param dimension input dimension d
 * @param purpose training or test inputs
 * @param key two words of the seed, see `keyOf`
 * @returns [s][d], rounded to float32
 */
export function drawInputs(
  law: InputsConfig,
  count: number,
  dimension: number,
  purpose: 'inputs' | 'testInputs',
  key: readonly [number, number],
): Float32Array {
  const x = new Float32Array(count * dimension);
  for (let j = 0; j < count; j++)
    x.set(drawInput(law, wordsOf(key, purpose, j, dimension + 1)), j * dimension);
  return x;
}

/** One input from d + 1 random words, float64. */
function drawInput(law: InputsConfig, words: Uint32Array): Float64Array {
  const d = words.length - 1;
  const coordinates = words.subarray(0, d);
  switch (law.kind) {
    case 'gaussian':
      return Float64Array.from(coordinates, (word) => law.std * normalOf(word));
    case 'sphere':
      return drawDirection(coordinates).map((u) => law.radius * u);
    case 'ball': {
      const radius = law.radius * uniformOf(words[d]) ** (1 / d);
      return drawDirection(coordinates).map((u) => radius * u);
    }
  }
}

/** Inputs in words, for titles of problems. */
export function describeInputs(law: InputsConfig): string {
  switch (law.kind) {
    case 'gaussian':
      return law.std === 1 ? 'Gaussian inputs' : `Gaussian inputs of deviation ${law.std}`;
    case 'sphere':
      return `inputs on the sphere of radius ${law.radius}`;
    case 'ball':
      return `inputs in the ball of radius ${law.radius}`;
  }
}
