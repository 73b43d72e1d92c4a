// What a configuration says of canonical particles, and what it must not say.
import type { CanonicalInit, Config } from '../config.ts';
import { ConfigError } from '../config-check.ts';

/** δ of a config as a number. */
export function deltaNumber(delta: CanonicalInit['delta']): number {
  return delta === 'infinity' ? Infinity : delta === '-infinity' ? -Infinity : delta;
}

/** @throws ConfigError for canonical particles with d ≠ 1 */
export function checkCanonicalDimension({ init }: Config, dimension: number): void {
  if (init.kind !== 'canonical' || dimension === 1) return;
  throw new ConfigError(
    `init.kind: received "canonical" with d = ${dimension}; allowed: problems of one input, d = 1`,
  );
}
