// SIGINT, SIGTERM and SIGHUP ask a run to stop at its next resting point.

/**
 * A signal that is aborted by the first SIGINT, SIGTERM or SIGHUP. Later ones change nothing: a terminal
 * sends SIGINT to the whole process group and the launcher passes it on once more.
 */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  process.on('SIGHUP', abort);
  return controller.signal;
}
