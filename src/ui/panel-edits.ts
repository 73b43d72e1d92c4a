// What a change on the panel makes of the configuration. Pure; whether the result works is for the check to say.
import type { Config, ConfigInput } from '../config.ts';
import type { Samples } from '../problem/problem.ts';
import { copyOf } from './hash.ts';
import { valueAt, type Control, type Path } from './panel-fields.ts';

type Tree = Record<string, unknown>;

/** Points to begin with where the present samples are too many to be typed. */
const FIVE = { x: [-2, -1, 0, 1, 2], y: [0.3, -0.5, 0.2, 0.6, -0.4] };
/** More samples than this are no longer edited by hand. */
const MOST_POINTS = 200;
/** Strength of a penalty that is switched on. */
const PENALTY_STRENGTH = 0.01;

/** How a control shows a value. */
export function shownOf(control: Control, config: Config): string | boolean {
  const value = valueAt(config, control.path);
  switch (control.kind) {
    case 'flag':
      return value === true;
    case 'presence':
      return value !== null;
    case 'member':
      return (value as readonly string[]).includes(control.member);
    case 'choice':
      return String(value);
    case 'text':
      if (value === undefined || value === null) return '';
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

/**
 * The value that a control stands for. Text is read as `--set` reads it: JSON where it is JSON, else as it stands;
 * a number may be written in any form, and what is no number is left for the check to refuse.
 */
export function readShown(control: Control, shown: string | boolean, config: Config): unknown {
  switch (control.kind) {
    case 'presence':
      return shown === true ? {} : null;
    case 'member': {
      const now = valueAt(config, control.path) as readonly string[];
      return control.options.filter((name) =>
        name === control.member ? shown === true : now.includes(name),
      );
    }
    case 'text': {
      const text = String(shown).trim();
      if (text === '' && control.empty !== 'text')
        return control.empty === 'null' ? null : undefined;
      if (control.reads === 'string') return text;
      const isNumber = control.reads === 'number' && text !== '' && Number.isFinite(Number(text));
      return isNumber ? Number(text) : parsed(text);
    }
    case 'choice':
    case 'flag':
      return shown;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * The configuration with another value at a path. Another kind of an object begins with the defaults of that kind.
 *
 * @param value undefined takes the key out
 * @param samples present samples, with which given points begin
 */
export function edited(config: Config, path: Path, value: unknown, samples?: Samples): ConfigInput {
  const result = copyOf(config);
  if (path.join('.') === 'init.delta') return withDelta(config, value);
  const parent = valueAt(result, path.slice(0, -1)) as Tree;
  const key = path[path.length - 1];
  if (key !== 'kind') {
    if (value === undefined) delete parent[key];
    else parent[key] = value;
    return result;
  }
  if (parent['kind'] === value) return result;
  const { strength } = parent;
  for (const name of Object.keys(parent)) delete parent[name];
  Object.assign(parent, { kind: value }, startOf(path, String(value), config, samples));
  // Penalties are kinds with one shape: the strength stays, unless it means nothing.
  if (typeof strength === 'number') parent['strength'] = strengthFor(value, strength);
  return result;
}

function strengthFor(kind: unknown, strength: number): number {
  if (kind === 'none') return 0;
  return strength === 0 ? PENALTY_STRENGTH : strength;
}

/** What a kind needs that has no default. */
function startOf(path: Path, kind: string, { problem }: Config, samples?: Samples): Tree {
  switch (`${path.slice(0, -1).join('.')} ${kind}`) {
    case 'problem points':
      return samples !== undefined && samples.count <= MOST_POINTS ? pointsOf(samples) : FIVE;
    case 'problem.teacher given': {
      const dimension = 'dimension' in problem ? problem.dimension : 1;
      const first = Array.from({ length: dimension }, (_, k) => (k === 0 ? 1 : 0));
      return { a: [first], c: [1] };
    }
    default:
      return {};
  }
}

function pointsOf({ count, dimension, x, y }: Samples): Tree {
  const row = (j: number): number[] =>
    Array.from(x.subarray(j * dimension, (j + 1) * dimension), short);
  const rows = Array.from({ length: count }, (_, j) => row(j));
  return { x: dimension === 1 ? rows.map(([value]) => value) : rows, y: Array.from(y, short) };
}

/** The shortest number that is the same float32. */
function short(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return Number(value.toPrecision(9));
}

/** Canonical particles at δ, or independent ones without a δ, with the parameters that train there. */
function withDelta(config: Config, delta: unknown): ConfigInput {
  const frozen: Record<string, readonly string[]> = { '-infinity': ['c'], infinity: ['a', 'b'] };
  const { init, flow } = config;
  const isCanonical = init.kind === 'canonical';
  const before = isCanonical ? String(init.delta) : '';
  const train = frozen[String(delta)] ?? (before in frozen ? ['a', 'b', 'c'] : flow.train);
  const start =
    delta === undefined ? {} : { ...(isCanonical ? init : { kind: 'canonical' }), delta };
  return { ...config, init: start, flow: { ...flow, train } } as ConfigInput;
}
