// Every kind of error has its exit code and comes out as one line.
import { CommanderError } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InterruptedError, reportError } from '../../src/cli/errors.ts';
import { ConfigError } from '../../src/config-check.ts';
import { NumericError, SizeError } from '../../src/engine/simulation.ts';
import { GpuLostError, GpuUnavailableError } from '../../src/gpu/device.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function report(error: unknown): { code: number; text: string } {
  let text = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  return { code: reportError(error), text };
}

describe('exit codes', () => {
  it.each([
    [2, new ConfigError('flow.dt: wrong')],
    [2, new SizeError('network.width: too wide')],
    [2, new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'")],
    [3, new GpuUnavailableError('no GPU')],
    [4, new GpuLostError('the device was lost')],
    [5, new NumericError('step 3: not finite', 3, 0, 1)],
    [75, new InterruptedError('interrupted')],
    [1, new TypeError('x is undefined')],
  ])('%i for %s', (code, error) => {
    const ended = report(error);
    expect(ended.code).toBe(code);
    expect(ended.text).toMatch(/^meanfield: [^\n]+\n$/);
  });

  it('0 without a word for help and version, which commander throws too', () => {
    const ended = report(new CommanderError(0, 'commander.version', '0.1.0'));
    expect(ended).toEqual({ code: 0, text: '' });
  });
});

describe('the line of an error', () => {
  it('stays one line where the message has several', () => {
    expect(report(new GpuLostError('first\n  second\n')).text).toBe('meanfield: first second\n');
  });

  it('is followed by the stack with MEANFIELD_DEBUG=1 only', () => {
    vi.stubEnv('MEANFIELD_DEBUG', '');
    expect(report(new ConfigError('wrong')).text).not.toMatch(/\n {4}at /);
    vi.stubEnv('MEANFIELD_DEBUG', '1');
    expect(report(new ConfigError('wrong')).text).toMatch(/\n {4}at /);
  });
});
