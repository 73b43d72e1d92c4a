// Targets against other programs on the same work, from a peers file.
import type { BenchResult, PeerProblem, PeerRow, Verdict } from '../bench-result.ts';
import { decide, missing, sortedCase, times, whyMissing } from './verdict.ts';

/** Which rows are of a peer. */
export type IsPeer = (row: PeerRow) => boolean;

/** Another program, and what is asked of us beside it. */
interface PeerTarget {
  readonly name: string;
  readonly isPeer: IsPeer;
  /** dimensions that count */
  readonly fits: (d: number) => boolean;
  readonly least: number;
  /** processor time for programs on one processor, where every row has it: wall time depends on what else runs */
  readonly clock: PeerClock;
}

/** The smallest ratio over the problems that fit: the best row of the peer over ours. */
export function peerTarget(peers: readonly PeerProblem[], wanted: PeerTarget): Verdict {
  const { name, isPeer, fits, least } = wanted;
  const target = `step against ${name}`;
  const required = least === 1 ? 'no slower' : `≥ ${least}×`;
  const ratios = peers
    .filter(({ problem }) => fits(problem.d))
    .flatMap(({ problem, rows }) => {
      const timed = rows.filter((row) => row.msPerStep !== null && (isOurs(row) || isPeer(row)));
      const hasBoth = timed.every((row) => row.cpuMsPerStep !== null);
      const clock = hasBoth ? wanted.clock : 'msPerStep';
      const ours = fastest(timed.filter(isOurs), clock);
      const theirs = fastest(timed.filter(isPeer), clock);
      return ours === null || theirs === null ? [] : [{ problem, ratio: theirs / ours, clock }];
    })
    .sort((x, y) => x.ratio - y.ratio);
  const [worst] = ratios;
  if (worst === undefined) return missing(target, required, 'no peers file has it');
  const { m, s, d } = worst.problem;
  const words = worst.clock === 'msPerStep' ? 'wall time' : 'processor time';
  const note = `smallest of ${ratios.length}, at m = ${m}, s = ${s}, d = ${d}; ${words}`;
  return decide(target, required, times(worst.ratio), worst.ratio >= least, note);
}

/** The sorted step against torch.compile, which has dense steps only; per particle where its width is another. */
export function compiledTarget(
  result: BenchResult,
  peers: readonly PeerProblem[],
  least: number,
): Verdict {
  const target = 'sorted step against torch.compile, dense, m = 10⁷, s = 10³';
  const required = `≥ ${least}×`;
  const own = sortedCase(result, ({ m, s }) => m === 1e7 && s === 1000);
  const sorted = own?.rows.find(({ name }) => name === 'sorted step');
  if (sorted === undefined) return missing(target, required, whyMissing(result));
  const best = peers
    .filter(({ problem }) => problem.d === 1 && problem.s === 1000)
    .flatMap(({ problem, rows }) => {
      const ms = fastest(rows.filter(isCompiled), 'msPerStep');
      return ms === null ? [] : [{ m: problem.m, perParticle: ms / problem.m }];
    })
    .sort((x, y) => y.m - x.m)[0];
  if (best === undefined) return missing(target, required, 'no peers file has it');
  const ratio = best.perParticle / (sorted.timing.wall.median / 1e7);
  const note = `wall time${best.m === 1e7 ? '' : `, per particle, torch.compile at m = ${best.m}`}`;
  return decide(target, required, times(ratio), ratio >= least, note);
}

type PeerClock = 'msPerStep' | 'cpuMsPerStep';

function fastest(rows: readonly PeerRow[], clock: PeerClock): number | null {
  const times = rows.map((row) => row[clock]).filter((ms) => ms !== null && ms > 0);
  return times.length === 0 ? null : Math.min(...(times as number[]));
}

/** Our own row in a peers file. */
export function isOurs({ peer }: PeerRow): boolean {
  return /^meanfield/i.test(peer);
}

/** PyTorch through torch.compile. */
export function isCompiled({ peer }: PeerRow): boolean {
  return /torch.*compile/i.test(peer);
}

/** JAX of Python. */
export function isJax({ peer }: PeerRow): boolean {
  return /^jax$/i.test(peer);
}

/** A library for the browser, on WebGPU. */
export function isOnWebGpu(peer: string): (row: PeerRow) => boolean {
  return (row) => row.peer.toLowerCase().startsWith(peer) && /webgpu/i.test(row.backend);
}
