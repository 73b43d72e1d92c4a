// Samples from CSV text with a header: columns x0 … x{d−1} (or x alone), y, and optionally weight, in any order.
// The browser build of csv-parse runs in Node as well and needs no Buffer of the host.
import { parse, type CsvError, type Info } from 'csv-parse/browser/esm/sync';
import { ConfigError, nearestName, showValue } from '../config-check.ts';
import type { Samples } from './problem.ts';
import { makeSamples, type LossWeights } from './samples.ts';

/** A row of text with the number of the line it ends on. */
interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Where the columns of a file stand. */
interface Columns {
  readonly names: readonly string[];
  /** positions of x0 … x{d−1} */
  readonly x: readonly number[];
  readonly y: number;
  /** position of the weights, or −1 */
  readonly weight: number;
}

/** V8 holds no longer strings. */
const LARGEST_TEXT_BYTES = 2 ** 29 - 25;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NOT_FINITE = /^[+-]?(nan|inf|infinity)$/i;

/**
 * Parses samples from CSV: UTF-8, with or without a byte-order mark, any line ending, commas, empty lines skipped.
 *
 * @param bytes the whole file
 * @param where name shown at the head of messages, for example the path
 * @param lossWeights how ν is normalised
 * @throws ConfigError with file, line, column, value received and values allowed
 */
export function parseCsv(bytes: Uint8Array, where: string, lossWeights: LossWeights): Samples {
  const rows = readRows(bytes, where);
  if (rows.length === 0)
    throw new ConfigError(`${where}: empty file; allowed: a header x0…, y and rows of numbers`);
  const columns = readHeader(rows[0].cells, `${where}: line ${rows[0].line}`);
  const body = rows.slice(1);
  if (body.length === 0)
    throw new ConfigError(`${where}: no rows below the header on line ${rows[0].line}`);
  for (const row of body) checkRow(row, columns.names, where);

  const dimension = columns.x.length;
  const columnOf = (position: number) =>
    Float64Array.from(body, ({ cells }) => Number(cells[position]));
  const x = new Float64Array(body.length * dimension);
  columns.x.forEach((position, axis) =>
    columnOf(position).forEach((value, j) => (x[j * dimension + axis] = value)),
  );
  const weight = columns.weight < 0 ? null : columnOf(columns.weight);
  return makeSamples(
    { dimension, x, y: columnOf(columns.y), weight },
    lossWeights,
    where,
    (name, index) => {
      const row = body[name === 'x' ? Math.floor(index / dimension) : index];
      const position = name === 'x' ? columns.x[index % dimension] : columns[name];
      return `${where}: line ${row.line}, column ${columns.names[position]}`;
    },
  );
}

function readRows(bytes: Uint8Array, where: string): Row[] {
  if (bytes.length > LARGEST_TEXT_BYTES) {
    throw new ConfigError(
      `${where}: received ${(bytes.length / 2 ** 20).toFixed(0)} MiB of CSV; allowed: below 512 MiB; use .npy`,
    );
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError(`${where}: not a text file in UTF-8`);
  }
  try {
    const options = {
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    } as const;
    // With `info` every record comes with its place, which the types of csv-parse do not say.
    const records = parse(text, options) as unknown as { info: Info; record: string[] }[];
    return records.map(({ info, record }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    throw new ConfigError(`${where}: ${describeSyntax(error as CsvError)}`);
  }
}

function describeSyntax(error: CsvError): string {
  const quotes = error.code.includes('QUOT') ? 'misplaced or unclosed quote' : error.code;
  return `line ${String(error['lines'])}: ${quotes}; allowed: numbers separated by commas`;
}

function readHeader(names: readonly string[], where: string): Columns {
  if (names.every((name) => NUMBER.test(name) || NOT_FINITE.test(name) || name === '')) {
    throw new ConfigError(
      `${where}: received ${showValue(names.join(','))}, no header; allowed: column names x0…, y, weight`,
    );
  }
  if (names.length === 1 && /[;\t ]/.test(names[0])) {
    throw new ConfigError(
      `${where}: received ${showValue(names[0])}; allowed: column names separated by commas`,
    );
  }
  const x: number[] = [];
  names.forEach((name, position) => {
    if (names.indexOf(name) < position)
      throw new ConfigError(`${where}: column ${showValue(name)} stands twice`);
    const axis = axisOf(name);
    if (axis !== undefined) x[axis] = position;
    else if (name !== 'x' && name !== 'y' && name !== 'weight') failUnknown(name, names, where);
  });
  const alone = names.indexOf('x');
  if (alone >= 0 && x.length > 0)
    throw new ConfigError(`${where}: column "x" beside x0…; allowed: x alone, or x0, x1, …`);
  if (alone >= 0) x[0] = alone;
  if (x.length === 0) throw new ConfigError(`${where}: no input column; allowed: x, or x0, x1, …`);
  const gap = x.findIndex((position) => position === undefined);
  if (gap >= 0)
    throw new ConfigError(`${where}: column "x${gap}" is missing below x${x.length - 1}`);
  if (!names.includes('y'))
    throw new ConfigError(`${where}: no target column; allowed: a column "y"`);
  return { names, x, y: names.indexOf('y'), weight: names.indexOf('weight') };
}

/** The axis of a column x0 … x65535, or undefined. */
function axisOf(name: string): number | undefined {
  return /^x(0|[1-9]\d{0,4})$/.test(name) && Number(name.slice(1)) < 65536
    ? Number(name.slice(1))
    : undefined;
}

function failUnknown(name: string, names: readonly string[], where: string): never {
  const known = [...names.keys()].map((axis) => `x${axis}`).concat('x', 'y', 'weight');
  const near = nearestName(
    name,
    known.filter((candidate) => !names.includes(candidate)),
  );
  const hint = near === undefined ? 'allowed: x0, x1, …, y, weight' : `did you mean "${near}"?`;
  throw new ConfigError(`${where}: unknown column ${showValue(name)}; ${hint}`);
}

function checkRow({ line, cells }: Row, names: readonly string[], where: string): void {
  if (cells.length !== names.length) {
    const received = `${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}`;
    throw new ConfigError(
      `${where}: line ${line}: received ${received}; allowed: ${names.length}, one per column`,
    );
  }
  const bad = cells.findIndex((cell) => !NUMBER.test(cell));
  if (bad < 0) return;
  const received = cells[bad] === '' ? 'an empty cell' : showValue(cells[bad]);
  throw new ConfigError(
    `${where}: line ${line}, column ${names[bad]}: received ${received}; allowed: a finite number`,
  );
}
