// The fluctuation of a replicator in a given potential: known numbers of three types, and their covariance equation.
import { describe, expect, it } from 'vitest';
import { replicatorVariance } from '../../src/theory/replicator.ts';

const V = [0, 0.5, 1.2];
const START = [0.3, 0.3, 0.4];
const TIME = 2;

/** lim m Var of the share of every type after time 2 at κ = 1. */
function sharesOf(steps: number): { initial: number; events: number; mean: number }[] {
  const course = {
    mass: START,
    potential: Array.from({ length: steps }, () => V),
    rate: 1,
    dt: TIME / steps,
  };
  return V.map((_, k) =>
    replicatorVariance(
      course,
      V.map((__, i) => (i === k ? 1 : 0)),
    ),
  );
}

/** Σ′ = LΣ + ΣLᵀ + D of the shares of types by Runge–Kutta steps, with or without the noise D of events: its diagonal. */
function covarianceEquation(withEvents: boolean, steps = 400): number[] {
  type State = { p: number[]; S: number[][] };
  const slope = ({ p, S }: State): State => {
    const mean = p.reduce((sum, share, k) => sum + share * V[k], 0);
    const L = V.map((v, k) => V.map((w, l) => (k === l ? mean - v : 0) + p[k] * w));
    const size = p.reduce((sum, share, k) => sum + share * Math.abs(V[k] - mean), 0);
    const D = V.map((_, k) =>
      V.map((__, l) => {
        // Σ_ij p_i p_j |V_i − V̄| (1_{j=k} − 1_{i=k}) (1_{j=l} − 1_{i=l})
        const own = k === l ? p[k] * (size + Math.abs(V[k] - mean)) : 0;
        return own - p[k] * p[l] * (Math.abs(V[k] - mean) + Math.abs(V[l] - mean));
      }),
    );
    const sum = (k: number, l: number): number =>
      V.reduce((total, _, j) => total + L[k][j] * S[j][l] + L[l][j] * S[j][k], 0);
    return {
      p: p.map((share, k) => share * (mean - V[k])),
      S: V.map((_, k) => V.map((__, l) => sum(k, l) + (withEvents ? D[k][l] : 0))),
    };
  };
  const plus = (x: State, h: number, y: State): State => ({
    p: x.p.map((value, k) => value + h * y.p[k]),
    S: x.S.map((row, k) => row.map((value, l) => value + h * y.S[k][l])),
  });
  let state: State = {
    p: START,
    S: START.map((p, k) => START.map((q, l) => (k === l ? p : 0) - p * q)),
  };
  const h = TIME / steps;
  for (let n = 0; n < steps; n++) {
    const a = slope(state);
    const b = slope(plus(state, h / 2, a));
    const c = slope(plus(state, h / 2, b));
    const d = slope(plus(state, h, c));
    state = plus(plus(plus(plus(state, h / 6, a), h / 3, b), h / 3, c), h / 6, d);
  }
  return state.S.map((row, k) => row[k]);
}

describe('replicator', () => {
  it('has the constants .261 .208 .025 with weights and .572 .433 .115 with jumps', () => {
    const found = sharesOf(2000);
    expect(found.map(({ initial }) => initial.toFixed(3))).toEqual(['0.261', '0.208', '0.025']);
    const jump = found.map(({ initial, events }) => (initial + events).toFixed(3));
    expect(jump).toEqual(['0.572', '0.433', '0.115']);
  });

  it('solves the covariance equation of the types, in the limit of small steps', () => {
    const [coarse, fine] = [sharesOf(1000), sharesOf(2000)];
    const [initial, both] = [covarianceEquation(false), covarianceEquation(true)];
    fine.forEach((one, k) => {
      // The potential stands still: the initial part has no error of dt, the events one of first order.
      expect(one.initial).toBeCloseTo(initial[k], 9);
      expect(2 * one.events - coarse[k].events).toBeCloseTo(both[k] - initial[k], 6);
    });
  });

  it('follows the law e^{−κVt} and adds no events at rate 0 or at equal potentials', () => {
    const raw = START.map((p, k) => p * Math.exp(-TIME * V[k]));
    const total = raw.reduce((sum, p) => sum + p, 0);
    sharesOf(10).forEach(({ mean }, k) => expect(mean).toBeCloseTo(raw[k] / total, 13));
    const flat = { mass: START, potential: [[5, 5, 5]], rate: 3, dt: 1 };
    const values = [1, 2, 4];
    expect(replicatorVariance(flat, values).events).toBeCloseTo(0, 13);
    // Var of ψ under the start.
    expect(replicatorVariance(flat, values).initial).toBeCloseTo(0.3 + 1.2 + 6.4 - 2.5 ** 2, 13);
  });

  it('is not moved by potentials of any size', () => {
    const course = { mass: START, potential: [V, V], rate: 1, dt: 0.1 };
    const lifted = { ...course, potential: course.potential.map((v) => v.map((x) => x + 1e5)) };
    const [plain, far] = [course, lifted].map((each) => replicatorVariance(each, [1, 0, 0]));
    expect(far.initial + far.events).toBeCloseTo(plain.initial + plain.events, 9);
  });
});
