// What birth–death costs: a step with each scheme against a plain step of the same network, in turns.
import type { BirthDeathConfig, ConfigInput } from '../config.ts';
import type { Check, Row, Sizes } from '../bench-result.ts';
import type { Device } from '../gpu/device.ts';
import { stepSubject, type Found } from './kernels.ts';
import { measure, type Clocks, type Effort } from './measure.ts';
import { openScene, type Scene } from './scene.ts';
import { beside, requireRight, verifyOutput, verifyScene } from './verify.ts';
import { rowOf } from './work.ts';

type BirthDeath = NonNullable<NonNullable<ConfigInput['flow']>['birthDeath']>;

/** Schemes that are timed, all at rate 1; weights resample at the default threshold. */
export const TIMED_SCHEMES: readonly BirthDeathConfig['scheme'][] = [
  'weights',
  'jump',
  'published',
];

/** Times plain steps and those of every scheme: in sorted kernels for d = 1, else in dense ones. */
export async function measureBirthDeath(
  device: Device,
  sizes: Sizes,
  clocks: Clocks,
  effort: Effort,
): Promise<Found & { kernels: Scene['simulation']['kernels'] }> {
  const kernel = sizes.d === 1 ? 'sorted' : 'dense';
  const scenes: Scene[] = [];
  const open = async (birthDeath: BirthDeath = {}): Promise<Scene> => {
    scenes.push(await openScene(device, sizes, kernel, birthDeath));
    return scenes[scenes.length - 1];
  };
  try {
    const plain = await open();
    const checks = [...(await verifyScene(plain))];
    const subjects = [stepSubject(plain, 'plain step')];
    for (const scheme of TIMED_SCHEMES) {
      const scene = await open({ rate: 1, scheme });
      checks.push(...beside(scheme, await verifyReaction(scene)));
      subjects.push(stepSubject(scene, scheme));
    }
    const timings = await measure(subjects, clocks, effort);
    const rows: Row[] = [...timings].map(([name, timing]) => rowOf(name, timing, {}, {}));
    return { checks, rows, kernels: plain.simulation.kernels };
  } finally {
    for (const { simulation } of scenes) simulation.destroy();
  }
}

/**
 * Checks f, residual and velocity, and ω after one step against e^{−κ dt V} from the potential of the device, with Σω = m;
 * ω is 1 for schemes that keep it.
 */
async function verifyReaction(scene: Scene): Promise<Check[]> {
  const { simulation, config } = scene;
  const { particles } = await simulation.read();
  const output = await simulation.observe(['prediction', 'residual', 'velocity', 'potential']);
  const checks = verifyOutput(scene, particles, output);
  await simulation.step(1);
  const { weight } = (await simulation.read()).particles;
  const { rate, scheme } = config.flow.birthDeath;
  const raw = Float64Array.from(output.potential, (v) =>
    scheme === 'weights' ? Math.exp(-rate * config.flow.dt * v) : 1,
  );
  const total = raw.reduce((sum, value) => sum + value, 0);
  let error = Math.abs(weight.reduce((sum, omega) => sum + omega, 0) / weight.length - 1);
  raw.forEach((value, i) => {
    error = Math.max(error, Math.abs(weight[i] - (weight.length * value) / total));
  });
  // An exponential, a product and a sum in float32, of numbers of order one; the bound of every dense output.
  const check = { what: 'ω', items: weight.length, error, tolerance: 5e-6 };
  requireRight(check);
  return [...checks, check];
}
