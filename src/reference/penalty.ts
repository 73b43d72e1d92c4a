// Penalty: r(w) of one particle and its gradient.
//
//   output-l2        r = c²/2                ∂_a r = 0               ∂_b r = 0               ∂_c r = c
//   weight-decay     r = (|a|² + b² + c²)/2  ∂_a r = a               ∂_b r = b               ∂_c r = c
//   total-variation  r = |c| h               ∂_a r = |c| a/h         ∂_b r = |c| b/h         ∂_c r = sign(c) h
//
// h = |(a, b)|. Where total variation has no gradient it takes 0: sign(0) = 0, and a/h = b/h = 0 at h = 0.
import type { PenaltyName } from '../config.ts';

/** One particle, or a gradient with respect to one. */
export interface Particle {
  /** input weights [d] */
  readonly a: Float64Array;
  readonly b: number;
  readonly c: number;
}

/** r(w). */
export function penalty(kind: PenaltyName, { a, b, c }: Particle): number {
  const h = Math.hypot(...a, b);
  switch (kind) {
    case 'none':
      return 0;
    case 'output-l2':
      return (c * c) / 2;
    case 'weight-decay':
      return (h * h + c * c) / 2;
    case 'total-variation':
      return Math.abs(c) * h;
  }
}

/** ∇r(w). */
export function penaltyGradient(kind: PenaltyName, { a, b, c }: Particle): Particle {
  switch (kind) {
    case 'none':
      return { a: a.map(() => 0), b: 0, c: 0 };
    case 'output-l2':
      return { a: a.map(() => 0), b: 0, c };
    case 'weight-decay':
      return { a, b, c };
    case 'total-variation': {
      const h = Math.hypot(...a, b);
      const pull = h === 0 ? 0 : Math.abs(c) / h;
      return { a: a.map((value) => pull * value), b: pull * b, c: Math.sign(c) * h };
    }
  }
}
