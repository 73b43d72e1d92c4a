// The data of the variants: a random relu network and samples on the device, and float64 answers at a few places.
import { parseConfig } from '../../src/config-check.ts';
import { paramsUniform } from '../../src/engine/context.ts';
import { packParticles } from '../../src/engine/initialise.ts';
import { limitsOf, planRun, type Plan } from '../../src/engine/plan.ts';
import { createBuffers, createReadBack, type BufferSet } from '../../src/gpu/buffer.ts';
import type { Device } from '../../src/gpu/device.ts';
import { packStruct, readStruct } from '../../src/gpu/layout.ts';
import { keyOf, normalOf, philox } from '../../src/random.ts';
import { SAMPLES } from '../../src/shaders/params.wgsl.ts';
import type { Particles } from '../../src/state.ts';

/** Sizes of a scene. */
export interface Sizes {
  readonly m: number;
  readonly s: number;
  readonly d: number;
  /** distance of the inputs from the origin; biases follow, so that half of the pairs stay active */
  readonly shift: number;
}

/** Buffers by the names of the bindings, and the answers. */
export interface Scene extends Sizes {
  readonly device: Device;
  readonly plan: Plan;
  readonly own: BufferSet;
  readonly buffers: Readonly<Record<string, GPUBuffer>>;
  /** uniform `samples` with the particle sum in `splits` parts */
  samples(splits: number): { samples: GPUBuffer; splits: number; chunk4: number };
  /** a partial buffer [splits][s4] */
  partial(splits: number): GPUBuffer;
  /** largest error of f over the largest |f|, at the first 64 samples */
  forwardError(partial: GPUBuffer, splits: number): Promise<number>;
  /** largest error of each of da, db, dc over its largest value, at the first 64 particles */
  velocityError(velocity: GPUBuffer): Promise<number>;
}

const CHECKED = 64;

function normals(seed: number, count: number): Float32Array {
  const out = new Float32Array(4 * Math.ceil(count / 4));
  for (let k = 0; k < out.length; k += 4) {
    const words = philox([k / 4, 0, 0xfffe0000, 0], keyOf(seed));
    for (let n = 0; n < 4; n++) out[k + n] = normalOf(words[n]);
  }
  return out.subarray(0, count);
}

/** Uploads a scene. */
export function makeScene(device: Device, { m, s, d, shift }: Sizes): Scene {
  const config = parseConfig({ network: { width: m, activation: 'relu' } });
  const plan = planRun(config, d, 1, limitsOf(device));
  const own = createBuffers(device);
  const particles: Particles = {
    dimension: d,
    width: m,
    replicas: 1,
    a: normals(1, m * d),
    b: normals(2, m),
    c: normals(3, m),
    weight: new Float32Array(m).fill(1),
  };
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < d; k++) particles.b[i] += shift * particles.a[i * d + k];
  }
  const s4 = Math.ceil(s / 4);
  const x = new Float32Array(4 * s4 * d); // [d][4·s4]
  for (let k = 0; k < d; k++) {
    const column = normals(100 + k, s).map((value) => value + shift);
    x.set(column, 4 * s4 * k);
  }
  const rho = new Float32Array(4 * s4);
  rho.set(normals(5, s));
  const uniforms = new Map<number, GPUBuffer>();
  const samples: Scene['samples'] = (wanted) => {
    const chunk4 = Math.ceil(plan.m4 / wanted);
    const splits = Math.ceil(plan.m4 / chunk4);
    let uniform = uniforms.get(splits);
    if (uniform === undefined) {
      const fields = { s, s4, splits, chunk4, x_stride4: 0, y_stride4: 0, words: 1 };
      uniform = own.uniform('samples', packStruct(readStruct(SAMPLES, 'SampleParams'), fields));
      uniforms.set(splits, uniform);
    }
    return { samples: uniform, splits, chunk4 };
  };
  const answers = answersOf(particles, x, rho, s, s4);
  return {
    m,
    s,
    d,
    shift,
    device,
    plan,
    own,
    buffers: {
      params: paramsUniform(config, plan, own, 0),
      particle: own.upload('particle', packParticles(particles, plan)),
      x: own.upload('x', x),
      weighted_residual: own.upload('weighted_residual', rho),
      weight: own.upload('weight', new Float32Array(4)),
    },
    samples,
    partial: (splits) => own.storage('partial', 16 * splits * s4),
    forwardError: async (partial, splits) => {
      const rows = await floats(device, partial, 4 * splits * s4);
      const f = answers.f.map((_, j) => {
        let sum = 0;
        for (let split = 0; split < splits; split++) sum += rows[split * 4 * s4 + j];
        return sum;
      });
      return worst(f, answers.f);
    },
    velocityError: async (velocity) => {
      const rows = await floats(device, velocity, plan.particleBytes / 4);
      const errors = answers.velocity.map((row, k) =>
        worst(
          row.map((_, i) => rows[4 * plan.m4 * k + i]),
          row,
        ),
      );
      return Math.max(...errors);
    },
  };
}

function answersOf(
  { a, b, c, dimension: d, width: m }: Particles,
  x: Float32Array,
  rho: Float32Array,
  s: number,
  s4: number,
): { f: number[]; velocity: number[][] } {
  const z = (i: number, j: number): number => {
    let sum = -b[i];
    for (let k = 0; k < d; k++) sum += a[i * d + k] * x[4 * s4 * k + j];
    return sum;
  };
  const f = Array.from({ length: Math.min(CHECKED, s) }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < m; i++) sum += c[i] * Math.max(0, z(i, j));
    return sum;
  });
  const checked = Math.min(CHECKED, m);
  const velocity = Array.from({ length: d + 2 }, () => new Array<number>(checked).fill(0));
  for (let i = 0; i < checked; i++) {
    for (let j = 0; j < s; j++) {
      const value = z(i, j);
      if (value <= 0) continue;
      for (let k = 0; k < d; k++) velocity[k][i] -= rho[j] * c[i] * x[4 * s4 * k + j];
      velocity[d][i] += rho[j] * c[i];
      velocity[d + 1][i] -= rho[j] * value;
    }
  }
  return { f, velocity };
}

async function floats(device: Device, buffer: GPUBuffer, count: number): Promise<Float32Array> {
  const readBack = createReadBack(device);
  const [bytes] = await readBack.read([{ buffer, bytes: 4 * count }]);
  readBack.destroy();
  return new Float32Array(bytes);
}

function worst(seen: readonly number[], wanted: readonly number[]): number {
  const size = Math.max(...wanted.map(Math.abs));
  // A value that is not a number counts as infinitely wrong.
  return (
    Math.max(...seen.map((v, k) => (Number.isFinite(v) ? Math.abs(v - wanted[k]) : Infinity))) /
    size
  );
}
