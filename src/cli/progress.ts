// Progress on stderr: a bar on a terminal, a plain line every few seconds elsewhere, nothing when quiet.

const BAR_WIDTH = 24;
/** redraws of the bar, at most ten a second */
const TERMINAL_INTERVAL_MS = 100;
/** plain lines in a log */
const LINE_INTERVAL_MS = 5000;

/** Shows how far a long piece of work has come. */
export interface Progress {
  /** @param fraction share done, 0 … 1; @param text what is being done */
  update(fraction: number, text: string): void;
  /** A line that stays. */
  note(text: string): void;
  /** Clears the bar. */
  finish(): void;
}

/** Progress on stderr. With `quiet` nothing is written. */
export function makeProgress(
  quiet: boolean,
  stream: NodeJS.WriteStream = process.stderr,
): Progress {
  if (quiet) return { update: () => undefined, note: () => undefined, finish: () => undefined };
  const terminal = stream.isTTY === true;
  const interval = terminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS;
  const start = performance.now();
  let last = terminal ? -Infinity : start;
  const clear = (): void => void (terminal && stream.write('\r\u001b[K'));
  return {
    update(fraction, text) {
      const now = performance.now();
      // The end has its own words: the result.
      if (now - last < interval || fraction >= 1) return;
      last = now;
      const line = describeProgress(fraction, text, (now - start) / 1000);
      stream.write(terminal ? `\r${bar(fraction)} ${line}\u001b[K` : `${line}\n`);
    },
    note(text) {
      clear();
      stream.write(`${text}\n`);
    },
    finish: clear,
  };
}

/** For example "42 %, width 256, about 12 s left". */
export function describeProgress(fraction: number, text: string, elapsedSeconds: number): string {
  const percent = `${Math.floor(100 * fraction)} %`;
  // Too early an estimate of the time left misleads.
  if (fraction < 0.05 || elapsedSeconds < 2) return `${percent}, ${text}`;
  const left = (elapsedSeconds * (1 - fraction)) / fraction;
  return `${percent}, ${text}, about ${formatSeconds(left)} left`;
}

/** Seconds for people: "0.4 s", "12 s", "3 min 5 s", "2 h 10 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function bar(fraction: number): string {
  const full = Math.round(BAR_WIDTH * Math.min(1, Math.max(0, fraction)));
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]`;
}
