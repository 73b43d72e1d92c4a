// The laws of initial particles, those of `init.kind` "fan-in" written out.
import type { Config, RandomInit } from '../config.ts';

/** What `init.kind` may be where particles are drawn from laws. */
type Drawn = RandomInit | Extract<Config['init'], { kind: 'fan-in' }>;

/**
 * The laws of a start. "fan-in" is the default of linear layers in machine-learning packages (LeCun; Kaiming-uniform with
 * slope √5): weights and biases uniform in ±1/√(number of inputs). For f = Σ (c/α) σ(⟨a,x⟩ − b) these are a, b in ±1/√d and
 * the outer weights c/α in ±1/√m, so c in ±m^(p − 1/2): ±1/√m at scale p = 0, ±1 at p = ½, and the same function f at every p.
 * There is no output bias. Williams et al. 2019 (appendix) print ±1/m for c at p = 0, which is not what packages do.
 *
 * @param network width m and scale p
 * @param dimension input dimension d
 */
export function lawsOf(
  init: Drawn,
  { width, scale }: Pick<Config['network'], 'width' | 'scale'>,
  dimension: number,
): RandomInit {
  if (init.kind === 'random') return init;
  const within = (bound: number) => ({ kind: 'uniform', low: -bound, high: bound }) as const;
  const inner = within(1 / Math.sqrt(dimension));
  const outer = within(width ** scale / Math.sqrt(width));
  return { kind: 'random', a: inner, b: inner, c: outer, sampling: 'iid' };
}
