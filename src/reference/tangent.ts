// Tangent: how the noise of the initial draw moves the network output to first order, f_m = f + m^{-1/2} g + ….
//
// M nodes Θ_i of equal weight stand for the law, f is their mean, and a noise column ξ [M] for √m (μ_m − μ) at the
// start. The exact derivative of the Euler map, for each column, all at the nodes before they move:
//
//   g_l  = Σ_i ξ_i (φ_i(x_l) − f(x_l)) + (1/M) Σ_i ⟨∇φ_i(x_l), T_i⟩,        T_i = 0 at the start
//   T_i ← T_i − dt M ( ∇²V(Θ_i) T_i + Σ_l ν_l g_l ∇φ_i(x_l) )
//
//   ∇²V T = Σ_l ν_l ρ_l ∇²φ(x_l) T + λ ∇²r T; with u = ⟨T_a, x⟩ − T_b and p = c σ″ u + σ′ T_c,
//   ∇²φ T = ( p x, −p, σ′ u ),   ∇φ = ( c σ′ x, −c σ′, σ ),   ⟨∇φ, T⟩ = c σ′ u + σ T_c
//
// With birth–death by weights that are never resampled, nodes carry ω and columns log-weights ℓ, ℓ_i = 0 at the start:
//
//   g_l  = Σ_i ω_i (ξ_i + ℓ_i/M) (φ_i(x_l) − f(x_l)) + (1/M) Σ_i ω_i ⟨∇φ_i(x_l), T_i⟩
//   ℓ_i ← ℓ_i − κ dt ( ⟨∇V(Θ_i), T_i⟩ + Σ_l ν_l g_l φ_i(x_l) )
//
// For ξ with independent entries of variance 1/M, E Σ ν g² is the constant C_t = lim m E‖f_m − f‖². Any other start of
// the same size, such as ξ = e_i/√M, gives one term of the exact sum over i. relu has σ″ = 0: almost everywhere.
import type { Config } from '../config.ts';
import { activationOf } from '../problem/activation.ts';
import type { Samples } from '../problem/problem.ts';
import type { Particles } from '../state.ts';
import type { Batch } from './batch.ts';
import { birthDeath } from './birth-death.ts';
import { cloudOf, type Cloud } from './cloud.ts';
import { forward, preactivation } from './forward.ts';
import { penaltyGradient, type Particle } from './penalty.ts';
import { penaltyHessian } from './penalty-hessian.ts';
import { potential } from './potential.ts';
import { residual } from './residual.ts';
import { timeStep, update } from './update.ts';
import { velocity } from './velocity.ts';

/** Nodes and tangents on their way, in float64. */
export interface Tangent {
  /** number of noise columns Q */
  readonly columns: number;
  readonly stepsDone: number;
  /** flow time */
  readonly time: number;
  /** the nodes now; later steps leave the returned record as it is */
  readonly nodes: Cloud;
  /** the tangents T now: a [Q][M][d], b and c [Q][M], one "replica" per column */
  readonly tangents: Cloud;
  /** Does n Euler steps. */
  step(n: number): void;
  /** g at the training samples [Q][s]. */
  g(): Float64Array;
  /** g [Q][n] at inputs x [n][d]. */
  gAt(x: ArrayLike<number>): Float64Array;
}

/** σ, σ′ and σ″ at z = ⟨a_i, x_l⟩ − b_i, each [s][M]. */
interface Features {
  readonly value: Float64Array;
  readonly slope: Float64Array;
  readonly curvature: Float64Array;
}

/**
 * Starts the tangent of a configuration's Euler map.
 *
 * @param config p = 1, Euler, all samples in every step, dt in function-space time
 * @param samples training samples
 * @param nodes M nodes, one replica, equal weights
 * @param noise noise columns ξ [Q][M], such as standard normals divided by √M; they need not be centred
 * @throws Error for a configuration or nodes of another kind
 */
export function createTangent(
  config: Config,
  samples: Samples,
  nodes: Particles | Cloud,
  noise: Float64Array,
): Tangent {
  checkTangent(config, nodes, noise);
  const columns = noise.length / nodes.width;
  let cloud = cloudOf(nodes as Particles);
  let tangents = startOf(cloud, columns);
  // ξ + ℓ/M, which is all that g needs to know of either
  let spread = Float64Array.from(noise);
  let stepsDone = 0;
  const doStep = () => {
    const rho = residual(forward(config, cloud, samples), samples.y);
    const g = respond(config, cloud, tangents, spread, samples);
    const before = cloud;
    const moved = moveTangents(config, samples, cloud, tangents, rho, g);
    cloud = update(config, cloud, (at) => velocity(config, at, samples, rho));
    if (reacts(config, stepsDone, cloud.width)) {
      spread = moveLogWeights(config, samples, before, tangents, spread, { rho, g });
      const v = potential(config, before, samples, rho);
      cloud = birthDeath(config, cloud, v, { step: stepsDone, replica: 0 }).cloud;
    }
    tangents = moved;
    stepsDone++;
  };
  const gAt = (x: ArrayLike<number>) =>
    respond(config, cloud, tangents, spread, { count: x.length / cloud.dimension, x });
  return {
    columns,
    get stepsDone() {
      return stepsDone;
    },
    get time() {
      return stepsDone * timeStep(config, cloud.width);
    },
    get nodes() {
      return cloud;
    },
    get tangents() {
      return tangents;
    },
    step: (n) => {
      for (let k = 0; k < n; k++) doStep();
    },
    g: () => gAt(samples.x),
    gAt,
  };
}

/** Whether birth–death acts in a step: it ends at the first step that begins at the quench or later. */
function reacts(config: Config, step: number, width: number): boolean {
  const { rate, quench } = config.flow.birthDeath;
  if (rate === 0) return false;
  return quench === null || step < Math.ceil(quench / timeStep(config, width) - 1e-6);
}

function checkTangent(config: Config, nodes: Particles | Cloud, noise: Float64Array): void {
  const { flow, network } = config;
  if (flow.integrator !== 'euler' || flow.batch !== 0 || network.scale !== 1)
    throw new Error('tangent: defined for the Euler map on all samples with scale 1');
  // With p = 1 a rate η means dt = η/m: another flow at every width.
  if (flow.time !== 'function') throw new Error('tangent: the time must be function-space time');
  const { rate, scheme, threshold } = flow.birthDeath;
  if (rate > 0 && (scheme !== 'weights' || threshold > 0))
    throw new Error('tangent: defined for birth–death by weights that are never resampled');
  if (nodes.replicas !== 1 || nodes.weight.some((omega) => omega !== 1))
    throw new Error('tangent: the nodes must be one replica of equal weights');
  if (noise.length === 0 || noise.length % nodes.width !== 0)
    throw new Error(`tangent: ${noise.length} noise entries for ${nodes.width} nodes`);
}

/** T = 0 for every column. */
function startOf(nodes: Cloud, columns: number): Cloud {
  const count = columns * nodes.width;
  return {
    dimension: nodes.dimension,
    width: nodes.width,
    replicas: columns,
    a: new Float64Array(count * nodes.dimension),
    b: new Float64Array(count),
    c: new Float64Array(count),
    weight: new Float64Array(count).fill(1),
  };
}

function featuresOf(config: Config, nodes: Cloud, batch: Pick<Batch, 'count' | 'x'>): Features {
  const sigma = activationOf(config.network.activation);
  const m = nodes.width;
  const z = Float64Array.from({ length: batch.count * m }, (_, k) =>
    preactivation(nodes, k % m, batch, Math.floor(k / m)),
  );
  return {
    value: z.map((each) => sigma.value(each)),
    slope: z.map((each) => sigma.derivative(each)),
    curvature: z.map((each) => sigma.second(each)),
  };
}

/** u = ⟨T_a, x_l⟩ − T_b for tangent p = q·M + i. */
const turnOf = preactivation;

/** g [Q][s] at the inputs of a batch. */
function respond(
  config: Config,
  nodes: Cloud,
  tangents: Cloud,
  noise: Float64Array,
  batch: Pick<Batch, 'count' | 'x'>,
): Float64Array {
  const m = nodes.width;
  const s = batch.count;
  const f = forward(config, nodes, batch);
  const { value, slope } = featuresOf(config, nodes, batch);
  return Float64Array.from({ length: tangents.replicas * s }, (_, k) => {
    const [q, l] = [Math.floor(k / s), k % s];
    let draw = 0;
    let moved = 0;
    for (let i = 0; i < m; i++) {
      const p = q * m + i;
      const at = l * m + i;
      const omega = nodes.weight[i];
      draw += omega * noise[p] * (nodes.c[i] * value[at] - f[l]);
      const u = turnOf(tangents, p, batch, l);
      moved += omega * (nodes.c[i] * slope[at] * u + value[at] * tangents.c[p]);
    }
    return draw + moved / m;
  });
}

/** The tangents after one step, from ρ [s] and g [Q][s]. */
function moveTangents(
  config: Config,
  samples: Samples,
  nodes: Cloud,
  tangents: Cloud,
  rho: Float64Array,
  g: Float64Array,
): Cloud {
  const { dimension: d, width: m } = nodes;
  const { count: s, x, weight: nu } = samples;
  const dt = timeStep(config, m);
  const { value, slope, curvature } = featuresOf(config, nodes, samples);
  const next = {
    ...tangents,
    a: tangents.a.slice(),
    b: tangents.b.slice(),
    c: tangents.c.slice(),
  };
  const mobility = mobilityOf(config);
  for (let p = 0; p < tangents.c.length; p++) {
    const [q, i] = [Math.floor(p / m), p % m];
    const c = nodes.c[i];
    const pull = penaltyPull(config, nodes, i, tangents, p);
    let [pullB, pullC] = [pull.b, pull.c];
    for (let l = 0; l < s; l++) {
      const at = l * m + i;
      const u = turnOf(tangents, p, samples, l);
      const bend = nu[l] * rho[l];
      const force = nu[l] * g[q * s + l];
      const along =
        bend * (c * curvature[at] * u + slope[at] * tangents.c[p]) + force * c * slope[at];
      for (let k = 0; k < d; k++) pull.a[k] += along * x[l * d + k];
      pullB -= along;
      pullC += bend * slope[at] * u + force * value[at];
    }
    for (let k = 0; k < d; k++) next.a[p * d + k] -= dt * mobility.a * pull.a[k];
    next.b[p] -= dt * mobility.b * pullB;
    next.c[p] -= dt * mobility.c * pullC;
  }
  return next;
}

/** ξ + ℓ/M after one step, [Q][M]. */
function moveLogWeights(
  config: Config,
  { count: s, weight: nu, x }: Samples,
  nodes: Cloud,
  tangents: Cloud,
  spread: Float64Array,
  { rho, g }: { rho: Float64Array; g: Float64Array },
): Float64Array<ArrayBuffer> {
  const m = nodes.width;
  const { kind, strength } = config.flow.penalty;
  const { value, slope } = featuresOf(config, nodes, { count: s, x });
  const step = (config.flow.birthDeath.rate * timeStep(config, m)) / m;
  return Float64Array.from(spread, (xi, p) => {
    const [q, i] = [Math.floor(p / m), p % m];
    const c = nodes.c[i];
    const t = particleAt(tangents, p);
    const r = penaltyGradient(kind, particleAt(nodes, i));
    let change = strength * (r.b * t.b + r.c * t.c);
    r.a.forEach((each, k) => (change += strength * each * t.a[k]));
    for (let l = 0; l < s; l++) {
      const at = l * m + i;
      const along = c * slope[at] * turnOf(tangents, p, { x }, l) + value[at] * t.c;
      change += nu[l] * (rho[l] * along + g[q * s + l] * c * value[at]);
    }
    return xi - step * change;
  });
}

/** λ ∇²r(Θ_i) T_p. */
function penaltyPull(config: Config, nodes: Cloud, i: number, tangents: Cloud, p: number) {
  const { kind, strength } = config.flow.penalty;
  const pull = penaltyHessian(kind, particleAt(nodes, i), particleAt(tangents, p));
  return {
    a: pull.a.map((value) => strength * value),
    b: strength * pull.b,
    c: strength * pull.c,
  };
}

function particleAt({ dimension: d, a, b, c }: Cloud, p: number): Particle {
  return { a: a.subarray(p * d, (p + 1) * d), b: b[p], c: c[p] };
}

/** The mobility M: 1 for what moves, 0 for what stands still. */
function mobilityOf({ flow, network }: Config): Record<'a' | 'b' | 'c', number> {
  const has = (name: 'a' | 'b' | 'c') => (flow.train.includes(name) ? 1 : 0);
  return { a: has('a'), b: network.bias ? has('b') : 0, c: has('c') };
}
