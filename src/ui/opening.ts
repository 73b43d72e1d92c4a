// How the page opens a configuration: with the files that were dropped on it, the way the command line reads paths.
import { ConfigError, parseConfig } from '../config-check.ts';
import type { Config, ConfigInput } from '../config.ts';
import { makeProblem } from '../problem/make.ts';
import type { ReadFile } from '../problem/problem.ts';
import type { App } from './app.ts';
import type { RunData } from './engine.ts';

/** Opens configurations on the page. */
export interface Opener {
  /** files by name, as a configuration names them */
  readonly files: Map<string, Uint8Array>;
  /** a configuration that waits for a file which it names, to be opened when the file is dropped */
  waiting: ConfigInput | null;
  /**
   * Begins a new run; one that was playing plays on. What does not work leaves everything as it is, paused, and says
   * why in the status.
   */
  open(input: ConfigInput): Promise<boolean>;
}

/** Makes the opener of a page. */
export function createOpener(app: App): Opener {
  const files = new Map<string, Uint8Array>();
  const opener: Opener = {
    files,
    waiting: null,
    open: async (input) => {
      const { session } = app;
      const playing = session.status === 'running';
      try {
        const data = await dataOf(parseConfig(input, 'page'), files);
        if (!(await app.apply(input, data))) return false;
      } catch (error) {
        // A message would not be seen beside a run that goes on.
        session.pause();
        if (error instanceof MissingFileError) opener.waiting = input;
        app.say(error instanceof Error ? error.message : String(error), 'error');
        return false;
      }
      opener.waiting = null;
      if (playing) session.play();
      return true;
    },
  };
  return opener;
}

/** A configuration names a file that nobody dropped. */
class MissingFileError extends ConfigError {}

/** Data and particles that the configuration takes from files. */
async function dataOf(config: Config, files: ReadonlyMap<string, Uint8Array>): Promise<RunData> {
  const readFile: ReadFile = (path) => {
    const bytes = files.get(path);
    if (bytes !== undefined) return Promise.resolve(bytes);
    return Promise.reject(
      new MissingFileError(`${path}: links hold no files; drop this file on the page to go on`),
    );
  };
  const { problem, init } = config;
  return {
    ...(problem.kind === 'file' && { problem: await makeProblem(config, { readFile }) }),
    ...(init.kind === 'file' && { particles: await particlesFrom(init.path, readFile) }),
  };
}

async function particlesFrom(path: string, readFile: ReadFile) {
  const { loadParticles } = await import('../problem/particles.ts');
  return loadParticles(path, readFile);
}
