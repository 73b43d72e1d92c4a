// The targets of the project against what was measured, as ratios within one run. Nothing fails because of a time.
import type {
  BenchResult,
  CaseResult,
  Clock,
  PeerProblem,
  PeerRow,
  Row,
  Shares,
  Verdict,
} from '../bench-result.ts';
import { msOf } from './measure.ts';

/** Judges a result, with its peers where they were measured. The targets depend on the class of the adapter. */
export function judge(result: BenchResult, peers: readonly PeerProblem[] = []): Verdict[] {
  const verdicts = result.adapter.software
    ? softwareTargets(result, peers)
    : gpuTargets(result, peers);
  return [...verdicts, replicaTarget(result), ...accuracyTargets(result)];
}

function softwareTargets(result: BenchResult, peers: readonly PeerProblem[]): Verdict[] {
  const shares = { 1: [0.4, 0.45], 2: [0.47, 0.55], 10: [0.6, 0.7] };
  return [
    ...[1, 2, 10].map((d) => naiveTarget(result, d, 15)),
    ...Object.entries(shares).flatMap(([d, [forward, velocity]]) => [
      peakTarget(result, Number(d), 'forward', forward),
      peakTarget(result, Number(d), 'velocity', velocity),
    ]),
    peerTarget(peers, 'plain JS, one thread', isPlainScript, () => true, 2, 'msPerStep'),
    sortedTarget(result, 1e3, '10³', 10),
    sortedTarget(result, 1e4, '10⁴', 60),
    sortedTarget(result, 1e5, '10⁵', 300),
    copyTarget(result, 1e6, 8),
    peerTarget(peers, 'jax-js on WebGPU', isOnWebGpu('jax-js'), (d) => d <= 16, 5),
    peerTarget(peers, 'tfjs on WebGPU', isOnWebGpu('tfjs'), (d) => d <= 16, 5),
  ];
}

function gpuTargets(result: BenchResult, peers: readonly PeerProblem[]): Verdict[] {
  const python = (row: PeerRow): boolean =>
    (/jax/i.test(row.peer) && !/jax-js/i.test(row.peer)) || /torch.*compile/i.test(nameOf(row));
  const inFloat32 = (row: PeerRow): boolean => python(row) && !/tf32/i.test(nameOf(row));
  const compiled = (row: PeerRow): boolean => /torch.*compile/i.test(nameOf(row)) && inFloat32(row);
  return [
    floorTarget(result, 10, 0.65),
    peerTarget(peers, 'torch.compile and JAX, float32, d = 10', inFloat32, (d) => d === 10, 5),
    peerTarget(peers, 'torch.compile and JAX, float32, d = 64', inFloat32, (d) => d === 64, 1),
    copyTarget(result, 1e7, 2.5),
    peerTarget(peers, 'torch.compile, d = 1', compiled, (d) => d === 1, 500),
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
    return missing(target, required, result);
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
  const target = `${kernel}, share of the FMA peak, d = ${d}`;
  return shareVerdict(result, kernelRow(result, d, kernel)?.peakShare, target, least);
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
  if (shares === undefined) return missing(target, required, result);
  const clock = shares[result.clock] === null ? 'wall' : result.clock;
  const share = shares[clock] ?? 0;
  return decide(target, required, percent(share), share >= least, CLOCK_WORDS[clock]);
}

function sortedTarget(result: BenchResult, s: number, words: string, least: number): Verdict {
  const target = `sorted step against our dense step, s = ${words}`;
  const required = `≥ ${least}×`;
  const found = caseWhere(result, ({ kind, sizes }) => kind === 'sorted' && sizes?.s === s);
  const sorted = found?.rows.find(({ name }) => name === 'sorted step');
  const dense = found?.rows.find(({ name }) => name === 'dense step');
  if (sorted === undefined || dense === undefined) return missing(target, required, result);
  const m = found?.sizes?.m ?? 1;
  const width = dense.m ?? m;
  const { value, note } = ratioOf(result, { ...dense, m: width }, { ...sorted, m });
  const scaled = width === m ? '' : `; per particle, dense at m = ${width}`;
  return decide(target, required, times(value), value >= least, note + scaled);
}

function copyTarget(result: BenchResult, m: number, most: number): Verdict {
  const target = `sorted step against copying the same bytes, m = ${m === 1e6 ? '10⁶' : '10⁷'}, s = 10³`;
  const required = `≤ ${most}×`;
  const at = ({ kind, sizes }: CaseResult): boolean =>
    kind === 'sorted' && sizes?.s === 1000 && sizes.m === m;
  const rows = caseWhere(result, at)?.rows ?? [];
  const find = (name: string): Row | undefined => rows.find((row) => row.name === name);
  const [sorted, copy, scalar] = [find('sorted step'), find('copy'), find('copy f32')];
  if (sorted === undefined || copy === undefined) return missing(target, required, result);
  const { value, note } = ratioOf(result, sorted, copy);
  const beside =
    scalar === undefined
      ? ''
      : `; ${times(ratioOf(result, sorted, scalar).value)} the copy of single f32`;
  return decide(target, required, times(value), value <= most, `vec4f copy, ${note}${beside}`);
}

/** The slowest ratio over the problems that fit: our step against the best row of a peer. */
function peerTarget(
  peers: readonly PeerProblem[],
  name: string,
  isPeer: (row: PeerRow) => boolean,
  fits: (d: number) => boolean,
  least: number,
  key: 'msPerStep' | 'best' = 'best',
): Verdict {
  const target = `step against ${name}`;
  const required = least === 1 ? 'no slower' : `≥ ${least}×`;
  const ratios = peers
    .filter(({ problem }) => fits(problem.d))
    .flatMap(({ problem, rows }) => {
      const clock = key === 'best' ? clockOfPeers(rows, isPeer) : key;
      const ours = fastest(rows.filter(isOurs), clock);
      const theirs = fastest(rows.filter(isPeer), clock);
      if (ours === null || theirs === null) return [];
      return [{ problem, ratio: theirs / ours, clock }];
    })
    .sort((x, y) => x.ratio - y.ratio);
  const [worst] = ratios;
  if (worst === undefined)
    return { target, required, measured: 'not measured', met: null, note: 'no peers file with it' };
  const { m, s, d } = worst.problem;
  const words = worst.clock === 'msPerStep' ? 'wall time' : 'processor time';
  const note = `smallest of ${ratios.length}, at m = ${m}, s = ${s}, d = ${d}; ${words}`;
  return decide(target, required, times(worst.ratio), worst.ratio >= least, note);
}

type PeerClock = 'msPerStep' | 'cpuMsPerStep';

/** Processor time where every row has it: wall time of programs on a processor depends on what else runs. */
function clockOfPeers(rows: readonly PeerRow[], isPeer: (row: PeerRow) => boolean): PeerClock {
  const compared = rows.filter((row) => isOurs(row) || isPeer(row));
  return compared.every((row) => row.cpuMsPerStep !== null) ? 'cpuMsPerStep' : 'msPerStep';
}

function fastest(rows: readonly PeerRow[], clock: PeerClock): number | null {
  const times = rows.map((row) => row[clock]).filter((ms) => ms !== null && ms > 0);
  return times.length === 0 ? null : Math.min(...(times as number[]));
}

/** Our own row in a peers file. */
export function isOurs({ peer }: PeerRow): boolean {
  return /^meanfield/i.test(peer);
}

function nameOf({ peer, backend, note }: PeerRow): string {
  return `${peer} ${backend} ${note ?? ''}`;
}

function isPlainScript(row: PeerRow): boolean {
  return /^(plain[ -]?)?(js|javascript)/i.test(row.peer);
}

function isOnWebGpu(peer: string): (row: PeerRow) => boolean {
  return (row) => row.peer.toLowerCase().startsWith(peer) && /webgpu/i.test(nameOf(row));
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

function caseWhere(
  { cases }: BenchResult,
  fits: (result: CaseResult) => boolean,
): CaseResult | undefined {
  return cases.find(fits);
}

function missing(target: string, required: string, result: BenchResult): Verdict {
  const note = result.quick ? 'a smoke run' : 'the case did not run';
  return { target, required, measured: 'not measured', met: null, note };
}

function decide(
  target: string,
  required: string,
  measured: string,
  met: boolean,
  note: string,
): Verdict {
  return { target, required, measured, met, note };
}

function times(ratio: number): string {
  return `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3)}×`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
