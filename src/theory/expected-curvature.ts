// Second derivatives of expected products: how ∂K/∂a of kernels.ts changes with a and with b, in float64.
//
// K depends on p = |a|², r = |b|² and q = ⟨a,b⟩ alone, so that for a direction t
//
//   ∇_a∇_a K t = own t + aa ⟨a,t⟩ a + ab (⟨b,t⟩ a + ⟨a,t⟩ b) + turn ⟨b,t⟩ b
//   ∇_a∇_b K t = other t + cross ⟨b,t⟩ a + ab ⟨a,t⟩ a + ba ⟨b,t⟩ b + turn ⟨a,t⟩ b
//
// with own and other of kernels.ts and aa = 4 K_pp, ab = 2 K_pq, ba = 2 K_rq, turn = K_qq, cross = 4 K_pr:
//
//   relu       s = v/2π, w = √(pr − q²):  turn = cross = s/w,  ab = −s q/(p w),  ba = −s q/(r w),
//              aa = s (r/w − 2w/p)/p
//   erf        u = (2/π) v² Λ^{−3/2}, P = 1 + p v, R = 1 + r v:  turn = cross = u q v,  ab = −u R,  ba = −u P,
//              aa = u q v (2Λ + P R)/P²
//   quadratic  turn = cross = 4 moment,  others 0
import type { ActivationName } from '../config.ts';

/** The factors above but own and other. */
export interface ExpectedCurvature {
  readonly aa: number;
  readonly ab: number;
  readonly ba: number;
  readonly turn: number;
  readonly cross: number;
}

/**
 * The second derivatives of one activation.
 *
 * @param own p = |a|²
 * @param other r = |b|²
 * @param product q = ⟨a, b⟩
 * @param moment of the inputs, see `momentOf`
 */
export type Curvature = (
  own: number,
  other: number,
  product: number,
  moment: number,
) => ExpectedCurvature;

const NONE: ExpectedCurvature = { aa: 0, ab: 0, ba: 0, turn: 0, cross: 0 };

/**
 * sin θ below which a and b of relu count as parallel: all terms together are of order sin θ, each alone of order
 * 1/sin θ, so that both the neglect and the rounding stay below 10⁻⁷ of the factor of t.
 */
const PARALLEL = 1e-8;

const relu: Curvature = (p, r, q, moment) => {
  const size = Math.sqrt(p * r);
  const w = Math.sqrt(Math.max(0, (size - q) * (size + q)));
  if (!(w > PARALLEL * size)) return NONE;
  const turn = moment / (2 * Math.PI) / w;
  return {
    aa: (turn * (r - (2 * w * w) / p)) / p,
    ab: (-turn * q) / p,
    ba: (-turn * q) / r,
    turn,
    cross: turn,
  };
};

const erf: Curvature = (p, r, q, moment) => {
  const [P, R, v] = [1 + p * moment, 1 + r * moment, q * moment];
  const gap = P * R - v * v;
  const u = ((2 / Math.PI) * moment ** 2) / gap ** 1.5;
  const turn = u * v;
  return { aa: (turn * (2 * gap + P * R)) / P ** 2, ab: -u * R, ba: -u * P, turn, cross: turn };
};

const quadratic: Curvature = (_p, _r, _q, moment) => ({
  ...NONE,
  turn: 4 * moment,
  cross: 4 * moment,
});

const ALL: Partial<Record<ActivationName, Curvature>> = { relu, erf, quadratic };

/** The second derivatives of an activation's expected product; null where there is no closed form here. */
export function curvatureOf(activation: ActivationName): Curvature | null {
  return ALL[activation] ?? null;
}
