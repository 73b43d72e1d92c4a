// A result of the benchmark as a file: its name and its text, the same from the command line and from the page.
import type { BenchResult } from '../bench-result.ts';

/** File name of an adapter, for example "swiftshader-device-subzero". */
export function fileNameOf(adapterName: string): string {
  const words = adapterName.toLowerCase().match(/[a-z0-9]+/g) ?? ['adapter'];
  return words.join('-').slice(0, 60);
}

/** A result as JSON, numbers to six significant digits. */
export function formatResult(result: BenchResult): string {
  const short = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  return `${JSON.stringify(result, short, 2)}\n`;
}
