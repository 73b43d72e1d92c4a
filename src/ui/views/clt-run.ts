// The CLT experiment of the page: begins, pauses, goes on, takes more replicas and ends. It touches no element.
import type { Config } from '../../config.ts';
import {
  createLiveFluctuations,
  type LiveEvent,
  type LiveFluctuations,
} from '../../experiments/live-fluctuations.ts';
import type { SweepRecords } from '../../experiments/reduction.ts';
import type { Device } from '../../gpu/device.ts';
import { GpuLostError } from '../../gpu/errors.ts';
import type { FluctuationResult } from '../../observables/fluctuation.ts';
import type { App } from '../app.ts';

/** done: all replicas asked for; failed: what is done stays, and the rest can be tried again. */
export type CltStatus = 'running' | 'paused' | 'done' | 'failed';

/** Who watches the experiment. */
export interface CltWatcher {
  event(event: LiveEvent): void;
  status(status: CltStatus, message: string): void;
}

/** One experiment, from its beginning to the next one's. */
export interface CltRun {
  readonly config: Config;
  readonly live: LiveFluctuations;
  readonly status: CltStatus;
  readonly predicting: boolean;
  pause(message?: string): void;
  resume(): Promise<void>;
  addReplicas(count: number): void;
  predict(): Promise<void>;
  /** Ends it for good. */
  destroy(): void;
}

/** A device that is lost more often during one pull is not opened again by itself. */
const MOST_LOSSES = 3;
const KEPT = 'the replicas of all finished rounds are kept';
/** Milliseconds after which the page gets a frame of its own. */
const FRAME_MS = 30;

/** Begins an experiment; its problem is that of the run, which has the same data. */
export async function beginClt(app: App, config: Config, watcher: CltWatcher): Promise<CltRun> {
  const statistics = createStatistics();
  const cpu = app.session.engine.device === null ? await import('./clt-cpu.ts') : null;
  const problem = app.session.run?.problem;
  try {
    const live = await createLiveFluctuations(config, {
      reduce: statistics.reduce,
      ...(problem !== undefined && { data: problem }),
      ...(cpu !== null && { create: cpu.createOnProcessor }),
    });
    const device = (): Device => app.session.engine.device ?? (cpu?.PROCESSOR as Device);
    const run = new Experiment(app, { config, live, device, watcher, end: statistics.destroy });
    void run.resume();
    return run;
  } catch (error) {
    statistics.destroy();
    throw error;
  }
}

interface Parts {
  readonly config: Config;
  readonly live: LiveFluctuations;
  readonly device: () => Device;
  readonly watcher: CltWatcher;
  readonly end: () => void;
}

class Experiment implements CltRun {
  readonly config: Config;
  readonly live: LiveFluctuations;
  status: CltStatus = 'paused';
  predicting = false;
  private readonly controller = new AbortController();
  private pulling = false;
  private waiting: (() => void)[] = [];
  private frameAt = 0;

  constructor(
    private readonly app: App,
    private readonly parts: Parts,
  ) {
    ({ config: this.config, live: this.live } = parts);
  }

  pause(message = ''): void {
    if (this.status === 'running') this.setStatus('paused', message);
  }

  async resume(): Promise<void> {
    // The run and the experiment share one device: the run waits.
    this.app.session.pause();
    // At once: a run that is played meanwhile pauses this.
    this.setStatus('running', '');
    await this.app.session.keepForAnother(true);
    this.release();
    if (this.pulling) return;
    this.pulling = true;
    try {
      await this.pullOn(() => this.live.rounds(this.parts.device(), this.controller.signal), true);
      if (this.status === 'running' && !this.predicting) this.setStatus('done', '');
    } catch (error) {
      this.fail(error);
    } finally {
      this.pulling = false;
    }
  }

  addReplicas(count: number): void {
    this.live.addReplicas(count);
    if (this.status === 'done') void this.resume();
  }

  async predict(): Promise<void> {
    if (this.predicting) return;
    const before = this.status;
    this.app.session.pause();
    this.predicting = true;
    this.setStatus('running', '');
    await this.app.session.keepForAnother(true);
    this.release();
    try {
      const { live, parts, controller } = this;
      await this.pullOn(() => live.predict(parts.device(), controller.signal), false);
    } catch (error) {
      this.predicting = false;
      this.fail(error);
      return;
    }
    this.predicting = false;
    if (before === 'paused') this.setStatus('paused', '');
    else void this.resume();
  }

  destroy(): void {
    this.controller.abort(new Error('the experiment was ended'));
    this.release();
    this.parts.end();
  }

  /** Pulls, and begins again where the device is lost: what finished rounds gave is kept. */
  private async pullOn(begin: () => AsyncIterable<LiveEvent>, isRound: boolean): Promise<void> {
    for (let losses = 1; ; losses++) {
      try {
        await this.pull(begin, isRound);
        return;
      } catch (error) {
        const goesOn = error instanceof GpuLostError && losses <= MOST_LOSSES;
        if (!goesOn || this.controller.signal.aborted) throw error;
        await this.app.session.keepForAnother(false);
        this.setStatus(this.status, `The graphics device was lost and opened again; ${KEPT}.`);
      }
    }
  }

  /** Takes event after event; rounds wait while a prediction is made. */
  private async pull(begin: () => AsyncIterable<LiveEvent>, isRound: boolean): Promise<void> {
    const { signal } = this.controller;
    for await (const event of begin()) {
      if (signal.aborted) return;
      this.parts.watcher.event(event);
      if (performance.now() - this.frameAt > FRAME_MS || document.hidden) {
        await this.app.ticker.next();
        this.frameAt = performance.now();
      }
      while (!signal.aborted && (this.status !== 'running' || (isRound && this.predicting)))
        await new Promise<void>((resolve) => this.waiting.push(resolve));
      if (signal.aborted) return;
    }
  }

  private release(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const go of waiting) go();
  }

  private fail(error: unknown): void {
    if (this.controller.signal.aborted) return;
    const text = error instanceof Error ? error.message : String(error);
    const lost = `The graphics device is lost; ${KEPT}, and Resume goes on with them.`;
    this.setStatus('failed', error instanceof GpuLostError ? lost : text);
  }

  private setStatus(status: CltStatus, message: string): void {
    this.status = status;
    if (!this.controller.signal.aborted) this.parts.watcher.status(status, message);
  }
}

/** Gives the statistics to a worker, so that the page stays responsive however many replicas there are. */
function createStatistics(): {
  reduce: (records: SweepRecords) => Promise<FluctuationResult>;
  destroy: () => void;
} {
  const worker = new Worker(new URL('./clt.worker.ts', import.meta.url), { type: 'module' });
  let last: Promise<unknown> = Promise.resolve();
  const ask = (records: SweepRecords): Promise<FluctuationResult> =>
    new Promise((resolve, reject) => {
      worker.onerror = ({ message }) => reject(new Error(`statistics: ${message}`));
      worker.onmessage = ({
        data,
      }: MessageEvent<{ result: FluctuationResult } | { failure: string }>) =>
        'failure' in data ? reject(new Error(`statistics: ${data.failure}`)) : resolve(data.result);
      worker.postMessage(records);
    });
  return {
    reduce: (records) => {
      const next = last.then(() => ask(records));
      last = next.catch(() => undefined);
      return next;
    },
    destroy: () => worker.terminate(),
  };
}
