// The run on the page: plays, pauses and steps a cloud frame by frame, keeps its history, and brings it back when the
// device is lost. Time steps are those of the configuration; clocks decide only how many fit into a frame.
import type { Config } from '../config.ts';
import { GpuLostError } from '../gpu/errors.ts';
import type { HistoryRow } from '../observables/history.ts';
import type { State } from '../state.ts';
import type { Engine, Run, RunData } from './engine.ts';
import { createPace, type Pace } from './pace.ts';

/** paused includes "ready"; finished: `flow.steps` are done, play goes on beyond them. */
export type Status = 'starting' | 'paused' | 'running' | 'finished' | 'failed';

/** What the views are told after every frame. */
export interface Frame {
  readonly run: Run;
  /** the state now; rows of `rows` may be older */
  readonly now: HistoryRow;
  /** steps 0, `record.every`, 2 `record.every` …, thinned out evenly where there are very many */
  readonly rows: readonly HistoryRow[];
  /** steps and wall seconds of the last frame's computation, smoothed; 0 before the first */
  readonly stepsPerSecond: number;
}

/** Whoever shows a run. */
export interface Watcher {
  /** A new run has begun, or the run was restored; a frame of it follows. */
  start?(run: Run): void | Promise<void>;
  /** The next frame is computed once this has resolved. */
  frame?(frame: Frame): void | Promise<void>;
  status?(status: Status, message: string): void;
}

/** More rows than this are thinned out. */
const MOST_ROWS = 20_000;
/** A lost device is opened again this many times. */
const MOST_RECOVERIES = 3;
/** Milliseconds between two snapshots for the case that the device is lost. */
const SNAPSHOT_MS = 5_000;

/** What a page keeps of a state, to go on from after the device was lost. */
interface Snapshot {
  readonly state: State;
  readonly rows: readonly HistoryRow[];
}

/** Steps and time before a run that goes on from a snapshot. */
interface Offset {
  readonly step: number;
  readonly time: number;
}

/** The run of a page and its loop. */
export class Session {
  status: Status = 'starting';
  run: Run | null = null;
  rows: HistoryRow[] = [];
  readonly pace: Pace = createPace();
  private readonly watchers: Watcher[] = [];
  private data: RunData = {};
  /** rows are kept at multiples of `every` · `stride` */
  private stride = 1;
  /** where the present run began, in steps and time of the whole */
  private offset: Offset = { step: 0, time: 0 };
  private lastFrame: Frame | null = null;
  private snapshot: Snapshot | null = null;
  private snapshotDue = 0;
  private recoveries = 0;
  private looping = false;
  private work: Promise<unknown> = Promise.resolve();

  constructor(
    public engine: Engine,
    private readonly reopen: () => Promise<Engine>,
    private readonly nextFrame: () => Promise<void>,
  ) {}

  /** Adds a watcher; one that comes late is told of the run that it finds. */
  watch(watcher: Watcher): void {
    if (this.run === null) {
      this.watchers.push(watcher);
      return;
    }
    void this.inOrder(async () => {
      this.watchers.push(watcher);
      if (this.run === null || this.lastFrame === null) return;
      await watcher.start?.(this.run);
      await watcher.frame?.(this.lastFrame);
      watcher.status?.(this.status, '');
    });
  }

  /**
   * Ends the present run and begins another, paused at step 0.
   *
   * @throws ConfigError, SizeError; then the run before stays as it was
   */
  start(config: Config, data: RunData = {}): Promise<void> {
    this.pause();
    return this.inOrder(async () => {
      await this.openAgainIfLost();
      const next = await this.engine.start(config, data);
      this.run?.destroy();
      this.data = data;
      this.recoveries = 0;
      await this.begin(next, { offset: { step: 0, time: 0 }, snapshot: null });
      this.setStatus('paused', '');
    });
  }

  play(): void {
    if (this.run === null || this.status === 'running' || this.status === 'failed') return;
    this.setStatus('running', '');
    void this.loop();
  }

  pause(): void {
    if (this.status === 'running') this.setStatus('paused', '');
  }

  /** One step, then pause. */
  step(): Promise<void> {
    this.pause();
    return this.inOrder(() => this.guarded(() => this.frame(1)));
  }

  /** Steps done since the start of the configuration; a restored run goes on counting. */
  get stepsDone(): number {
    return this.offset.step + (this.run?.stepsDone ?? 0);
  }

  /** Runs work after everything asked for before it. */
  inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.work.then(work);
    this.work = result.catch(() => undefined);
    return result;
  }

  private async loop(): Promise<void> {
    // A loop that was paused and played again within a frame goes on by itself.
    if (this.looping) return;
    this.looping = true;
    while (this.status === 'running') {
      await this.inOrder(async () => {
        if (this.status !== 'running' || this.run === null) return;
        const { steps } = this.run.config.flow;
        const left = steps - this.stepsDone;
        // A play beyond the last step goes on without end.
        const most = left > 0 ? left : Infinity;
        await this.guarded(() => this.frame(Math.min(this.pace.steps, most)));
        if (left > 0 && this.stepsDone >= steps && this.is('running')) {
          this.setStatus('finished', '');
        }
      });
      await this.nextFrame();
    }
    this.looping = false;
  }

  private is(status: Status): boolean {
    return this.status === status;
  }

  /** Computes n steps, then shows them. */
  private async frame(n: number): Promise<void> {
    const run = this.run as Run;
    const first = run.stepsDone;
    const last = first + n;
    const { every } = run.config.record;
    const due: number[] = [];
    for (let step = first + 1; step <= last; step++)
      if ((this.offset.step + step) % every === 0 || step === last) due.push(step);
    const begin = performance.now();
    const rows = await run.advance(last, due);
    this.pace.learn(n, performance.now() - begin);
    await this.show(run, this.absolute(rows));
    if (this.engine.device !== null && performance.now() > this.snapshotDue) await this.keepNow();
  }

  /** Rows with steps and times counted from the start of the configuration. */
  private absolute(rows: readonly HistoryRow[]): HistoryRow[] {
    const { step, time } = this.offset;
    return rows.map((row) => ({ ...row, step: row.step + step, time: row.time + time }));
  }

  private async show(run: Run, rows: readonly HistoryRow[]): Promise<void> {
    const { every } = run.config.record;
    // The first row of a restored run is the last of the snapshot.
    const known = this.rows.at(-1)?.step ?? -1;
    for (const row of rows)
      if (row.step > known && row.step % (every * this.stride) === 0) this.rows.push(row);
    while (this.rows.length > MOST_ROWS) {
      this.stride *= 2;
      this.rows = this.rows.filter(({ step }) => step % (every * this.stride) === 0);
    }
    const now = rows.at(-1) ?? this.rows.at(-1);
    if (now === undefined) return;
    const frame: Frame = { run, now, rows: this.rows, stepsPerSecond: this.pace.stepsPerSecond };
    this.lastFrame = frame;
    for (const watcher of this.watchers) await watcher.frame?.(frame);
  }

  private async begin(
    run: Run,
    { offset, snapshot }: { offset: Offset; snapshot: Snapshot | null },
  ): Promise<void> {
    this.run = run;
    this.offset = offset;
    this.rows = [...(snapshot?.rows ?? [])];
    if (this.rows.length === 0) this.stride = 1;
    this.snapshot = snapshot;
    this.snapshotDue = performance.now() + SNAPSHOT_MS;
    this.pace.reset();
    for (const watcher of this.watchers) await watcher.start?.(run);
    await this.show(run, this.absolute(await run.advance(0, [0])));
  }

  /** Takes the snapshot from which a lost device goes on; a playing run does so every few seconds. */
  async keepNow(): Promise<void> {
    if (this.run === null) return;
    const begin = performance.now();
    this.snapshot = { state: await this.run.read(), rows: [...this.rows] };
    const end = performance.now();
    // A large cloud is kept rarely, so that reading it takes a hundredth of the time.
    this.snapshotDue = end + Math.max(SNAPSHOT_MS, 100 * (end - begin));
  }

  /**
   * Keeps the state while something else takes the device; one that was lost is opened again, as a frame does.
   *
   * @param asked somebody asked for it: losses are counted anew
   */
  keepForAnother(asked: boolean): Promise<void> {
    return this.inOrder(() =>
      this.guarded(async () => {
        if (asked) this.recoveries = 0;
        if (this.engine.device === null) return;
        this.engine.device.check();
        await this.keepNow();
      }),
    );
  }

  /** Runs a frame; a lost device is opened again, any other failure ends the run with its message. */
  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof GpuLostError && this.recoveries < MOST_RECOVERIES) await this.recover();
      else this.fail(error);
    }
  }

  private fail(error: unknown): void {
    const lost =
      error instanceof GpuLostError && this.recoveries >= MOST_RECOVERIES
        ? ` (opened again ${MOST_RECOVERIES} times)`
        : '';
    this.setStatus('failed', (error instanceof Error ? error.message : String(error)) + lost);
  }

  /** A new run after a loss begins on a device of its own. */
  private async openAgainIfLost(): Promise<void> {
    try {
      this.engine.device?.check();
    } catch {
      await this.engine.destroy();
      this.engine = await this.reopen();
    }
  }

  private async recover(playing = this.status === 'running'): Promise<void> {
    const { config } = this.run as Run;
    const { snapshot, data, offset } = this;
    this.recoveries++;
    this.setStatus('starting', 'the graphics device was lost; opening it again');
    try {
      this.run?.destroy();
      await this.engine.destroy();
      this.engine = await this.reopen();
      const particles = snapshot?.state.particles ?? data.particles;
      const next = await this.engine.start(config, { ...data, ...(particles && { particles }) });
      await this.begin(next, {
        offset: {
          step: snapshot === null ? 0 : offset.step + snapshot.state.step,
          time: snapshot === null ? 0 : offset.time + snapshot.state.time,
        },
        // The next loss may come before the next snapshot.
        snapshot: snapshot && { ...snapshot, state: { ...snapshot.state, step: 0, time: 0 } },
      });
      const from = this.stepsDone;
      this.setStatus('paused', `the graphics device was lost; restored to step ${from}`);
      if (playing) this.play();
    } catch (error) {
      if (error instanceof GpuLostError && this.recoveries < MOST_RECOVERIES)
        await this.recover(playing);
      else this.fail(error);
    }
  }

  private setStatus(status: Status, message: string): void {
    this.status = status;
    for (const watcher of this.watchers) watcher.status?.(status, message);
  }
}
