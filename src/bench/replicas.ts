// Many small networks: all replicas in one simulation, against a loop over simulations of one replica each, whose
// passes go into one submit so that only the dispatches differ.
import type { Sizes } from '../bench-result.ts';
import type { Device } from '../gpu/device.ts';
import { stepSubject, type Found } from './kernels.ts';
import { measure, passSubject, type Clocks, type Effort } from './measure.ts';
import { openScene, type Scene } from './scene.ts';
import { beside, verifyScene } from './verify.ts';
import { rowOf } from './work.ts';

/** Times one step of all replicas both ways. */
export async function measureReplicas(
  device: Device,
  sizes: Sizes,
  clocks: Clocks,
  effort: Effort,
): Promise<Found & { kernels: Scene['simulation']['kernels'] }> {
  const scenes: Scene[] = [];
  try {
    const together = await openScene(device, sizes, 'auto');
    scenes.push(together);
    const checks = [...(await verifyScene(together))];
    for (let r = 0; r < sizes.replicas; r++)
      scenes.push(await openScene(device, { ...sizes, replicas: 1 }, 'dense'));
    const single = scenes.slice(1);
    checks.push(...beside('single', await verifyScene(single[single.length - 1])));
    const passes = single.flatMap(({ simulation }) => simulation.passes);
    const loop = passSubject(device, 'loop of dispatches', passes);
    const timings = await measure([stepSubject(together, 'all replicas'), loop], clocks, effort);
    loop.destroy?.();
    const rows = [...timings].map(([name, timing]) => rowOf(name, timing, {}, {}));
    return { checks, rows, kernels: together.simulation.kernels };
  } finally {
    for (const { simulation } of scenes) simulation.destroy();
  }
}
