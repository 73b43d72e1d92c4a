// The state of the page in its link: `#c=` and compact JSON with a schema version, defaults left out, the seed included.
import { ConfigError, parseConfig } from '../config-check.ts';
import type { Config, ConfigInput } from '../config.ts';

/** Version of the links that this page writes; it reads no other. */
const VERSION = 1;

/** What a link says. */
export interface LinkState {
  readonly config: ConfigInput;
  /** steps per frame that the user fixed; absent: as many as fit */
  readonly stepsPerFrame?: number;
}

/** A copy in which nested objects may be edited key by key. */
type Tree = Record<string, unknown>;

/**
 * The shortest configuration that means the same: every key whose absence the check fills in again is left out.
 *
 * @param config a checked configuration
 */
export function withoutDefaults(config: Config): ConfigInput {
  const whole = JSON.stringify(parseConfig(config));
  const result = copyOf(config);
  const means = (): boolean => {
    try {
      return JSON.stringify(parseConfig(result)) === whole;
    } catch {
      return false;
    }
  };
  const strip = (node: Tree): void => {
    // Taken out and put back in their order, so that equal configurations give equal links.
    const entries = Object.entries(node);
    const restore = (kept: [string, unknown][]): void => {
      for (const key of Object.keys(node)) delete node[key];
      Object.assign(node, Object.fromEntries(kept));
    };
    let kept = entries;
    for (const entry of entries) {
      const without = kept.filter((other) => other !== entry);
      restore(without);
      if (means()) {
        kept = without;
        continue;
      }
      restore(kept);
      if (isTree(entry[1])) strip(entry[1]);
    }
  };
  strip(result);
  return result;
}

/** A copy in which no part is shared: defaults are, and an edit of one would change another. */
export function copyOf(config: Config): Record<string, unknown> {
  return JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
}

/** The part of the link after "#". */
export function encodeLink(config: Config, stepsPerFrame: number | null): string {
  const body = {
    v: VERSION,
    config: { seed: config.seed, ...withoutDefaults(config) },
    ...(stepsPerFrame !== null && { stepsPerFrame }),
  };
  // Both may stand in a fragment as they are, and a link is shorter with them.
  return `c=${encodeURIComponent(JSON.stringify(body)).replaceAll('%2C', ',').replaceAll('%3A', ':')}`;
}

/**
 * Reads what {@link encodeLink} wrote.
 *
 * @param hash with or without "#"
 * @returns null where the link says nothing
 * @throws ConfigError, one line: a damaged link, one of another version, or a configuration that does not work
 */
export function decodeLink(hash: string): LinkState | null {
  const text = hash.replace(/^#/, '');
  if (text === '') return null;
  if (!text.startsWith('c=')) {
    throw new ConfigError(
      `link: received "#${text.slice(0, 20)}"; allowed: #c= and a configuration`,
    );
  }
  const body = readBody(text.slice(2));
  if (body['v'] !== VERSION) {
    throw new ConfigError(
      `link: received version ${JSON.stringify(body['v']) ?? 'nothing'}; allowed: ${VERSION}, the one that this page reads`,
    );
  }
  const unknown = Object.keys(body).find((key) => !['v', 'config', 'stepsPerFrame'].includes(key));
  if (unknown !== undefined) throw new ConfigError(`link: unknown key "${unknown}"`);
  const config = (body['config'] ?? {}) as ConfigInput;
  parseConfig(config, 'link');
  const steps = body['stepsPerFrame'];
  if (steps === undefined) return { config };
  if (!Number.isInteger(steps) || (steps as number) < 1) {
    throw new ConfigError(
      `link: stepsPerFrame: received ${JSON.stringify(steps)}; allowed: a whole number >= 1`,
    );
  }
  return { config, stepsPerFrame: steps as number };
}

function readBody(text: string): Tree {
  let body: unknown;
  try {
    body = JSON.parse(decodeURIComponent(text));
  } catch {
    throw new ConfigError(
      'link: damaged, perhaps cut off; allowed: the whole link as it was copied',
    );
  }
  if (!isTree(body)) throw new ConfigError('link: damaged; allowed: #c= and a configuration');
  return body;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
