// Times the variants of the dense kernels side by side, window by window, after a check of each against float64:
//   npx tsc -p bench/tsconfig.json && node --import ./dist/software.js build/bench/variants/run.js d=1 m=4096 s=1024
// Further words: windows=5, only=velocity, shift=100 (inputs far from the origin), naive=0. Ratios are those of process
// CPU time within the run where the processor computes, else of device time.
import { fmaProbe } from '../../src/bench/limits.ts';
import { measure, passSubject, type Clocks } from '../../src/bench/measure.ts';
import { openDevice } from '../../src/gpu/device.ts';
import { createPass, submitPasses, type Pass } from '../../src/gpu/pass.ts';
import { forwardVariants } from './forward.ts';
import { makeScene, type Scene } from './scene.ts';
import type { Variant } from './variant.ts';
import { velocityVariants } from './velocity.ts';

/** Parts of the particle sum of all forward variants. */
const SPLITS = 16;

interface Entry {
  readonly kernel: 'forward' | 'velocity';
  readonly name: string;
  readonly pass: Pass;
  readonly error: number;
  readonly compileMs: number;
}

const clocks: Clocks = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e3;
  },
  load: () => null,
};

const words = new Map(process.argv.slice(2).map((word) => word.split('=') as [string, string]));
const number = (name: string, otherwise: number): number => Number(words.get(name) ?? otherwise);
const [m, s, d] = [number('m', 4096), number('s', 1024), number('d', 1)];

const device = await openDevice();
const scene = makeScene(device, { m, s, d, shift: number('shift', 0) });
const entries: Entry[] = [];
for (const [kernel, variants] of [
  ['forward', forwardVariants(d)],
  ['velocity', velocityVariants(d)],
] as const) {
  if (!kernel.startsWith(words.get('only') ?? '')) continue;
  for (const variant of variants) {
    if (variant.name === 'naive' && words.get('naive') === '0') continue;
    entries.push(await prepare(kernel, variant));
  }
}
await report();
scene.own.destroy();
await device.destroy();

/** Compiles a variant, runs it once and compares its output. */
async function prepare(kernel: Entry['kernel'], variant: Variant): Promise<Entry> {
  const { name, code, entry, items, workgroup, overridden } = variant;
  const { samples, splits } = scene.samples(kernel === 'velocity' || name === 'naive' ? 1 : SPLITS);
  const out =
    kernel === 'forward'
      ? { partial: scene.partial(splits) }
      : { velocity_out: scene.own.storage('velocity', scene.plan.particleBytes) };
  const count = kernel === 'forward' ? s : m;
  const start = clocks.cpuMs() as number;
  const pass = await createPass(device, {
    ...{ name: entry, code },
    buffers: { ...scene.buffers, samples, ...out },
    grid: { x: Math.ceil(count / (items * workgroup)), y: splits },
    overrides: overridden ? { WORKGROUP: workgroup } : {},
  });
  const compileMs = (clocks.cpuMs() as number) - start;
  submitPasses(device, [pass]);
  const error = await errorOf(scene, out, splits);
  return { kernel, name, pass, error, compileMs };
}

function errorOf(
  from: Scene,
  { partial, velocity_out }: { partial?: GPUBuffer; velocity_out?: GPUBuffer },
  splits: number,
): Promise<number> {
  if (partial !== undefined) return from.forwardError(partial, splits);
  return from.velocityError(velocity_out as GPUBuffer);
}

/** Measures all entries and the peak of the adapter, and prints a table. */
async function report(): Promise<void> {
  const fma = await fmaProbe(device);
  const title = ({ kernel, name }: Entry): string => `${kernel}, ${name}`;
  const subjects = entries.map((entry) => passSubject(device, title(entry), [entry.pass]));
  const effort = { windows: number('windows', 5), windowMs: 100 };
  const timings = await measure([fma.subject, ...subjects], clocks, effort);
  const clock = device.software ? 'cpu' : 'device';
  const msOf = (name: string): number => (timings.get(name)?.[clock] ?? { median: NaN }).median;
  const peak = fma.amount / msOf('fma');
  console.log(`${device.adapterName}: m = ${m}, s = ${s}, d = ${d}; median ${clock} ms`);
  console.log(`FMA peak ${(peak / 1e6).toFixed(2)} GFLOP per second of that clock`);
  for (const entry of entries) {
    const { kernel, error, compileMs } = entry;
    const engine = entries.find((other) => other.kernel === kernel && /^engine/.test(other.name));
    const ms = msOf(title(entry));
    const flops = (kernel === 'forward' ? 2 * d + 4 : 4 * d + 3) * m * s;
    const cells = [
      `${ms.toFixed(2)} ms`,
      `${((100 * flops) / ms / peak).toFixed(0)} % of the peak`,
      `${(ms / msOf(title(engine as Entry))).toFixed(2)} × engine`,
      `error ${error.toExponential(1)}`,
      `compile ${compileMs.toFixed(0)} ms`,
    ];
    console.log([title(entry).padEnd(58), ...cells.map((cell) => cell.padStart(19))].join(''));
  }
  for (const subject of subjects) subject.destroy?.();
  fma.destroy();
}
