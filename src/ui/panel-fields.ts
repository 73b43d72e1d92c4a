// The fields of the panel, read off the schema of the configuration: one for every key, with its text and its options.
// Pure data; panel.ts draws it.
import * as z from 'zod/mini';
import { configSchema, type Config } from '../config.ts';

/** Keys from the top of the configuration. */
export type Path = readonly string[];

interface Common {
  readonly path: Path;
  /** description and unit of the schema; empty where it has none */
  readonly text: string;
}

/** A folder: an object. */
export interface Group extends Common {
  readonly kind: 'group';
  readonly fields: readonly Field[];
}

/** One control. */
export type Control = Common &
  (
    | { readonly kind: 'choice'; readonly options: readonly string[] }
    | { readonly kind: 'flag' }
    /** one of several names that a list may hold; `path` is that of the list */
    | { readonly kind: 'member'; readonly member: string; readonly options: readonly string[] }
    /** whether an object is there at all, or null */
    | { readonly kind: 'presence' }
    /** anything else, as text */
    | {
        readonly kind: 'text';
        readonly reads: 'number' | 'string' | 'json';
        readonly empty: 'null' | 'absent' | 'text';
      }
  );

export type Field = Group | Control;

type Schema = z.core.$ZodType;

/** What the definitions of schemas hold, as far as it is read here. */
interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly shape?: Record<string, Schema>;
  readonly options?: readonly Schema[];
  readonly discriminator?: string;
  readonly entries?: Record<string, string>;
  readonly element?: Schema;
  readonly values?: readonly unknown[];
}

const definitionOf = (schema: Schema): Definition => schema._zod.def;

/** The fields of every section, for the kinds that the configuration has. */
export function fieldsOf(config: Config): readonly Field[] {
  const { fields } = fieldOf(configSchema, [], config) as Group;
  return fields;
}

/** All controls among the fields, in order. */
export function controlsIn(fields: readonly Field[]): Control[] {
  return fields.flatMap((field) => (field.kind === 'group' ? controlsIn(field.fields) : [field]));
}

/** The value at a path; undefined where it does not lead anywhere. */
export function valueAt(config: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (node, key) => (node as Record<string, unknown> | undefined)?.[key],
    config,
  );
}

/** A schema without its wrappers, and what they say. */
interface Core {
  readonly schema: Schema;
  readonly text: string;
  readonly nullable: boolean;
  readonly optional: boolean;
}

function coreOf(schema: Schema): Core {
  const meta = z.globalRegistry.get(schema) as { description?: string; unit?: string } | undefined;
  const own =
    meta?.description === undefined
      ? ''
      : `${meta.description}${meta.unit === undefined ? '' : ` (${meta.unit})`}`;
  const { innerType, type } = definitionOf(schema);
  if (innerType === undefined) return { schema, text: own, nullable: false, optional: false };
  const inner = coreOf(innerType);
  return {
    schema: inner.schema,
    text: own === '' ? inner.text : own,
    nullable: inner.nullable || type === 'nullable',
    optional: inner.optional || type === 'optional',
  };
}

function fieldOf(whole: Schema, path: Path, value: unknown): Field {
  const { schema, text, nullable, optional } = coreOf(whole);
  const definition = definitionOf(schema);
  const common = { path, text };
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const empty = nullable ? 'null' : optional ? 'absent' : 'text';
  const asText = { ...common, kind: 'text', empty, reads: readsOf(definition) } as const;
  switch (definition.type) {
    case 'object':
      if (nullable && !isObject) return { ...common, kind: 'presence' };
      if (!isObject) return asText;
      return groupOf(common, definition, value, nullable);
    case 'union':
      return isObject ? variantOf(definition, common, value) : asText;
    case 'enum':
      return { ...common, kind: 'choice', options: Object.values(definition.entries ?? {}) };
    case 'boolean':
      return { ...common, kind: 'flag' };
    case 'array': {
      const names = definitionOf(coreOf(definition.element as Schema).schema);
      if (names.type !== 'enum') return asText;
      const options = Object.values(names.entries ?? {});
      return {
        ...common,
        kind: 'group',
        fields: options.map((member) => ({ ...common, kind: 'member', member, options })),
      };
    }
    default:
      return asText;
  }
}

function groupOf(
  common: Common,
  { shape = {} }: Definition,
  value: unknown,
  nullable: boolean,
): Group {
  const { path } = common;
  // What has no text of its own is explained by what it is a part of.
  const fields = Object.entries(shape).map(([key, schema]) => {
    const field = fieldOf(schema, [...path, key], (value as Record<string, unknown>)[key]);
    return field.text === '' ? { ...field, text: common.text } : field;
  });
  const presence: Field[] = nullable ? [{ ...common, kind: 'presence' }] : [];
  return { ...common, kind: 'group', fields: [...presence, ...fields] };
}

/** One kind of a union, with the choice of the kind on top where there is one. */
function variantOf(
  { options = [], discriminator }: Definition,
  common: Common,
  value: unknown,
): Field {
  const objects = options
    .map((option) => coreOf(option).schema)
    .filter((s) => definitionOf(s).type === 'object');
  const kindOf = (option: Schema): string => {
    const literal = definitionOf(option).shape?.[discriminator ?? ''];
    return literal === undefined ? '' : String(definitionOf(coreOf(literal).schema).values?.[0]);
  };
  const kind =
    discriminator === undefined ? '' : String((value as Record<string, unknown>)[discriminator]);
  const present = objects.find((option) => kindOf(option) === kind) ?? objects[0];
  const group = groupOf(common, definitionOf(present), value, false);
  if (discriminator === undefined) return group;
  const path = [...common.path, discriminator];
  const choice: Control = { path, text: common.text, kind: 'choice', options: objects.map(kindOf) };
  const rest = group.fields.filter((field) => field.path.at(-1) !== discriminator);
  return { ...group, fields: [choice, ...rest] };
}

/** What a text stands for: a number, or one of few words beside it; words as they are; anything else as JSON. */
function readsOf({ type, options = [] }: Definition): 'number' | 'string' | 'json' {
  const types = [type, ...options.map((option) => definitionOf(coreOf(option).schema).type)];
  if (types.some((name) => name === 'number' || name === 'int')) return 'number';
  return type === 'string' ? 'string' : 'json';
}
