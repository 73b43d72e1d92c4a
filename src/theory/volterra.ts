// The constant of the 1/√m law over time, exact for given nodes: the linearised fluctuation of the Euler map as a
// discrete Volterra equation on the samples, solved without noise and without replicas. Host, float64, small problems.
//
// M nodes of equal weight stand for the initial law; Θ_n are their Euler paths, φ_{n,l} = φ(Θ_n; x_l), H_n = ∇²V(Θ_n),
// P the mobility. With g_{n,l} = lim √m (f_m − f)(x_l):
//
//   g_n = ḡ_n − dt Σ_{k<n} Γ_{n,k} g_k,           ḡ_{n,l} = ∫ φ_{n,l} dω_0,  Cov(ḡ, ḡ′) = Cov_θ(φ, φ′)
//   Γ_{(n,l),(k,l′)} = ν_{l′} mean_θ ⟨∇φ_{n,l}, J_{n,k} P ∇φ_{k,l′}⟩,   J_{n,k} = Π_{j=k+1}^{n−1} (I − dt P H_j)
//
// J_{n,k} P ∇φ_k is carried forward step by step: a product with the inverse of Π (I − dt P H) fails where nodes
// contract. Row (n, x) of (I + dt Γ)^{−1}, strictly lower part y, gives the influence of a node on f_n(x),
//
//   I_θ(n, x) = φ_n(x) − f_n(x) + Σ_{k<n,l} y_{k,l} (φ_{k,l} − f_{k,l}),
//
// and the covariance of g_n is that of I_θ over the nodes. The row exists for every input x, not for samples alone.
// Exact for the nodes, not for the law. Nodes near a separatrix of the flow have |J| up to e^{λt} (five tanh points at
// t = 10: median 2, one in 10³ above 24, one in 10⁵ above 10³), so Γ has a heavy-tailed node error: of 24 rules of
// 4096 nodes 23 gave C_t within 7 % of their median, one three times as much. Take the median of rules, or more nodes.
//
// Cost M N² s D (D + s) / 2 for N steps, s samples, D = d + 2; memory (N s)² + N M D numbers.
import type { Config } from '../config.ts';
import type { Samples } from '../problem/problem.ts';
import {
  fillGradients,
  fillHessian,
  followNodes,
  meanOutput,
  outputOf,
  placeOf,
  type Nodes,
  type Paths,
} from './node-paths.ts';

/** The fluctuation at a set of inputs. */
export interface Fluctuation {
  /** limit f [s] */
  readonly prediction: Float64Array;
  /** C_t = Σ ν Cov g_ll with Σν = 1 */
  readonly constant: number;
  /** MC_t = Σ ν (mean φ² − f²) with Σν = 1: the constant of fresh independent particles */
  readonly monteCarlo: number;
  /** Cov g [s][s] */
  readonly covariance: Float64Array;
  /** (tr S)²/tr S², S_jl = √ν_j Cov g_jl √ν_l; NaN where nothing fluctuates */
  readonly effectiveDimension: number;
}

/** The answer at one step. */
export interface VolterraPoint {
  readonly step: number;
  /** flow time */
  readonly time: number;
  readonly train: Fluctuation;
  /** at the test samples, or null without them */
  readonly test: Fluctuation | null;
}

/**
 * C_t, MC_t and the whole covariance of the fluctuation at chosen steps.
 *
 * @param config p = 1, Euler, all samples in every step, dt in function-space time
 * @param train training samples with loss weights ν
 * @param nodes M nodes of equal weight
 * @param steps numbers of Euler steps, in any order
 * @param test further inputs with loss weights at which the fluctuation is wanted
 * @throws Error for a configuration of another kind
 */
export function solveVolterra(
  config: Config,
  train: Samples,
  nodes: Nodes,
  steps: readonly number[],
  test: Samples | null = null,
): VolterraPoint[] {
  const paths = followNodes(config, train, nodes, Math.max(...steps));
  const kernels = kernelsOf(paths, test, new Set(steps));
  const { stride } = kernels;
  const at = (step: number, samples: Samples, rows: Float64Array): Fluctuation => {
    const influences = Array.from({ length: samples.count }, (_, l) =>
      influenceOf(kernels, rows.subarray(l * stride, (l + 1) * stride), step, train.count),
    );
    return fluctuationAt(paths, step, samples, influences);
  };
  return steps.map((step) => {
    const testRows = kernels.test.get(step);
    return {
      step,
      time: step * paths.dt,
      train: at(step, train, kernels.train.subarray(step * train.count * stride)),
      test: test === null || testRows === undefined ? null : at(step, test, testRows),
    };
  });
}

/** dt Γ: rows are outputs (n, x), columns sources (k, l), k < n. */
interface Kernels {
  /** numbers in a row, N s */
  readonly stride: number;
  /** rows (n, l) of the training samples, [(N + 1) s][N s] */
  readonly train: Float64Array;
  /** rows of the test samples at the steps asked for, each [s_test][N s] */
  readonly test: Map<number, Float64Array>;
}

function kernelsOf(paths: Paths, test: Samples | null, steps: ReadonlySet<number>): Kernels {
  const { train } = paths;
  const count = paths.f.length / train.count - 1;
  const stride = count * train.count;
  const kernels: Kernels = {
    stride,
    train: new Float64Array((count + 1) * train.count * stride),
    test: new Map(),
  };
  if (test !== null) {
    for (const step of steps) kernels.test.set(step, new Float64Array(test.count * stride));
  }
  for (let i = 0; i < paths.width; i++) addNode(paths, i, test, kernels);
  for (const rows of [kernels.train, ...kernels.test.values()]) {
    for (let k = 0; k < rows.length; k++)
      rows[k] *= (paths.dt * train.weight[k % train.count]) / paths.width;
  }
  return kernels;
}

/** Adds ⟨∇φ_n(x), J_{n,k} P ∇φ_{k,l}⟩ of one node to all rows. */
function addNode(paths: Paths, i: number, test: Samples | null, kernels: Kernels): void {
  const { parameters: D, train, mobility } = paths;
  const { stride } = kernels;
  const s = train.count;
  const count = stride / s;
  const carried = new Float64Array(stride * D); // J_{n,k} P ∇φ_{k,l}, [N][s][D]
  const gradients = new Float64Array(s * D);
  const testGradients = new Float64Array((test?.count ?? 0) * D);
  const hessian = new Float64Array(D * D);
  for (let n = 0; n <= count; n++) {
    const at = placeOf(paths, n, i);
    fillGradients(paths, at, train, gradients);
    addProducts(gradients, carried, n * s, D, kernels.train.subarray(n * s * stride), stride);
    const testRows = kernels.test.get(n);
    if (test !== null && testRows !== undefined) {
      fillGradients(paths, at, test, testGradients);
      addProducts(testGradients, carried, n * s, D, testRows, stride);
    }
    if (n === count) break;
    fillHessian(paths, n, at, hessian);
    carry(carried, n * s, D, hessian, paths);
    for (let k = 0; k < s * D; k++) carried[n * s * D + k] = mobility[k % D] * gradients[k];
  }
}

/** rows[l][k] += ⟨gradients[l], carried[k]⟩ for k < known. */
function addProducts(
  gradients: Float64Array,
  carried: Float64Array,
  known: number,
  D: number,
  rows: Float64Array,
  stride: number,
): void {
  for (let l = 0; l * D < gradients.length; l++) {
    for (let k = 0; k < known; k++) {
      let sum = 0;
      for (let q = 0; q < D; q++) sum += gradients[l * D + q] * carried[k * D + q];
      rows[l * stride + k] += sum;
    }
  }
}

/** carried[k] ← (I − dt P H) carried[k] for k < known. */
function carry(
  carried: Float64Array,
  known: number,
  D: number,
  hessian: Float64Array,
  { dt, mobility }: Paths,
): void {
  const before = new Float64Array(D);
  for (let k = 0; k < known; k++) {
    for (let q = 0; q < D; q++) before[q] = carried[k * D + q];
    for (let p = 0; p < D; p++) {
      let sum = 0;
      for (let q = 0; q < D; q++) sum += hessian[p * D + q] * before[q];
      carried[k * D + p] -= dt * mobility[p] * sum;
    }
  }
}

/**
 * Solves yᵀ (I + dt Γ) = −rowᵀ for the row of an output at step n, from the last source to the first: Γ is strictly
 * lower triangular in blocks of samples.
 *
 * @param row dt Γ of the output, [N s]
 * @returns y [n s]
 */
function influenceOf({ stride, train }: Kernels, row: Float64Array, n: number, s: number) {
  const y = row.subarray(0, n * s).map((value) => -value);
  for (let source = n * s - 1; source >= s; source--) {
    const before = source - (source % s);
    for (let k = 0; k < before; k++) y[k] -= y[source] * train[source * stride + k];
  }
  return y;
}

/** Covariance over the nodes of the influence I_θ(n, x_l) = Σ (φ − f) of the outputs in question. */
function fluctuationAt(
  paths: Paths,
  n: number,
  samples: Samples,
  influences: readonly Float64Array[],
): Fluctuation {
  const { train, width: M } = paths;
  const s = samples.count;
  const f = meanOutput(paths, n, samples);
  const covariance = new Float64Array(s * s);
  const squares = new Float64Array(s);
  const influence = new Float64Array(s);
  for (let i = 0; i < M; i++) {
    for (let l = 0; l < s; l++) {
      influence[l] = outputOf(paths, placeOf(paths, n, i), samples, l) - f[l];
      squares[l] += influence[l] ** 2 / M;
    }
    for (let k = 0; k < n * train.count; k++) {
      const at = placeOf(paths, Math.floor(k / train.count), i);
      const source = outputOf(paths, at, train, k % train.count) - paths.f[k];
      for (let l = 0; l < s; l++) influence[l] += influences[l][k] * source;
    }
    for (let j = 0; j < s; j++) {
      for (let l = 0; l < s; l++) covariance[j * s + l] += (influence[j] * influence[l]) / M;
    }
  }
  return { prediction: f, covariance, ...summaryOf(covariance, squares, samples) };
}

function summaryOf(covariance: Float64Array, squares: Float64Array, { count: s, weight }: Samples) {
  const total = weight.reduce((sum, nu) => sum + nu, 0);
  let [constant, monteCarlo, traceOfSquare] = [0, 0, 0];
  for (let j = 0; j < s; j++) {
    const share = weight[j] / total;
    constant += share * covariance[j * s + j];
    monteCarlo += share * squares[j];
    for (let l = 0; l < s; l++)
      traceOfSquare += ((share * weight[l]) / total) * covariance[j * s + l] ** 2;
  }
  return { constant, monteCarlo, effectiveDimension: constant ** 2 / traceOfSquare };
}
