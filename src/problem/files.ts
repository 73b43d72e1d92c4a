// Samples from data files, chosen by their ending: .csv, .npy or .npz.
import { ConfigError } from '../config-check.ts';
import type { NpyArray } from '../npy.ts';
import { checkShape, describeEnding, loadArray, loadArrays, placeIn } from './arrays.ts';
import type { ReadFile, Samples } from './problem.ts';
import { endingOf, readWhole } from './read-file.ts';
import { makeSamples, type LossWeights, type RawSamples } from './samples.ts';

/**
 * Reads samples from a file: `.csv` with a header, `.npy` of shape [s, d + 1] with y in the last column, or `.npz`
 * with arrays x [s, d] or [s], y [s] and optionally weight [s].
 *
 * @param path path of the file; its ending chooses the format
 * @param readFile how files are read
 * @param lossWeights how ν is normalised
 * @throws ConfigError with path, place, value received and values allowed
 */
export async function loadSamples(
  path: string,
  readFile: ReadFile,
  lossWeights: LossWeights,
): Promise<Samples> {
  switch (endingOf(path)) {
    case '.csv': {
      // A page loads the parser of CSV files with the first of them.
      const { parseCsv } = await import('./csv.ts');
      return parseCsv(await readWhole(path, readFile), path, lossWeights);
    }
    case '.npy':
      return samplesOfTable(await loadArray(path, readFile), path, lossWeights);
    case '.npz':
      return samplesOfArrays(
        await loadArrays(path, readFile, ['x', 'y'], ['weight']),
        path,
        lossWeights,
      );
    default:
      throw new ConfigError(`${path}: received ${describeEnding(path)}; allowed: .csv, .npy, .npz`);
  }
}

/** Samples of one table [s, d + 1] with y in the last column. */
function samplesOfTable(
  { shape, data }: NpyArray,
  path: string,
  lossWeights: LossWeights,
): Samples {
  if (shape.length !== 2 || shape[0] === 0 || shape[1] < 2) {
    throw new ConfigError(
      `${path}: received shape [${shape.join(', ')}]; allowed: [s, d + 1] with s >= 1 and d >= 1`,
    );
  }
  const [count, columns] = shape;
  const dimension = columns - 1;
  const x = new Float64Array(count * dimension);
  const y = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    x.set(data.subarray(j * columns, j * columns + dimension), j * dimension);
    y[j] = data[j * columns + dimension];
  }
  return makeSamples({ dimension, x, y, weight: null }, lossWeights, path, (name, index) => {
    const at =
      name === 'x' ? [Math.floor(index / dimension), index % dimension] : [index, dimension];
    return `${path}: [${at.join(', ')}]`;
  });
}

/** Samples of separate arrays x, y and perhaps weight. */
function samplesOfArrays(
  arrays: Map<string, NpyArray>,
  path: string,
  lossWeights: LossWeights,
): Samples {
  const x = arrays.get('x') as NpyArray;
  const y = arrays.get('y') as NpyArray;
  const weight = arrays.get('weight');
  if ((x.shape.length !== 1 && x.shape.length !== 2) || x.data.length === 0) {
    throw new ConfigError(
      `${path}: x: received shape [${x.shape.join(', ')}]; allowed: [s, d] or [s], not empty`,
    );
  }
  const [count, dimension = 1] = x.shape;
  checkShape(`${path}: y`, y.shape, [[count]], `[${count}], one target per row of x`);
  if (weight !== undefined)
    checkShape(`${path}: weight`, weight.shape, [[count]], `[${count}], one weight per row of x`);
  const raw: RawSamples = { dimension, x: x.data, y: y.data, weight: weight?.data ?? null };
  return makeSamples(raw, lossWeights, path, (name, index) => {
    const shape = name === 'x' ? x.shape : [count];
    return `${path}: ${name}${placeIn(shape, index)}`;
  });
}
