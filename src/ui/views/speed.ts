// The speed view: rates of the run, time of its passes, its share of the adapter's limits, and a quick benchmark.
import './speed.css';
import type { BenchResult, Limits } from '../../bench-result.ts';
import { formatNumber } from '../../record/number.ts';
import type { App } from '../app.ts';
import { element } from '../dom.ts';
import type { Run } from '../engine.ts';
import type { Frame } from '../session.ts';
import { makeCard, type View } from '../view.ts';
import { createRefresh } from './refresh.ts';
import { rateLines, shareLines, smooth, type Line, type Pace } from './speed-rates.ts';

/** Milliseconds between two timings of the passes: each costs an evaluation of the force. */
const TIMING_MS = 1000;
/** A longer pause between frames is no frame time: the run was paused or hidden. */
const MOST_FRAME_MS = 2000;

/** Makes the view. Limits and benchmark are loaded when they are asked for. */
export function createSpeedView(app: App): View {
  const card = makeCard('speed', 'Speed');
  const button = (id: string, text: string, click: () => void): HTMLButtonElement =>
    element('button', { type: 'button', id: `speed-${id}`, text, click });
  const measure = button('limits', 'Measure the adapter', () => void showLimits());
  const bench = button('bench', 'Quick benchmark', () =>
    cancel === null ? void runBench() : cancel.abort(),
  );
  const save = button('save', 'Save JSON', () => void saveResult());
  save.hidden = true;
  card.tools.append(measure, bench, save);
  const rates = lineTable('Rates of the run');
  const passes = lineTable('Time per pass on the device');
  const note = element('p', { class: 'speed-note', role: 'status' });
  const bar = element('progress', { max: 1, value: 0, hidden: true, 'aria-label': 'Benchmark' });
  const tables = element('div');
  const found = element(
    'details',
    { hidden: true },
    element('summary', { text: 'Benchmark' }),
    tables,
  );
  card.body.append(rates.root, passes.root, note, bar, found);

  let pace: Pace = { stepsPerSecond: 0, frameMs: NaN, stepsPerFrame: 0 };
  let limits: { of: Limits; work: (run: Run) => Parameters<typeof shareLines>[3] } | null = null;
  let frameAt = 0;
  let stepsBefore = 0;
  let timedAt = 0;
  let times: Record<string, number> = {};
  let cancel: AbortController | null = null;
  let result: BenchResult | null = null;

  const say = (text: string, isError = false): void => {
    note.textContent = text;
    note.classList.toggle('error', isError);
  };
  const showRates = (run: Run): void => {
    const shares = limits === null ? [] : shareLines(run, pace, limits.of, limits.work(run));
    rates.show([...rateLines(run, pace), ...shares]);
    passes.show(
      Object.entries(times).map(([name, ms]): Line => [name, `${formatNumber(ms, 3)} ms`]),
    );
  };
  const timePasses = async ({ simulation }: Run): Promise<void> => {
    if (simulation === null || performance.now() - timedAt < TIMING_MS) return;
    timedAt = performance.now();
    const newest = (await simulation.timings()) ?? {};
    const next: Record<string, number> = {};
    for (const [name, ms] of Object.entries(newest)) {
      const value = smooth(times[name], ms);
      if (value !== undefined) next[name] = value;
    }
    times = next;
  };
  const draw = async ({ run }: Frame): Promise<void> => {
    if (app.session.status === 'running') await timePasses(run);
    showRates(run);
  };
  const refresh = createRefresh(app, card.root, draw, () => {
    pace = { stepsPerSecond: 0, frameMs: NaN, stepsPerFrame: 0 };
    times = {};
    frameAt = 0;
  });
  const enable = (): void => {
    const isMissing = app.session.engine.device === null;
    measure.disabled = isMissing || cancel !== null;
    bench.disabled = isMissing;
    measure.title = bench.title = isMissing ? 'needs WebGPU' : '';
    bench.textContent = cancel === null ? 'Quick benchmark' : 'Cancel';
    bar.hidden = cancel === null;
  };
  const showLimits = async (): Promise<void> => {
    const { device } = app.session.engine;
    if (device === null) return;
    measure.disabled = true;
    app.session.pause();
    say('Measuring what the adapter can do; the run waits.');
    try {
      const { adapterLimits, workOfRun } = await import('./speed-bench.ts');
      const of = await app.session.inOrder(() => adapterLimits(device));
      limits = { of, work: workOfRun };
      say('Shares are of what the adapter reached just now, by the clock on the wall.');
      if (app.session.run !== null) showRates(app.session.run);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), true);
    }
    enable();
  };
  const runBench = async (): Promise<void> => {
    const { device } = app.session.engine;
    if (device === null) return;
    const controller = (cancel = new AbortController());
    bar.value = 0;
    enable();
    app.session.pause();
    say('Loading the benchmark.');
    try {
      const { quickBench, resultOf, tablesOf } = await import('./speed-bench.ts');
      for await (const event of quickBench(device, controller.signal)) {
        if (event.kind === 'start') {
          bar.value = event.done / event.count;
          say(`Case ${event.done + 1} of ${event.count}: ${event.name}. The run waits.`);
        } else if (event.kind === 'result') {
          result = resultOf(device, event.result);
          tables.replaceChildren(...tablesOf(result).map(tableElement));
          say(describe(result, controller.signal.aborted), result.failed.length > 0);
        }
      }
      found.hidden = save.hidden = result === null;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), true);
    }
    cancel = null;
    enable();
  };
  const saveResult = async (): Promise<void> => {
    const { saveBench } = await import('./speed-bench.ts');
    if (result !== null) saveBench(result);
  };
  enable();
  return {
    name: 'speed',
    card,
    ...refresh,
    frame: (frame) => {
      const now = performance.now();
      const passed = now - frameAt;
      const isNext = frameAt > 0 && passed < MOST_FRAME_MS && app.session.status === 'running';
      pace = {
        stepsPerSecond: frame.stepsPerSecond,
        frameMs: (isNext ? smooth(pace.frameMs || undefined, passed) : pace.frameMs) ?? NaN,
        stepsPerFrame: frame.run.stepsDone - stepsBefore || pace.stepsPerFrame,
      };
      frameAt = now;
      stepsBefore = frame.run.stepsDone;
      return refresh.frame(frame);
    },
    exports: {
      csv: () =>
        ['quantity,value', ...rates.lines().map(([name, value]) => `"${name}","${value}"`)]
          .join('\n')
          .concat('\n'),
    },
    destroy: () => cancel?.abort(),
  };
}

function describe({ cases, failed, skipped, seconds }: BenchResult, isCancelled: boolean): string {
  const checks = cases.flatMap((one) => one.checks).length;
  const head = isCancelled
    ? `Cancelled after ${cases.length} cases; the others are noted as left out.`
    : `${cases.length} cases in ${Math.round(seconds)} s${skipped.length > 0 ? `, ${skipped.length} left out` : ''}.`;
  return failed.length > 0
    ? `${head} Wrong: ${failed.map(({ name, reason }) => `${name}, ${reason}`).join('; ')}.`
    : `${head} All ${checks} comparisons with float64 hold. Sizes are small: they say that everything runs and is right, not how fast it gets.`;
}

/** A table of names and values that is written again only where it changes. */
function lineTable(caption: string) {
  const body = element('tbody');
  const root = element(
    'table',
    { class: 'speed-table', hidden: true },
    element('caption', { text: caption }),
    body,
  );
  let shown: readonly Line[] = [];
  const show = (lines: readonly Line[]): void => {
    root.hidden = lines.length === 0;
    if (lines.map(([name]) => name).join() !== shown.map(([name]) => name).join()) {
      body.replaceChildren(
        ...lines.map(([name]) =>
          element('tr', {}, element('th', { scope: 'row', text: name }), element('td')),
        ),
      );
    }
    lines.forEach(([, value], n) => (body.rows[n].cells[1].textContent = value));
    shown = lines;
  };
  return { root, show, lines: () => shown };
}

function tableElement({
  caption,
  columns,
  rows,
}: {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}): HTMLElement {
  const cells = (row: readonly string[]) => row.map((text) => element('td', { text }));
  return element(
    'div',
    { class: 'speed-scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    element(
      'table',
      { class: 'speed-table' },
      element('caption', { text: caption }),
      element(
        'thead',
        {},
        element('tr', {}, ...columns.map((text) => element('th', { scope: 'col', text }))),
      ),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...cells(row)))),
    ),
  );
}
