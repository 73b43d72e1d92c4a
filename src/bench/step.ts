// The whole dense step alone: sweeps over width and samples, where single kernels add nothing.
import { fmaProbe, rateOf } from './limits.ts';
import { stepSubject, type Found } from './kernels.ts';
import { measure, type Clocks, type Effort } from './measure.ts';
import type { Scene } from './scene.ts';
import { verifyScene } from './verify.ts';
import { rowOf, workOf } from './work.ts';

/** Times the step of a scene beside the peak. */
export async function measureStep(scene: Scene, clocks: Clocks, effort: Effort): Promise<Found> {
  const checks = await verifyScene(scene);
  const fma = await fmaProbe(scene.device);
  try {
    const timings = await measure([fma.subject, stepSubject(scene)], clocks, effort);
    const rates = { fma: rateOf(fma.amount, timings, 'fma') };
    const rows = [...timings].map(([name, timing]) =>
      rowOf(name, timing, name === 'fma' ? { flop: fma.amount } : workOf(name, scene.sizes), rates),
    );
    return { checks: [...checks, fma.check], rows };
  } finally {
    fma.destroy();
  }
}
