// Every experiment that `meanfield reproduce` knows, by name.
import { ConfigError, nearestName } from '../../config-check.ts';
import { collapse } from './collapse.ts';
import { golden } from './golden.ts';
import { lln } from './lln.ts';
import { badInit, mixture } from './mixture.ts';
import { quadratic } from './quadratic.ts';
import { teacherStudent } from './teacher-student.ts';
import { regimes } from './regimes.ts';
import { groupOf } from './group.ts';
import type { Reproduction } from './reproduction.ts';
import { figure9 } from './williams/field.ts';
import { figure3 } from './williams/kernels.ts';
import { figure7 } from './williams/lifts.ts';
import { figure5, figure6 } from './williams/regimes.ts';
import { figure4, figure8 } from './williams/splines.ts';
import { figure2 } from './williams/paths.ts';
import { figure1 } from './williams/state.ts';

/** The entries, by name. */
export const REPRODUCTIONS: Readonly<Record<string, Reproduction>> = {
  'chen2020/quadratic': quadratic,
  'chen2020/teacher-student': teacherStudent,
  golden,
  lln,
  'rotskoff2019/mixture': mixture,
  'rotskoff2019/bad-init': badInit,
  'rotskoff2019/student-teacher': collapse,
  regimes,
  'williams2019/fig1': figure1,
  'williams2019/fig2': figure2,
  'williams2019/fig3': figure3,
  'williams2019/fig4': figure4,
  'williams2019/fig5': figure5,
  'williams2019/fig6': figure6,
  'williams2019/fig7': figure7,
  'williams2019/fig8': figure8,
  'williams2019/fig9': figure9,
};

/** The entry of a name, or all entries under a name as one. @throws ConfigError with the names there are */
export function reproductionNamed(name: string): Reproduction {
  if (Object.hasOwn(REPRODUCTIONS, name)) return REPRODUCTIONS[name];
  const parts = Object.keys(REPRODUCTIONS).filter((key) => key.startsWith(`${name}/`));
  if (parts.length > 1)
    return groupOf(
      name,
      parts.map((key) => [key.slice(name.length + 1), REPRODUCTIONS[key]]),
    );
  const names = Object.keys(REPRODUCTIONS);
  const near = nearestName(name, names);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  throw new ConfigError(`reproduce: received "${name}"; allowed: ${names.join(', ')}${hint}`);
}
