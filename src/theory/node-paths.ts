// Euler paths of nodes of the initial law in the mean-field limit, with first and second derivatives of φ along them.
// Host, float64, one node at a time; shares no step code with the reference.
//
//   φ(θ; x) = c σ(z), z = ⟨a, x⟩ − b, parameters θ = (a_0 … a_{d−1}, b, c), D = d + 2
//   Θ⁺ = Θ − dt P ∇V(Θ),  V(θ) = Σ_l ν_l ρ_l φ(θ; x_l) + λ r(θ),  ρ = f − y,  f = mean of φ over the nodes
//
// P is the mobility: 1 where a parameter trains, 0 elsewhere. relu has σ″ = 0 (almost everywhere).
import type { Config, PenaltyName } from '../config.ts';
import { activationOf, type Activation } from '../problem/activation.ts';
import type { Samples } from '../problem/problem.ts';

/** Nodes of equal weight, in the shapes of a snapshot with one replica. */
export interface Nodes {
  /** input dimension d */
  readonly dimension: number;
  /** number of nodes M */
  readonly width: number;
  /** input weights [M][d] */
  readonly a: ArrayLike<number>;
  /** biases [M] */
  readonly b: ArrayLike<number>;
  /** output weights [M] */
  readonly c: ArrayLike<number>;
}

/** Paths of the nodes, and what they were made with. */
export interface Paths {
  readonly activation: Activation;
  readonly penalty: Config['flow']['penalty'];
  readonly train: Samples;
  readonly dt: number;
  /** number of nodes M */
  readonly width: number;
  /** D = d + 2 */
  readonly parameters: number;
  /** mobility P [D] */
  readonly mobility: Float64Array;
  /** Θ [N + 1][M][D] */
  readonly theta: Float64Array;
  /** f at the training samples [N + 1][s] */
  readonly f: Float64Array;
}

/**
 * Follows nodes for N Euler steps.
 *
 * @param config p = 1, Euler, all samples in every step, dt in function-space time
 * @throws Error for a configuration of another kind
 */
export function followNodes(config: Config, train: Samples, nodes: Nodes, count: number): Paths {
  const paths = startPaths(config, train, nodes, count);
  const { parameters: D, width: M, dt, mobility, theta } = paths;
  const force = new Float64Array(D);
  const gradients = new Float64Array(train.count * D);
  for (let n = 0; n <= count; n++) {
    const f = paths.f.subarray(n * train.count, (n + 1) * train.count);
    f.set(meanOutput(paths, n, train));
    for (let at = n * M * D; at < (n + 1) * M * D && n < count; at += D) {
      fillGradients(paths, at, train, gradients);
      fillPenaltyGradient(paths.penalty, theta.subarray(at, at + D), force);
      for (let l = 0; l < train.count; l++) {
        const pull = train.weight[l] * (f[l] - train.y[l]);
        for (let q = 0; q < D; q++) force[q] += pull * gradients[l * D + q];
      }
      for (let q = 0; q < D; q++)
        theta[at + M * D + q] = theta[at + q] - dt * mobility[q] * force[q];
    }
  }
  return paths;
}

function startPaths(config: Config, train: Samples, nodes: Nodes, count: number): Paths {
  const { flow, network } = config;
  if (flow.integrator !== 'euler' || flow.batch !== 0 || network.scale !== 1)
    throw new Error('node paths: defined for the Euler map on all samples with scale 1');
  // With p = 1 a rate η means dt = η/m: another flow at every width.
  if (flow.time !== 'function') throw new Error('node paths: the time must be function-space time');
  const { dimension: d, width: M } = nodes;
  const D = d + 2;
  const mobility = new Float64Array(D);
  if (flow.train.includes('a')) mobility.fill(1, 0, d);
  if (flow.train.includes('b') && network.bias) mobility[d] = 1;
  if (flow.train.includes('c')) mobility[d + 1] = 1;
  const theta = new Float64Array((count + 1) * M * D);
  for (let i = 0; i < M; i++) {
    for (let q = 0; q < d; q++) theta[i * D + q] = nodes.a[i * d + q];
    theta[i * D + d] = nodes.b[i];
    theta[i * D + d + 1] = nodes.c[i];
  }
  return {
    activation: activationOf(network.activation),
    penalty: flow.penalty,
    train,
    dt: flow.dt,
    width: M,
    parameters: D,
    mobility,
    theta,
    f: new Float64Array((count + 1) * train.count),
  };
}

/** Where node i starts in Θ after n steps. */
export function placeOf({ width, parameters }: Paths, n: number, i: number): number {
  return (n * width + i) * parameters;
}

/** z = ⟨a, x_l⟩ − b of the node whose parameters start at `at`. */
function preactivation(theta: Float64Array, at: number, { dimension: d, x }: Samples, l: number) {
  let z = -theta[at + d];
  for (let q = 0; q < d; q++) z += theta[at + q] * x[l * d + q];
  return z;
}

/** φ(x_l) of the node at `at`. */
export function outputOf(paths: Paths, at: number, samples: Samples, l: number): number {
  const { theta, parameters: D, activation } = paths;
  return theta[at + D - 1] * activation.value(preactivation(theta, at, samples, l));
}

/** Mean of φ over the nodes after n steps, [s]. */
export function meanOutput(paths: Paths, n: number, samples: Samples): Float64Array {
  return Float64Array.from({ length: samples.count }, (_, l) => {
    let sum = 0;
    for (let i = 0; i < paths.width; i++) sum += outputOf(paths, placeOf(paths, n, i), samples, l);
    return sum / paths.width;
  });
}

/** ∇φ(x_l) = (c σ′ x, −c σ′, σ) of the node at `at`, into [s][D]. */
export function fillGradients(
  { theta, parameters: D, activation }: Paths,
  at: number,
  samples: Samples,
  into: Float64Array,
): void {
  const d = D - 2;
  for (let l = 0; l < samples.count; l++) {
    const z = preactivation(theta, at, samples, l);
    const slope = theta[at + d + 1] * activation.derivative(z);
    for (let q = 0; q < d; q++) into[l * D + q] = slope * samples.x[l * d + q];
    into[l * D + d] = -slope;
    into[l * D + d + 1] = activation.value(z);
  }
}

/** H = ∇²V = Σ_l ν_l ρ_l ∇²φ(x_l) + λ ∇²r of the node at `at` in step n, into [D][D]. */
export function fillHessian(paths: Paths, n: number, at: number, into: Float64Array): void {
  const { theta, parameters: D, activation, train, penalty } = paths;
  fillPenaltyHessian(penalty, theta.subarray(at, at + D), into);
  const d = D - 2;
  const c = theta[at + d + 1];
  for (let l = 0; l < train.count; l++) {
    const z = preactivation(theta, at, train, l);
    const pull = train.weight[l] * (paths.f[n * train.count + l] - train.y[l]);
    const slope = pull * activation.derivative(z);
    const bend = pull * c * activation.second(z);
    // ∂z/∂(a, b) = (x, −1)
    for (let p = 0; p <= d; p++) {
      const zp = p < d ? train.x[l * d + p] : -1;
      for (let q = 0; q <= d; q++) into[p * D + q] += bend * zp * (q < d ? train.x[l * d + q] : -1);
      into[p * D + d + 1] += slope * zp;
      into[(d + 1) * D + p] += slope * zp;
    }
  }
}

interface Penalty {
  readonly kind: PenaltyName;
  readonly strength: number;
}

/** λ ∇r of parameters w = (v, c), v = (a, b), [D]. */
function fillPenaltyGradient({ kind, strength }: Penalty, w: Float64Array, into: Float64Array) {
  const last = w.length - 1;
  into.fill(0);
  if (kind === 'weight-decay') w.forEach((value, q) => (into[q] = strength * value));
  if (kind === 'output-l2') into[last] = strength * w[last];
  if (kind === 'total-variation') {
    const h = Math.hypot(...w.subarray(0, last));
    for (let q = 0; q < last && h > 0; q++) into[q] = (strength * Math.abs(w[last]) * w[q]) / h;
    into[last] = strength * Math.sign(w[last]) * h;
  }
}

/** λ ∇²r of parameters w = (v, c), v = (a, b), [D][D]; |c| |v| has the block |c| (I − v vᵀ/|v|²)/|v| in v. */
function fillPenaltyHessian({ kind, strength }: Penalty, w: Float64Array, into: Float64Array) {
  const D = w.length;
  const last = D - 1;
  into.fill(0);
  if (kind === 'weight-decay') for (let q = 0; q < D; q++) into[q * D + q] = strength;
  if (kind === 'output-l2') into[last * D + last] = strength;
  const h = kind === 'total-variation' ? Math.hypot(...w.subarray(0, last)) : 0;
  for (let p = 0; p < last && h > 0; p++) {
    for (let q = 0; q < last; q++) {
      const across = (p === q ? 1 : 0) - (w[p] * w[q]) / (h * h);
      into[p * D + q] = (strength * Math.abs(w[last]) * across) / h;
    }
    into[p * D + last] = into[last * D + p] = (strength * Math.sign(w[last]) * w[p]) / h;
  }
}
