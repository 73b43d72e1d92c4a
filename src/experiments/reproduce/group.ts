// Several reproductions run one after the other, with one report.
import type { ReproductionResult } from '../../observables/reproduction.ts';
import type { Reproduction } from './reproduction.ts';

/**
 * All entries of a source as one entry: criteria and files carry the name of their part, pictures follow in order.
 *
 * @param source common name, for example "williams2019"
 * @param parts name and entry of every part, at least one
 */
export function groupOf(
  source: string,
  parts: readonly (readonly [string, Reproduction])[],
): Reproduction {
  return {
    title: `all ${parts.length} entries of ${source}`,
    source: parts[0][1].source,
    settings: parts
      .filter(([, { settings }]) => settings !== undefined)
      .map(([name, { settings }]) => `${name} – ${settings}`)
      .join(' '),
    work: parts.map(([name, { work }]) => `${name}: ${work}`).join('; '),
    config: (options) => parts[0][1].config(options),
    async *run(device, options) {
      const results: ReproductionResult[] = [];
      for (const [n, [name, entry]] of parts.entries()) {
        for await (const event of entry.run(device, options)) {
          if (event.kind === 'result') {
            results.push(named(name, event.result));
            continue;
          }
          const fraction = (n + event.fraction) / parts.length;
          yield { kind: 'progress', fraction, text: `${name}, ${event.text}` };
        }
      }
      yield {
        kind: 'result',
        result: {
          criteria: results.flatMap(({ criteria }) => criteria),
          tables: results.flatMap(({ tables }) => tables),
          pictures: results.flatMap(({ pictures }) => pictures),
          remarks: results.flatMap(({ remarks }) => remarks),
        },
      };
    },
  };
}

function named(
  name: string,
  { criteria, tables, pictures, remarks }: ReproductionResult,
): ReproductionResult {
  return {
    criteria: criteria.map((row) => ({ ...row, name: `${name}: ${row.name}` })),
    tables: tables.map((table) => ({ ...table, file: `${name}-${table.file}` })),
    pictures: pictures.map((picture) => ({ ...picture, title: `${name}: ${picture.title}` })),
    remarks: remarks.map((text) => `${name}: ${text}`),
  };
}
