// A Gaussian mixture as a target: on a grid of inputs, and as units of radial features over the whole space.
//
//   y(x) = Σ_k w_k N(x; μ_k, v_k I)
//
// With units e(x) = π^{(d−1)/2} N(x; a, v I), of which a particle has v = ½, e(x) = e^{−|x − a|²}/√π, and the component k is
// w_k π^{−(d−1)/2} of the unit (μ_k, v_k). The samples on the grid carry the volume of a cell: the trapezoid rule.
import type { ProblemConfig } from '../config.ts';
import { lengthOf } from '../config-mixture.ts';
import type { Population } from './problem.ts';
import { checkSampleMemory, type RawSamples } from './samples.ts';

type Mixture = Extract<ProblemConfig, { kind: 'mixture' }>;

/** Dimension of a mixture. */
export function mixtureDimension({ components }: Pick<Mixture, 'components'>): number {
  return lengthOf(components[0].mean);
}

/** y at inputs x [n][d], float64. */
export function mixtureAt(
  components: Mixture['components'],
  x: ArrayLike<number>,
  d: number,
): Float64Array {
  return Float64Array.from({ length: x.length / d }, (_, j) =>
    components.reduce((sum, { weight, mean, variance }) => {
      const centre = typeof mean === 'number' ? [mean] : mean;
      const square = centre.reduce((total, mu, k) => total + (x[j * d + k] - mu) ** 2, 0);
      return (
        sum + (weight * Math.exp(-square / (2 * variance))) / (2 * Math.PI * variance) ** (d / 2)
      );
    }, 0),
  );
}

/**
 * The grid with its targets and weights.
 *
 * @throws ConfigError for a grid beyond 2 GiB
 */
export function mixtureSamples({ components, grid }: Mixture): RawSamples {
  const d = mixtureDimension({ components });
  const { low, high, count } = grid;
  const total = count ** d;
  checkSampleMemory(total, d, 'problem.grid');
  const spacing = (high - low) / (count - 1);
  const x = new Float32Array(total * d);
  for (let j = 0; j < total; j++) {
    for (let k = 0; k < d; k++) x[j * d + k] = low + (Math.floor(j / count ** k) % count) * spacing;
  }
  return {
    dimension: d,
    x,
    y: mixtureAt(components, x, d),
    weight: new Float64Array(total).fill(spacing ** d),
  };
}

/** The components as units of the radial features; moment d. */
export function mixturePopulation({ components }: Pick<Mixture, 'components'>): Population {
  const d = mixtureDimension({ components });
  const neurons = components.length;
  const scale = neurons * Math.PI ** (-(d - 1) / 2);
  return {
    teacher: {
      neurons,
      dimension: d,
      a: Float32Array.from(components.flatMap(({ mean }) => mean)),
      b: new Float32Array(neurons),
      c: Float32Array.from(components, ({ weight }) => weight * scale),
    },
    sizes: Float32Array.from(components, ({ variance }) => variance),
    moment: d,
  };
}
