// The fluctuation experiment at scale, as one run of it: widths × replicas with as many steps as a study takes.
import type { Sizes, Timing } from '../bench-result.ts';
import { parseConfig } from '../config-check.ts';
import type { Config } from '../config.ts';
import { fluctuations } from '../experiments/fluctuations.ts';
import type { Device } from '../gpu/device.ts';
import type { FluctuationResult } from '../observables/fluctuation.ts';
import type { Found } from './kernels.ts';
import { summarise, type Clocks } from './measure.ts';
import { requireRight } from './verify.ts';

/** A sweep over the widths 2^7 … m. */
export interface SweepCase {
  /** largest width, and the others */
  readonly sizes: Sizes;
  readonly steps: number;
}

/** The smallest width. */
export const LEAST_WIDTH = 128;

/** Widths LEAST_WIDTH, twice that, … m. */
export function widthsTo(m: number): number[] {
  const count = Math.round(Math.log2(m / LEAST_WIDTH)) + 1;
  return Array.from({ length: count }, (_, n) => LEAST_WIDTH * 2 ** n);
}

/** Runs the experiment once; its exponent, −1 by the central limit theorem, is what is checked. */
export async function measureSweep(
  device: Device,
  { sizes, steps }: SweepCase,
  clocks: Clocks,
): Promise<Found & { kernels: Readonly<Record<string, string | number>> }> {
  const cpu = clocks.cpuMs();
  const start = performance.now();
  let result: FluctuationResult | null = null;
  let kernels: Readonly<Record<string, string | number>> = {};
  for await (const event of fluctuations(device, configOf(sizes, steps))) {
    if (event.kind !== 'result') continue;
    result = event.result;
    kernels = event.runs[event.runs.length - 1].kernels;
  }
  const wall = performance.now() - start;
  const used = clocks.cpuMs();
  const exponent = result?.laws[result.laws.length - 1]?.exponent;
  if (exponent === null || exponent === undefined) throw new Error('the sweep has no exponent');
  const [low, high] = exponent.ci;
  const check = {
    what: 'exponent of the law',
    items: sizes.replicas * widthsTo(sizes.m).length,
    error: Math.abs(exponent.estimate + 1),
    // Two half-lengths of its 95 % interval: four standard errors.
    tolerance: high - low,
  };
  requireRight(check);
  // One window: the experiment is many steps of every width by itself.
  const timing: Timing = {
    windows: 1,
    repeats: 1,
    wall: summarise([wall]),
    cpu: cpu === null || used === null ? null : summarise([used - cpu]),
    device: null,
  };
  return { checks: [check], rows: [{ name: 'sweep', timing }], kernels };
}

function configOf({ m, s, d, replicas }: Sizes, steps: number): Config {
  const dt = 0.05;
  return parseConfig({
    problem: { kind: 'teacher-student', dimension: d, samples: s },
    network: { activation: 'relu' },
    flow: { dt, steps },
    clt: { widths: widthsTo(m), replicas, times: [0, dt * steps] },
  });
}
