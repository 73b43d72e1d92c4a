// Opens files on the page: data, particles and configurations, each known by its ending and what it holds.
// Loaded with the first file.
import { ConfigError, parseConfig } from '../config-check.ts';
import type { Config, ConfigInput } from '../config.ts';
import { parseNpz } from '../npy.ts';
import { loadSamples } from '../problem/files.ts';
import { loadParticles } from '../problem/particles.ts';
import { endingOf } from '../problem/read-file.ts';
import type { App } from './app.ts';
import type { Opener } from './opening.ts';

/** A configuration on the way to being opened, and what is said once it is. */
interface Draft {
  config: Config;
  said: string[];
}

/**
 * Opens files: a configuration first, then data and particles in it. Where the page waits for a file of that name, it
 * goes on with the configuration that names it.
 *
 * @throws ConfigError, one line
 */
export async function openFiles(app: App, opener: Opener, files: readonly File[]): Promise<void> {
  const names = files.map(({ name }) => name);
  for (const file of files) opener.files.set(file.name, new Uint8Array(await file.arrayBuffer()));
  const { waiting } = opener;
  if (
    waiting !== null &&
    names.some((name) => JSON.stringify(waiting).includes(JSON.stringify(name)))
  ) {
    if (await opener.open(waiting)) app.say(`Opened ${names.join(', ')}; paused at step 0`);
    return;
  }
  const draft: Draft = { config: app.config, said: [] };
  // A configuration first: the data and particles beside it belong to it.
  const inOrder = [...names].sort((a, b) => Number(isJson(b)) - Number(isJson(a)));
  for (const name of inOrder) await add(draft, name, opener.files);
  if (await opener.open(draft.config)) app.say(`Opened ${draft.said.join('; ')}; paused at step 0`);
}

const isJson = (name: string): boolean => endingOf(name) === '.json';

async function add(draft: Draft, name: string, files: Opener['files']): Promise<void> {
  const bytes = files.get(name) as Uint8Array;
  switch (endingOf(name)) {
    case '.json':
      draft.config = configIn(bytes, name);
      draft.said.push(name);
      return;
    case '.npz':
      return holdsParticles(bytes, name)
        ? addParticles(draft, name, bytes)
        : addData(draft, name, bytes);
    case '.csv':
    case '.npy':
      return addData(draft, name, bytes);
    default:
      throw new ConfigError(`${name}: received another file; allowed: .csv, .npy, .npz, .json`);
  }
}

/** A configuration, or that of a manifest. */
function configIn(bytes: Uint8Array, name: string): Config {
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new ConfigError(`${name}: not JSON; allowed: a configuration or a manifest.json`);
  }
  const manifest = raw as { config?: ConfigInput; configSha256?: string } | null;
  return parseConfig(manifest?.configSha256 === undefined ? raw : manifest.config, name);
}

function holdsParticles(bytes: Uint8Array, name: string): boolean {
  const arrays = parseNpz(bytes, name);
  return arrays.has('a') && arrays.has('c');
}

async function addData(draft: Draft, path: string, bytes: Uint8Array): Promise<void> {
  const { init, flow } = draft.config;
  const samples = await loadSamples(path, () => Promise.resolve(bytes), flow.lossWeights);
  const { count, dimension } = samples;
  draft.said.push(`${path} with ${count} samples, d = ${dimension}`);
  const problem = { kind: 'file', path } as const;
  if (init.kind !== 'canonical' || dimension === 1) {
    draft.config = { ...draft.config, problem };
    return;
  }
  draft.said.push('independent particles, since δ needs one input');
  const train = parseConfig({}).flow.train;
  draft.config = { ...draft.config, problem, init: parseConfig({}).init, flow: { ...flow, train } };
}

async function addParticles(draft: Draft, path: string, bytes: Uint8Array): Promise<void> {
  const { width, replicas } = await loadParticles(path, () => Promise.resolve(bytes));
  if (replicas !== 1) {
    throw new ConfigError(`${path}: a: received ${replicas} replicas; allowed: one`);
  }
  draft.said.push(`${path} with ${width} particles`);
  const network = { ...draft.config.network, width };
  draft.config = { ...draft.config, network, init: { kind: 'file', path } };
}
