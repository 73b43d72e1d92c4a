// The tangent of the mean-field flow under the population loss: how the noise of the initial draw moves f to first order.
//
// M nodes Θ_i = (c_i, a_i) stand for the law; √m (μ_m − μ) at the start is a noise column ξ [M]. The exact derivative of the
// Euler map, for every column, with Φ, Γ of population-field.ts, all at the nodes before they move:
//
//   g        = Σ_i ξ_i (φ_i − f) + (1/M) Σ_i ⟨∇φ_i, T_i⟩,   T_i = 0 at the start
//   T_c ← T_c − dt ( ⟨∇Φ(a_i), T_a⟩ + Γ(a_i) + λ r_cc T_c )
//   T_a ← T_a − dt ( T_c ∇Φ(a_i) + c_i ∇²Φ(a_i) T_a + c_i ∇Γ(a_i) + λ r_aa T_a )
//
// For ξ with independent entries of variance 1/M, E E_x g² is the constant C_t = lim m E E_x (f_m − f)². ∇²Φ is that of the
// expectation, so that relu has one too. Linearised fluctuation of Chen, Rotskoff, Bruna and Vanden-Eijnden, NeurIPS 2020.
import type { Config } from '../config.ts';
import { activationOf } from '../problem/activation.ts';
import type { Population, Samples } from '../problem/problem.ts';
import type { Particles } from '../state.ts';
import {
  fieldOf,
  productsOf,
  type Field,
  type Products,
  type TangentState,
} from './population-field.ts';

/** What is known of the fluctuation at one step. */
export interface PopulationFluctuation {
  /** E_x g² of every column [Q] */
  readonly squares: Float64Array;
  /** MC_t = mean_i E_x φ_i² − E_x f²: the constant of m fresh samples of the cloud */
  readonly monteCarlo: number;
  /** E_x f² */
  readonly output: number;
}

/** Nodes and tangents on their way. */
export interface PopulationTangent {
  readonly stepsDone: number;
  /** the nodes and tangents now; later steps leave the returned record as it is */
  readonly state: TangentState;
  /** Does n Euler steps. */
  step(n: number): void;
  observe(): PopulationFluctuation;
  /** Σ ν g² of every column at given samples, with Σν made 1 [Q]. */
  squaresAt(samples: Samples): Float64Array;
}

/**
 * Starts the tangent at nodes of equal weight.
 *
 * @param config Euler, scale 1, function-space time, no biases, penalty none, output-l2 or weight-decay
 * @param population teacher and moment of the inputs
 * @param nodes M nodes, one replica
 * @param noise columns ξ [M][Q], such as standard normals divided by √M; they need not be centred
 * @throws Error for a configuration of another kind
 */
export function createPopulationTangent(
  config: Config,
  population: Population,
  nodes: Pick<Particles, 'width' | 'dimension'> & Record<'a' | 'c', ArrayLike<number>>,
  noise: ArrayLike<number>,
): PopulationTangent {
  check(config);
  const products = productsOf(config.network.activation, population.moment);
  let state = start(nodes, noise);
  let field: Field | null = null;
  let stepsDone = 0;
  const fieldNow = (): Field => (field ??= fieldOf(products, state, population));
  return {
    get stepsDone() {
      return stepsDone;
    },
    get state() {
      return state;
    },
    step: (n) => {
      for (let k = 0; k < n; k++) {
        state = moved(config, state, fieldNow());
        field = null;
        stepsDone++;
      }
    },
    observe: () => ({
      squares: squaresOf(state, fieldNow()),
      ...selfProducts(products, state, fieldNow()),
    }),
    squaresAt: (samples) => sampled(config, state, samples),
  };
}

function check({ flow, network }: Config): void {
  if (flow.integrator !== 'euler' || network.scale !== 1 || flow.time !== 'function')
    throw new Error('population tangent: defined for Euler, scale 1 and function-space time');
  if (flow.penalty.kind === 'total-variation')
    throw new Error('population tangent: total variation has no second derivative');
}

/** Centred columns, and T = 0. */
function start(
  nodes: Parameters<typeof createPopulationTangent>[2],
  noise: ArrayLike<number>,
): TangentState {
  const { width: m, dimension: d } = nodes;
  const columns = noise.length / m;
  if (columns === 0 || !Number.isInteger(columns))
    throw new Error(`population tangent: ${noise.length} noise entries for ${m} nodes`);
  // Σ ξ (φ − f) = Σ (ξ − mean ξ) φ, f being the mean of φ.
  const mean = new Float64Array(columns);
  for (let p = 0; p < noise.length; p++) mean[p % columns] += noise[p] / m;
  return {
    dimension: d,
    width: m,
    columns,
    a: Float64Array.from(nodes.a),
    c: Float64Array.from(nodes.c),
    noise: Float64Array.from(noise, (xi, p) => xi - mean[p % columns]),
    ta: new Float64Array(m * columns * d),
    tc: new Float64Array(m * columns),
  };
}

/** Nodes and tangents after one step. */
function moved(config: Config, state: TangentState, field: Field): TangentState {
  const { dimension: d, columns, a, c, ta, tc } = state;
  const { phi, phiSlope, phiCurvature, gamma, gammaSlope } = field;
  const { kind, strength } = config.flow.penalty;
  const has = (name: 'a' | 'c'): number => (config.flow.train.includes(name) ? config.flow.dt : 0);
  const [dtA, dtC] = [has('a'), has('c')];
  const onC = kind === 'none' ? 0 : strength;
  const onA = kind === 'weight-decay' ? strength : 0;
  const [nextTa, nextTc] = [ta.slice(), tc.slice()];
  for (let p = 0; p < tc.length; p++) {
    const i = Math.floor(p / columns);
    let pull = gamma[p] + onC * tc[p];
    for (let n = 0; n < d; n++) {
      pull += phiSlope[i * d + n] * ta[p * d + n];
      let bend = gammaSlope[p * d + n];
      for (let k = 0; k < d; k++) bend += phiCurvature[(i * d + n) * d + k] * ta[p * d + k];
      const turn = tc[p] * phiSlope[i * d + n] + c[i] * bend + onA * ta[p * d + n];
      nextTa[p * d + n] -= dtA * turn;
    }
    nextTc[p] -= dtC * pull;
  }
  return {
    ...state,
    a: a.map((value, at) => value - dtA * (c[Math.floor(at / d)] * phiSlope[at] + onA * value)),
    c: c.map((value, i) => value - dtC * (phi[i] + onC * value)),
    ta: nextTa,
    tc: nextTc,
  };
}

/** E_x g² = Σ_i κ_i Γ(a_i) + (c_i/M) ⟨T_ai, ∇Γ(a_i)⟩ [Q]. */
function squaresOf(state: TangentState, { gamma, gammaSlope }: Field): Float64Array {
  const { width: m, dimension: d, columns, c, noise, ta, tc } = state;
  const squares = new Float64Array(columns);
  for (let p = 0; p < tc.length; p++) {
    const i = Math.floor(p / columns);
    let turn = 0;
    for (let n = 0; n < d; n++) turn += ta[p * d + n] * gammaSlope[p * d + n];
    squares[p % columns] += (noise[p] * c[i] + tc[p] / m) * gamma[p] + (c[i] / m) * turn;
  }
  return squares;
}

function selfProducts(
  { kernel, moment }: Products,
  { width: m, dimension: d, a, c }: TangentState,
  field: Field,
): { monteCarlo: number; output: number } {
  let [own, output] = [0, 0];
  for (let i = 0; i < m; i++) {
    let size = 0;
    for (let n = 0; n < d; n++) size += a[i * d + n] ** 2;
    own += (c[i] ** 2 * kernel.expected(size, size, size, moment).value) / m;
    output += (c[i] * field.output[i]) / m;
  }
  return { monteCarlo: own - output, output };
}

function sampled(config: Config, state: TangentState, samples: Samples): Float64Array {
  const { width: m, dimension: d, columns, a, c, noise, ta, tc } = state;
  const sigma = activationOf(config.network.activation);
  const total = samples.weight.reduce((sum, nu) => sum + nu, 0);
  const squares = new Float64Array(columns);
  for (let l = 0; l < samples.count; l++) {
    const g = new Float64Array(columns);
    const x = samples.x.subarray(l * d, (l + 1) * d);
    for (let i = 0; i < m; i++) {
      let z = 0;
      for (let n = 0; n < d; n++) z += a[i * d + n] * x[n];
      const [value, slope] = [sigma.value(z), (c[i] * sigma.derivative(z)) / m];
      for (let q = 0; q < columns; q++) {
        const p = i * columns + q;
        let turn = 0;
        for (let n = 0; n < d; n++) turn += ta[p * d + n] * x[n];
        g[q] += (noise[p] * c[i] + tc[p] / m) * value + slope * turn;
      }
    }
    for (let q = 0; q < columns; q++) squares[q] += (samples.weight[l] / total) * g[q] ** 2;
  }
  return squares;
}
