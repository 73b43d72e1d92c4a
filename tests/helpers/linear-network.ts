// A linear two-layer network, whose moments obey closed equations at every width: one more problem with a known answer.
import type { Problem, Samples } from '../../src/problem/problem.ts';
import type { Particles } from '../../src/state.ts';
import { configOf, problemOf, type Input } from './problems.ts';
import { makeParticles, makeSamples } from './random.ts';

/** Means over particles: u = mean(c a) [d], p = mean(c²), s = mean(a aᵀ) [d][d]. */
export interface LinearMoments {
  readonly u: number[];
  readonly p: number;
  readonly s: number[][];
}

/** Input with the exact moments of the cloud and the predictions they give. */
export interface LinearNetwork extends Input {
  /** moments after n Euler steps, exact */
  afterEuler(n: number): LinearMoments;
  /** moments of the continuous flow at time t, to about 1e-12 */
  at(t: number): LinearMoments;
  /** output [s] at the samples that belongs to moments */
  predictionOf(moments: LinearMoments): Float64Array;
}

/**
 * f(x) = (1/α) Σ c_i ⟨a_i, x⟩ with b = 0 fixed. With γ = α/m and g = Σ_j ν_j ρ_j x_j every particle moves by
 * a′ = −γ c g, c′ = −γ ⟨a, g⟩, so that f(x) = ⟨u, x⟩/γ and
 *
 *   u′ = −γ (p + S) g,   p′ = −2γ ⟨u, g⟩,   S′ = −γ (u gᵀ + g uᵀ).
 *
 * A step of Euler's method adds the products of two increments, which are moments again, so it is closed as well:
 *
 *   u⁺ = u + h u′ + h²γ² ⟨u, g⟩ g,   p⁺ = p + h p′ + h²γ² ⟨g, S g⟩,   S⁺ = S + h S′ + h²γ² p g gᵀ.
 */
export function linearNetwork(options: {
  dt: number;
  width?: number;
  scale?: number;
  dimension?: number;
  samples?: number;
  seed?: number;
}): LinearNetwork {
  const { dt, width = 40, scale = 1, dimension = 3, samples: count = 6, seed = 31 } = options;
  const gamma = width ** scale / width;
  const particles = makeParticles({ seed, width, dimension });
  particles.b.fill(0);
  const train = makeSamples({ seed: seed + 10, count, dimension, weighted: true });
  const problem: Problem = problemOf(train);
  const start = momentsOf(particles);
  const move = (moments: LinearMoments, h: number, second: number) =>
    stepOf(moments, pullOf(moments, train, gamma), gamma, h, second);
  return {
    config: configOf({
      network: { activation: 'linear', width, scale, bias: false },
      flow: { dt },
    }),
    problem,
    particles,
    afterEuler: (n) => {
      let moments = start;
      for (let k = 0; k < n; k++) moments = move(moments, dt, dt * dt);
      return moments;
    },
    at: (t) => rungeKutta(start, (moments) => difference(move(moments, 1, 0), moments), t, 4000),
    predictionOf: ({ u }) => predictionOf(u, train, gamma),
  };
}

function momentsOf({ dimension: d, width: m, a, c }: Particles): LinearMoments {
  const u = new Array<number>(d).fill(0);
  const s = u.map(() => new Array<number>(d).fill(0));
  let p = 0;
  for (let i = 0; i < m; i++) {
    p += (c[i] * c[i]) / m;
    for (let k = 0; k < d; k++) {
      u[k] += (c[i] * a[i * d + k]) / m;
      for (let l = 0; l < d; l++) s[k][l] += (a[i * d + k] * a[i * d + l]) / m;
    }
  }
  return { u, p, s };
}

function predictionOf(u: number[], { count, x }: Samples, gamma: number): Float64Array {
  return Float64Array.from({ length: count }, (_, j) =>
    u.reduce((sum, value, k) => sum + (value * x[j * u.length + k]) / gamma, 0),
  );
}

/** g = Σ_j ν_j ρ_j x_j. */
function pullOf({ u }: LinearMoments, train: Samples, gamma: number): number[] {
  const f = predictionOf(u, train, gamma);
  return u.map((_, k) =>
    f.reduce(
      (sum, fj, j) => sum + train.weight[j] * (fj - train.y[j]) * train.x[j * u.length + k],
      0,
    ),
  );
}

/** Adds `first` times the derivative and `second` times the products of two increments. */
function stepOf(
  { u, p, s }: LinearMoments,
  g: number[],
  gamma: number,
  first: number,
  second: number,
): LinearMoments {
  const dot = (v: number[], w: number[]) => v.reduce((sum, value, k) => sum + value * w[k], 0);
  const sg = s.map((row) => dot(row, g));
  const [h, hh, ug] = [first * gamma, second * gamma * gamma, dot(u, g)];
  return {
    u: u.map((value, k) => value - h * (p * g[k] + sg[k]) + hh * ug * g[k]),
    p: p - 2 * h * ug + hh * dot(g, sg),
    s: s.map((row, k) =>
      row.map((v, l) => v - h * (u[k] * g[l] + g[k] * u[l]) + hh * p * g[k] * g[l]),
    ),
  };
}

function combine(x: LinearMoments, y: LinearMoments, factor: number): LinearMoments {
  return {
    u: x.u.map((value, k) => value + factor * y.u[k]),
    p: x.p + factor * y.p,
    s: x.s.map((row, k) => row.map((value, l) => value + factor * y.s[k][l])),
  };
}

function difference(x: LinearMoments, y: LinearMoments): LinearMoments {
  return combine(x, y, -1);
}

/** Classical Runge–Kutta of order 4. */
function rungeKutta(
  start: LinearMoments,
  slope: (moments: LinearMoments) => LinearMoments,
  t: number,
  steps: number,
): LinearMoments {
  const h = t / steps;
  let y = start;
  for (let n = 0; n < steps; n++) {
    const k1 = slope(y);
    const k2 = slope(combine(y, k1, h / 2));
    const k3 = slope(combine(y, k2, h / 2));
    const k4 = slope(combine(y, k3, h));
    y = [k1, k2, k2, k3, k3, k4].reduce((sum, k) => combine(sum, k, h / 6), y);
  }
  return y;
}
