// The one generator of repeated WGSL lines: unrolls the dimension d and the four lanes of a vec4.

/** Dimensions up to this one keep a sample's or a particle's coordinates in registers. */
export const UNROLL_LIMIT = 16;

export const LANES = ['x', 'y', 'z', 'w'] as const;

/** One line per k = 0 … count − 1. */
export function unroll(count: number, line: (k: number) => string): string {
  return Array.from({ length: count }, (_, k) => line(k)).join('\n');
}

/** One line per lane x, y, z, w with its number. */
export function unrollLanes(line: (lane: string, q: number) => string): string {
  return LANES.map((lane, q) => line(lane, q)).join('\n');
}
