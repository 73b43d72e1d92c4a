// Canonical coordinates of univariate ReLU particles: (r, θ) and (u, v), knots, arcs of equal activation, δ, and the lift.
//
//   (a, −b) = h (cos θ, sin θ),   r = (m/α) c h,   f(x) = (1/m) Σ r_i ⟨(x, 1), (cos θ_i, sin θ_i)⟩₊
//
// Williams, Trager, Silva, Panozzo, Zorin, Bruna, "Gradient Dynamics of Shallow Univariate ReLU Networks" (2019),
// equations (4)–(6). The angle is that of the point (a, −b), in every quadrant.

/** Full parameters of m particles with d = 1. */
export interface UnivariateParticles {
  /** input weights [m] */
  readonly a: ArrayLike<number>;
  /** biases [m] */
  readonly b: ArrayLike<number>;
  /** output weights [m] */
  readonly c: ArrayLike<number>;
}

/** Canonical coordinates of m particles. */
export interface Canonical {
  /** signed amplitudes r [m] */
  readonly r: Float64Array;
  /** angles θ [m], in (−π, π] */
  readonly theta: Float64Array;
}

/**
 * Canonical coordinates of particles.
 *
 * @param alpha normalisation α of f = (1/α) Σ φ
 */
export function canonicalOf({ a, b, c }: UnivariateParticles, alpha: number): Canonical {
  const m = a.length;
  const r = new Float64Array(m);
  const theta = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    r[i] = (m / alpha) * c[i] * Math.hypot(a[i], b[i]);
    theta[i] = Math.atan2(-b[i], a[i]);
  }
  return { r, theta };
}

/** A particle in the plane of the state view: |r| (cos θ, sin θ), coloured by the sign of r. */
export function planePoint(r: number, theta: number): { u: number; v: number; sign: number } {
  return { u: Math.abs(r) * Math.cos(theta), v: Math.abs(r) * Math.sin(theta), sign: Math.sign(r) };
}

/**
 * The same point from full parameters, without an angle: (m/α) |c| (a, −b).
 *
 * @param scale m/α
 */
export function planePointOf(
  { a, b, c }: UnivariateParticles,
  i: number,
  scale: number,
): { u: number; v: number; sign: number } {
  const size = scale * Math.abs(c[i]);
  return { u: size * a[i], v: -size * b[i], sign: Math.sign(c[i]) };
}

/** The input at which a particle switches, b/a = −tan θ = −v/u; infinite for a = 0. */
export function knotOf(a: number, b: number): number {
  return b / a;
}

/** The invariant δ_i = c² − a² − b² of the flow, [m]. */
export function deltaOf({ a, b, c }: UnivariateParticles): Float64Array {
  return Float64Array.from({ length: a.length }, (_, i) => c[i] ** 2 - a[i] ** 2 - b[i] ** 2);
}

/**
 * The samples that are active on an arc of angles, as a range of the sorted inputs: j in [from, to).
 * `label` counts the 2s arcs counter-clockwise from the angle −atan x_s.
 */
export interface Arc {
  /** 0 … 2s − 1; 2s − 1 is the arc on which no sample is active */
  readonly label: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The 2s angles at which a sample switches, counter-clockwise: −atan x_s … −atan x_1 (a > 0: the sample becomes
 * active), then π − atan x_s … π − atan x_1 (a < 0: it becomes inactive).
 *
 * @param x inputs [s], ascending
 */
export function arcBoundaries(x: ArrayLike<number>): Float64Array {
  const s = x.length;
  return Float64Array.from(
    { length: 2 * s },
    (_, q) => (q < s ? 0 : Math.PI) - Math.atan(x[s - 1 - (q % s)]),
  );
}

/**
 * The arc of an angle. On a boundary itself z = 0 and the sample is inactive, as σ′(0) = 0.
 *
 * @param theta angle, any multiple of 2π added
 * @param x inputs [s], ascending
 */
export function arcOf(theta: number, x: ArrayLike<number>): Arc {
  const s = x.length;
  const boundaries = arcBoundaries(x);
  const turn = 2 * Math.PI;
  const angle = boundaries[0] + ((((theta - boundaries[0]) % turn) + turn) % turn);
  // Activating boundaries must be passed; deactivating ones count as passed when reached.
  let passed = 0;
  while (
    passed < 2 * s &&
    (passed < s ? boundaries[passed] < angle : boundaries[passed] <= angle)
  ) {
    passed++;
  }
  if (passed === 0 || passed === 2 * s) return { label: 2 * s - 1, from: 0, to: 0 };
  return passed <= s
    ? { label: passed - 1, from: s - passed, to: s }
    : { label: passed - 1, from: 0, to: 2 * s - passed };
}

/** Which parameters train after a lift: −∞ freezes (a, b), +∞ freezes c. */
export type Lift = number;

/**
 * Full parameters with the given canonical coordinates and invariant δ = c² − a² − b². With q = α r/m = c h,
 *
 *   c² = (δ + √(δ² + 4q²))/2,   h² = (−δ + √(δ² + 4q²))/2;
 *
 * the smaller of the two comes from q, so that nothing cancels. δ = −∞ stands for training c alone: h = 1, c = q.
 * δ = +∞ stands for training (a, b) alone: |c| = 1, h = |q|. The paper's (45) holds for α = m.
 *
 * @param delta finite, −Infinity or Infinity
 * @returns a, b, c [m], float64
 */
export function liftOf(
  { r, theta }: Canonical,
  delta: Lift,
  alpha: number,
): { a: Float64Array; b: Float64Array; c: Float64Array } {
  const m = r.length;
  const a = new Float64Array(m);
  const b = new Float64Array(m);
  const c = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    const [h, outer] = liftOne((alpha * r[i]) / m, delta);
    a[i] = h * Math.cos(theta[i]);
    b[i] = -h * Math.sin(theta[i]);
    c[i] = outer;
  }
  return { a, b, c };
}

/** (h, c) with c h = q and c² − h² = δ, the sign of c that of q. */
function liftOne(q: number, delta: Lift): [number, number] {
  // The sign of −0 counts: it is that of the particle.
  const sign = q < 0 || Object.is(q, -0) ? -1 : 1;
  if (delta === -Infinity) return [1, q];
  if (delta === Infinity) return [Math.abs(q), sign];
  const larger = Math.sqrt((Math.abs(delta) + Math.hypot(delta, 2 * q)) / 2);
  const smaller = larger === 0 ? 0 : Math.abs(q) / larger;
  return delta >= 0 ? [smaller, sign * larger] : [larger, sign * smaller];
}
