// Reading bindings, structs and overrides out of WGSL text: the project's shaders against an independent parser, and
// what must be refused.
import { describe, expect, it } from 'vitest';
import { WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js';
import {
  packStruct,
  readBindings,
  readOverrides,
  readStruct,
  type Binding,
} from '../../src/gpu/layout.ts';
import { SHADER_TEXTS } from '../helpers/shaders.ts';

/** The names of the structs that the host packs. */
const UNIFORM_STRUCTS = ['Params', 'SampleParams', 'Laws', 'Source', 'SortedParams'];

/** Parses WGSL. The name `block` is free in WGSL, but this parser takes it for a word of the language. */
function parse(code: string): WgslReflect {
  return new WgslReflect(code.replace(/\bblock\b/g, 'block_'));
}

function bindingOf(
  { group, binding, name }: { group: number; binding: number; name: string },
  kind: Binding['kind'],
): Binding {
  return { group, binding, name, kind };
}

describe('every shader text', () => {
  const parsedTexts = SHADER_TEXTS.map(({ name, title, code }) => ({
    where: `${name} ${title}`,
    name,
    code,
    parsed: parse(code),
  }));
  const titles = parsedTexts.map(({ where }) => where);

  it('is one of a kind', () => {
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('parses, and an independent parser finds the same entry point, bindings and overrides', () => {
    for (const { where, name, code, parsed } of parsedTexts) {
      const uniforms = parsed.uniforms.map((variable) => bindingOf(variable, 'uniform'));
      const storage = parsed.storage.map((variable) =>
        bindingOf(variable, variable.access === 'read_write' ? 'storage' : 'read-only-storage'),
      );
      const variables = [...uniforms, ...storage].sort(
        (x, y) => x.group - y.group || x.binding - y.binding,
      );
      expect(readBindings(code), where).toEqual(variables);
      const entries = parsed.entry.compute.map((entry) => entry.name);
      expect(entries, where).toEqual([name]);
      const overrides = parsed.overrides.map((override) => override.name);
      expect(readOverrides(code).sort(), where).toEqual(overrides.sort());
    }
  });

  it('packs structs where an independent parser sees their fields', () => {
    const seen = new Set<string>();
    for (const { where, code, parsed } of parsedTexts) {
      for (const struct of parsed.structs.filter(({ name }) => UNIFORM_STRUCTS.includes(name))) {
        const fields = struct.members.map((field) => [field.name, field.type.name, field.offset]);
        const read = readStruct(code, struct.name).map(({ name, type }, n) => [name, type, 4 * n]);
        expect(read, `${where}: ${struct.name}`).toEqual(fields);
        seen.add(struct.name);
      }
    }
    expect([...seen].sort()).toEqual([...UNIFORM_STRUCTS].sort());
  });

  it('binds at most eight storage buffers, the limit of every WebGPU device', () => {
    for (const { name, title, code } of SHADER_TEXTS) {
      const storage = readBindings(code).filter(({ kind }) => kind !== 'uniform');
      expect(storage.length, `${name} ${title}`).toBeLessThanOrEqual(8);
    }
  });
});

describe('readBindings', () => {
  it('sorts by group and number and tells read from read_write', () => {
    const code = `
      @group(1) @binding(3) var<storage, read_write> out: array<f32>;
      @group(1) @binding(0)  var<storage,read> weights : array<vec4f>;
      @group(0) @binding(1) var<uniform> params: Params;
      var<workgroup> tile: array<f32, 64>;`;
    expect(readBindings(code)).toEqual([
      { group: 0, binding: 1, name: 'params', kind: 'uniform' },
      { group: 1, binding: 0, name: 'weights', kind: 'read-only-storage' },
      { group: 1, binding: 3, name: 'out', kind: 'storage' },
    ]);
  });

  it('takes storage without an access mode as read-only, as WGSL does', () => {
    const [binding] = readBindings('@group(0) @binding(0) var<storage> x: array<f32>;');
    expect(binding.kind).toBe('read-only-storage');
  });
});

describe('readStruct', () => {
  it('reads fields in order, passing over comments', () => {
    const code = `struct Other { z: f32 }
      struct Sizes {
        m: u32,     // width, of the cloud
        shift: i32, // may be < 0: f32, no
        dt: f32,
      }`;
    expect(readStruct(code, 'Sizes')).toEqual([
      { name: 'm', type: 'u32' },
      { name: 'shift', type: 'i32' },
      { name: 'dt', type: 'f32' },
    ]);
  });

  it('refuses a struct that is missing, or whose name only begins alike', () => {
    expect(() => readStruct('struct Sizes2 { m: u32 }', 'Sizes')).toThrow(
      'struct Sizes is not in the shader text',
    );
  });

  it.each(['vec4f', 'bool', 'vec3f', 'array<f32, 4>', 'f16'])(
    'refuses a field of type %s',
    (type) => {
      expect(() => readStruct(`struct Sizes { m: u32, v: ${type} }`, 'Sizes')).toThrow(
        'only 4-byte scalars are allowed',
      );
    },
  );
});

describe('packStruct', () => {
  const fields = readStruct('struct S { m: u32, shift: i32, dt: f32, a: u32, b: u32 }', 'S');
  const values = { m: 4_294_967_295, shift: -2, dt: 0.25, a: 1, b: 7 };

  it('writes field n at byte 4n, little-endian, padded to 16 bytes', () => {
    const view = new DataView(packStruct(fields, values));
    expect(view.byteLength).toBe(32);
    expect(view.getUint32(0, true)).toBe(4_294_967_295);
    expect(view.getInt32(4, true)).toBe(-2);
    expect(view.getFloat32(8, true)).toBe(0.25);
    expect(view.getUint32(16, true)).toBe(7);
  });

  it('refuses a missing value, a value without field, and a fraction in a whole field', () => {
    const { b, ...missing } = values;
    expect(b).toBe(7);
    expect(() => packStruct(fields, missing)).toThrow('no value for field b');
    expect(() => packStruct(fields, { ...values, width: 1 })).toThrow('no field named width');
    expect(() => packStruct(fields, { ...values, a: 1.5 })).toThrow('field a is u32, value is 1.5');
    expect(() => packStruct(fields, { ...values, shift: NaN })).toThrow('field shift is i32');
  });
});

describe('readOverrides', () => {
  it('finds overrides with and without default', () => {
    const code =
      'override WORKGROUP: u32 = 64;\n  override STREAM: u32;\n// override NOT: u32;\noverride P=1;';
    expect(readOverrides(code)).toEqual(['WORKGROUP', 'STREAM', 'P']);
  });
});
