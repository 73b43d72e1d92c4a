// Many fused steps in one dispatch, one workgroup per replica.
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass, type Pass } from '../gpu/pass.ts';
import { loadKernels, roomFor, type SortedPasses } from './sorted.ts';
import { PERSISTENT } from './tuning.ts';

/** Exponents of the numbers of steps that one dispatch may do: 1, 2, 4, … 1024. */
const MOST_DOUBLINGS = 10;

/**
 * The passes of 2^n steps, n = 0, 1, …
 *
 * @param passes of a fused step, with all its buffers
 * @param samples training samples s
 */
export async function replicaPasses(
  { context, shape, buffers: shared }: SortedPasses,
  samples: number,
): Promise<Pass[][]> {
  const { device, plan, variant, buffers } = context;
  const { REPEAT, sortedReplicaShader, tickManyShader } = await loadKernels();
  const own = {
    ...shared,
    stored_state: shared['sorted_state'],
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
          code: sortedReplicaShader(variant.weighted, shape.centred),
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
