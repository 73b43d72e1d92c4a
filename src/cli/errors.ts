// From an error to one line on stderr and an exit code. Nothing else decides on exit codes.
import { CommanderError } from 'commander';
import { ConfigError } from '../config-check.ts';
import { GpuLostError, GpuUnavailableError } from '../gpu/device.ts';
import { NumericError } from '../engine/simulation.ts';

/** Exit codes of the command line. */
export const EXIT = {
  done: 0,
  /** a criterion was not met, or an error nobody foresaw */
  failed: 1,
  /** usage, config, an input file, or a size beyond the limits of the adapter */
  usage: 2,
  /** no adapter */
  unavailable: 3,
  /** device lost or out of memory while running */
  lost: 4,
  /** a number that is not finite */
  numeric: 5,
  /** interrupted; a checkpoint was written where the command keeps one */
  interrupted: 75,
} as const;

/** A signal stopped a command that keeps no checkpoint. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

/** Writes one line for an error (its stack with MEANFIELD_DEBUG=1) and returns the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
  process.stderr.write(`meanfield: ${oneLine(messageOf(error))}\n`);
  if (process.env['MEANFIELD_DEBUG'] === '1' && error instanceof Error) {
    process.stderr.write(`${error.stack ?? 'no stack'}\n`);
  }
  return exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError || error instanceof CommanderError) return EXIT.usage;
  if (error instanceof GpuUnavailableError) return EXIT.unavailable;
  if (error instanceof GpuLostError) return EXIT.lost;
  if (error instanceof NumericError) return EXIT.numeric;
  if (error instanceof InterruptedError) return EXIT.interrupted;
  return EXIT.failed;
}

function messageOf(error: unknown): string {
  if (error instanceof CommanderError) {
    if (error.code === 'commander.help') return 'a command is missing; see meanfield --help';
    return error.message.replace(/^error: /, '');
  }
  if (!(error instanceof Error)) return String(error);
  const known = exitCodeOf(error) !== EXIT.failed;
  return known ? error.message : `${error.message} (set MEANFIELD_DEBUG=1 to see where)`;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
