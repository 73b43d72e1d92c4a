// What every node feels under the population loss: the residual, the first-order fluctuation, and their derivatives.
//
// Nodes (c_j, a_j) of weight 1/M and the teacher are charges q_j at points: c_j/M at a_j, −c_t/k at a_t. A noise column ξ
// and tangents T turn them into charges κ_j = ξ_j c_j + T_cj/M and dipoles (c_j/M) T_aj at the nodes. With K of kernels.ts
//
//   Φ(a) = Σ_j q_j K(a, a_j)                                      E ρ σ(⟨a,x⟩), with ∇Φ and ∇²Φ T
//   Γ(a) = Σ_j κ_j K(a, a_j) + (c_j/M) ⟨∇_2 K(a, a_j), T_aj⟩      E g σ(⟨a,x⟩), with ∇Γ
import type { ActivationName } from '../config.ts';
import { kernelOf, type Kernel } from '../problem/kernels.ts';
import type { Population } from '../problem/problem.ts';
import { curvatureOf, type Curvature } from './expected-curvature.ts';

/** Nodes with the tangents of Q columns, float64. */
export interface TangentState {
  /** input dimension d */
  readonly dimension: number;
  /** number of nodes M */
  readonly width: number;
  /** number of noise columns Q */
  readonly columns: number;
  /** [M][d] */
  readonly a: Float64Array;
  /** [M] */
  readonly c: Float64Array;
  /** centred noise ξ [M][Q] */
  readonly noise: Float64Array;
  /** T_a [M][Q][d] */
  readonly ta: Float64Array;
  /** T_c [M][Q] */
  readonly tc: Float64Array;
}

/** The fields at every node. */
export interface Field {
  /** E f σ(⟨a_i,x⟩), the part of Φ that is the nodes' own [M] */
  readonly output: Float64Array;
  /** Φ [M] */
  readonly phi: Float64Array;
  /** ∇Φ [M][d] */
  readonly phiSlope: Float64Array;
  /** ∇²Φ [M][d][d] */
  readonly phiCurvature: Float64Array;
  /** Γ [M][Q] */
  readonly gamma: Float64Array;
  /** ∇Γ [M][Q][d] */
  readonly gammaSlope: Float64Array;
}

/** K, its derivatives and what the inputs contribute. */
export interface Products {
  readonly kernel: Kernel;
  readonly curvature: Curvature;
  readonly moment: number;
}

/** @throws Error for an activation without a closed form */
export function productsOf(activation: ActivationName, moment: number): Products {
  const [kernel, curvature] = [kernelOf({ activation }), curvatureOf(activation)];
  if (kernel === null || curvature === null) {
    throw new Error(`no expected product of ${activation}`);
  }
  return { kernel, curvature, moment };
}

/** The fields at the nodes now; cost M (M + k) d (3 Q + d). */
export function fieldOf(products: Products, state: TangentState, { teacher }: Population): Field {
  const { width: m, dimension: d, columns, a, c } = state;
  const field: Field = {
    output: new Float64Array(m),
    phi: new Float64Array(m),
    phiSlope: new Float64Array(m * d),
    phiCurvature: new Float64Array(m * d * d),
    gamma: new Float64Array(m * columns),
    gammaSlope: new Float64Array(m * columns * d),
  };
  const dipole = dipoles(state);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      field.output[i] += addResidual(products, state, field, i, a, j, c[j] / m);
      addFluctuation(products, state, field, dipole, i, j);
    }
    field.phi[i] += field.output[i];
    for (let t = 0; t < teacher.neurons; t++) {
      const charge = -teacher.c[t] / teacher.neurons;
      field.phi[i] += addResidual(products, state, field, i, teacher.a, t, charge);
    }
  }
  return field;
}

/** u = ⟨a_j, T_aj⟩ [M][Q]. */
function dipoles({ width: m, columns, dimension: d, a, ta }: TangentState): Float64Array {
  const along = new Float64Array(m * columns);
  for (let p = 0; p < along.length; p++) {
    const j = Math.floor(p / columns);
    for (let n = 0; n < d; n++) along[p] += a[j * d + n] * ta[p * d + n];
  }
  return along;
}

/** ⟨x_i, y_j⟩ of rows of length d. */
function dot(x: ArrayLike<number>, i: number, y: ArrayLike<number>, j: number, d: number): number {
  let sum = 0;
  for (let n = 0; n < d; n++) sum += x[i * d + n] * y[j * d + n];
  return sum;
}

/**
 * Adds one charge at row j of `points` to ∇Φ and ∇²Φ of node i.
 *
 * @returns its part of Φ
 */
function addResidual(
  { kernel, curvature, moment }: Products,
  { dimension: d, a }: TangentState,
  { phiSlope, phiCurvature }: Field,
  i: number,
  points: ArrayLike<number>,
  j: number,
  charge: number,
): number {
  const sizes = [
    dot(a, i, a, i, d),
    dot(points, j, points, j, d),
    dot(a, i, points, j, d),
  ] as const;
  const { value, own, other } = kernel.expected(...sizes, moment);
  const { aa, ab, turn } = curvature(...sizes, moment);
  for (let n = 0; n < d; n++) {
    const [an, bn] = [a[i * d + n], points[j * d + n]];
    phiSlope[i * d + n] += charge * (own * an + other * bn);
    const row = (i * d + n) * d;
    phiCurvature[row + n] += charge * own;
    const [onA, onB] = [charge * (aa * an + ab * bn), charge * (ab * an + turn * bn)];
    for (let k = 0; k < d; k++) {
      phiCurvature[row + k] += onA * a[i * d + k] + onB * points[j * d + k];
    }
  }
  return charge * value;
}

/** Adds charge and dipole of node j to Γ and ∇Γ of node i, all columns. */
function addFluctuation(
  { kernel, curvature, moment }: Products,
  { dimension: d, width: m, columns, a, c, noise, ta, tc }: TangentState,
  { gamma, gammaSlope }: Field,
  dipole: Float64Array,
  i: number,
  j: number,
): void {
  const sizes = [dot(a, i, a, i, d), dot(a, j, a, j, d), dot(a, i, a, j, d)] as const;
  const { value, own, other } = kernel.expected(...sizes, moment);
  const swapped = kernel.expected(sizes[1], sizes[0], sizes[2], moment).own;
  const { ab, ba, turn, cross } = curvature(...sizes, moment);
  const weight = c[j] / m;
  for (let q = 0; q < columns; q++) {
    const [at, from] = [(i * columns + q) * d, (j * columns + q) * d];
    const charge = noise[j * columns + q] * c[j] + tc[j * columns + q] / m;
    let across = 0;
    for (let n = 0; n < d; n++) across += a[i * d + n] * ta[from + n];
    const along = dipole[j * columns + q];
    gamma[i * columns + q] += charge * value + weight * (swapped * along + other * across);
    const onA = charge * own + weight * (cross * along + ab * across);
    const onB = charge * other + weight * (ba * along + turn * across);
    const onT = weight * other;
    for (let n = 0; n < d; n++) {
      gammaSlope[at + n] += onA * a[i * d + n] + onB * a[j * d + n] + onT * ta[from + n];
    }
  }
}
