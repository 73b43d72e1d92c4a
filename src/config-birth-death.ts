// Birth–death in the configuration: its keys, and which scheme reads which.
import * as z from 'zod/mini';
import { described, key, nonNegative, scalarLawOf } from './config-laws.ts';

/** Schemes of the birth–death part of the flow. */
export const BIRTH_DEATH_SCHEMES = ['weights', 'jump', 'published'] as const;

const keys = z.strictObject({
  rate: key(nonNegative(), 0, 'birth–death rate κ; 0 = none', '1 / (flow time × potential)'),
  scheme: key(
    z.enum(BIRTH_DEATH_SCHEMES),
    'weights',
    'weights: particles carry ω, resampled when few count; jump: particles overwrite others at random; ' +
      'published: particles die or double at random, then the number is restored at random',
  ),
  threshold: key(
    z.number().check(z.gte(0), z.lte(1)),
    0.5,
    'weights: resample where the effective share of particles falls below this; 0 = never, 1 = at every step ' +
      '(for tests: it breaks the 1/√m law)',
  ),
  centred: key(z.boolean(), true, 'jump, published: rates of V − V̄ (true) or of V itself (false)'),
  law: key(
    z.enum(['exponential', 'linear']),
    'exponential',
    'jump, published: probability of an event in a step, 1 − exp(−κ|V|dt) or κ|V|dt',
  ),
  clones: key(
    z.boolean(),
    true,
    'jump, published: whether particles of low potential double; false needs reinject',
  ),
  reinject: key(
    z.nullable(
      z.strictObject({
        a: scalarLawOf('law of every coordinate of the input weights a of new particles'),
        b: scalarLawOf('law of the biases b of new particles'),
      }),
    ),
    null,
    'jump, published: particles that die are replaced by new ones with c = 0; null: by copies of others',
  ),
  jitter: key(
    nonNegative(),
    0,
    'standard deviation of normal noise added to the moving parameters of every copy',
  ),
  quench: key(
    z.nullable(nonNegative()),
    null,
    'time after which birth–death stops; null: never',
    'flow time',
  ),
});

/** The Fisher–Rao part of the flow, dω/dt = −κ ω (V − V̄), and how particles carry it. */
export const birthDeath = described(
  z.prefault(keys, {}),
  'birth–death: the Fisher–Rao part of the flow',
);

/** Rejects a value: where, received, allowed. */
export type Fail = (at: string, received: unknown, allowed: string) => never;

interface BirthDeathFlow {
  readonly integrator: string;
  readonly project: string;
  readonly birthDeath: z.output<typeof birthDeath>;
}

/** Keys that a scheme does not read must stand at their defaults. */
export function checkBirthDeath(flow: BirthDeathFlow, fail: Fail): void {
  const { scheme, threshold, centred, law, clones, reinject, rate } = flow.birthDeath;
  const of = (key: string): string => `flow.birthDeath.${key}`;
  if (rate > 0 && flow.integrator !== 'euler')
    fail(
      'flow.integrator',
      flow.integrator,
      '"euler" with birth–death, whose step is of first order',
    );
  if (rate > 0 && flow.project !== 'none')
    fail('flow.project', flow.project, '"none" with birth–death, which replaces particles');
  if (scheme === 'weights') {
    const only = 'with scheme "weights"';
    if (!centred) fail(of('centred'), centred, `true ${only}, where a shift of V changes nothing`);
    if (law !== 'exponential') fail(of('law'), law, `"exponential" ${only}`);
    if (!clones) fail(of('clones'), clones, `true ${only}`);
    if (reinject !== null) fail(of('reinject'), reinject, `null ${only}`);
  } else if (threshold !== 0.5)
    fail(
      of('threshold'),
      threshold,
      `0.5, the default, with scheme "${scheme}", which does not read it`,
    );
  if (!clones && reinject === null)
    fail(of('clones'), clones, 'true without reinject: the number of particles is kept');
}
