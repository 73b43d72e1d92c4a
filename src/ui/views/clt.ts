// The CLT view: replicas of several widths, run live, and the law of their fluctuation in the width.
import './clt.css';
import type { Config } from '../../config.ts';
import type { LiveEvent } from '../../experiments/live-fluctuations.ts';
import type { App } from '../app.ts';
import type { Chart } from '../chart.ts';
import { element } from '../dom.ts';
import { makeCard, type View } from '../view.ts';
import { createCltForm } from './clt-form.ts';
import type { CltRun, CltStatus } from './clt-run.ts';

type Round = Extract<LiveEvent, { kind: 'round' }>;
type Progress = Extract<LiveEvent, { kind: 'progress' }>;

const HINT =
  'Each width is trained many times from independent particles. The run waits while replicas run, and playing it pauses them.';

/** Makes the view. The experiment itself is loaded with the first start. */
export function createCltView(app: App): View {
  const card = makeCard('clt', 'Fluctuations: the central limit theorem');
  const button = (id: string, text: string, click: () => void): HTMLButtonElement =>
    element('button', { type: 'button', id: `clt-${id}`, text, click });
  const start = button('start', 'Start', () => void begin());
  const pause = button('pause', 'Pause', () =>
    run?.status === 'running' ? run.pause() : void run?.resume(),
  );
  const more = button('more', 'Add replicas', () => add());
  const predict = button('predict', 'Predict', () => void run?.predict());
  card.tools.append(start, pause, more, predict);
  const form = createCltForm(app, () => refresh());
  const bar = element('progress', { max: 1, value: 0, 'aria-label': 'Replicas done' });
  const left = element('span', { class: 'clt-left' });
  const progress = element('div', { class: 'clt-progress', hidden: true }, bar, left);
  const note = element('p', { class: 'clt-note', role: 'status', text: HINT });
  const shown = element('div');
  card.body.append(form.root, progress, note, shown);

  let run: CltRun | null = null;
  let round: Round | null = null;
  let charts: { update(round: Round, config: Config): void; law: Chart } | null = null;
  let settings = '';
  let data = app.data;
  let filled = '';

  const say = (text: string, isError = false): void => {
    note.textContent = text;
    note.classList.toggle('error', isError);
  };
  const refresh = (): void => {
    const status = run?.status;
    start.textContent = run === null ? 'Start' : 'Start anew';
    pause.disabled = status === undefined || status === 'done';
    pause.textContent = status === 'running' || pause.disabled ? 'Pause' : 'Resume';
    more.disabled = run === null || form.replicas === null;
    more.textContent = `Add ${form.replicas ?? ''} replicas`.replace('  ', ' ');
    predict.disabled = run === null || run.predicting || app.session.engine.device === null;
    predict.title =
      app.session.engine.device === null
        ? 'needs WebGPU'
        : 'the constant at every recorded time, from theory alone';
    progress.hidden = run === null || (status === 'done' && !run.predicting);
  };
  const show = (next: Round, config: Config): void => {
    round = next;
    charts?.update(next, config);
  };
  const watcher = (config: Config) => ({
    event: (event: LiveEvent): void =>
      event.kind === 'round' ? show(event, config) : showProgress(event),
    status: (status: CltStatus, message: string): void => {
      if (status === 'running') say(message === '' ? HINT : message);
      else if (status === 'failed') say(message, true);
      else if (status === 'paused') say(message === '' ? 'Paused.' : message);
      else say(`Finished: ${run === null ? '' : countsOf(run)}.`);
      refresh();
    },
  });
  const showProgress = ({ phase, fraction, secondsLeft }: Progress): void => {
    bar.value = fraction;
    const counts = run === null || run.predicting ? '' : `${countsOf(run)}, `;
    left.textContent = `${counts}${phase}${secondsLeft === null ? '' : `, ${duration(secondsLeft)} left`}`;
  };
  const begin = async (): Promise<void> => {
    try {
      const { input, config } = form.read();
      start.disabled = true;
      const [{ beginClt }, { createCltCharts }] = await Promise.all([
        import('./clt-run.ts'),
        import('./clt-show.ts'),
      ]);
      run?.destroy();
      run = null;
      charts ??= createCltCharts(shown);
      app.setSweep(input.clt);
      settings = settingsOf(app.config);
      ({ data } = app);
      run = await beginClt(app, config, watcher(config));
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), true);
    }
    start.disabled = false;
    refresh();
  };
  const add = (): void => {
    try {
      if (form.replicas !== null) run?.addReplicas(form.replicas);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), true);
    }
    refresh();
  };
  const changed = (): void => {
    const clt = JSON.stringify(app.input.clt);
    // What the reader has typed stays while something else changes.
    if (clt !== filled) form.fill();
    filled = clt;
    refresh();
    if (run === null || (settings === settingsOf(app.config) && data === app.data)) return;
    run.destroy();
    run = null;
    say('The settings have changed: what is shown belongs to those before. Start begins anew.');
    refresh();
  };
  app.onChange(changed);
  form.fill();
  refresh();
  return {
    name: 'clt',
    card,
    exports: {
      svg: async () => (round === null ? '' : (await import('./clt-save.ts')).lawSvg(round.result)),
      png: async () => {
        if (charts === null) throw new Error('the CLT view has nothing to show yet');
        return charts.law.png();
      },
      csv: async () =>
        round === null || run === null
          ? ''
          : (await import('./clt-save.ts')).cltCsv(round.result, run.config),
    },
    status: (status) => {
      if (status === 'running') run?.pause('Paused, since the run plays. Resume pauses the run.');
      refresh();
    },
    destroy: () => run?.destroy(),
  };
}

/** What an experiment depends on: everything but its own section, the width of the run and what the run records. */
function settingsOf({ network, clt: _clt, record: _record, ...others }: Config): string {
  return JSON.stringify({ ...others, network: { ...network, width: 0 } });
}

function countsOf({ live: { replicas } }: CltRun): string {
  const counts = replicas.map(({ done, asked }) => `${done} of ${asked}`);
  return new Set(counts).size === 1
    ? `${counts[0]} replicas of every width`
    : `${replicas.map(({ width }, k) => `${counts[k]} replicas of m = ${width}`).join(', ')}`;
}

/** A time to wait, rounded as one would say it. */
function duration(seconds: number): string {
  if (seconds < 1) return 'about a second';
  if (seconds < 90) return `about ${Math.ceil(seconds)} s`;
  return seconds < 5400
    ? `about ${Math.round(seconds / 60)} min`
    : `about ${Math.round(seconds / 3600)} h`;
}
