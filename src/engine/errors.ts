// Errors of a run: a size beyond the adapter, found before anything is allocated, and numbers that left the finite.
import { ConfigError } from '../config-check.ts';

/** The problem does not fit the adapter's limits. */
export class SizeError extends ConfigError {
  override name = 'SizeError';
}

/** A particle or a prediction is NaN or infinite. */
export class NumericError extends Error {
  override name = 'NumericError';
  constructor(
    message: string,
    /** the step after which the value was found */
    readonly step: number,
    /** replica of the first bad value */
    readonly replica: number,
    /** particle or sample index of the first bad value */
    readonly index: number,
  ) {
    super(message);
  }
}
