// Play, step and reset, their keys, and the line that says where the run stands.
import { formatNumber } from '../record/number.ts';
import type { App } from './app.ts';
import { element } from './dom.ts';
import { onKey } from './keys.ts';
import type { Status } from './session.ts';

/** Milliseconds between two readings of the status line, so that a screen reader can follow. */
const SAY_MS = 500;

/** Puts the buttons into `host` and keeps the status line up to date. */
export function addTransport(app: App, host: HTMLElement): void {
  const { session } = app;
  const play = element('button', { type: 'button', id: 'play', text: 'Play', title: 'Space' });
  const step = element('button', { type: 'button', id: 'step', text: 'Step', title: '.' });
  const reset = element('button', { type: 'button', id: 'reset', text: 'Reset', title: 'r' });
  const toggle = (): void => (session.status === 'running' ? session.pause() : session.play());
  play.addEventListener('click', toggle);
  step.addEventListener('click', () => void session.step());
  reset.addEventListener('click', () => void app.reset());
  // Nothing to play before the first run is there.
  play.disabled = step.disabled = session.run === null;
  host.append(play, step, reset);
  onKey(' ', toggle, 'play or pause');
  onKey('.', () => void session.step(), 'one time step');
  onKey('r', () => void app.reset(), 'begin the same run again');
  let saidAt = 0;
  /** of the state that is shown */
  let loss: number | null = null;
  const sayWhere = (note = ''): void => {
    const { run, pace } = session;
    if (run === null || loss === null) return;
    saidAt = performance.now();
    const speed =
      session.status === 'running' ? `, ${formatNumber(pace.stepsPerSecond, 2)} steps/s` : '';
    app.say(
      `${wordOf(session.status)} at step ${session.stepsDone}, m = ${run.width}, loss ${formatNumber(loss)}${speed}${note}`,
    );
  };
  session.watch({
    frame: ({ now }) => {
      ({ loss } = now);
      if (session.status !== 'running' || performance.now() - saidAt > SAY_MS) sayWhere();
    },
    status: (status, message) => {
      play.textContent = status === 'running' ? 'Pause' : 'Play';
      step.disabled = status === 'failed' || status === 'starting';
      play.disabled = step.disabled;
      if (status === 'failed') app.say(message, 'error');
      else if (status === 'starting') app.say(message);
      else sayWhere(message === '' ? '' : `; ${message}`);
    },
  });
}

function wordOf(status: Status): string {
  return {
    starting: 'Starting',
    paused: 'Paused',
    running: 'Running',
    finished: 'Finished',
    failed: 'Failed',
  }[status];
}
