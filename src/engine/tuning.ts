// All sizes of the engine, in one place. Shaders get them as overrides, never as twin numbers.

/** Invocations per workgroup, at most. */
export const WORKGROUP = 64;

/**
 * Bound on the duration of one submit, milliseconds: a page stays responsive, a batch run waits seldom, and both stay well
 * under the 2 s after which some drivers reset.
 */
export const SUBMIT_MS = { interactive: 50, batch: 500 } as const;

/** Workgroups of `forward` that keep an adapter busy: a GPU has thousands of lanes, a processor a few cores. */
export const BUSY_GROUPS = { gpu: 2048, software: 16 } as const;

/** Particles per part of the particle sum: fewer waste a workgroup, more lose accuracy. In groups of four. */
export const CHUNK4 = { least: 16, most: 4096 } as const;

/** Parts of the particle sum, at most. */
export const MOST_SPLITS = 4096;

/** Bytes of all partial sums together, at most. */
export const MOST_PARTIAL_BYTES = 1 << 28;

/** Workgroups per replica of the reductions over particles; the host adds their partial sums. */
export const REDUCTION_GROUPS = 64;

/** Bytes of one read of the particle buffer. */
export const READ_BYTES = 1 << 26;

/** The smallest power of two that is not below n, at most WORKGROUP. */
export function workgroupFor(n: number): number {
  return Math.min(WORKGROUP, 2 ** Math.ceil(Math.log2(Math.max(1, n))));
}
