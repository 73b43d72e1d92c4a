// NumPy files of a problem or a start: .npy and .npz by path, with checks of names, shapes and values.
import { ConfigError, nearestName, showValue } from '../config-check.ts';
import { parseNpy, parseNpz, type NpyArray } from '../npy.ts';
import type { ReadFile } from './problem.ts';
import { endingOf, readWhole } from './read-file.ts';

/**
 * Reads a `.npy` file of finite numbers, of any shape.
 *
 * @throws ConfigError for an unreadable, corrupt or non-finite file
 */
export async function loadArray(path: string, readFile: ReadFile): Promise<NpyArray> {
  if (endingOf(path) !== '.npy')
    throw new ConfigError(`${path}: received ${describeEnding(path)}; allowed: .npy`);
  const array = parseNpy(await readWhole(path, readFile), path);
  const bad = array.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new ConfigError(
      `${path}: ${placeIn(array.shape, bad)}: received ${array.data[bad]}; allowed: a finite number`,
    );
  }
  return array;
}

/**
 * Reads a `.npz` file with given arrays.
 *
 * @param required names that must be there
 * @param optional names that may be there; any other is an error
 * @throws ConfigError for an unreadable or corrupt file, a missing or an unknown array
 */
export async function loadArrays(
  path: string,
  readFile: ReadFile,
  required: readonly string[],
  optional: readonly string[],
): Promise<Map<string, NpyArray>> {
  if (endingOf(path) !== '.npz')
    throw new ConfigError(`${path}: received ${describeEnding(path)}; allowed: .npz`);
  const arrays = parseNpz(await readWhole(path, readFile), path);
  const known = [...required, ...optional];
  for (const name of arrays.keys()) {
    if (known.includes(name)) continue;
    const near = nearestName(
      name,
      known.filter((candidate) => !arrays.has(candidate)),
    );
    const hint = near === undefined ? `allowed: ${known.join(', ')}` : `did you mean "${near}"?`;
    throw new ConfigError(`${path}: unknown array ${showValue(name)}; ${hint}`);
  }
  const missing = required.find((name) => !arrays.has(name));
  if (missing !== undefined)
    throw new ConfigError(`${path}: no array "${missing}"; allowed: ${known.join(', ')}`);
  return arrays;
}

/** Throws where an array does not have one of the shapes in `allowed`, said in words. */
export function checkShape(
  where: string,
  shape: readonly number[],
  allowed: readonly (readonly number[])[],
  words: string,
): void {
  if (
    allowed.some(
      (sizes) => sizes.length === shape.length && sizes.every((n, axis) => n === shape[axis]),
    )
  )
    return;
  throw new ConfigError(`${where}: received shape [${shape.join(', ')}]; allowed: ${words}`);
}

/** Place of an element in C order, for messages: "[3, 1]". */
export function placeIn(shape: readonly number[], index: number): string {
  const place: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place.unshift(index % shape[axis]);
    index = Math.floor(index / shape[axis]);
  }
  return `[${place.join(', ')}]`;
}

/** The ending of a path in words, for messages. */
export function describeEnding(path: string): string {
  const ending = endingOf(path);
  return ending === '' ? 'a file without ending' : `a ${ending} file`;
}
