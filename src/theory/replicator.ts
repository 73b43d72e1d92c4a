// The fluctuation of birth–death where particles feel a given potential and not each other: initial noise, and the noise that
// random events add on the way.
//
// A law p over nodes θ_i that move by themselves, V_i^n their potential at step n, and the weighted mean of a function ψ at
// step N. Its influence, what a unit of mass at θ_i at step n changes it by, is
//
//   u_i^n = e^{−κ dt Σ_{n ≤ k < N} V_i^k} (ψ_i − ψ̄) / Σ_j p_j^n e^{−κ dt Σ_{n ≤ k < N} V_j^k},     Σ_i p_i^n u_i^n = 0,
//
// with p^n ∝ p^0 e^{−κ dt Σ_{k < n} V^k}. Independent particles give m Var → Σ_i p_i^0 (u_i^0)². In the scheme "jump" a
// particle with V > V̄ is overwritten by a random one at rate κ (V − V̄), and one with V < V̄ overwrites a random one at rate
// κ (V̄ − V); each event moves the mean by ±(u_j − u_i)/m, which adds
//
//   κ dt Σ_n Σ_ij p_i p_j |V_i − V̄| (u_j − u_i)² = κ dt Σ_n ( E|V − V̄| E u² + E |V − V̄| u² ),   E over p^n.
//
// Weights that are never resampled add nothing. Both sums are right to O(dt); replicator with events: Rotskoff, Jelassi, Bruna
// and Vanden-Eijnden, ICML 2019.

/** Nodes in a given potential. */
export interface ReplicatorCourse {
  /** mass p of every node at the start, Σ p = 1, [M] */
  readonly mass: ArrayLike<number>;
  /** potential of every node at the steps 0 … N − 1, [N][M] */
  readonly potential: readonly ArrayLike<number>[];
  /** birth–death rate κ */
  readonly rate: number;
  /** time step */
  readonly dt: number;
}

/** lim m Var of the weighted mean of a function. */
export interface ReplicatorVariance {
  /** the mean itself, ψ̄ */
  readonly mean: number;
  /** from independent particles at the start: all there is with weights alone */
  readonly initial: number;
  /** from the events of the scheme "jump" */
  readonly events: number;
}

/**
 * The constants of lim m Var after the N steps of a course.
 *
 * @param values ψ at the nodes after the last step, [M]
 */
export function replicatorVariance(
  course: ReplicatorCourse,
  values: ArrayLike<number>,
): ReplicatorVariance {
  const { potential, rate, dt } = course;
  const masses = massesOf(course);
  const last = masses[potential.length];
  const mean = average(last, (i) => values[i]);
  // e^{−κ dt Σ V} (ψ − ψ̄), normalised anew at every step, so that nothing grows.
  let growth = new Float64Array(last.length).fill(1);
  let events = 0;
  for (let n = potential.length; n > 0; n--) {
    const influence = growth.map((factor, i) => factor * (values[i] - mean));
    const [p, v] = [masses[n - 1], potential[n - 1]];
    const centre = average(p, (i) => v[i]);
    const size = average(p, (i) => Math.abs(v[i] - centre));
    // Events happen between the two steps; p before, u after.
    const square = average(p, (i) => influence[i] ** 2);
    const both = average(p, (i) => Math.abs(v[i] - centre) * influence[i] ** 2);
    events += rate * dt * (size * square + both);
    const raw = growth.map((factor, i) => factor * Math.exp(-rate * dt * (v[i] - centre)));
    const total = average(p, (i) => raw[i]);
    growth = raw.map((factor) => factor / total);
  }
  const initial = average(masses[0], (i) => (growth[i] * (values[i] - mean)) ** 2);
  return { mean, initial, events };
}

/** p at the steps 0 … N, [N + 1][M]. */
function massesOf({ mass, potential, rate, dt }: ReplicatorCourse): Float64Array[] {
  const masses = [Float64Array.from(mass)];
  for (const v of potential) {
    const before = masses[masses.length - 1];
    const centre = average(before, (i) => v[i]);
    const raw = before.map((p, i) => p * Math.exp(-rate * dt * (v[i] - centre)));
    const total = raw.reduce((sum, p) => sum + p, 0);
    masses.push(raw.map((p) => p / total));
  }
  return masses;
}

function average(p: Float64Array, of: (i: number) => number): number {
  return p.reduce((sum, share, i) => sum + share * of(i), 0);
}
