// The dense kernels of one problem, one by one and as a whole step, as shares of the peak measured beside them.
import type { Check, Row } from '../bench-result.ts';
import type { Pass } from '../gpu/pass.ts';
import { copyProbe, fmaProbe, rateOf } from './limits.ts';
import { measure, passSubject, type Clocks, type Effort, type Subject } from './measure.ts';
import type { Scene } from './scene.ts';
import { verifyScene } from './verify.ts';
import { rowOf, workOf } from './work.ts';

/** What a case found. */
export interface Found {
  readonly checks: readonly Check[];
  readonly rows: readonly Row[];
}

/** Kernels that are timed on their own, by the head of the names of their passes. */
const TIMED = ['forward', 'velocity', 'update'];

/** Times forward, velocity, the step and the update of a scene, in its dense kernels. */
export async function measureKernels(scene: Scene, clocks: Clocks, effort: Effort): Promise<Found> {
  const { device, sizes, simulation } = scene;
  const checks = await verifyScene(scene);
  const fma = await fmaProbe(device);
  const simple = await fmaProbe(device, 'fma simple');
  const copy = await copyProbe(device, 'vec4f', Math.max(1 << 20, 4 * sizes.m * (sizes.d + 2)));
  const kernels = TIMED.map((name) => passSubject(device, name, passesOf(simulation.passes, name)));
  try {
    const [forward, velocity, update] = kernels;
    // The step goes before the update: repeated alone, an update drives the particles far away.
    const subjects = [fma.subject, simple.subject, forward, velocity, stepSubject(scene)];
    const compute = await measure(subjects, clocks, effort);
    const memory = await measure([copy.subject, update], clocks, effort);
    const rates = {
      fma: rateOf(fma.amount, compute, 'fma'),
      fmaSimple: rateOf(simple.amount, compute, 'fma simple'),
      copy: rateOf(copy.amount, memory, 'copy'),
    };
    const rows = [...compute, ...memory].map(([name, timing]) =>
      rowOf(name, timing, amountOf(name), rates),
    );
    return { checks: [...checks, fma.check, simple.check, copy.check], rows };
  } finally {
    for (const owner of [...kernels, fma, simple, copy]) owner.destroy?.();
  }

  function amountOf(name: string): { flop?: number; bytes?: number } {
    if (name.startsWith('fma')) return { flop: fma.amount };
    return name === 'copy' ? { bytes: copy.amount } : workOf(name, sizes);
  }
}

/** The whole step as a user runs it, many per submit. */
export function stepSubject({ simulation }: Scene, name = 'step'): Subject {
  return {
    name,
    run: async (count) => {
      await simulation.step(count);
      return { deviceMs: null, overslept: false };
    },
  };
}

/** The passes whose names begin with `head`. @throws Error when there is none */
export function passesOf(passes: readonly Pass[], head: string): Pass[] {
  const found = passes.filter(({ name }) => name.startsWith(head));
  if (found.length === 0) throw new Error(`no pass of the step is named ${head}…`);
  return found;
}
