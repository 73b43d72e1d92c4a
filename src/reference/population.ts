// Population loss: the flow on the law of the inputs itself, by expected products K(a, b) = E σ(⟨a,x⟩) σ(⟨b,x⟩).
//
//   L = ½ E (f − y)²,   f = (1/α) Σ_i ω_i c_i σ(⟨a_i,x⟩),   y = (1/k) Σ_t c_t σ(⟨a_t,x⟩)
//   Φ(a) = (1/α) Σ_j ω_j c_j K(a, a_j) − (1/k) Σ_t c_t K(a, a_t)
//
//   da_i/dt = −(α/m) c_i ∂Φ/∂a (a_i) − λ ∂_a r,   dc_i/dt = −(α/m) Φ(a_i) − λ ∂_c r,   b = 0
//   ⟨f_r, ρ_l⟩ = (1/α) Σ_i ω_i c_i Φ_l(a_i) over the particles i of r;   ⟨y, ρ_l⟩ likewise over the teacher
import type { Config } from '../config.ts';
import { kernelOf, type ExpectedProduct } from '../problem/kernels.ts';
import type { Population } from '../problem/problem.ts';
import { oneReplica, zeroCloud, type Cloud } from './cloud.ts';
import { alphaOf } from './forward.ts';
import { addPenalty, freeze } from './velocity.ts';

/** A signed sum of neurons: points a [n][d] and charges q [n]. */
interface Charges {
  readonly a: Float64Array;
  readonly q: Float64Array;
}

/** Velocity dw/dt of every particle under the population loss. */
export function populationVelocity(config: Config, cloud: Cloud, population: Population): Cloud {
  const { dimension: d, width: m } = cloud;
  const factor = alphaOf(config, m) / m;
  const v = zeroCloud(cloud);
  const residuals = Array.from({ length: cloud.replicas }, (_, r) =>
    residualOf(config, oneReplica(cloud, r), population),
  );
  for (let p = 0; p < cloud.c.length; p++) {
    const a = cloud.a.subarray(p * d, (p + 1) * d);
    for (const set of residuals[Math.floor(p / m)]) {
      set.q.forEach((q, j) => {
        const pair = productOf(config, population, a, set.a, j);
        v.c[p] -= factor * q * pair.value;
        for (let n = 0; n < d; n++) {
          const slope = pair.own * a[n] + pair.other * set.a[j * d + n];
          v.a[p * d + n] -= factor * cloud.c[p] * q * slope;
        }
      });
    }
    addPenalty(config, cloud, p, v);
  }
  return freeze(config, v);
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
            sum += one.q[i] * q * productOf(config, population, a, two.a, j).value;
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

/** ρ = f − y of one replica as charges: those of the cloud, then those of the teacher. */
function residualOf(config: Config, cloud: Cloud, { teacher }: Population): [Charges, Charges] {
  const alpha = alphaOf(config, cloud.width);
  return [
    { a: cloud.a, q: cloud.c.map((c, i) => (cloud.weight[i] * c) / alpha) },
    {
      a: Float64Array.from(teacher.a),
      q: Float64Array.from(teacher.c, (c) => -c / teacher.neurons),
    },
  ];
}

/** K(a, b) with b the j-th row of `others`. */
function productOf(
  config: Config,
  { moment }: Population,
  a: Float64Array,
  others: Float64Array,
  j: number,
): ExpectedProduct {
  const kernel = kernelOf(config.network.activation);
  if (kernel === null) throw new Error(`no expected product of ${config.network.activation}`);
  let [own, other, product] = [0, 0, 0];
  for (let n = 0; n < a.length; n++) {
    const b = others[j * a.length + n];
    own += a[n] * a[n];
    other += b * b;
    product += a[n] * b;
  }
  return kernel.expected(own, other, product, moment);
}
