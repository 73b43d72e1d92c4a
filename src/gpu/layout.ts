// Reads bindings, uniform structs and overrides out of WGSL text, so that host and shader share names only.
// It understands the subset that this project's shaders use: structs of 4-byte scalars, one binding a line.

/** One `@group(g) @binding(b) var<…> name` of a shader. */
export interface Binding {
  readonly group: number;
  readonly binding: number;
  readonly name: string;
  readonly kind: 'uniform' | 'read-only-storage' | 'storage';
}

/** One field of a struct of 4-byte scalars; field n sits at byte 4n. */
export interface Field {
  readonly name: string;
  readonly type: 'u32' | 'i32' | 'f32';
}

const BINDING = /@group\((\d+)\)\s*@binding\((\d+)\)\s*var<([^>]+)>\s*(\w+)\s*:/g;

/** All bindings declared in a WGSL text, sorted by group and number. */
export function readBindings(code: string): Binding[] {
  const found = [...code.matchAll(BINDING)].map(([, group, binding, space, name]) => ({
    group: Number(group),
    binding: Number(binding),
    name,
    kind: kindOf(space),
  }));
  return found.sort((x, y) => x.group - y.group || x.binding - y.binding);
}

/** The fields of a struct in a WGSL text; throws when a field is not a 4-byte scalar. */
export function readStruct(code: string, structName: string): Field[] {
  const body = new RegExp(`struct\\s+${structName}\\s*\\{([^}]*)\\}`).exec(code)?.[1];
  if (body === undefined) throw new Error(`struct ${structName} is not in the shader text`);
  const lines = body.replace(/\/\/.*$/gm, '').split(',');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name, type] = line.split(':').map((part) => part.trim());
      if (type !== 'u32' && type !== 'i32' && type !== 'f32') {
        throw new Error(
          `struct ${structName}: field ${name} has type ${type}; only 4-byte scalars are allowed`,
        );
      }
      return { name, type };
    });
}

/** The names of the `override` constants of a WGSL text. */
export function readOverrides(code: string): string[] {
  return [...code.matchAll(/^\s*override\s+(\w+)\s*[:=]/gm)].map(([, name]) => name);
}

/**
 * Packs values into the bytes of a struct by field name.
 *
 * @throws Error when a field has no value, a value has no field, or an integer field gets a fraction
 */
export function packStruct(fields: readonly Field[], values: Record<string, number>): ArrayBuffer {
  const unknown = Object.keys(values).filter(
    (name) => !fields.some((field) => field.name === name),
  );
  if (unknown.length > 0)
    throw new Error(`no field named ${unknown.join(', ')} in the shader's struct`);
  // Uniform buffers are bound in multiples of 16 bytes.
  const view = new DataView(new ArrayBuffer(Math.ceil(fields.length / 4) * 16));
  fields.forEach(({ name, type }, index) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for field ${name} of the shader's struct`);
    if (type === 'f32') return view.setFloat32(4 * index, value, true);
    if (!Number.isInteger(value)) throw new Error(`field ${name} is ${type}, value is ${value}`);
    return type === 'u32'
      ? view.setUint32(4 * index, value, true)
      : view.setInt32(4 * index, value, true);
  });
  return view.buffer;
}

function kindOf(space: string): Binding['kind'] {
  const words = space.split(',').map((word) => word.trim());
  if (words[0] === 'uniform') return 'uniform';
  return words[1] === 'read_write' ? 'storage' : 'read-only-storage';
}
