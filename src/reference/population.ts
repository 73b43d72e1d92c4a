// Population loss: the flow on the law of the inputs itself, by expected products K(a, b) = E σ(⟨a,x⟩) σ(⟨b,x⟩).
//
//   L = ½ E (f − y)²,   f = (1/α) Σ_i ω_i c_i σ(⟨a_i,x⟩),   y = (1/k) Σ_t c_t σ(⟨a_t,x⟩)
//   Φ(a) = (1/α) Σ_j ω_j c_j K(a, a_j) − (1/k) Σ_t c_t K(a, a_t)
//
//   da_i/dt = −(α/m) c_i ∂Φ/∂a (a_i) − λ ∂_a r,   dc_i/dt = −(α/m) Φ(a_i) − λ ∂_c r,   b = 0
//   V_i = (α/m) c_i Φ(a_i) + λ r
//
// Radial features: K(a, b) of |a − b|², and E is the integral over the space.
//   ⟨f_r, ρ_l⟩ = (1/α) Σ_i ω_i c_i Φ_l(a_i) over the particles i of r;   ⟨y, ρ_l⟩ likewise over the teacher
import type { Config } from '../config.ts';
import { kernelOf, type ExpectedProduct } from '../problem/kernels.ts';
import type { Population } from '../problem/problem.ts';
import { oneReplica, zeroCloud, type Cloud } from './cloud.ts';
import { alphaOf } from './forward.ts';
import { penalty } from './penalty.ts';
import { addPenalty, freeze } from './velocity.ts';

/** A signed sum of neurons: points a [n][d] and charges q [n]. */
interface Charges {
  readonly a: Float64Array;
  readonly q: Float64Array;
  /** sizes that are not |a|², [n] */
  readonly size?: Float64Array;
}

/** Velocity dw/dt of every particle under the population loss. */
export function populationVelocity(config: Config, cloud: Cloud, population: Population): Cloud {
  const { dimension: d, width: m } = cloud;
  const factor = alphaOf(config, m) / m;
  const v = zeroCloud(cloud);
  const radial = config.network.features === 'radial';
  const size = unitSize(config);
  const residuals = Array.from({ length: cloud.replicas }, (_, r) =>
    residualOf(config, oneReplica(cloud, r), population),
  );
  for (let p = 0; p < cloud.c.length; p++) {
    const a = cloud.a.subarray(p * d, (p + 1) * d);
    for (const set of residuals[Math.floor(p / m)]) {
      set.q.forEach((q, j) => {
        const pair = productOf(config, population, a, size, set, j);
        v.c[p] -= factor * q * pair.value;
        for (let n = 0; n < d; n++) {
          const b = set.a[j * d + n];
          const slope = pair.own * a[n] + pair.other * (radial ? b - a[n] : b);
          v.a[p * d + n] -= factor * cloud.c[p] * q * slope;
        }
      });
    }
    addPenalty(config, cloud, p, v);
  }
  return freeze(config, v);
}

/** Potential V = (α/m) c Φ(a) + λ r of every particle under the population loss, [R][m]. */
export function populationPotential(
  config: Config,
  cloud: Cloud,
  population: Population,
): Float64Array {
  const { dimension: d, width: m } = cloud;
  const { kind, strength } = config.flow.penalty;
  const factor = alphaOf(config, m) / m;
  const size = unitSize(config);
  const residuals = Array.from({ length: cloud.replicas }, (_, r) =>
    residualOf(config, oneReplica(cloud, r), population),
  );
  return Float64Array.from(cloud.c, (c, p) => {
    const a = cloud.a.subarray(p * d, (p + 1) * d);
    let field = 0;
    for (const set of residuals[Math.floor(p / m)]) {
      set.q.forEach((q, j) => {
        field += q * productOf(config, population, a, size, set, j).value;
      });
    }
    return factor * c * field + strength * penalty(kind, { a, b: cloud.b[p], c });
  });
}

/** What {@link populationProducts} finds. */
export interface PopulationProducts {
  /** ⟨ρ_r, ρ_l⟩ [R][R] */
  readonly residual: Float64Array;
  /** ⟨y, ρ_l⟩ [R] */
  readonly target: Float64Array;
}

/** Inner products of residuals over the law of the inputs; the loss of replica r is half of ⟨ρ_r, ρ_r⟩. */
export function populationProducts(
  config: Config,
  cloud: Cloud,
  population: Population,
): PopulationProducts {
  const { replicas } = cloud;
  const residuals = Array.from({ length: replicas }, (_, r) =>
    residualOf(config, oneReplica(cloud, r), population),
  );
  const product = (u: readonly Charges[], v: readonly Charges[]): number => {
    let sum = 0;
    for (const one of u) {
      for (let i = 0; i < one.q.length; i++) {
        const d = cloud.dimension;
        const a = one.a.subarray(i * d, (i + 1) * d);
        for (const two of v) {
          two.q.forEach((q, j) => {
            sum += one.q[i] * q * productOf(config, population, a, one.size?.[i], two, j).value;
          });
        }
      }
    }
    return sum;
  };
  return {
    residual: Float64Array.from({ length: replicas * replicas }, (_, at) =>
      product(residuals[Math.floor(at / replicas)], residuals[at % replicas]),
    ),
    target: Float64Array.from(residuals, (residual) => -product([residual[1]], residual)),
  };
}

/** Variance of the unit of a particle, ½ for e^{−|x − a|²}; undefined for ridge features, whose size is |a|². */
function unitSize({ network }: Config): number | undefined {
  return network.features === 'radial' ? 0.5 : undefined;
}

/** ρ = f − y of one replica as charges: those of the cloud, then those of the teacher. */
function residualOf(
  config: Config,
  cloud: Cloud,
  { teacher, sizes }: Population,
): [Charges, Charges] {
  const alpha = alphaOf(config, cloud.width);
  const size = unitSize(config);
  return [
    {
      a: cloud.a,
      q: cloud.c.map((c, i) => (cloud.weight[i] * c) / alpha),
      ...(size !== undefined && { size: cloud.c.map(() => size) }),
    },
    {
      ...(sizes !== undefined && { size: Float64Array.from(sizes) }),
      a: Float64Array.from(teacher.a),
      q: Float64Array.from(teacher.c, (c) => -c / teacher.neurons),
    },
  ];
}

/** K(a, b) with b the j-th point of a set. */
function productOf(
  config: Config,
  { moment }: Population,
  a: Float64Array,
  ownSize: number | undefined,
  set: Charges,
  j: number,
): ExpectedProduct {
  const kernel = kernelOf(config.network);
  if (kernel === null) throw new Error(`no expected product of ${config.network.activation}`);
  let [normA, normB, product, square] = [0, 0, 0, 0];
  for (let n = 0; n < a.length; n++) {
    const b = set.a[j * a.length + n];
    normA += a[n] * a[n];
    normB += b * b;
    product += a[n] * b;
    square += (a[n] - b) ** 2;
  }
  const [own, other] = [ownSize ?? normA, set.size?.[j] ?? normB];
  return kernel.expected(own, other, kernel.between === 'distance' ? square : product, moment);
}
