// Files of the benchmark: where a result goes, how it is written and read again, and the report made from results.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge } from '../bench/targets.ts';
import type { BenchResult, PeerProblem } from '../bench-result.ts';
import { ConfigError } from '../config-check.ts';
import { benchFigures } from '../record/bench-figures.ts';
import { fileNameOf } from '../record/bench-json.ts';
import { formatBenchPage, type BenchReport } from '../record/bench-table.ts';
import { parseJson } from './json.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PEERS = '-peers.json';

/** The folder of result files in a checkout; undefined in an installed package. */
export function resultsFolder(): string | undefined {
  return existsSync(join(ROOT, '.git')) ? join(ROOT, 'bench/results') : undefined;
}

/**
 * The file that a result goes to, its folder made.
 *
 * @param out a file ending in .json, or a folder
 * @throws ConfigError where it cannot be written, or where the file there is not a result
 */
export async function prepareResultFile(out: string, adapterName: string): Promise<string> {
  const path = out.endsWith('.json') ? out : join(out, `${fileNameOf(adapterName)}.json`);
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw new ConfigError(`--out: received "${out}"; ${(error as Error).message}`);
  }
  if (existsSync(path)) await readResult(path);
  return path;
}

/** Writes a file beside its place and moves it there, so that it is whole or not there. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Writes README.md and figures about result files; peers files beside them, NAME-peers.json, are read too.
 *
 * @param paths result files and peers files
 * @param out folder to write to; default: that of the first file
 * @returns paths of what was written, README.md first
 * @throws ConfigError for a file that is not what it should be
 */
export async function writeReport(paths: readonly string[], out?: string): Promise<string[]> {
  const results = paths.filter((path) => !path.endsWith(PEERS));
  if (results.length === 0)
    throw new ConfigError('--report: received no result file; allowed: FILE.json …');
  const folder = out ?? dirname(results[0]);
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  const reports = [];
  for (const path of results) {
    const report = await loadReport(path);
    const figures = [];
    for (const { suffix, alt, svg } of benchFigures(report.result)) {
      const file = `${report.name}-${suffix}.svg`;
      await writeWhole(join(folder, file), `${svg}\n`);
      written.push(join(folder, file));
      figures.push({ file, alt });
    }
    reports.push({ ...report, figures });
  }
  const page = join(folder, 'README.md');
  await writeWhole(page, formatBenchPage(reports));
  return [page, ...written].map((path) => relative(process.cwd(), path) || path);
}

/** A result with the peers beside it. */
async function loadReport(path: string): Promise<BenchReport> {
  const result = await readResult(path);
  const peers = await peersBeside(path);
  return { result, peers, verdicts: judge(result, peers), name: basename(path, '.json') };
}

/** The peers beside a result file; none where there is no such file. */
export async function peersBeside(path: string): Promise<PeerProblem[]> {
  const beside = path.replace(/\.json$/, PEERS);
  return existsSync(beside) ? readPeers(beside) : [];
}

async function readResult(path: string): Promise<BenchResult> {
  const raw = await readRecord(path);
  if (raw['format'] !== 'meanfield-bench' || raw['version'] !== 1) {
    throw new ConfigError(
      `${path}: received another kind of file; allowed: a result of meanfield bench`,
    );
  }
  return raw as unknown as BenchResult;
}

/** The problems of a peers file: one, or a list of them. */
async function readPeers(path: string): Promise<PeerProblem[]> {
  const raw = await readRecord(path);
  const list = (raw['problems'] ?? [raw]) as Partial<PeerProblem>[];
  const isRight = list.every(
    ({ problem, rows }) =>
      Array.isArray(rows) &&
      [problem?.m, problem?.s, problem?.d].every((size) => typeof size === 'number'),
  );
  if (!isRight) {
    throw new ConfigError(
      `${path}: received another kind of file; allowed: { problem: {m, s, d}, rows: […] }`,
    );
  }
  return list as PeerProblem[];
}

async function readRecord(path: string): Promise<Record<string, unknown>> {
  try {
    if (!(await stat(path)).isFile()) throw new Error('not a file');
  } catch {
    throw new ConfigError(
      `--report: received "${path}"; allowed: a result file of meanfield bench`,
    );
  }
  const raw = parseJson(await readFile(path, 'utf8'), path);
  if (Array.isArray(raw)) return { problems: raw };
  if (typeof raw === 'object' && raw !== null) return raw as Record<string, unknown>;
  throw new ConfigError(`${path}: received no JSON object`);
}
