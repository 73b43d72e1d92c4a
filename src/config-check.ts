// Checks a configuration at the border: turns what the schema finds into one clear line
// (what, where, received, allowed). It reads no files.
import { closest, distance } from 'fastest-levenshtein';
import type * as z from 'zod/mini';
import { isPaired } from './config-laws.ts';
import { checkBirthDeath, type Fail } from './config-birth-death.ts';
import { checkFeatures } from './config-mixture.ts';
import { configSchema, type CanonicalInit, type Config, type RandomInit } from './config.ts';

/** Wrong input of the user: a config value, a flag or a file. The message is one line. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** How a received value is shown in messages: JSON, cut to 60 characters. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON would show NaN and Infinity as null.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/**
 * Checks a raw configuration and fills in the defaults.
 *
 * @param raw parsed JSON, as a user writes it
 * @param where name shown at the head of messages, for example the file path
 * @throws ConfigError with path, value received and values allowed
 */
export function parseConfig(raw: unknown, where = 'config'): Config {
  const whole = withDefaultKinds(raw);
  const result = configSchema.safeParse(whole);
  if (!result.success) {
    throw new ConfigError(`${where}: ${describeIssue(result.error.issues[0], whole)}`);
  }
  checkTogether(result.data, where);
  return result.data;
}

/**
 * Sets one value in a raw configuration by its dotted path, as `--set path.to.key=value` does.
 * The value is read as JSON where it is JSON, else as a string.
 */
export function applySetting(raw: Record<string, unknown>, setting: string): void {
  const equals = setting.indexOf('=');
  if (equals < 1) {
    throw new ConfigError(`--set: received "${setting}"; allowed: path.to.key=value`);
  }
  const path = setting.slice(0, equals).split('.');
  if (path.some((key) => key === '' || key in Object.prototype)) {
    throw new ConfigError(`--set: received "${setting}"; allowed: path.to.key=value`);
  }
  let node: Record<string, unknown> = raw;
  for (const key of path.slice(0, -1)) {
    const next = node[key];
    if (next === undefined) node[key] = {};
    else if (typeof next !== 'object' || next === null || Array.isArray(next)) {
      throw new ConfigError(
        `--set ${path.join('.')}: "${key}" is ${showValue(next)}, which has no keys below it`,
      );
    }
    node = node[key] as Record<string, unknown>;
  }
  node[path[path.length - 1]] = parseValue(setting.slice(equals + 1));
}

/** The known name nearest to a mistyped one, or undefined when none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(name.toLowerCase(), known);
  return distance(name.toLowerCase(), best.toLowerCase()) <= Math.max(2, name.length / 3)
    ? best
    : undefined;
}

/** What `kind` means when an object leaves it out, so that every key has a default. */
const DEFAULT_KINDS: Record<string, string> = {
  problem: 'teacher-student',
  'problem.inputs': 'sphere',
  'problem.teacher': 'random',
  'problem.teacher.a': 'normal',
  'problem.teacher.b': 'constant',
  'problem.teacher.c': 'sign',
  init: 'random',
  'init.a': 'normal',
  'init.b': 'normal',
  'init.c': 'normal',
  'flow.birthDeath.reinject.a': 'normal',
  'flow.birthDeath.reinject.b': 'normal',
};

/** A copy of a raw configuration in which every object of several kinds names its kind. */
function withDefaultKinds(raw: unknown, path = ''): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const entries = Object.entries(raw).map(([key, value]) => [
    key,
    withDefaultKinds(value, path === '' ? key : `${path}.${key}`),
  ]);
  const kind = DEFAULT_KINDS[path];
  return { ...(kind !== undefined && { kind }), ...Object.fromEntries(entries) } as unknown;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

type Issue = z.core.$ZodIssue;

function describeIssue(issue: Issue, raw: unknown): string {
  const path = issue.path.map(String);
  const at = path.length === 0 ? 'top level' : path.join('.');
  const received = valueAt(raw, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return describeUnknownKey(issue.keys[0], path, raw);
    case 'invalid_union':
      return describeUnion(issue, at, received, raw);
    case 'custom':
      return `${at}: received ${showValue(received)}; allowed: ${issue.message}`;
    default:
      return `${at}: received ${showValue(received)}; allowed: ${allowedBy(issue)}`;
  }
}

function describeUnknownKey(key: string, path: string[], raw: unknown): string {
  const known = knownKeys(path, raw);
  const near = nearestName(key, known);
  const hint = near === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${near}"?`;
  return `${[...path, key].join('.')}: unknown key; ${hint}`;
}

function describeUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  at: string,
  received: unknown,
  raw: unknown,
): string {
  const discriminator = (issue as { discriminator?: string }).discriminator;
  if (discriminator !== undefined) {
    const kinds = kindsAt(issue.path.map(String));
    const value =
      typeof received === 'object' && received !== null
        ? valueAt(received, [discriminator])
        : received;
    const name =
      issue.path[issue.path.length - 1] === discriminator ? at : `${at}.${discriminator}`;
    return `${name}: received ${showValue(value)}; allowed: ${kinds.join(', ')}`;
  }
  // The branch that got furthest says most.
  const branches = issue.errors.map((list) => list[0]);
  const deepest = branches.reduce((a, b) => (b.path.length > a.path.length ? b : a));
  if (deepest.path.length > 0 || deepest.code === 'unrecognized_keys') {
    return describeIssue({ ...deepest, path: [...issue.path, ...deepest.path] }, raw);
  }
  return `${at}: received ${showValue(received)}; allowed: ${branches.map(allowedBy).join(', or ')}`;
}

function allowedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : `${article(issue.expected)}`;
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? '>' : '>=', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? '<' : '<=', issue.maximum);
    case 'invalid_value':
      return issue.values.map((v) => showValue(v)).join(', ');
    default:
      return issue.message;
  }
}

function article(type: string): string {
  const words: Record<string, string> = {
    array: 'a list',
    object: 'an object',
    boolean: 'true or false',
  };
  return words[type] ?? `a ${type}`;
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'array') return `a list with length ${relation} ${limit}`;
  if (origin === 'string') return `a string with length ${relation} ${limit}`;
  return `${origin === 'int' ? 'a whole number' : 'a number'} ${relation} ${limit}`;
}

function valueAt(raw: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null
        ? (node as Record<string, unknown>)[key]
        : undefined,
    raw,
  );
}

// ---- Walking the schema: which keys and kinds are known at a path -------------------------------

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const def = schema._zod.def as { innerType?: z.core.$ZodType };
  return def.innerType === undefined ? schema : unwrap(def.innerType);
}

function optionsOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  const inner = unwrap(schema);
  const def = inner._zod.def as { options?: z.core.$ZodType[] };
  return (def.options ?? [inner]).map(unwrap);
}

function shapeOf(schema: z.core.$ZodType): Record<string, z.core.$ZodType> {
  return (schema._zod.def as { shape?: Record<string, z.core.$ZodType> }).shape ?? {};
}

/** The object schemas that may stand at a path, narrowed by the `kind` the user wrote. */
function schemasAt(path: string[], raw: unknown): z.core.$ZodType[] {
  let schemas = optionsOf(configSchema);
  path.forEach((key, depth) => {
    schemas = schemas.flatMap((s) =>
      shapeOf(s)[key] === undefined ? [] : optionsOf(shapeOf(s)[key]),
    );
    const kind = valueAt(raw, [...path.slice(0, depth + 1), 'kind']);
    const narrowed = schemas.filter((s) => kindOf(s) === kind);
    if (narrowed.length > 0) schemas = narrowed;
  });
  return schemas;
}

function kindOf(schema: z.core.$ZodType): unknown {
  const literal = shapeOf(schema)['kind'];
  return literal === undefined
    ? undefined
    : (unwrap(literal)._zod.def as { values?: unknown[] }).values?.[0];
}

function knownKeys(path: string[], raw: unknown): string[] {
  return [...new Set(schemasAt(path, raw).flatMap((s) => Object.keys(shapeOf(s))))];
}

function kindsAt(path: string[]): string[] {
  const parent = path[path.length - 1] === 'kind' ? path.slice(0, -1) : path;
  return [...new Set(schemasAt(parent, undefined).map(kindOf))]
    .filter((k) => k !== undefined)
    .map((k) => showValue(k));
}

// ---- Rules that tie several keys together ---------------------------------------------------------

function checkTogether(config: Config, where: string): void {
  const fail: Fail = (at, received, allowed) => {
    throw new ConfigError(`${where}: ${at}: received ${showValue(received)}; allowed: ${allowed}`);
  };
  const { problem, init, network, flow, clt } = config;
  if (problem.kind === 'points') {
    checkPoints(problem, 'problem', problem.x[0], fail);
    if (problem.test !== undefined) checkPoints(problem.test, 'problem.test', problem.x[0], fail);
  }
  if (isPaired(init) && network.width % 2 === 1) {
    const { sampling } = init as RandomInit;
    fail('network.width', network.width, `an even number with init.sampling "${sampling}"`);
  }
  if (init.kind === 'canonical') checkCanonical(init, config, fail);
  if (flow.project === 'delta') checkProjection(config, fail);
  if (flow.stableStep > 0) checkStableStep(config, fail);
  const penalties = [flow.penalty, ...clt.sweep];
  penalties.forEach(({ kind, strength }, index) => {
    const at = index === 0 ? 'flow.penalty' : `clt.sweep.${index - 1}`;
    if (kind === 'none' && strength !== 0)
      fail(`${at}.strength`, strength, `0 with ${at}.kind "none"`);
  });
  checkBirthDeath(flow, fail);
  checkFeatures(config, fail);
}

function checkCanonical({ delta }: CanonicalInit, { network, flow }: Config, fail: Fail): void {
  if (!network.bias) fail('network.bias', false, 'true with init.kind "canonical"');
  if (typeof delta === 'number') return;
  const needed: Config['flow']['train'] = delta === 'infinity' ? ['a', 'b'] : ['c'];
  if (flow.train.length === needed.length && needed.every((name) => flow.train.includes(name)))
    return;
  fail('flow.train', flow.train, `${JSON.stringify(needed)} with init.delta "${delta}"`);
}

/** δ is conserved by relu when everything trains, without penalty or with total variation. */
function checkProjection({ network, flow }: Config, fail: Fail): void {
  const all =
    flow.train.length === 3 ||
    (!network.bias && flow.train.includes('a') && flow.train.includes('c'));
  const kept = flow.penalty.kind === 'none' || flow.penalty.kind === 'total-variation';
  if (network.activation === 'relu' && all && kept) return;
  fail(
    'flow.project',
    'delta',
    '"none", or "delta" with relu, all parameters training and no penalty but "total-variation"',
  );
}

/** λ_max is that of ridge features on all samples; a step that changes has no fixed end of birth–death. */
function checkStableStep({ network, flow }: Config, fail: Fail): void {
  const only = 'with flow.stableStep';
  if (network.features !== 'ridge') fail('network.features', network.features, `"ridge" ${only}`);
  if (flow.loss !== 'samples') fail('flow.loss', flow.loss, `"samples" ${only}`);
  if (flow.batch > 0) fail('flow.batch', flow.batch, `0 ${only}`);
  const { quench } = flow.birthDeath;
  if (quench !== null) fail('flow.birthDeath.quench', quench, `null ${only}`);
}

type Points = Extract<Config['problem'], { kind: 'points' }>;

function checkPoints(
  { x, y, weight }: Pick<Points, 'x' | 'y' | 'weight'>,
  at: string,
  first: number | number[],
  fail: Fail,
): void {
  if (y.length !== x.length)
    fail(`${at}.y`, `${y.length} numbers`, `${x.length} numbers, one per input`);
  if (weight !== undefined && weight.length !== x.length) {
    fail(`${at}.weight`, `${weight.length} numbers`, `${x.length} numbers, one per input`);
  }
  const lengths = x.map((row) => (Array.isArray(row) ? row.length : 1));
  const allowed = Array.isArray(first) ? first.length : 1;
  const odd = lengths.findIndex((n) => n !== allowed);
  if (odd >= 0)
    fail(`${at}.x.${odd}`, `${lengths[odd]} numbers`, `${allowed} numbers, as in the first row`);
}
