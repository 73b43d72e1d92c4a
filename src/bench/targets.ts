// The targets of the project against what was measured, as ratios within one run. Nothing fails because of a time.
import type {
  BenchResult,
  CaseResult,
  Clock,
  PeerProblem,
  Row,
  Shares,
  Verdict,
} from '../bench-result.ts';
import { msOf } from './measure.ts';
import {
  compiledTarget,
  isCompiled,
  isJax,
  isOnWebGpu,
  peerTarget,
  type IsPeer,
} from './peer-targets.ts';
import { caseWhere, decide, missing, percent, sortedCase, times, whyMissing } from './verdict.ts';

/** Judges a result, with its peers where they were measured. The targets depend on the class of the adapter. */
export function judge(result: BenchResult, peers: readonly PeerProblem[] = []): Verdict[] {
  const verdicts = result.adapter.software
    ? softwareTargets(result, peers)
    : gpuTargets(result, peers);
  return [...verdicts, replicaTarget(result), ...accuracyTargets(result)];
}

function softwareTargets(result: BenchResult, peers: readonly PeerProblem[]): Verdict[] {
  const shares = { 1: [0.4, 0.45], 2: [0.47, 0.55], 10: [0.6, 0.7] };
  const onProcessor = (name: string, isPeer: IsPeer): Verdict =>
    peerTarget(peers, { name, isPeer, fits: (d) => d <= 16, least: 5, clock: 'cpuMsPerStep' });
  return [
    ...[1, 2, 10].map((d) => naiveTarget(result, d, 15)),
    ...Object.entries(shares).flatMap(([d, [forward, velocity]]) => [
      peakTarget(result, Number(d), 'forward', forward),
      peakTarget(result, Number(d), 'velocity', velocity),
    ]),
    peerTarget(peers, {
      name: 'plain JS, one thread, d = 1, 2, 10',
      isPeer: ({ peer }) => /^plain/i.test(peer),
      fits: (d) => [1, 2, 10].includes(d),
      least: 2,
      clock: 'msPerStep',
    }),
    sortedTarget(result, 1e3, '10³', 10),
    sortedTarget(result, 1e4, '10⁴', 60),
    sortedTarget(result, 1e5, '10⁵', 300),
    copyTarget(result, 1e6, 8),
    onProcessor('jax-js on WebGPU, d ≤ 16', isOnWebGpu('jax-js')),
    onProcessor('tfjs on WebGPU, d ≤ 16', isOnWebGpu('tfjs')),
  ];
}

function gpuTargets(result: BenchResult, peers: readonly PeerProblem[]): Verdict[] {
  const against = (name: string, isPeer: IsPeer, d: number, least: number): Verdict =>
    peerTarget(peers, {
      name: `${name}, float32, d = ${d}`,
      isPeer: (row) => isPeer(row) && !/tf32/i.test(row.backend),
      fits: (dimension) => dimension === d,
      least,
      clock: 'msPerStep',
    });
  return [
    floorTarget(result, 10, 0.65),
    against('torch.compile', isCompiled, 10, 5),
    against('JAX', isJax, 10, 5),
    against('torch.compile', isCompiled, 64, 1),
    against('JAX', isJax, 64, 1),
    copyTarget(result, 1e7, 2.5),
    compiledTarget(result, peers, 500),
    sweepTarget(result, 60),
  ];
}

function naiveTarget(result: BenchResult, d: number, least: number): Verdict {
  const target = `dense step against naive kernels, d = ${d}`;
  const found = caseWhere(result, ({ kind, sizes }) => kind === 'naive' && sizes?.d === d);
  return ratioVerdict(result, found, target, 'naive step', 'step', least);
}

function replicaTarget(result: BenchResult): Verdict {
  const target = '200 replicas × m = 1000, s = 200, d = 1, against a loop of dispatches';
  const found = caseWhere(result, ({ kind }) => kind === 'replicas');
  return ratioVerdict(result, found, target, 'loop of dispatches', 'all replicas', 3);
}

/** How many times faster `fast` is than `slow` in one case, both on the same clock. */
function ratioVerdict(
  result: BenchResult,
  found: CaseResult | undefined,
  target: string,
  slow: string,
  fast: string,
  least: number,
): Verdict {
  const required = `≥ ${least}×`;
  const rows = [slow, fast].map((name) => found?.rows.find((row) => row.name === name));
  if (found === undefined || rows[0] === undefined || rows[1] === undefined)
    return missing(target, required, whyMissing(result));
  const ratio = ratioOf(result, rows[0], rows[1]);
  return decide(target, required, times(ratio.value), ratio.value >= least, ratio.note);
}

function ratioOf(result: BenchResult, above: Row, below: Row): { value: number; note: string } {
  const clock = commonClock(result.clock, above, below);
  const wall = perParticle(above, 'wall') / perParticle(below, 'wall');
  const value = perParticle(above, clock) / perParticle(below, clock);
  const note =
    clock === 'wall' ? 'wall time' : `${CLOCK_WORDS[clock]}; ${times(wall)} in wall time`;
  return { value, note };
}

/** Milliseconds, per particle where the two rows differ in width. */
function perParticle(row: Row, clock: Clock): number {
  return (msOf(row.timing, clock) as number) / (row.m ?? 1);
}

/** The clock of the run where both rows have it, else the wall. */
function commonClock(clock: Clock, ...rows: Row[]): Clock {
  return rows.every(({ timing }) => msOf(timing, clock) !== null) ? clock : 'wall';
}

/** What a clock shows, in words. */
export const CLOCK_WORDS: Record<Clock, string> = {
  device: 'device time',
  cpu: 'processor time',
  wall: 'wall time',
};

function peakTarget(result: BenchResult, d: number, kernel: string, least: number): Verdict {
  const target = `${kernel}, share of the simple FMA loop, d = ${d}`;
  const row = kernelRow(result, d, kernel);
  const verdict = shareVerdict(result, row?.peakShareSimple, target, least);
  const unrolled = row?.peakShare?.[result.clock] ?? row?.peakShare?.wall;
  if (verdict.met === null || unrolled == null) return verdict;
  const note = `${verdict.note}; ${percent(unrolled)} of the unrolled peak; the required share refers to the simple loop`;
  return { ...verdict, note };
}

function floorTarget(result: BenchResult, d: number, least: number): Verdict {
  const target = `dense step, share of the instruction floor, m = 10⁶, s = 10³, d = ${d}`;
  return shareVerdict(result, kernelRow(result, d, 'step')?.floorShare, target, least);
}

function kernelRow(result: BenchResult, d: number, name: string): Row | undefined {
  const found = caseWhere(result, ({ kind, sizes }) => kind === 'kernels' && sizes?.d === d);
  return found?.rows.find((row) => row.name === name);
}

function shareVerdict(
  result: BenchResult,
  shares: Shares | undefined,
  target: string,
  least: number,
): Verdict {
  const required = `≥ ${percent(least)}`;
  if (shares === undefined) return missing(target, required, whyMissing(result));
  const clock = shares[result.clock] === null ? 'wall' : result.clock;
  const share = shares[clock] ?? 0;
  return decide(target, required, percent(share), share >= least, CLOCK_WORDS[clock]);
}

function sortedTarget(result: BenchResult, s: number, words: string, least: number): Verdict {
  const target = `sorted step against our dense step, s = ${words}`;
  const required = `≥ ${least}×`;
  const found = sortedCase(result, (sizes) => sizes.s === s);
  const sorted = found?.rows.find(({ name }) => name === 'sorted step');
  const dense = found?.rows.find(({ name }) => name === 'dense step');
  if (sorted === undefined || dense === undefined)
    return missing(target, required, whyMissing(result));
  const m = found?.sizes?.m ?? 1;
  const width = dense.m ?? m;
  const { value, note } = ratioOf(result, { ...dense, m: width }, { ...sorted, m });
  const scaled = width === m ? '' : `; per particle, dense at m = ${width}`;
  return decide(target, required, times(value), value >= least, note + scaled);
}

function copyTarget(result: BenchResult, m: number, most: number): Verdict {
  const target = `sorted step against copying the same bytes, m = ${m === 1e6 ? '10⁶' : '10⁷'}, s = 10³`;
  const required = `≤ ${most}×`;
  const rows = sortedCase(result, (sizes) => sizes.s === 1000 && sizes.m === m)?.rows ?? [];
  const find = (name: string): Row | undefined => rows.find((row) => row.name === name);
  const [sorted, copy, scalar] = [find('sorted step'), find('copy'), find('copy f32')];
  if (sorted === undefined || copy === undefined)
    return missing(target, required, whyMissing(result));
  const { value, note } = ratioOf(result, sorted, copy);
  const beside =
    scalar === undefined
      ? ''
      : `; ${times(ratioOf(result, sorted, scalar).value)} the copy of single f32`;
  return decide(target, required, times(value), value <= most, `vec4f copy, ${note}${beside}`);
}

function sweepTarget(result: BenchResult, most: number): Verdict {
  const target =
    'fluctuation experiment, widths 2⁷ … 2¹⁷, 100 replicas, s = 10³, d = 16, 10³ steps';
  const required = `≤ ${most} s`;
  const found = result.quick ? undefined : caseWhere(result, ({ kind }) => kind === 'sweep');
  if (found === undefined) return missing(target, required, whyMissing(result));
  const seconds = found.rows[0].timing.wall.median / 1e3;
  return decide(target, required, `${seconds.toPrecision(3)} s`, seconds <= most, 'wall time');
}

function accuracyTargets({ cases }: BenchResult): Verdict[] {
  // Checks of what is measured beside the subject of a case carry its name in front.
  const worst = (kinds: readonly string[]): number | null => {
    const errors = cases
      .filter(({ kind }) => kinds.includes(kind))
      .flatMap(({ checks }) => checks)
      .filter(({ what, tolerance }) => tolerance > 0 && !what.includes(':'))
      .map(({ error }) => error);
    return errors.length === 0 ? null : Math.max(...errors);
  };
  const verdict = (what: string, error: number | null, most: number): Verdict => {
    const target = `${what} against float64, one step, largest relative error`;
    const required = `≤ ${most.toExponential(0)}`;
    if (error === null)
      return { target, required, measured: 'not measured', met: null, note: 'no such case ran' };
    return decide(target, required, error.toExponential(1), error <= most, 'random data');
  };
  return [
    verdict('dense kernels', worst(['kernels', 'step', 'naive']), 5e-6),
    verdict('sorted kernels', worst(['sorted']), 1e-6),
  ];
}
