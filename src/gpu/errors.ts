// Errors of the environment: no adapter, or a device that stopped working.

/** No usable GPU was found; the message says what to do. */
export class GpuUnavailableError extends Error {
  override name = 'GpuUnavailableError';
}

/** The device was lost, ran out of memory or reported a validation error; the run cannot go on. */
export class GpuLostError extends Error {
  override name = 'GpuLostError';
}
