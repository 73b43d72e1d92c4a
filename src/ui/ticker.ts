// When the next frame begins: with the next picture; in a background tab not before it is seen again, or at once where
// the user lets it run on (a worker's clock, since a hidden page draws no pictures and its own clock is slowed down).

/** The clock of the loop. */
export interface Ticker {
  /** go on while the tab is hidden */
  inBackground: boolean;
  /** Resolves when the next frame may begin. */
  next(): Promise<void>;
}

/** Milliseconds between two frames of a hidden page. */
const HIDDEN_MS = 30;

export function createTicker(): Ticker {
  let worker: Worker | null = null;
  const ticker: Ticker = {
    inBackground: false,
    next: () => {
      if (!document.hidden) return pictureOrHidden();
      if (!ticker.inBackground) return seen();
      worker ??= new Worker(new URL('./clock.worker.ts', import.meta.url), { type: 'module' });
      return tick(worker);
    },
  };
  return ticker;
}

/** The next picture, or the moment in which the page is hidden, when no picture comes any more. */
function pictureOrHidden(): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancelAnimationFrame(request);
      document.removeEventListener('visibilitychange', done);
      resolve();
    };
    const request = requestAnimationFrame(done);
    document.addEventListener('visibilitychange', done);
  });
}

function seen(): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
  });
}

function tick(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.addEventListener('message', () => resolve(), { once: true });
    worker.postMessage(HIDDEN_MS);
  });
}
