// Every experiment that `meanfield reproduce` knows, by name.
import { ConfigError, nearestName } from '../../config-check.ts';
import { golden } from './golden.ts';
import { lln } from './lln.ts';
import { badInit, mixture } from './mixture.ts';
import { quadratic } from './quadratic.ts';
import { regimes } from './regimes.ts';
import type { Reproduction } from './reproduction.ts';

/** The entries, by name. */
export const REPRODUCTIONS: Readonly<Record<string, Reproduction>> = {
  'chen2020/quadratic': quadratic,
  golden,
  lln,
  'rotskoff2019/mixture': mixture,
  'rotskoff2019/bad-init': badInit,
  regimes,
};

/** The entry of a name. @throws ConfigError with the names there are */
export function reproductionNamed(name: string): Reproduction {
  if (Object.hasOwn(REPRODUCTIONS, name)) return REPRODUCTIONS[name];
  const names = Object.keys(REPRODUCTIONS);
  const near = nearestName(name, names);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  throw new ConfigError(`reproduce: received "${name}"; allowed: ${names.join(', ')}${hint}`);
}
