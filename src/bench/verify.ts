// Comparison with float64 before a time counts. Large cases are checked on some samples and particles, the first, the
// last and random ones, by the reference twins: f at samples from all particles, the velocity of particles from all
// samples and the residuals of the device, and one step from this velocity. Together they cover every stage.
import type { Check } from '../bench-result.ts';
import { cloudOf, type Cloud } from '../reference/cloud.ts';
import { forward, preactivation } from '../reference/forward.ts';
import { timeStep } from '../reference/update.ts';
import { velocity } from '../reference/velocity.ts';
import { replicaOf, type Particles } from '../state.ts';
import type { Samples } from '../problem/problem.ts';
import type { Scene } from './scene.ts';

/** Largest error, over the largest value, that counts as right. */
export const TOLERANCE = 5e-6;

/** Particles that are compared, per replica, and replicas. */
const ITEMS = { particles: 16, replicas: 3 } as const;
/** Samples that are compared, and the evaluations of a particle they may cost, beyond which only the ends are. */
const SAMPLES = { most: 8, least: 2, evaluations: 1e8 } as const;
/** Particles whose float64 copy is made at once. */
const CHUNK = 1 << 16;
/** Unit roundoff of float32. */
const U = 2 ** -24;

/** A kernel computed something else than float64 does. */
export class WrongOutputError extends Error {
  override name = 'WrongOutputError';
}

/** @throws WrongOutputError when the error is above the tolerance, or not a number */
export function requireRight(check: Check): void {
  if (check.error <= check.tolerance) return;
  throw new WrongOutputError(
    `${check.what}: error ${check.error.toExponential(1)} of the largest value in ${check.items} numbers; ` +
      `allowed: ${check.tolerance.toExponential(1)}`,
  );
}

/** The checks of something that a case measures beside its subject. */
export function beside(name: string, checks: readonly Check[]): Check[] {
  return checks.map((check) => ({ ...check, what: `${name}: ${check.what}` }));
}

/** Samples that f is compared at, at width m. */
export function samplesAt(m: number): number {
  return Math.max(SAMPLES.least, Math.min(SAMPLES.most, Math.floor(SAMPLES.evaluations / m)));
}

/** What the device says of its state, [R][s] and in the shape of the particles. */
export interface Output {
  readonly prediction: Float32Array;
  readonly residual: Float32Array;
  readonly velocity: Particles;
}

/**
 * Checks f, the residual, the velocity and one step of a simulation at its start, which is one step further afterwards.
 *
 * @throws WrongOutputError
 */
export async function verifyScene(scene: Scene): Promise<Check[]> {
  const { simulation } = scene;
  const before = (await simulation.read()).particles;
  const output = await simulation.observe(['prediction', 'residual', 'velocity']);
  const checks = verifyOutput(scene, before, output);
  await simulation.step(1);
  const after = (await simulation.read()).particles;
  return [...checks, verifyStep(scene, before, after, output.residual)];
}

/** Checks f, residual and velocity. @throws WrongOutputError */
export function verifyOutput(scene: Scene, particles: Particles, output: Output): Check[] {
  const { config, problem } = scene;
  const { count: s, y } = problem.train;
  const errors = { f: new Worst(), rho: new Worst(), v: new Worst() };
  for (const r of pick(particles.replicas, ITEMS.replicas)) {
    const js = pick(s, samplesAt(particles.width));
    const f = forwardAt(scene, replicaOf(particles, r), js);
    js.forEach((j, n) => {
      errors.f.compare(output.prediction[r * s + j], f[n]);
      errors.rho.compare(output.residual[r * s + j], output.prediction[r * s + j] - y[j]);
    });
    errors.f.scaleWith(output.prediction.subarray(r * s, (r + 1) * s));
    errors.rho.scaleWith(output.residual.subarray(r * s, (r + 1) * s));
    const is = pick(particles.width, ITEMS.particles);
    const some = takeParticles(replicaOf(particles, r), is);
    const rho = Float64Array.from(output.residual.subarray(r * s, (r + 1) * s));
    const expected = velocity(config, some, problem.train, rho);
    const slack = kinkSlack(some, problem.train, rho);
    const got = takeParticles(replicaOf(output.velocity, r), is);
    compareClouds(errors.v, got, expected, slack);
  }
  return [errors.f.check('f'), errors.rho.check('residual'), errors.v.check('velocity')];
}

/** Checks the particles after one Euler step, by their change over the time step. @throws WrongOutputError */
export function verifyStep(
  { config, problem }: Scene,
  before: Particles,
  after: Particles,
  residual: Float32Array,
): Check {
  const { count: s } = problem.train;
  const dt = timeStep(config, before.width);
  const worst = new Worst();
  for (const r of pick(before.replicas, ITEMS.replicas)) {
    const is = pick(before.width, ITEMS.particles);
    const start = takeParticles(replicaOf(before, r), is);
    const end = takeParticles(replicaOf(after, r), is);
    const rho = Float64Array.from(residual.subarray(r * s, (r + 1) * s));
    const v = velocity(config, start, problem.train, rho);
    const slack = kinkSlack(start, problem.train, rho);
    const change = (w: Float64Array, from: Float64Array) => w.map((x, n) => (x - from[n]) / dt);
    const moved = {
      ...end,
      a: change(end.a, start.a),
      b: change(end.b, start.b),
      c: change(end.c, start.c),
    };
    compareClouds(worst, moved, v, slack, end, U / dt);
  }
  return worst.check('step');
}

/** f at samples js of one replica, in float64 from all particles. */
function forwardAt(
  { config, problem }: Scene,
  cloud: Particles,
  js: readonly number[],
): Float64Array {
  const { dimension: d, width: m } = cloud;
  const x = Float64Array.from(js.flatMap((j) => [...problem.train.x.subarray(j * d, (j + 1) * d)]));
  const f = new Float64Array(js.length);
  for (let start = 0; start < m; start += CHUNK) {
    const end = Math.min(m, start + CHUNK);
    const part = cloudOf({
      ...cloud,
      replicas: 1,
      width: end - start,
      a: cloud.a.subarray(start * d, end * d),
      b: cloud.b.subarray(start, end),
      c: cloud.c.subarray(start, end),
      weight: cloud.weight.subarray(start, end),
    });
    // The reference takes the mean over the part (α = its width); parts add up by their widths.
    const mean = forward(config, part, { count: js.length, x });
    mean.forEach((value, n) => (f[n] += (value * (end - start)) / m));
  }
  return f;
}

/**
 * How far the velocity of each particle may be off because float32 and float64 disagree on which side of its kink a
 * sample lies: the sum of the jumps at samples within rounding of z = 0.
 */
function kinkSlack(cloud: Cloud, samples: Samples, rho: Float64Array): number[] {
  const { dimension: d, width } = cloud;
  return Array.from({ length: width }, (_, p) => {
    let slack = 0;
    for (let j = 0; j < samples.count; j++) {
      let size = Math.abs(cloud.b[p]);
      let reach = 1;
      for (let q = 0; q < d; q++) {
        size += Math.abs(cloud.a[p * d + q] * samples.x[j * d + q]);
        reach = Math.max(reach, Math.abs(samples.x[j * d + q]));
      }
      const z = preactivation(cloud, p, samples, j);
      if (Math.abs(z) > (d + 2) * U * size) continue;
      slack += Math.abs(samples.weight[j] * rho[j] * cloud.c[p]) * reach;
    }
    return slack;
  });
}

/**
 * Compares velocities entry by entry.
 *
 * @param slack per particle, allowed beside the error
 * @param end particles that were rounded when they were stored, which changes a velocity by `unit` times their size
 */
function compareClouds(
  worst: Worst,
  got: Cloud,
  expected: Cloud,
  slack: readonly number[],
  end?: Cloud,
  unit = 0,
): void {
  for (const part of ['a', 'b', 'c'] as const) {
    const perParticle = part === 'a' ? expected.dimension : 1;
    expected[part].forEach((value, n) => {
      const rounded = end === undefined ? 0 : unit * Math.abs(end[part][n]);
      worst.compare(got[part][n], value, slack[Math.floor(n / perParticle)] + rounded);
    });
  }
}

/** The float64 copy of some particles of one replica. */
function takeParticles(cloud: Particles, is: readonly number[]): Cloud {
  const d = cloud.dimension;
  const take = (values: Float32Array) => Float64Array.from(is, (i) => values[i]);
  return {
    dimension: d,
    width: is.length,
    replicas: 1,
    a: Float64Array.from(is.flatMap((i) => [...cloud.a.subarray(i * d, (i + 1) * d)])),
    b: take(cloud.b),
    c: take(cloud.c),
    weight: take(cloud.weight),
  };
}

/** The first, the last and random numbers below `count`, at most `most` of them, ascending. */
export function pick(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, n) => n);
  const chosen = new Set([0, count - 1]);
  // A linear congruence suffices to scatter them.
  for (let state = 12345; chosen.size < most;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    chosen.add(Math.floor((state / 2 ** 32) * count));
  }
  return [...chosen].sort((x, y) => x - y);
}

/** The largest error and the largest value of a comparison. */
class Worst {
  private error = 0;
  private size = 0;
  private items = 0;

  /** @param slack allowed beside the error */
  compare(got: number, expected: number, slack = 0): void {
    const error = Math.abs(got - expected) - slack;
    // Math.max keeps NaN once it is there.
    this.error = Math.max(this.error, error);
    this.size = Math.max(this.size, Math.abs(expected));
    this.items += 1;
  }

  /** Counts further values of the device for the largest value. */
  scaleWith(values: Float32Array): void {
    this.size = largestOf(values, this.size);
  }

  /** @throws WrongOutputError */
  check(what: string, tolerance = TOLERANCE): Check {
    const error = this.error === 0 ? 0 : this.error / this.size;
    const check = { what, items: this.items, error, tolerance };
    requireRight(check);
    return check;
  }
}

function largestOf(values: ArrayLike<number>, least: number): number {
  let most = least;
  for (let n = 0; n < values.length; n++) most = Math.max(most, Math.abs(values[n]));
  return most;
}
