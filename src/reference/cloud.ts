// The particles of the reference: the record of state.ts with float64 entries. Plain data, no formula of the flow.
import type { Particles } from '../state.ts';

/** R replicas of m particles w = (a, b, c) in d dimensions; also a velocity dw/dt, entry by entry. */
export interface Cloud {
  /** input dimension d */
  readonly dimension: number;
  /** width m */
  readonly width: number;
  /** number of replicas R */
  readonly replicas: number;
  /** input weights [R][m][d] */
  readonly a: Float64Array;
  /** biases [R][m] */
  readonly b: Float64Array;
  /** output weights [R][m] */
  readonly c: Float64Array;
  /** particle weights ω [R][m], Σ_i ω_i = m in every replica */
  readonly weight: Float64Array;
}

/** The float64 copy of a snapshot; float32 numbers are float64 numbers, so nothing is rounded. */
export function cloudOf(particles: Particles): Cloud {
  return {
    ...particles,
    a: Float64Array.from(particles.a),
    b: Float64Array.from(particles.b),
    c: Float64Array.from(particles.c),
    weight: Float64Array.from(particles.weight),
  };
}

/** The snapshot nearest to a cloud: every entry rounded to float32. */
export function particlesOf(cloud: Cloud): Particles {
  return {
    ...cloud,
    a: Float32Array.from(cloud.a),
    b: Float32Array.from(cloud.b),
    c: Float32Array.from(cloud.c),
    weight: Float32Array.from(cloud.weight),
  };
}

/** A cloud of the same shape and weights at a = b = c = 0. */
export function zeroCloud(cloud: Cloud): Cloud {
  const { a, b, c } = cloud;
  return {
    ...cloud,
    a: new Float64Array(a.length),
    b: new Float64Array(b.length),
    c: new Float64Array(c.length),
  };
}

/** Replica r alone (R = 1), as views into the same memory. */
export function oneReplica(cloud: Cloud, r: number): Cloud {
  const { dimension: d, width: m } = cloud;
  return {
    dimension: d,
    width: m,
    replicas: 1,
    a: cloud.a.subarray(r * m * d, (r + 1) * m * d),
    b: cloud.b.subarray(r * m, (r + 1) * m),
    c: cloud.c.subarray(r * m, (r + 1) * m),
    weight: cloud.weight.subarray(r * m, (r + 1) * m),
  };
}

/** Single replicas put one behind the other; the inverse of {@link oneReplica}. */
export function joinReplicas(clouds: readonly Cloud[]): Cloud {
  const join = (arrays: Float64Array[]) => Float64Array.from(arrays.flatMap((x) => Array.from(x)));
  return {
    dimension: clouds[0].dimension,
    width: clouds[0].width,
    replicas: clouds.length,
    a: join(clouds.map((cloud) => cloud.a)),
    b: join(clouds.map((cloud) => cloud.b)),
    c: join(clouds.map((cloud) => cloud.c)),
    weight: join(clouds.map((cloud) => cloud.weight)),
  };
}
