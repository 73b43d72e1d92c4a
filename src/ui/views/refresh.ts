// When a view draws: as the run goes on, but not more often than it can afford and not while out of sight; what it then
// left out it draws as soon as the run rests or the view comes into sight.
import type { App } from '../app.ts';
import type { Run } from '../engine.ts';
import type { Frame, Status, Watcher } from '../session.ts';

/** Milliseconds between two drawings at least, and where the reader asks for little motion. */
const PAUSE_MS = 100;
const CALM_MS = 1000;
/** A view draws for at most one part in this many of the time. */
const SHARE = 5;

/** The watcher of a view that draws a frame at a time. */
export interface Refresh extends Required<Watcher> {
  /** Draws again, once what the session is at has ended. */
  again(): void;
}

/**
 * Makes the watcher of a view.
 *
 * @param root the element that must be in sight
 * @param draw draws a frame; may ask the run of the frame for more
 * @param begin called when a new run has begun
 */
export function createRefresh(
  app: App,
  root: HTMLElement,
  draw: (frame: Frame) => void | Promise<void>,
  begin: (run: Run) => void = () => undefined,
): Refresh {
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let left: Frame | null = null;
  let last: Frame | null = null;
  let isSeen = false;
  let dueAt = 0;
  const drawLeft = async (): Promise<void> => {
    const frame = left;
    if (frame === null || !isSeen || frame.run !== app.session.run) return;
    left = null;
    const from = performance.now();
    await draw(frame);
    const took = performance.now() - from;
    dueAt = from + Math.max(calm.matches ? CALM_MS : PAUSE_MS, SHARE * took);
  };
  const later = (): void => void app.session.inOrder(drawLeft).catch(report);
  // A failure of the device is the run's to report: its next frame meets it too.
  const report = (error: unknown): void => {
    if (app.session.status !== 'failed') app.say(String(error), 'error');
  };
  new IntersectionObserver((entries) => {
    isSeen = entries.at(-1)?.isIntersecting === true;
    if (isSeen && left !== null) later();
  }).observe(root);
  return {
    start: (run) => {
      dueAt = 0;
      begin(run);
    },
    frame: (frame) => {
      left = last = frame;
      return performance.now() >= dueAt ? drawLeft() : undefined;
    },
    status: (status: Status) => {
      if (status !== 'running' && status !== 'starting') later();
    },
    again: () => {
      left = last;
      later();
    },
  };
}
