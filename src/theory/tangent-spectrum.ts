// The largest eigenvalue of the tangent kernel at the present particles, which bounds the time step.
//
//   K_jl = (1/m) Σ_i ω_i ⟨M ∇φ(w_i; x_j), ∇φ(w_i; x_l)⟩ √(ν_j ν_l),   residuals: √ν ρ̇ = −K √ν ρ in function-space time
//
// Birth–death at rate κ moves weights too: ω̇ = −κ ω (V − V̄) adds κ Cov_ω(φ(·; x_j), φ(·; x_l)) √(ν_j ν_l) to K.
//
// Matrix-free: K v = J (Jᵀ v), one loop over particles and samples per product, nothing of size s × m or s × s.
import type { Config } from '../config.ts';
import { activationOf } from '../problem/activation.ts';
import type { Samples } from '../problem/problem.ts';
import { replicaOf, type Particles } from '../state.ts';

/** Products of one estimate, and where it stops. */
const MOST_PRODUCTS = 200;
const TOLERANCE = 1e-4;

/**
 * λ_max of the tangent kernel by power iteration, for the largest over replicas. Euler is stable for dt λ_max < 2, dt in
 * function-space time (with `flow.time` "gradient" the rate η is dt α²/m).
 *
 * With `flow.birthDeath.rate` > 0 the kernel holds the reaction too; then dt λ_max < 2 keeps explicit steps of transport and
 * reaction from raising the loss.
 *
 * The estimate is a Rayleigh quotient and never above λ_max; it stops when it grows by less than 10⁻⁴ in one product.
 *
 * @param config reads `network`, `flow.train`, `flow.birthDeath.rate`
 * @param particles the present particles
 * @param samples training samples with loss weights ν
 */
export function tangentEigenvalue(config: Config, particles: Particles, samples: Samples): number {
  let largest = 0;
  for (let r = 0; r < particles.replicas; r++) {
    largest = Math.max(largest, ofReplica(config, replicaOf(particles, r), samples));
  }
  return largest;
}

function ofReplica(config: Config, particles: Particles, samples: Samples): number {
  const s = samples.count;
  const root = Float64Array.from(samples.weight, Math.sqrt);
  // A start that no symmetry of the data makes orthogonal to the leading vector.
  let v = Float64Array.from({ length: s }, (_, j) => 1 + Math.sin(3 * j + 1) / 2);
  let value = 0;
  for (let n = 0; n < MOST_PRODUCTS; n++) {
    const length = Math.hypot(...v);
    if (length === 0) return 0;
    v = v.map((entry) => entry / length);
    const image = product(config, particles, samples, root, v);
    const next = v.reduce((sum, entry, j) => sum + entry * image[j], 0);
    if (n > 5 && next - value <= TOLERANCE * next) return next;
    value = next;
    v = image;
  }
  return value;
}

/** K v, [s]. */
function product(
  config: Config,
  { dimension: d, width: m, a, b, c, weight }: Particles,
  { count: s, x }: Samples,
  root: Float64Array,
  v: Float64Array,
): Float64Array<ArrayBuffer> {
  const sigma = activationOf(config.network.activation);
  const moves = (name: 'a' | 'b' | 'c') => (config.flow.train.includes(name) ? 1 : 0);
  const [onA, onC] = [moves('a'), moves('c')];
  const onB = config.network.bias ? moves('b') : 0;
  const { rate } = config.flow.birthDeath;
  const image = new Float64Array(s);
  // Mean of φ √ν, and its product with v, for the covariance.
  const mean = new Float64Array(s);
  let meanAlong = 0;
  const value = new Float64Array(s);
  const slope = new Float64Array(s);
  const g = new Float64Array(d);
  for (let i = 0; i < m; i++) {
    let [gb, gc] = [0, 0];
    g.fill(0);
    for (let j = 0; j < s; j++) {
      let z = -b[i];
      for (let q = 0; q < d; q++) z += a[i * d + q] * x[j * d + q];
      value[j] = root[j] * sigma.value(z);
      slope[j] = root[j] * c[i] * sigma.derivative(z);
      gc += value[j] * v[j];
      gb += slope[j] * v[j];
      for (let q = 0; q < d; q++) g[q] += slope[j] * v[j] * x[j * d + q];
    }
    const share = weight[i] / m;
    for (let j = 0; j < s; j++) {
      let along = onB * gb;
      for (let q = 0; q < d; q++) along += onA * g[q] * x[j * d + q];
      image[j] += share * ((onC + rate * c[i] ** 2) * value[j] * gc + slope[j] * along);
      mean[j] += share * c[i] * value[j];
    }
    meanAlong += share * c[i] * gc;
  }
  if (rate > 0) for (let j = 0; j < s; j++) image[j] -= rate * mean[j] * meanAlong;
  return image;
}
