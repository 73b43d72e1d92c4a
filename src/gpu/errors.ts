// Errors of the environment: no adapter, or a device that stopped working.

/** The package that holds the software adapter, and the version that is known to work. */
export const SOFTWARE_PACKAGE = { name: '@sparticuz/chromium', version: '147.0.0' } as const;

/** The command that adds the package with the software adapter to a project. */
export const SOFTWARE_ADAPTER_COMMAND = `npm install --save-dev ${SOFTWARE_PACKAGE.name}@${SOFTWARE_PACKAGE.version}`;

/** No usable GPU was found; the message says what to do. */
export class GpuUnavailableError extends Error {
  override name = 'GpuUnavailableError';
}

/** The device was lost, ran out of memory or reported a validation error; the run cannot go on. */
export class GpuLostError extends Error {
  override name = 'GpuLostError';
}
