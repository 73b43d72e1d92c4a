// Problems whose answer is known: input, exact solution and tolerance in one record. Formulas read the float32
// numbers of the input, so that rounding the input costs nothing.
import { parseConfig } from '../../src/config-check.ts';
import type { ActivationName, Config, ConfigInput } from '../../src/config.ts';
import { activationOf } from '../../src/problem/activation.ts';
import type { Problem, Samples } from '../../src/problem/problem.ts';
import type { Particles } from '../../src/state.ts';
import { symmetricEigen } from '../../src/theory/eigen.ts';
import { makeParticles, makeSamples } from './random.ts';

/** What a simulation needs. */
export interface Input {
  readonly config: Config;
  readonly problem: Problem;
  readonly particles: Particles;
}

/** A checked configuration from the parts that differ from the defaults. */
export function configOf(input: ConfigInput): Config {
  return parseConfig(input, 'test');
}

/** A problem without test set. */
export function problemOf(train: Samples): Problem {
  return { title: 'test', train, test: null };
}

/** One sample (x, y) with loss weight ν. */
function oneSample(x: number[], y: number, weight: number): Samples {
  return {
    count: 1,
    dimension: x.length,
    x: Float32Array.from(x),
    y: Float32Array.of(y),
    weight: Float32Array.of(weight),
  };
}

/** Choices common to the problems below. */
interface FlowChoice {
  width?: number;
  /** exponent p of α = m^p */
  scale?: number;
  dt: number;
  integrator?: 'euler' | 'heun';
}

function flowOf(choice: FlowChoice, rest: ConfigInput['flow'] = {}): ConfigInput['flow'] {
  return { dt: choice.dt, integrator: choice.integrator ?? 'euler', ...rest };
}

// ---- One quadratic neuron -----------------------------------------------------------------------------

/** Input with the exact a(t) of every particle and the error a correct Euler step must make. */
export interface QuadraticNeuron extends Input {
  /** |a| of every particle at time t */
  aAt(t: number): number;
  /** network output at the sample */
  predictionAt(t: number): number;
  /** leading term of a_Euler − a(t), exact up to O(dt²) */
  eulerError(t: number): number;
}

/**
 * φ = c (a x)² with c = 1 fixed, one sample, particles a = ±a₀. All move alike:
 * a′ = F(a) = −2 ν x² a (x² a² − α y/m), so A = a² obeys the logistic equation A′ = −4 ν x⁴ A (A − A*),
 * A* = α y/(m x²), for every width and every α. The modified equation of Euler's method, F − (dt/2) F F′,
 * gives its error at time t: −(dt/2) F(a) ln(F(a)/F(a₀)).
 */
export function quadraticNeuron(choice: FlowChoice): QuadraticNeuron {
  const { width: m = 1, scale = 1, dt } = choice;
  const train = oneSample([1.25], 1.5, 0.75);
  const [x, y, nu] = [train.x[0], train.y[0], train.weight[0]];
  const a0 = 0.375;
  const share = m ** scale / m;
  const target = (share * y) / (x * x);
  const squareAt = (t: number) =>
    target / (1 + (target / (a0 * a0) - 1) * Math.exp(-4 * nu * x ** 4 * target * t));
  const speed = (a: number) => -2 * nu * x * x * a * (x * x * a * a - share * y);
  const aAt = (t: number) => Math.sqrt(squareAt(t));
  return {
    config: configOf({
      network: { activation: 'quadratic', width: m, scale, bias: false },
      flow: flowOf(choice, { train: ['a'] }),
    }),
    problem: problemOf(train),
    particles: {
      dimension: 1,
      width: m,
      replicas: 1,
      a: Float32Array.from({ length: m }, (_, i) => (i % 2 === 0 ? a0 : -a0)),
      b: new Float32Array(m),
      c: new Float32Array(m).fill(1),
      weight: new Float32Array(m).fill(1),
    },
    aAt,
    predictionAt: (t) => (squareAt(t) * x * x) / share,
    eulerError: (t) => -0.5 * dt * speed(aAt(t)) * Math.log(speed(aAt(t)) / speed(a0)),
  };
}

// ---- One ReLU neuron, everything trained --------------------------------------------------------------

/** Input with the exact path of every particle. */
export interface ReluNeuron extends Input {
  /** every particle at time t */
  at(t: number): { a: number[]; b: number; c: number };
  predictionAt(t: number): number;
  /** c² − |a|² − b², constant along the flow */
  readonly delta: number;
  /** bound on any coordinate's error of a method of the given order: (rate · dt)^order times the largest coordinate */
  tolerance(order: number): number;
}

/**
 * One relu neuron on one sample in any dimension, a, b and c trained, c negative at first. With n² = |x|² + 1 and
 * the unit vector e = (x, −1)/n only h = ⟨(a, b), e⟩ and c move: h′ = −(α/m) ν ρ n c, c′ = −(α/m) ν ρ n h. Then
 * δ = c² − h² is constant; δ < 0 keeps h > 0, so the neuron stays active and h = √−δ cosh(u/2), c = √−δ sinh(u/2).
 * E = e^u obeys the Riccati equation E′ = −(B/2)(E − E₊)(E − E₋) with A = 2 ν n² q*, B = ν n² |δ|, q* = α y/(m n),
 * Ω² = A² + B², E₊ = (A + Ω)/B, E₋ = −1/E₊; hence (E − E₊)/(E − E₋) decays like e^{−Ωt}.
 */
export function reluNeuron(choice: FlowChoice & { dimension?: number }): ReluNeuron {
  const { width: m = 1, scale = 1, dimension: d = 2, dt } = choice;
  const signs = Array.from({ length: d }, (_, q) => (q % 2 === 0 ? 1 : -1));
  const train = oneSample(
    signs.map((sign, q) => sign * (0.5 + 0.25 * q)),
    0.875,
    0.5,
  );
  const [y, nu] = [train.y[0], train.weight[0]];
  const [a0, b0, c0] = [signs.map((sign) => 0.5 * sign), -0.25, -0.375];

  const n = Math.hypot(...train.x, 1);
  const e = [...Array.from(train.x, (value) => value / n), -1 / n];
  const h0 = a0.reduce((sum, value, q) => sum + value * e[q], b0 * e[d]);
  const delta = c0 * c0 - h0 * h0;
  const target = ((m ** scale / m) * y) / n;
  const [A, B] = [2 * nu * n * n * target, nu * n * n * -delta];
  const rate = Math.hypot(A, B);
  const [above, below] = [(A + rate) / B, -B / (A + rate)];
  const start = Math.exp(2 * Math.asinh(c0 / Math.sqrt(-delta)));
  const ratio0 = (start - above) / (start - below);
  const pairAt = (t: number) => {
    const ratio = ratio0 * Math.exp(-rate * t);
    const u = Math.log((above - ratio * below) / (1 - ratio));
    return { h: Math.sqrt(-delta) * Math.cosh(u / 2), c: Math.sqrt(-delta) * Math.sinh(u / 2) };
  };
  return {
    config: configOf({
      network: { activation: 'relu', width: m, scale },
      flow: flowOf(choice),
    }),
    problem: problemOf(train),
    particles: {
      dimension: d,
      width: m,
      replicas: 1,
      a: Float32Array.from({ length: m * d }, (_, k) => a0[k % d]),
      b: new Float32Array(m).fill(b0),
      c: new Float32Array(m).fill(c0),
      weight: new Float32Array(m).fill(1),
    },
    at: (t) => {
      const { h, c } = pairAt(t);
      return { a: a0.map((value, q) => value + (h - h0) * e[q]), b: b0 + (h - h0) * e[d], c };
    },
    predictionAt: (t) => (n * pairAt(t).h * pairAt(t).c * m) / m ** scale,
    delta: c0 * c0 - a0.reduce((sum, value) => sum + value * value, b0 * b0),
    tolerance: (order) => (rate * dt) ** order * Math.max(Math.abs(pairAt(1e9).h), h0),
  };
}

// ---- Frozen features: an exact linear flow -------------------------------------------------------------

/** Input with the exact residual at the samples, for the flow and for each integrator. */
export interface FrozenFeatures extends Input {
  /** residual ρ(t) [s] of the continuous flow */
  residualAt(t: number): Float64Array;
  /** residual [s] after n exact steps of the integrator of the configuration */
  residualAfter(n: number): Float64Array;
  /** largest decay rate of the residual; Euler is stable below dt = 2/rate */
  readonly rate: number;
}

/**
 * Only c trains, so z_ij = σ(⟨a_i, x_j⟩ − b_i) is fixed and f is linear in c. With penalty λ c²/2,
 *
 *   f′ = −K (f − y) − λ f,   K_jl = (1/m) Σ_i ω_i z_ij z_il ν_l,   whatever α is.
 *
 * In the eigenvectors of D^{1/2} G D^{1/2} (D = diag ν, K = G D) every mode decays at its own rate κ + λ towards
 * κ y/(κ + λ): by e^{−(κ+λ)t} in the flow, (1 − h)^n in Euler and (1 − h + h²/2)^n in Heun with h = (κ+λ) dt.
 */
export function frozenFeatures(
  choice: FlowChoice & {
    activation?: ActivationName;
    dimension?: number;
    samples?: number;
    strength?: number;
    weighted?: boolean;
    seed?: number;
  },
): FrozenFeatures {
  const { activation = 'tanh', width = 50, scale = 1, dimension = 2, dt } = choice;
  const { samples: count = 5, strength = 0, weighted = true, seed = 11 } = choice;
  const particles = makeParticles({ seed, width, dimension, weighted });
  const train = makeSamples({ seed: seed + 10, count, dimension, weighted: true });
  const z = featuresOf(activation, particles, train);
  const root = Array.from(train.weight, Math.sqrt);
  const gram = root.map((rootJ, j) =>
    root.map((rootL, l) =>
      z.reduce(
        (sum, zi, i) => sum + (rootJ * rootL * particles.weight[i] * zi[j] * zi[l]) / width,
        0,
      ),
    ),
  );
  const { values, vectors } = symmetricEigen(gram);
  const f0 = root.map((_, j) =>
    z.reduce(
      (sum, zi, i) => sum + (particles.weight[i] * particles.c[i] * zi[j]) / width ** scale,
      0,
    ),
  );
  const mode = (g: ArrayLike<number>, k: number) =>
    root.reduce((sum, rootJ, j) => sum + vectors[j][k] * rootJ * g[j], 0);
  const residualWhen = (remaining: (rate: number) => number) => {
    const modes = values.map((kappa, k) => {
      const rate = kappa + strength;
      // A mode without data and without penalty stands still.
      const limit = rate === 0 ? mode(f0, k) : (kappa * mode(train.y, k)) / rate;
      return limit + (mode(f0, k) - limit) * remaining(rate) - mode(train.y, k);
    });
    return Float64Array.from(root, (rootJ, j) =>
      modes.reduce((sum, value, k) => sum + (vectors[j][k] * value) / rootJ, 0),
    );
  };
  const factor = (h: number) => (choice.integrator === 'heun' ? 1 - h + (h * h) / 2 : 1 - h);
  return {
    config: configOf({
      network: { activation, width, scale },
      flow: flowOf(choice, {
        train: ['c'],
        penalty: { kind: strength > 0 ? 'output-l2' : 'none', strength },
      }),
    }),
    problem: problemOf(train),
    particles,
    residualAt: (t) => residualWhen((rate) => Math.exp(-rate * t)),
    residualAfter: (n) => residualWhen((rate) => factor(rate * dt) ** n),
    rate: Math.max(...values) + strength,
  };
}

/** σ(⟨a_i, x_j⟩ − b_i) as rows [m][s]. */
function featuresOf(
  activation: ActivationName,
  particles: Particles,
  { count, x }: Samples,
): number[][] {
  const { dimension: d, width, a, b } = particles;
  const sigma = activationOf(activation);
  return Array.from({ length: width }, (_, i) =>
    Array.from({ length: count }, (_unused, j) => {
      let z = -b[i];
      for (let q = 0; q < d; q++) z += a[i * d + q] * x[j * d + q];
      return sigma.value(z);
    }),
  );
}
