// One device per test file, every device test inside a validation scope, and the table of worst errors of the file.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDevice, type Device } from '../../src/gpu/device.ts';
import { GpuUnavailableError } from '../../src/gpu/errors.ts';
import { expectClose, type Closeness } from './close.ts';

/** Declares tests that need a device. */
export interface DeviceTests {
  /** One test; `body` gets the device of the file. */
  it(name: string, body: (device: Device) => Promise<void>, timeoutMs?: number): void;
  /** One test per case. */
  each<T>(
    cases: readonly T[],
    name: (value: T) => string,
    body: (device: Device, value: T) => Promise<void>,
    timeoutMs?: number,
  ): void;
  /**
   * Checks as {@link expectClose} does and notes the worst error in a row of the table of the file, which is printed
   * once, after the last test.
   */
  close(row: string, actual: Numbers, expected: Numbers, closeness: Closeness): void;
}

type Numbers = ArrayLike<number>;

/** What one row of the table holds. */
interface Worst {
  /** largest |error| over the largest |expected| of its comparison */
  readonly relative: number;
  /** largest |error| / tolerance */
  readonly share: number;
}

/** Pipelines are compiled inside tests, and a software adapter takes seconds for the large ones. */
const TIMEOUT_MS = 60_000;

/**
 * Opens a device before the tests of a file and destroys it after them. Without an adapter the tests are skipped with
 * a word; with REQUIRE_GPU=1 in the environment they fail.
 *
 * @param title head of the table of worst errors
 */
export function deviceTests(title: string): DeviceTests {
  let device: Device | null = null;
  let missing = '';
  const worst = new Map<string, Worst>();

  beforeAll(async () => {
    try {
      device = await openDevice();
    } catch (error) {
      if (!(error instanceof GpuUnavailableError) || process.env['REQUIRE_GPU'] === '1')
        throw error;
      missing = error.message;
    }
  }, TIMEOUT_MS);
  afterAll(async () => {
    if (worst.size > 0) console.log(tableOf(`${title} (${device?.adapterName})`, worst));
    await device?.destroy();
  });

  const declare: DeviceTests['it'] = (name, body, timeoutMs = TIMEOUT_MS) =>
    it(name, { timeout: timeoutMs }, async (context) => {
      if (device === null) return context.skip(`no adapter: ${missing}`);
      await inScope(device, body);
    });
  return {
    it: declare,
    each: (cases, name, body, timeoutMs) => {
      for (const value of cases) declare(name(value), (gpu) => body(gpu, value), timeoutMs);
    },
    close: (row, actual, expected, closeness) => {
      const { share } = expectClose(actual, expected, closeness);
      const before = worst.get(row) ?? { relative: 0, share: 0 };
      worst.set(row, {
        relative: Math.max(before.relative, relativeError(actual, expected)),
        share: Math.max(before.share, share),
      });
    },
  };
}

/** Runs `body` and fails on any validation error, also when the body itself passes. */
async function inScope(device: Device, body: (device: Device) => Promise<void>): Promise<void> {
  device.gpu.pushErrorScope('validation');
  try {
    await body(device);
  } finally {
    const error = await device.gpu.popErrorScope();
    expect(error?.message ?? 'no validation error').toBe('no validation error');
  }
  device.check();
}

/** max |actual − expected| / max |expected|; 0 where both are zero everywhere. */
function relativeError(actual: Numbers, expected: Numbers): number {
  let [error, size] = [0, 0];
  for (let k = 0; k < actual.length; k++) {
    error = Math.max(error, Math.abs(actual[k] - expected[k]));
    size = Math.max(size, Math.abs(expected[k]));
  }
  return error === 0 ? 0 : error / size;
}

function tableOf(title: string, worst: ReadonlyMap<string, Worst>): string {
  const rows = [...worst].map(
    ([label, { relative, share }]) =>
      `  ${label.padEnd(40)} ${relative.toExponential(1)}   ${share.toFixed(2)}`,
  );
  return [`${title}: worst max|error|/max|value|, share of the tolerance`, ...rows].join('\n');
}
