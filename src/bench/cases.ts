// Which cases there are, in order of importance, and how long each is expected to take.
import type { CaseKind, Sizes } from '../bench-result.ts';
import type { Effort } from './measure.ts';
import { samplesAt } from './verify.ts';

/** A case to be measured. */
export interface BenchCase {
  readonly name: string;
  readonly kind: CaseKind;
  readonly sizes: Sizes | null;
  /** width of the dense step beside a sorted one */
  readonly denseWidth?: number;
  /** steps of an experiment */
  readonly steps?: number;
}

/** What the choice of cases depends on. */
export interface Scope {
  readonly software: boolean;
  /** a smoke run */
  readonly quick: boolean;
  /** bytes of one buffer bound to a shader */
  readonly bufferBytes: number;
}

const DIMENSIONS = [1, 2, 10, 16, 64, 256];
/** Samples of the cases that are about something else. */
const SAMPLES = 1000;

/** All cases for an adapter, most important first. */
export function listCases(scope: Scope): BenchCase[] {
  if (scope.quick) return quickCases();
  const sweeps = [...sampleSweep(scope.software), ...widthSweep(scope), ...sortedSweep(scope)];
  // The cheap ones first: where the time ends, the large sizes are missing and not whole sweeps.
  sweeps.sort((one, other) => costOf(one, scope) - costOf(other, scope));
  const all = [LIMITS, ...targetCases(scope.software), ...sweeps];
  const names = new Set<string>();
  return all.filter(({ name }) => !names.has(name) && names.add(name));
}

/** Seconds by which cases are ordered, at a peak that is typical of the class. */
function costOf(one: BenchCase, { software }: Scope): number {
  return predictSeconds(one, software, software ? 20 : 5e4, { windows: 7, windowMs: 0 });
}

const LIMITS: BenchCase = { name: 'limits', kind: 'limits', sizes: null };

/** Small sizes of every kind: whether everything runs and is right, not how fast. */
function quickCases(): BenchCase[] {
  return [
    LIMITS,
    kernels(1, 1021, 64),
    kernels(10, 509, 64),
    kernels(17, 67, 50),
    step('naive', 2, 509, 64),
    sorted(4099, 129, 509),
    birthDeath(1, 4099, 129),
    birthDeath(2, 509, 64),
    replicas(5, 100, 20),
    sweep(20, 512, 32, 2, 4),
  ];
}

/** The cases that the targets are about. */
function targetCases(software: boolean): BenchCase[] {
  // On a processor a step of the larger cases takes a few tenths of a second.
  const widths: Record<number, number> = software
    ? { 1: 65536, 2: 65536, 10: 16384, 16: 16384, 64: 4096, 256: 1024 }
    : { 1: 1e6, 2: 1e6, 10: 1e6, 16: 1e6, 64: 262144, 256: 65536 };
  const [naiveWidth, samples] = software ? [8192, 1024] : [262144, SAMPLES];
  const sizes: [number, number, number][] = software
    ? [
        [1e6, 1e3, 65536],
        [1e6, 1e4, 8192],
        [1e6, 1e5, 1024],
      ]
    : [
        [1e7, 1e3, 1e6],
        [1e7, 1e4, 1e6],
        [1e7, 1e5, 262144],
      ];
  return [
    ...[1, 2, 10].map((d) => step('naive', d, naiveWidth, 1024)),
    ...DIMENSIONS.map((d) => kernels(d, widths[d], samples)),
    ...sizes.map(([m, s, denseWidth]) => sorted(m, s, denseWidth)),
    replicas(200, 1000, 200),
    ...[1e5, 1e6].flatMap((m) => [
      birthDeath(1, m, SAMPLES),
      // On a processor a dense step of a million particles on a thousand samples takes half a minute.
      birthDeath(2, m, software ? 100 : SAMPLES),
    ]),
    // 2.6·10¹³ pairs: for a GPU.
    ...(software ? [] : [sweep(100, 2 ** 17, 1000, 16, 1000)]),
  ];
}

/** Time against the samples, at fixed width. */
function sampleSweep(software: boolean): BenchCase[] {
  const m = software ? 4096 : 65536;
  return [1, 10, 64].flatMap((d) => [100, 1e3, 1e4, 1e5].map((s) => step('step', d, m, s)));
}

/** Time against the width, up to the memory of the adapter. */
function widthSweep({ software, bufferBytes }: Scope): BenchCase[] {
  const most = (d: number): number => 4 * Math.floor(bufferBytes / (16 * (d + 2)));
  const widths = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
  return (software ? [1, 10] : [1, 10, 64]).flatMap((d) =>
    [...widths.filter((m) => m < most(d)), most(d)].map((m) => step('step', d, m, SAMPLES)),
  );
}

function sortedSweep({ software, bufferBytes }: Scope): BenchCase[] {
  const most = 4 * Math.floor(bufferBytes / 48);
  const denseWidth = software ? 16384 : 262144;
  const widths = [1e4, 1e5, 1e6, 1e7, 1e8].filter((m) => m < most);
  return [...widths, most].map((m) => sorted(m, SAMPLES, Math.min(m, denseWidth)));
}

function kernels(d: number, m: number, s: number): BenchCase {
  return { name: `kernels-d${d}`, kind: 'kernels', sizes: { m, s, d, replicas: 1 } };
}

function step(kind: 'naive' | 'step', d: number, m: number, s: number): BenchCase {
  const name = kind === 'naive' ? `naive-d${d}` : `step-d${d}-m${m}-s${s}`;
  return { name, kind, sizes: { m, s, d, replicas: 1 } };
}

function sorted(m: number, s: number, denseWidth: number): BenchCase {
  return {
    name: `sorted-m${m}-s${s}`,
    kind: 'sorted',
    sizes: { m, s, d: 1, replicas: 1 },
    denseWidth,
  };
}

function birthDeath(d: number, m: number, s: number): BenchCase {
  const name = `birth-death-${d === 1 ? 'sorted' : 'dense'}-m${m}`;
  return { name, kind: 'birth-death', sizes: { m, s, d, replicas: 1 } };
}

function replicas(count: number, m: number, s: number): BenchCase {
  return { name: 'replicas', kind: 'replicas', sizes: { m, s, d: 1, replicas: count } };
}

/** True where a case is the one named, or one of the group named. */
export function matches(name: string, only: string): boolean {
  return name === only || name.startsWith(`${only}-`);
}

function sweep(count: number, m: number, s: number, d: number, steps: number): BenchCase {
  return { name: 'clt', kind: 'sweep', sizes: { m, s, d, replicas: count }, steps };
}

/** Runs of a subject beside its windows: two to warm up, a few to find its pace. */
const EXTRA_RUNS = 4;
/** Share of the peak that dense kernels are expected to reach, times slower naive ones, ns per particle sorted. */
const EXPECTED = {
  software: { share: 0.35, naive: 15, sortedNs: 300, compile: 0.4, compileWide: 3, hostNs: 10 },
  gpu: { share: 0.4, naive: 15, sortedNs: 0.02, compile: 0.2, compileWide: 0.5, hostNs: 10 },
} as const;

/**
 * Seconds that a case is expected to take, from above rather than from below.
 *
 * @param gflops peak of multiply-adds of this adapter, GFLOP/s of wall time
 */
export function predictSeconds(
  { kind, sizes, denseWidth = 0, steps = 0 }: BenchCase,
  software: boolean,
  gflops: number,
  effort: Effort,
): number {
  const expected = EXPECTED[software ? 'software' : 'gpu'];
  const windows = (...stepSeconds: number[]): number =>
    stepSeconds.reduce(
      (sum, seconds) =>
        sum + (effort.windows + EXTRA_RUNS) * Math.max(effort.windowMs / 1e3, seconds),
      0,
    );
  if (sizes === null) return windows(0, 0, 0, 0, 0, 0, 0, 0);
  const { m, s, d, replicas: count } = sizes;
  const compile = d > 4 ? expected.compileWide : expected.compile;
  const dense = (width: number): number =>
    (width * s * count * (6 * d + 7)) / (expected.share * gflops * 1e9);
  const host = (width: number): number =>
    1e-9 * expected.hostNs * (d + 4) * Math.min(count, 3) * (samplesAt(width) * width + 16 * s) +
    1e-8 * width * (d + 2) * count;
  const once = compile + host(m);
  switch (kind) {
    case 'limits':
      return windows(0);
    case 'kernels':
      return once + windows(0, dense(m) / 2, dense(m) / 2, dense(m), 0, 0);
    case 'naive':
      return once + windows(dense(m), expected.naive * dense(m));
    case 'step':
      return once + windows(0, dense(m));
    case 'sorted':
      return (
        once + host(denseWidth) + windows(1e-9 * expected.sortedNs * m, dense(denseWidth), 0, 0)
      );
    case 'birth-death': {
      // A plain step and three schemes; sorted ones take about three times as long in passes of their own.
      const sortedSeconds = 1e-9 * expected.sortedNs * m;
      const plain = d === 1 ? sortedSeconds : dense(m);
      const reacting = d === 1 ? 4 * sortedSeconds : dense(m) + sortedSeconds;
      return 4 * (once + host(m)) + windows(plain, reacting, reacting, reacting);
    }
    case 'replicas':
      return once + 0.02 * count + windows(dense(m), 2 * dense(m));
    case 'sweep':
      // Widths double, so all of them are twice the largest.
      return once + 2 * dense(m) * steps;
  }
}
