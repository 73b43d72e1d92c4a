// Many small networks: all replicas in one simulation, against a loop over simulations of one replica each, whose
// passes go into one submit so that only the dispatches differ.
import type { Sizes } from '../bench-result.ts';
import type { KernelChoice } from '../engine/plan.ts';
import type { Device } from '../gpu/device.ts';
import type { Pass } from '../gpu/pass.ts';
import { stepSubject, type Found } from './kernels.ts';
import { measure, passSubject, type Clocks, type Effort, type Subject } from './measure.ts';
import { openScene, type Scene } from './scene.ts';
import { beside, verifyScene } from './verify.ts';
import { rowOf } from './work.ts';

/** Times one step of all replicas both ways, the loop in sorted kernels and in dense ones. */
export async function measureReplicas(
  device: Device,
  sizes: Sizes,
  clocks: Clocks,
  effort: Effort,
): Promise<Found & { kernels: Scene['simulation']['kernels'] }> {
  const opened: Scene[] = [];
  const open = async (replicas: number, kernel: KernelChoice): Promise<Scene> => {
    opened.push(await openScene(device, { ...sizes, replicas }, kernel));
    return opened[opened.length - 1];
  };
  const loops: Subject[] = [];
  try {
    const together = await open(sizes.replicas, 'auto');
    const checks = [...(await verifyScene(together))];
    for (const [name, kernel] of LOOPS) {
      const passes: Pass[] = [];
      for (let r = 0; r < sizes.replicas; r++) {
        const single = await open(1, kernel);
        passes.push(...single.simulation.passes);
        if (r === 0) checks.push(...beside(name, await verifyScene(single)));
      }
      loops.push(passSubject(device, name, passes));
    }
    const subjects = [stepSubject(together, 'all replicas'), ...loops];
    const timings = await measure(subjects, clocks, effort);
    const rows = [...timings].map(([name, timing]) => rowOf(name, timing, {}, {}));
    return { checks, rows, kernels: together.simulation.kernels };
  } finally {
    for (const loop of loops) loop.destroy?.();
    for (const { simulation } of opened) simulation.destroy();
  }
}

const LOOPS = [
  ['loop of dispatches', 'sorted'],
  ['loop of dense dispatches', 'dense'],
] as const;
