// The snapshot of a run: plain records of typed arrays that leave the engine, enter observables and files.

/** A cloud of particles, R replicas of m particles in d dimensions. Float32, as on the device. */
export interface Particles {
  /** input dimension d */
  readonly dimension: number;
  /** width m */
  readonly width: number;
  /** number of replicas R */
  readonly replicas: number;
  /** input weights [R][m][d] */
  readonly a: Float32Array;
  /** biases [R][m] */
  readonly b: Float32Array;
  /** output weights [R][m] */
  readonly c: Float32Array;
  /** particle weights ω [R][m], Σ_i ω_i = m in every replica; all 1 without birth–death */
  readonly weight: Float32Array;
}

/** Particles at one moment of a run. */
export interface State {
  /** steps done since the start */
  readonly step: number;
  /** flow time t = step · dt */
  readonly time: number;
  readonly particles: Particles;
}

/** Moments of the cloud, means over particles (weights ω/m), one replica. */
export interface Moments {
  /** mean of c */
  readonly meanC: number;
  /** mean of c² */
  readonly meanC2: number;
  /** mean of |a|² */
  readonly meanA2: number;
  /** mean of b² */
  readonly meanB2: number;
  /** total variation: mean of |c|·|(a, b)| */
  readonly totalVariation: number;
  /** mean of c²·|(a, b)|², the square of the 2-norm of the network */
  readonly squaredNorm: number;
  /** mean of the penalty r(w); 0 for penalty "none" */
  readonly penalty: number;
}

/** What birth–death has done to one replica since the start of the run. */
export interface Population {
  /** different particles of the start, and injected ones, that live on */
  readonly lineages: number;
  /** effective share of particles (Σω)² / (m Σω²), 1 for equal weights */
  readonly effective: number;
  /** steps that have resampled; scheme "weights" */
  readonly resamplings: number;
  /** births and deaths, or copies made by resampling */
  readonly events: number;
  /** the largest κ dt |V − V̄| of a particle in a step */
  readonly largestExponent: number;
}

/** One replica of a cloud, as views into the same memory. */
export function replicaOf(particles: Particles, replica: number): Particles {
  const { dimension: d, width: m } = particles;
  return {
    dimension: d,
    width: m,
    replicas: 1,
    a: particles.a.subarray(replica * m * d, (replica + 1) * m * d),
    b: particles.b.subarray(replica * m, (replica + 1) * m),
    c: particles.c.subarray(replica * m, (replica + 1) * m),
    weight: particles.weight.subarray(replica * m, (replica + 1) * m),
  };
}

/** Clouds of one replica each, of equal width and dimension, as one cloud of R replicas. */
export function joinReplicas(clouds: readonly Particles[]): Particles {
  const { dimension, width } = clouds[0];
  const join = (name: 'a' | 'b' | 'c' | 'weight'): Float32Array => {
    const size = clouds[0][name].length;
    const all = new Float32Array(clouds.length * size);
    clouds.forEach((cloud, r) => all.set(cloud[name], r * size));
    return all;
  };
  return {
    dimension,
    width,
    replicas: clouds.length,
    a: join('a'),
    b: join('b'),
    c: join('c'),
    weight: join('weight'),
  };
}
