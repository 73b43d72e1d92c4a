// What the dense relu kernels have to do per pair of a particle and a sample, and the shares that follow from a time.
//
//   forward    d multiply-adds for z, relu, one multiply-add:            2d + 4 operations, d + 2 instructions
//   velocity   d multiply-adds for z, compare, S0, d multiply-adds S1:   4d + 3 operations, 2d + 3 instructions
//   update     one multiply-add per number, two read and one written
import type { Clock, Row, Shares, Sizes, Timing } from '../bench-result.ts';
import { msOf } from './measure.ts';

/** Amounts of one repeat. */
export interface Work {
  readonly flop?: number;
  readonly slots?: number;
  readonly bytes?: number;
}

/** What a kernel does in one repeat; nothing for kernels whose work is not counted. */
export function workOf(kernel: string, { m, s, d, replicas }: Sizes): Work {
  const pairs = m * s * replicas;
  switch (kernel) {
    case 'forward':
      return { flop: pairs * (2 * d + 4), slots: pairs * (d + 2) };
    case 'velocity':
      return { flop: pairs * (4 * d + 3), slots: pairs * (2 * d + 3) };
    case 'step':
      return { flop: pairs * (6 * d + 7), slots: pairs * (3 * d + 5) };
    case 'update':
      return { bytes: 12 * m * (d + 2) * replicas };
    default:
      return {};
  }
}

/**
 * A row with its shares.
 *
 * @param fma GFLOP/s of multiply-adds, by clock
 * @param fmaSimple the same of the simple loop
 * @param copy GB/s of the copy kernel, by clock
 */
export function rowOf(
  name: string,
  timing: Timing,
  work: Work,
  { fma, fmaSimple, copy }: { fma?: Shares; fmaSimple?: Shares; copy?: Shares },
): Row {
  const { flop, slots, bytes } = work;
  const share = (amount: number | undefined, rates: Shares | undefined): Shares | undefined => {
    if (amount === undefined || rates === undefined) return undefined;
    const at = (clock: Clock): number | null => {
      const [ms, rate] = [msOf(timing, clock), rates[clock]];
      return ms === null || rate === null || ms <= 0 ? null : amount / (rate * 1e6) / ms;
    };
    return { device: at('device'), cpu: at('cpu'), wall: at('wall') };
  };
  const shares = {
    peakShare: share(flop, fma),
    peakShareSimple: share(flop, fmaSimple),
    // A multiply-add is one instruction and two operations.
    floorShare: share(slots === undefined ? undefined : 2 * slots, fma),
    copyShare: share(bytes, copy),
  };
  const known = Object.entries({ ...work, ...shares }).filter(([, value]) => value !== undefined);
  return { name, timing, ...Object.fromEntries(known) };
}
