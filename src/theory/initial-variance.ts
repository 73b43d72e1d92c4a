// The constant of the 1/√m law at the start, by quadrature: C_0 = Σ_j ν_j Var φ(w; x_j) for independent particles.
//
//   Var φ = E c² E σ(z)² − (E c E σ(z))² = Var(c) E σ(z)² + (E c)² Var σ(z),   z = ⟨a, x⟩ − b
//
// The second form subtracts nothing. z is a sum of two independent numbers, ⟨a, x⟩ and −b, each with a law on the line;
// one or two integrals remain, split at z = 0, where relu has its kink.
import type { Config, RandomInit, ScalarLaw } from '../config.ts';
import { activationOf } from '../problem/activation.ts';
import type { Samples } from '../problem/problem.ts';
import { compositeRule } from './quadrature.ts';

/** A law on the line. */
type LineLaw =
  | { kind: 'atoms'; values: number[] } // equally likely
  | { kind: 'normal'; mean: number; std: number }
  | { kind: 'uniform'; low: number; high: number }
  | { kind: 'projection'; scale: number; dimension: number }; // scale · ⟨u, e⟩, u uniform on the unit sphere, d ≥ 2

/** Points and probabilities that stand for a law. */
interface Nodes {
  readonly values: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/** Normals are cut here: the tails hold 2e-23. */
const CUT = 10;
/** First panel beside z = 0 and longest panel of an oscillating σ: the poles of tanh are π/2 away from the line. */
const PANEL_Z = 2;

/**
 * C_0 = lim m E‖f_m − E f_m‖²_ν at the start for p = 1, where f is the mean of m independent φ(w_i; ·). The fluctuation
 * of scale p is (m/α)² C_0, α = m^p.
 *
 * Known for a normal, constant or on a sphere, or d = 1; every law of b and c. With antithetic sampling the pairs
 * (a, b, ±c) cancel, so that f = 0 and C_0 = 0.
 *
 * @param init initial law of the particles
 * @param network activation, and whether there is a bias
 * @param samples inputs x_j and loss weights ν, scaled here to Σν = 1
 * @returns null where it is unknown: particles from a file, quasi-random or canonical ones, uniform or sign laws of a in d ≥ 2
 */
export function initialVariance(
  init: Config['init'],
  network: Pick<Config['network'], 'activation' | 'bias'>,
  samples: Samples,
): number | null {
  if (init.kind !== 'random' || init.sampling === 'quasi') return null;
  if (init.sampling === 'antithetic') return 0;
  const activation = activationOf(network.activation);
  const longest = network.activation === 'sine' ? PANEL_Z : Infinity;
  const [b, c] = [lineLaw(init.b), meanAndVariance(init.c)];
  const shift: LineLaw = network.bias ? scaled(b, -1) : { kind: 'atoms', values: [0] };
  // Samples on one sphere, or equal samples, share their law of ⟨a, x⟩ and its integral.
  const known = new Map<string, number>();
  let sum = 0;
  let total = 0;
  for (let j = 0; j < samples.count; j++) {
    const x = samples.x.subarray(j * samples.dimension, (j + 1) * samples.dimension);
    const law = projectedLaw(init.a, x);
    if (law === null) return null;
    const key = keyOfLaw(law);
    let variance = known.get(key);
    if (variance === undefined) {
      const sigma = momentsOfSum((z) => activation.value(z), longest, law, shift);
      variance = c.variance * sigma.square + c.mean ** 2 * sigma.variance;
      known.set(key, variance);
    }
    sum += samples.weight[j] * variance;
    total += samples.weight[j];
  }
  return sum / total;
}

/** The parameters of a law to 8 digits: inputs are float32, their lengths are not known any better. */
function keyOfLaw(law: LineLaw): string {
  return JSON.stringify(law, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(8)) : value,
  );
}

/** Law of ⟨a, x⟩, or null where it has no simple form. */
function projectedLaw(law: RandomInit['a'], x: Float32Array): LineLaw | null {
  const sum = x.reduce((total, value) => total + value, 0);
  const length = Math.sqrt(x.reduce((total, value) => total + value * value, 0));
  switch (law.kind) {
    case 'normal':
      return normalLaw(law.mean * sum, law.std * length);
    case 'constant':
      return { kind: 'atoms', values: [law.value * sum] };
    case 'sphere': {
      const scale = law.radius * length;
      if (scale === 0) return { kind: 'atoms', values: [0] };
      if (x.length === 1) return { kind: 'atoms', values: [-scale, scale] };
      return { kind: 'projection', scale, dimension: x.length };
    }
    default:
      return x.length === 1 ? scaled(lineLaw(law), x[0]) : null;
  }
}

function lineLaw(law: ScalarLaw): LineLaw {
  switch (law.kind) {
    case 'normal':
      return normalLaw(law.mean, law.std);
    case 'uniform':
      return uniformLaw(law.low, law.high);
    case 'sign':
      return { kind: 'atoms', values: [-law.scale, law.scale] };
    case 'constant':
      return { kind: 'atoms', values: [law.value] };
  }
}

function normalLaw(mean: number, std: number): LineLaw {
  return std === 0 ? { kind: 'atoms', values: [mean] } : { kind: 'normal', mean, std };
}

function uniformLaw(low: number, high: number): LineLaw {
  return low === high ? { kind: 'atoms', values: [low] } : { kind: 'uniform', low, high };
}

/** Law of factor · z for z with a given law. */
function scaled(law: LineLaw, factor: number): LineLaw {
  switch (law.kind) {
    case 'atoms':
      return { kind: 'atoms', values: law.values.map((value) => factor * value) };
    case 'normal':
      return normalLaw(factor * law.mean, Math.abs(factor) * law.std);
    case 'uniform':
      return uniformLaw(
        Math.min(factor * law.low, factor * law.high),
        Math.max(factor * law.low, factor * law.high),
      );
    case 'projection':
      return { ...law, scale: Math.abs(factor) * law.scale };
  }
}

/** Mean and variance of the output weights. */
/** Mean and variance of a law. */
export function meanAndVariance(law: ScalarLaw): { mean: number; variance: number } {
  switch (law.kind) {
    case 'normal':
      return { mean: law.mean, variance: law.std ** 2 };
    case 'uniform':
      return { mean: (law.low + law.high) / 2, variance: (law.high - law.low) ** 2 / 12 };
    case 'sign':
      return { mean: 0, variance: law.scale ** 2 };
    case 'constant':
      return { mean: law.value, variance: 0 };
  }
}

/** E g(p + q)² and Var g(p + q) for independent p and q; panels are no longer than `longest`. */
function momentsOfSum(
  g: (z: number) => number,
  longest: number,
  p: LineLaw,
  q: LineLaw,
): { square: number; variance: number } {
  // Sums of normals are normal.
  if (p.kind === 'normal' && q.kind === 'normal') {
    const sum = normalLaw(p.mean + q.mean, Math.hypot(p.std, q.std));
    return momentsOfSum(g, longest, sum, { kind: 'atoms', values: [0] });
  }
  const [outer, inner] = OUTER_FIRST[p.kind] <= OUTER_FIRST[q.kind] ? [p, q] : [q, p];
  const values: number[] = [];
  const weights: number[] = [];
  // As a function of the outer value the inner integral bends where a landmark of the inner law passes z = 0.
  const outerNodes = nodesOf(
    outer,
    longest,
    landmarksOf(inner).map((landmark) => -landmark),
  );
  for (let k = 0; k < outerNodes.values.length; k++) {
    const at = outerNodes.values[k];
    const nodes = nodesOf(inner, longest, [-at]);
    for (let i = 0; i < nodes.values.length; i++) {
      values.push(g(at + nodes.values[i]));
      weights.push(outerNodes.weights[k] * nodes.weights[i]);
    }
  }
  const expect = (h: (v: number) => number): number =>
    values.reduce((sum, v, k) => sum + weights[k] * h(v), 0);
  const mean = expect((v) => v);
  return { square: expect((v) => v * v), variance: expect((v) => (v - mean) ** 2) };
}

/** The law with the smoother density is integrated first, inside, so that the outer integrand is smooth too. */
const OUTER_FIRST: Record<LineLaw['kind'], number> = {
  atoms: 0,
  projection: 1,
  uniform: 2,
  normal: 3,
};

/** Where the density of a law ends, or peaks if it has no ends. */
function landmarksOf(law: LineLaw): number[] {
  switch (law.kind) {
    case 'atoms':
      return law.values;
    case 'normal':
      return [law.mean];
    case 'uniform':
      return [law.low, law.high];
    case 'projection':
      return [-law.scale, law.scale];
  }
}

/**
 * Quadrature nodes of a law; probabilities sum to 1. Panels end at the centres, and 2, 4, 8, … away from them: what
 * happens near z = 0 is resolved however wide the law is.
 */
function nodesOf(law: LineLaw, longest: number, centres: readonly number[]): Nodes {
  switch (law.kind) {
    case 'atoms':
      return { values: law.values, weights: law.values.map(() => 1 / law.values.length) };
    case 'uniform': {
      const { low, high } = law;
      const rule = compositeRule(low, high, longest, graded(centres, low, high));
      return { values: rule.nodes, weights: normalised(rule.weights) };
    }
    case 'normal': {
      const { mean, std } = law;
      const [low, high] = [mean - CUT * std, mean + CUT * std];
      const panel = Math.min(2 * std, longest);
      const rule = compositeRule(low, high, panel, graded(centres, low, high));
      const density = rule.nodes.map((z) => Math.exp(-0.5 * ((z - mean) / std) ** 2));
      return {
        values: rule.nodes,
        weights: normalised(rule.weights.map((w, k) => w * density[k])),
      };
    }
    case 'projection':
      return projectionNodes(law.scale, law.dimension, longest, centres);
  }
}

/** The centres and the points 2, 4, 8, … away from each, as far as [low, high] reaches. */
function graded(centres: readonly number[], low: number, high: number): number[] {
  return centres.flatMap((centre) => {
    const points = [centre];
    const reach = Math.max(high - centre, centre - low);
    for (let away = PANEL_Z; away < reach; away *= 2) points.push(centre - away, centre + away);
    return points;
  });
}

/**
 * z = scale · sin θ with density ∝ cos^{d−2} θ, which is (1 − u²)^{(d−3)/2} in u = sin θ without its poles at ±1 in
 * d = 2.
 */
function projectionNodes(
  scale: number,
  d: number,
  longest: number,
  centres: readonly number[],
): Nodes {
  // cos^{d−2} θ is below exp(−(d − 2) θ²/2): its tails are cut as those of a normal.
  const end = Math.min(Math.PI / 2, CUT / Math.sqrt(Math.max(1, d - 2)));
  const panel = Math.min(end / 5, longest / scale);
  const angles = graded(centres, -scale, scale)
    .filter((z) => Math.abs(z) < scale)
    .map((z) => Math.asin(z / scale));
  const rule = compositeRule(-end, end, panel, angles);
  const density = rule.nodes.map((angle) => Math.cos(angle) ** (d - 2));
  return {
    values: rule.nodes.map((angle) => scale * Math.sin(angle)),
    weights: normalised(rule.weights.map((w, k) => w * density[k])),
  };
}

function normalised(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}
