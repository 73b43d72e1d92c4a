// The univariate relu step in O(m log s + s): against the dense step on the same samples, and against copying the
// bytes it must move, a, b, c in and out.
import type { Row, Sizes } from '../bench-result.ts';
import type { Device } from '../gpu/device.ts';
import { stepSubject, type Found } from './kernels.ts';
import { copyProbe, rateOf } from './limits.ts';
import { measure, type Clocks, type Effort } from './measure.ts';
import { openScene, type Scene } from './scene.ts';
import { beside, verifyScene } from './verify.ts';
import { rowOf, type Work } from './work.ts';

/** Bytes of a, b, c of one particle. */
const PARTICLE_BYTES = 12;

/**
 * Times the sorted step of a scene.
 *
 * @param denseWidth width of the dense step beside it, smaller where that would take too long; its time per particle
 *   does not depend on the width once the adapter is busy
 */
export async function measureSorted(
  device: Device,
  sizes: Sizes,
  denseWidth: number,
  clocks: Clocks,
  effort: Effort,
): Promise<Found & { kernels: Scene['simulation']['kernels'] }> {
  const scene = await openScene(device, sizes, 'sorted');
  const dense = await openScene(device, { ...sizes, m: denseWidth }, 'dense');
  const probes = [];
  try {
    const checks = [...(await verifyScene(scene)), ...beside('dense', await verifyScene(dense))];
    for (const kind of ['vec4f', 'f32'] as const)
      probes.push(await copyProbe(device, kind, PARTICLE_BYTES * sizes.m));
    const subjects = [
      stepSubject(scene, 'sorted step'),
      stepSubject(dense, 'dense step'),
      ...probes.map(({ subject }) => subject),
    ];
    const timings = await measure(subjects, clocks, effort);
    const copy = rateOf(probes[0].amount, timings, 'copy');
    const bytes = 2 * PARTICLE_BYTES * sizes.m;
    const works: Record<string, Work> = {
      'sorted step': { bytes },
      copy: { bytes },
      'copy f32': { bytes },
    };
    const rows: Row[] = [...timings].map(([name, timing]) => ({
      ...rowOf(name, timing, works[name] ?? {}, { copy }),
      ...(name === 'dense step' && denseWidth !== sizes.m ? { m: denseWidth } : {}),
    }));
    const copyChecks = probes.map(({ check }) => check);
    return { checks: [...checks, ...copyChecks], rows, kernels: scene.simulation.kernels };
  } finally {
    for (const probe of probes) probe.destroy();
    dense.simulation.destroy();
    scene.simulation.destroy();
  }
}
