// How large rounding errors of the kernels may be: for every entry of a result the root of the sum of squares of what
// enters it, for the `scale` of expectClose, and the number of roundings that one of them passes, for `terms`. Signs
// are random in all inputs, so partial sums and errors both add like independent numbers.
//
// The device computes z = ⟨a, x⟩ − b with error u·√(d+1)·Z, Z = Σ_k |a_k x_k| + |b|, and then σ(z) with error
// u·(|σ(z)| + κ + L Z): κ = 1 for the activations whose WGSL text is accurate against 1 and not against their own
// value (tanh near 0 is 1 − (1 − …)), L a Lipschitz constant of σ near z. The same holds for σ′.
import type { ActivationName, Config } from '../../src/config.ts';
import { activationOf } from '../../src/problem/activation.ts';
import type { Samples } from '../../src/problem/problem.ts';
import type { SamplePlan } from '../../src/engine/plan.ts';
import type { Particles } from '../../src/state.ts';

/** κ of σ and σ′. */
const ABSOLUTE: Record<ActivationName, number> = {
  relu: 0,
  linear: 0,
  quadratic: 0,
  tanh: 1,
  erf: 1,
  softplus: 1,
  sine: 1,
  gaussian: 0,
};
/** Lipschitz constants of σ′; relu's jump at 0 is met by {@link distanceToKink}. */
const CURVATURE: Record<ActivationName, number> = {
  relu: 0,
  linear: 0,
  quadratic: 2,
  tanh: 0.77,
  erf: 0.49,
  softplus: 0.25,
  sine: 1,
  gaussian: 1.13,
};

/** z and Z of one particle p at one sample j. */
function preactivation(cloud: Particles, p: number, { x }: Samples, j: number): [number, number] {
  const d = cloud.dimension;
  let z = -cloud.b[p];
  let size = Math.abs(cloud.b[p]);
  for (let k = 0; k < d; k++) {
    const product = cloud.a[p * d + k] * x[j * d + k];
    z += product;
    size += Math.abs(product);
  }
  return [z, size];
}

/** Bounds of |σ| + κ + L Z and of the same for σ′, in units of the rounding error. */
function sizesAt(activation: ActivationName, z: number, size: number): [number, number] {
  const sigma = activationOf(activation);
  const slope = activation === 'relu' ? 1 : Math.abs(sigma.derivative(z));
  return [
    Math.abs(sigma.value(z)) + ABSOLUTE[activation] + slope * size,
    Math.abs(sigma.derivative(z)) + ABSOLUTE[activation] + CURVATURE[activation] * size,
  ];
}

/** Scale of f [R][s]: (1/α) times the root sum of squares of ω |c| (|σ| + κ + L Z) over particles. */
export function forwardScale(config: Config, cloud: Particles, samples: Samples): Float64Array {
  const { width: m, replicas } = cloud;
  const alpha = m ** config.network.scale;
  return Float64Array.from({ length: replicas * samples.count }, (_, at) => {
    const r = Math.floor(at / samples.count);
    let sum = 0;
    for (let p = r * m; p < (r + 1) * m; p++) {
      const [z, size] = preactivation(cloud, p, samples, at % samples.count);
      const [value] = sizesAt(config.network.activation, z, size);
      sum += (cloud.weight[p] * cloud.c[p] * value) ** 2;
    }
    return Math.sqrt(sum) / alpha;
  });
}

/** Roundings that one term of f passes: z, the sum over 64 particles, over blocks, over parts in blocks of 16. */
export function forwardTerms(plan: SamplePlan, dimension: number): number {
  const blocks = Math.ceil(plan.chunk4 / 16);
  const parts = Math.min(16, plan.splits) + Math.ceil(plan.splits / 16);
  return dimension + 1 + Math.min(64, 4 * plan.chunk4) + blocks + parts;
}

/** Scale of the data part of dw/dt, in the shape of the particles; `pull` is ν ρ [R][s]. */
export function velocityScale(
  config: Config,
  cloud: Particles,
  samples: Samples,
  pull: ArrayLike<number>,
): { a: Float64Array; b: Float64Array; c: Float64Array } {
  const { dimension: d, width: m, replicas } = cloud;
  const s = samples.count;
  const factor = m ** config.network.scale / m;
  const scale = {
    a: new Float64Array(replicas * m * d),
    b: new Float64Array(replicas * m),
    c: new Float64Array(replicas * m),
  };
  for (let p = 0; p < replicas * m; p++) {
    for (let j = 0; j < s; j++) {
      const [z, size] = preactivation(cloud, p, samples, j);
      const [value, slope] = sizesAt(config.network.activation, z, size);
      const weight = factor * pull[Math.floor(p / m) * s + j];
      scale.c[p] += (weight * value) ** 2;
      scale.b[p] += (weight * cloud.c[p] * slope) ** 2;
      for (let k = 0; k < d; k++) {
        scale.a[p * d + k] += (weight * cloud.c[p] * samples.x[j * d + k] * slope) ** 2;
      }
    }
  }
  for (const values of Object.values(scale)) values.forEach((v, at) => (values[at] = Math.sqrt(v)));
  return scale;
}

/** Roundings that one term of dw/dt passes: z, then one after another over the samples. */
export function velocityTerms(samples: Samples): number {
  return samples.dimension + 1 + samples.count;
}

/**
 * The smallest |z| / (√(d+1) Z) of all particles and samples. Where it is below the rounding unit, float32 and float64
 * may see a relu particle on different sides of its kink, and nothing can be compared.
 */
export function distanceToKink(cloud: Particles, samples: Samples): number {
  let nearest = Infinity;
  for (let p = 0; p < cloud.c.length; p++) {
    for (let j = 0; j < samples.count; j++) {
      const [z, size] = preactivation(cloud, p, samples, j);
      nearest = Math.min(nearest, Math.abs(z) / (Math.sqrt(cloud.dimension + 1) * size));
    }
  }
  return nearest;
}
