// The options that commands share, and how preset, config file, --set and --seed become one config.
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { applySetting, ConfigError, nearestName, parseConfig } from '../config-check.ts';
import { isLimitName } from '../config-clt.ts';
import type { Config } from '../config.ts';
import { KERNEL_CHOICES, type KernelChoice } from '../engine/plan.ts';
import { PRESETS } from '../experiments/presets.ts';
import { readFileInNode, readWhole } from '../problem/read-file.ts';
import { parseJson } from './json.ts';

/** Where the configuration of a command comes from. */
export interface ConfigOptions {
  config?: string;
  preset?: string;
  set?: string[];
  seed?: number;
}

/** How a run is executed and where its results go. */
export interface RunOptions extends ConfigOptions {
  out?: string;
  adapter?: string;
  kernel?: KernelChoice;
  force?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** Options of the fluctuation experiment. */
export interface SweepOptions extends RunOptions {
  predict?: boolean;
}

/** A checked configuration. */
export interface LoadedConfig {
  readonly config: Config;
  /** `network.width` was written by the user or a preset, not filled in */
  readonly widthGiven: boolean;
  /** so was something under `clt` */
  readonly sweepGiven: boolean;
}

/** Adds the options that make up the configuration. */
export function addConfigOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration, a JSON file')
    .option('--preset <name>', 'start from a preset, see below')
    .option(
      '--set <path=value>',
      'set one value, for example flow.dt=0.01; repeatable',
      (setting: string, before: string[] = []) => [...before, setting],
    )
    .option('--seed <n>', 'seed of every random number', parseSeed)
    .addHelpText('after', describePresets);
}

/** Adds the options of commands that run on a device and write a folder. */
export function addRunOptions(command: Command): Command {
  return addPlaceOptions(addConfigOptions(command)).option(
    '--kernel <name>',
    'auto, dense, or for relu with d = 1 sorted or persistent; default: auto, the fastest',
    parseKernel,
  );
}

/** Adds name and options of `reproduce`: the configuration is that of the entry. */
export function addReproduceOptions(command: Command): Command {
  command
    .argument('[name]', 'name of the experiment, see --list')
    .option('--list', 'the experiments there are')
    .option('--seed <n>', 'seed in place of that of the experiment', parseSeed)
    .option('--width <m>', 'width in place of that of williams2019/fig5, fig6, fig7', parseWidth);
  return addPlaceOptions(command);
}

function addPlaceOptions(command: Command): Command {
  return command
    .option('--out <folder>', 'output folder; default: a fresh numbered one under runs/')
    .option('--adapter <name>', 'part of an adapter name, or "software"', parseAdapter)
    .option('--force', 'replace the output folder of an earlier run')
    .option('--json', 'print the result as one JSON object')
    .option('--quiet', 'no progress on stderr');
}

/** Adds the options of the fluctuation experiment. */
export function addSweepOptions(command: Command): Command {
  return addRunOptions(command).option(
    '--predict',
    'predict the constant at every time from the linearised mean-field flow, without replicas',
  );
}

/** Adds the options of the benchmark. */
export function addBenchOptions(command: Command): Command {
  return command
    .option('--quick', 'a smoke run of seconds: everything runs and is right, times mean little')
    .option('--budget <seconds>', 'time for the whole run; what does not fit is named', parseBudget)
    .option('--only <name>', 'one case, or the cases whose names begin so')
    .option(
      '--out <path>',
      'result file, or its folder; default in a checkout, for a whole run: bench/results',
    )
    .option('--report <files...>', 'write tables and figures about result files; measures nothing')
    .option('--adapter <name>', 'part of an adapter name, or "software"', parseAdapter)
    .option('--json', 'print the result as one JSON object')
    .option('--quiet', 'no progress on stderr');
}

/**
 * The configuration of a command: preset, then config file, then --set, then --seed, later ones first.
 * Paths in it come out relative to the current folder.
 *
 * @throws ConfigError for an unknown preset, an unreadable file, or what the schema rejects
 */
export async function loadConfig(options: ConfigOptions): Promise<LoadedConfig> {
  const layers: [name: string, raw: unknown][] = [];
  if (options.preset !== undefined) {
    layers.push([`preset ${options.preset}`, presetNamed(options.preset)]);
  }
  if (options.config !== undefined) {
    layers.push([options.config, await readConfigFile(options.config)]);
  }
  if (options.set !== undefined) {
    const settings = {};
    for (const setting of options.set) applySetting(settings, setting);
    layers.push(['--set', settings]);
  }
  if (options.seed !== undefined) layers.push(['--seed', { seed: options.seed }]);
  const raw = layers.reduce<unknown>((base, [, layer]) => merge(base, layer), {});
  const config = parseConfig(raw, layers.map(([name]) => name).join(' + ') || 'config');
  const given = isRecord(raw) ? raw : {};
  return { config, widthGiven: hasWidth(given), sweepGiven: given['clt'] !== undefined };
}

function describePresets(): string {
  const lines = Object.entries(PRESETS).map(
    ([name, { description }]) => `  ${name.padEnd(14)}${description}`,
  );
  return `\nPresets:\n${lines.join('\n')}`;
}

function presetNamed(name: string): unknown {
  const preset = PRESETS[name as keyof typeof PRESETS] as { config: unknown } | undefined;
  if (preset !== undefined && Object.hasOwn(PRESETS, name)) return preset.config;
  const near = nearestName(name, Object.keys(PRESETS));
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  throw new ConfigError(
    `--preset: received "${name}"; allowed: ${Object.keys(PRESETS).join(', ')}${hint}`,
  );
}

async function readConfigFile(path: string): Promise<unknown> {
  const bytes = await readWhole(path, readFileInNode);
  const raw = parseJson(new TextDecoder().decode(bytes), path);
  if (!isRecord(raw)) parseConfig(raw, path);
  return pathsFrom(dirname(path), raw as Record<string, unknown>);
}

/** Where the configuration holds paths. */
const PATHS = [
  ['problem', 'path'],
  ['problem', 'testPath'],
  ['init', 'path'],
  ['clt', 'limit'],
] as const;

/** The same configuration with its relative paths read from `folder` instead of the current folder. */
function pathsFrom(folder: string, raw: Record<string, unknown>): Record<string, unknown> {
  const result = { ...raw };
  for (const [section, key] of PATHS) {
    const node = result[section];
    if (!isRecord(node)) continue;
    const path = node[key];
    if (typeof path !== 'string' || path === '' || isAbsolute(path)) continue;
    if (section === 'clt' && isLimitName(path)) continue;
    result[section] = { ...node, [key]: relative(process.cwd(), resolve(folder, path)) };
  }
  return result;
}

/**
 * `over` laid on `base`, key by key; lists and plain values replace. A record of another `kind`
 * replaces the whole record, because the keys of one kind mean nothing to another.
 */
function merge(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over;
  if (over['kind'] !== undefined && over['kind'] !== base['kind']) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  const pick = (key: string): unknown =>
    Object.hasOwn(over, key) ? merge(base[key], over[key]) : base[key];
  return Object.fromEntries([...keys].map((key) => [key, pick(key)]));
}

function hasWidth({ network }: Record<string, unknown>): boolean {
  return isRecord(network) && network['width'] !== undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseKernel(text: string): KernelChoice {
  const choice = KERNEL_CHOICES.find((name) => name === text);
  if (choice !== undefined) return choice;
  throw new InvalidArgumentError(`allowed: ${KERNEL_CHOICES.join(', ')}`);
}

function parseAdapter(text: string): string {
  if (text.trim() === '') {
    throw new InvalidArgumentError('allowed: a part of an adapter name, or "software"');
  }
  return text.toLowerCase() === 'software' ? 'software' : text;
}

function parseBudget(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds > 0) || !Number.isFinite(seconds)) {
    throw new InvalidArgumentError('allowed: a number of seconds above 0');
  }
  return seconds;
}

function parseWidth(text: string): number {
  const width = Number(text);
  if (!/^\d+$/.test(text) || !(width >= 1) || !Number.isSafeInteger(width)) {
    throw new InvalidArgumentError('allowed: a whole number >= 1');
  }
  return width;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError(`allowed: a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  return seed;
}
