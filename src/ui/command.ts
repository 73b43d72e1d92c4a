// The command that reproduces the run of the page without a browser. Pure.
import { parseConfig } from '../config-check.ts';
import type { Config, ConfigInput } from '../config.ts';
import { withoutDefaults } from './hash.ts';

/** Longer commands take a configuration file. */
const MOST_LENGTH = 3000;

type Tree = Record<string, unknown>;

/**
 * The command line, for a POSIX shell: `meanfield train` with the run, and `meanfield clt` below it where the
 * configuration says something about fluctuations.
 *
 * @param stepsDone a run that went beyond `flow.steps` is reproduced to where it stands
 */
export function commandOf(config: Config, stepsDone = 0): string {
  const { clt, ...rest } = withoutDefaults(config) as Tree;
  const steps = Math.max(config.flow.steps, stepsDone);
  const run = withoutDefaults(parseConfig({ ...rest, flow: { ...config.flow, steps } }));
  const train = commandLine('train', run);
  return clt === undefined
    ? train
    : `${train}\n${commandLine('clt', { ...rest, clt } as ConfigInput)}`;
}

function commandLine(command: string, config: ConfigInput): string {
  const settings = settingsOf(config as Tree).map((setting) => ` --set ${quoted(setting)}`);
  const line = `meanfield ${command}${settings.join('')}`;
  if (line.length <= MOST_LENGTH) return line;
  const text = JSON.stringify(config);
  return `cat > meanfield.json <<'END'\n${text}\nEND\nmeanfield ${command} --config meanfield.json`;
}

/** One `path=value` for every value. */
function settingsOf(node: Tree, path = ''): string[] {
  return Object.entries(node).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const isTree = typeof value === 'object' && value !== null && !Array.isArray(value);
    // An empty object says that it is there.
    if (isTree && Object.keys(value).length > 0) return settingsOf(value as Tree, at);
    return [`${at}=${typeof value === 'string' && !isJson(value) ? value : JSON.stringify(value)}`];
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** An argument as a POSIX shell reads it. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
