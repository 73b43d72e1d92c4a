// Many fused steps in one dispatch, one workgroup per replica: when that is possible, when it pays, and its passes.
import { ConfigError } from '../config-check.ts';
import type { Config } from '../config.ts';
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass, type Pass } from '../gpu/pass.ts';
import {
  REPEAT,
  replicaBytes,
  sortedReplicaShader,
  tickManyShader,
} from '../shaders/sorted-replica.wgsl.ts';
import { SizeError } from './errors.ts';
import type { KernelChoice, Plan } from './plan.ts';
import { canFuse } from './sorted-step.ts';
import type { SortedPasses } from './sorted.ts';
import { PERSISTENT } from './tuning.ts';

/** Samples that workgroup memory is made for: one pipeline serves every s up to the next multiple. */
const ROOM_STEP = 32;

function roomFor(samples: number): number {
  return ROOM_STEP * Math.ceil(samples / ROOM_STEP);
}

/**
 * Whether one workgroup carries a whole replica through many steps.
 *
 * @param samples training samples s
 * @throws ConfigError or SizeError where this is asked for and impossible
 */
export function choosePersistent(
  choice: KernelChoice,
  config: Config,
  { kernel, m, replicas, limits }: Pick<Plan, 'kernel' | 'm' | 'replicas' | 'limits'>,
  samples: number,
): boolean {
  if (kernel !== 'sorted' || choice === 'sorted') return false;
  const { workgroup, mostWidth, mostIdle } = PERSISTENT[limits.software ? 'software' : 'gpu'];
  const bytes = replicaBytes(roomFor(samples), workgroup);
  const fits = bytes <= limits.workgroupBytes;
  if (choice === 'persistent') {
    if (!canFuse(config)) {
      throw new ConfigError(
        'kernel: received "persistent" with more than plain Euler steps; allowed without penalty, projection, birth–death and Heun',
      );
    }
    if (fits) return true;
    throw new SizeError(
      `kernel: received "persistent" with ${samples} samples, which need ${bytes} bytes of workgroup memory; ` +
        `allowed: at most ${limits.workgroupBytes} on ${limits.adapterName}`,
    );
  }
  // A single replica keeps one workgroup busy, the sorted kernels as many as there are particles for.
  return (
    fits &&
    canFuse(config) &&
    m <= mostWidth &&
    (replicas >= mostIdle.replicas || m <= mostIdle.width)
  );
}

/** Exponents of the numbers of steps that one dispatch may do: 1, 2, 4, … 1024. */
const MOST_DOUBLINGS = 10;

/**
 * The passes of 2^n steps, n = 0, 1, …
 *
 * @param passes of a fused step, with all its buffers
 * @param samples training samples s
 */
export async function replicaPasses(
  { context, buffers: shared }: SortedPasses,
  samples: number,
): Promise<Pass[][]> {
  const { device, plan, variant, buffers } = context;
  const own = {
    ...shared,
    stored_state: shared['sorted_state'],
    stored_bins: shared['bins'],
    fault: buffers.storage('fault', 8 * plan.replicas),
  };
  const overrides = {
    WORKGROUP: PERSISTENT[plan.limits.software ? 'software' : 'gpu'].workgroup,
    ROOM: roomFor(samples),
  };
  const doublings = Array.from({ length: MOST_DOUBLINGS + 1 }, (_, n) => n);
  return Promise.all(
    doublings.map(async (n) => {
      const uniform = packStruct(readStruct(REPEAT, 'Repeat'), { steps: 2 ** n });
      const repeated = { ...own, repeat: buffers.uniform('repeat', uniform) };
      return [
        await createPass(device, {
          name: 'sorted_replica',
          code: sortedReplicaShader(variant.weighted),
          buffers: repeated,
          grid: { x: 1, z: plan.replicas },
          overrides,
        }),
        await createPass(device, {
          name: 'tick_many',
          code: tickManyShader(),
          buffers: repeated,
          grid: { x: 1 },
        }),
      ];
    }),
  );
}
