// Penalty Hessian: ∇²r(w) applied to a direction t = (t_a, t_b, t_c).
//
//   output-l2        ( 0,  0,  t_c )
//   weight-decay     ( t_a,  t_b,  t_c )
//   total-variation  r = |c| h, h = |v|, v = (a, b), n = v/h:
//                    v part   |c|/h (t_v − n ⟨n, t_v⟩) + sign(c) n t_c
//                    c part   sign(c) ⟨n, t_v⟩
//
// Where total variation has no second derivative it takes that of its gradient's choice: sign(0) = 0, and 0 at h = 0.
import type { PenaltyName } from '../config.ts';
import type { Particle } from './penalty.ts';

/** ∇²r(w) t. */
export function penaltyHessian(kind: PenaltyName, w: Particle, t: Particle): Particle {
  switch (kind) {
    case 'none':
      return { a: t.a.map(() => 0), b: 0, c: 0 };
    case 'output-l2':
      return { a: t.a.map(() => 0), b: 0, c: t.c };
    case 'weight-decay':
      return t;
    case 'total-variation':
      return totalVariation(w, t);
  }
}

function totalVariation({ a, b, c }: Particle, t: Particle): Particle {
  const h = Math.hypot(...a, b);
  if (h === 0) return { a: a.map(() => 0), b: 0, c: 0 };
  const along = a.reduce((sum, value, q) => sum + value * t.a[q], b * t.b) / h;
  const across = Math.abs(c) / h;
  // Coefficient of n in the v part.
  const turn = Math.sign(c) * t.c - across * along;
  return {
    a: a.map((value, q) => across * t.a[q] + (turn * value) / h),
    b: across * t.b + (turn * b) / h,
    c: Math.sign(c) * along,
  };
}
