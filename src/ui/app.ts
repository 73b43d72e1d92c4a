// The page as a whole: one configuration, one run, and the views that watch it.
import { parseConfig } from '../config-check.ts';
import type { Config, ConfigInput } from '../config.ts';
import type { Engine, RunData } from './engine.ts';
import { Session } from './session.ts';
import { createTicker, type Ticker } from './ticker.ts';
import type { View } from './view.ts';

/** What the parts of the page share. */
export interface App {
  readonly session: Session;
  readonly ticker: Ticker;
  readonly views: readonly View[];
  /** the configuration as it was written, defaults left out */
  readonly input: ConfigInput;
  /** the same, every key present */
  readonly config: Config;
  /** data and particles from files; empty where the configuration says all */
  readonly data: RunData;
  /**
   * Begins a new run, paused. A configuration that does not work leaves everything as it is and says why in the status.
   *
   * @param data data and particles from files; default: none
   * @returns whether it worked
   */
  apply(input: ConfigInput, data?: RunData): Promise<boolean>;
  /** Changes `flow.dt` of the run under way, without a new run. */
  setTimeStep(dt: number): Promise<void>;
  /** Changes section `clt`, which the run under way does not read. */
  setSweep(clt: ConfigInput['clt']): void;
  /** Begins the same run again. */
  reset(): Promise<boolean>;
  /** Shows one line in the status. */
  say(text: string, kind?: 'info' | 'error'): void;
  addView(view: View): void;
  /** Calls back after every change of the configuration. */
  onChange(changed: () => void): void;
}

/** Makes the page around an engine; nothing runs yet. */
export function createApp(engine: Engine, reopen: () => Promise<Engine>, say: App['say']): App {
  const ticker = createTicker();
  const session = new Session(engine, reopen, () => ticker.next());
  const views: View[] = [];
  const listeners: (() => void)[] = [];
  let state = { input: {} as ConfigInput, config: parseConfig({}), data: {} as RunData };
  const change = (next: typeof state): void => {
    state = next;
    for (const changed of listeners) changed();
  };
  const apply: App['apply'] = async (input, data = {}) => {
    try {
      const config = parseConfig(input, 'page');
      await session.start(config, data);
      change({ input, config, data });
      return true;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'error');
      return false;
    }
  };
  return {
    session,
    ticker,
    views,
    get input() {
      return state.input;
    },
    get config() {
      return state.config;
    },
    get data() {
      return state.data;
    },
    apply,
    setTimeStep: async (dt) => {
      try {
        const input = { ...state.input, flow: { ...state.input.flow, dt } };
        const config = parseConfig(input, 'page');
        await session.inOrder(() => session.run?.setTimeStep(dt) ?? Promise.resolve());
        change({ ...state, input, config });
      } catch (error) {
        say(error instanceof Error ? error.message : String(error), 'error');
      }
    },
    setSweep: (clt) => {
      const input = { ...state.input, clt };
      change({ ...state, input, config: parseConfig(input, 'page') });
    },
    reset: () => apply(state.input, state.data),
    say,
    addView: (view) => {
      views.push(view);
      session.watch(view);
    },
    onChange: (changed) => void listeners.push(changed),
  };
}
