// `meanfield reproduce`: runs a known experiment, checks its criteria and writes data, figures and report.
import { REPRODUCTIONS, reproductionNamed } from '../../experiments/reproduce/registry.ts';
import type { Reproduction, ReproduceOptions } from '../../experiments/reproduce/reproduction.ts';
import { ConfigError } from '../../config-check.ts';
import { isReproduced, type ReproductionResult } from '../../observables/reproduction.ts';
import {
  describeOutcome,
  drawPicture,
  formatCriteria,
  formatDataTable,
  reproductionReport,
} from '../../record/reproduction-report.ts';
import { EXIT, InterruptedError } from '../errors.ts';
import { commandLine, ownPackage } from '../facts.ts';
import type { RunOptions } from '../options.ts';
import { print } from '../output.ts';
import { runOnDevice, type Workplace } from '../run.ts';
import { formatTable } from '../text.ts';

/** Options of `reproduce`. */
export type ReproduceCommand = Omit<RunOptions, 'config' | 'preset' | 'set'> & {
  list?: boolean;
  width?: number;
};

/**
 * Runs the entry of a name, or lists the entries.
 *
 * @returns 0, or 1 where a criterion is missed; data, figures and report are written in both cases
 * @throws InterruptedError on a signal; then nothing is written
 */
export async function reproduce(
  name: string | undefined,
  options: ReproduceCommand,
): Promise<number> {
  if (options.list === true) {
    print(listEntries(options.json === true));
    return EXIT.done;
  }
  if (name === undefined) {
    throw new ConfigError(
      `reproduce: received no name; allowed: ${Object.keys(REPRODUCTIONS).join(', ')}, or --list`,
    );
  }
  const entry = reproductionNamed(name);
  const chosen = choicesOf(name, entry, options);
  const config = entry.config(chosen);
  return runOnDevice(`reproduce-${name.replaceAll('/', '-')}`, options, async (place) => {
    const result = await compute(entry, place, chosen);
    const path = await place.save({
      config,
      files: filesOf(name, entry, result, config, place),
      kernels: {},
      status: 'done',
    });
    report(name, entry, result, path, options.json === true);
    return isReproduced(result) ? EXIT.done : EXIT.failed;
  });
}

type Choices = Pick<ReproduceOptions, 'seed' | 'width'>;

/** @throws ConfigError for a width where the entry has none to choose */
function choicesOf(name: string, entry: Reproduction, { seed, width }: ReproduceCommand): Choices {
  if (width !== undefined && entry.chooseWidth !== true) {
    const names = Object.entries(REPRODUCTIONS).filter(([, { chooseWidth }]) => chooseWidth);
    throw new ConfigError(
      `--width: received ${width} with "${name}"; allowed with: ${names.map(([key]) => key).join(', ')}`,
    );
  }
  return { ...(seed !== undefined && { seed }), ...(width !== undefined && { width }) };
}

function listEntries(json: boolean): string {
  const entries = Object.entries(REPRODUCTIONS);
  if (json) {
    const records = entries.map(([name, { title, source, settings, work }]) => ({
      ...{ name, title, source, settings, work },
    }));
    return JSON.stringify({ reproductions: records });
  }
  const lines = entries.flatMap(([name, { title, source, settings, work }], n) => [
    ...(settings !== undefined && entries[n - 1]?.[1].source !== source
      ? [`${groupName(name)}\n  all of these, one after the other, with one report\n  ${source}`]
      : []),
    `${name}\n  ${title} (${work})\n  ${settings ?? source}`,
  ]);
  return lines.join('\n');
}

/** "williams2019" of "williams2019/fig1". */
function groupName(name: string): string {
  return name.split('/')[0];
}

async function compute(
  entry: Reproduction,
  { device, progress, signal }: Workplace,
  chosen: Choices,
): Promise<ReproductionResult> {
  try {
    for await (const event of entry.run(device, { ...chosen, signal })) {
      if (event.kind === 'result') return event.result;
      progress.update(event.fraction, event.text);
    }
  } catch (error) {
    if (signal.aborted) throw new InterruptedError('interrupted; nothing was written');
    throw error;
  } finally {
    progress.finish();
  }
  throw new Error('the reproduction ended without a result');
}

function filesOf(
  name: string,
  entry: Reproduction,
  result: ReproductionResult,
  config: unknown,
  { device }: Workplace,
): Map<string, string> {
  const files = new Map<string, string>([['criteria.csv', formatCriteria(result.criteria)]]);
  for (const table of result.tables) files.set(table.file, formatDataTable(table));
  result.pictures.forEach((picture, n) => files.set(`figure-${n + 1}.svg`, drawPicture(picture)));
  const { title, source, settings } = entry;
  const record = {
    ...{ name, title, source },
    ...(settings !== undefined && { settings }),
    result,
    adapter: device.adapterName,
    command: commandLine(),
    config,
    package: ownPackage(),
  };
  return files.set('report.html', reproductionReport(record));
}

function report(
  name: string,
  { title, source, settings }: Reproduction,
  { criteria, remarks }: ReproductionResult,
  path: string,
  json: boolean,
): void {
  const reproduced = isReproduced({ criteria });
  if (json) {
    print(
      JSON.stringify({
        name,
        title,
        source,
        settings,
        reproduced,
        criteria,
        remarks,
        folder: path,
      }),
    );
    return;
  }
  const rows = criteria.map((row) => [
    row.name,
    row.allowed,
    row.measured,
    row.pass ? 'met' : 'MISSED',
  ]);
  const table = formatTable([['criterion', 'allowed', 'measured', ''], ...rows]);
  const words = [describeOutcome(criteria), ...remarks].join('\n');
  print(`${name}: ${title}\n\n${table}\n\n${words}\n\nreport: ${path}/report.html`);
}
