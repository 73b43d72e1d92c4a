// population_velocity and population_product against float64, and the expected products at pairs that strain rounding.
import { expect } from 'vitest';
import type { ActivationName, Config } from '../../src/config.ts';
import {
  createProducts,
  populationVelocityPasses,
  uploadTeacher,
} from '../../src/engine/population-loss.ts';
import { readProbe } from '../../src/engine/probe.ts';
import { createReadBack } from '../../src/gpu/buffer.ts';
import type { Device } from '../../src/gpu/device.ts';
import { kernelOf } from '../../src/problem/kernels.ts';
import type { Population } from '../../src/problem/problem.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import {
  populationPotential,
  populationProducts,
  populationVelocity,
} from '../../src/reference/population.ts';
import type { Particles } from '../../src/state.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, normals } from '../helpers/random.ts';
import { onBench, unpadRows } from './harness.ts';

const tests = deviceTests('population');

interface Case {
  activation?: ActivationName;
  m?: number;
  k?: number;
  d?: number;
  replicas?: number;
  scale?: number;
  train?: Config['flow']['train'];
  weighted?: boolean;
}

/** Rounding units that a value may lie away, of the root sum of squares of what enters it. */
const UNITS = 4;
/** Accuracy of K and its gradient: 5e-6 of |a||b| and of |b|, what is asked of a pair, as a factor on float32's unit. */
const PAIR = 5e-6 / 2 ** -24;

function populationOf(k: number, d: number): Population {
  const a = normals(31 * k + d, k * d);
  const teacher = { neurons: k, dimension: d, a, b: new Float32Array(k), c: normals(7 * k, k) };
  return { teacher, moment: 0.75 };
}

function cloudFor({ m = 33, d = 2, replicas = 1, weighted = false }: Case): Particles {
  const cloud = makeParticles({ seed: m + d, width: m, dimension: d, replicas, weighted });
  return { ...cloud, b: new Float32Array(replicas * m) };
}

function settingOf(choice: Case): { config: Config; particles: Particles; population: Population } {
  const { activation = 'relu', m = 33, k = 3, d = 2, scale = 1 } = choice;
  const network = { activation, width: m, scale, bias: false };
  const flow = choice.train === undefined ? {} : { train: choice.train };
  return {
    config: configOf({ network, flow }),
    particles: cloudFor(choice),
    population: populationOf(k, d),
  };
}

const norm = (a: ArrayLike<number>, i: number, d: number): number => {
  let square = 0;
  for (let n = 0; n < d; n++) square += a[i * d + n] ** 2;
  return Math.sqrt(square);
};

/**
 * What the potential and its gradient at particle i are sums of, root sum of squares, where a pair counts with |a||b| and
 * |b| (relu), with 1 and |b| (erf), and with |a|²|b|² and |a||b|² (quadratic).
 */
function scalesOf({ config, particles, population }: ReturnType<typeof settingOf>) {
  const { dimension: d, width: m, replicas } = particles;
  const { teacher, moment } = population;
  const degree = config.network.activation === 'quadratic' ? 6 : 1;
  const alpha = m ** config.network.scale;
  const size = (x: number, power: number): number =>
    config.network.activation === 'erf' ? 1 : x ** power;
  const p = degree === 6 ? 2 : 1;
  const value = new Float64Array(replicas * m);
  const slope = new Float64Array(replicas * m);
  for (let i = 0; i < replicas * m; i++) {
    const own = norm(particles.a, i, d);
    const add = (q: number, other: number): void => {
      value[i] += (degree * moment * q * size(own, p) * size(other, p)) ** 2;
      slope[i] += (degree * moment * q * size(own, p - 1) * other ** p) ** 2;
    };
    const first = Math.floor(i / m) * m;
    for (let j = first; j < first + m; j++)
      add((particles.weight[j] * particles.c[j]) / alpha, norm(particles.a, j, d));
    for (let t = 0; t < teacher.neurons; t++)
      add(teacher.c[t] / teacher.neurons, norm(teacher.a, t, d));
    value[i] = Math.sqrt(value[i]);
    slope[i] = Math.sqrt(slope[i]);
  }
  return { value, slope };
}

async function checkVelocity(device: Device, choice: Case): Promise<void> {
  const setting = settingOf(choice);
  const { config, particles, population } = setting;
  const { dimension: d, width: m } = particles;
  const { value, slope } = scalesOf(setting);
  const factor = m ** config.network.scale / m;
  const expected = populationVelocity(config, cloudOf(particles), population);
  await onBench(device, config, { particles }, async (bench) => {
    const own = uploadTeacher(bench.context, population);
    const out = bench.cloud('velocity');
    const v = bench.context.buffers.storage('potential', 16 * particles.replicas * bench.plan.m4);
    bench.run(...(await populationVelocityPasses(bench.context, own, bench.particle, out, v)));
    const actual = await bench.readCloud(out);
    const seen = unpadRows(await bench.floats(v, 4 * particles.replicas * bench.plan.m4), m);
    const name = `${config.network.activation}, d = ${d}, m = ${m}`;
    const terms = 2 * d + 16 + Math.ceil(m / 16);
    tests.close('dc/dt', actual.c, expected.c, {
      scale: value.map((x) => factor * x),
      terms,
      factor: UNITS,
      label: `${name}: c`,
    });
    tests.close('V', seen, populationPotential(config, cloudOf(particles), population), {
      scale: value.map((x, i) => factor * Math.abs(particles.c[i]) * x),
      terms,
      factor: UNITS,
      label: `${name}: V`,
    });
    tests.close('da/dt', actual.a, expected.a, {
      scale: Float64Array.from(
        actual.a,
        (_, at) => factor * Math.abs(particles.c[Math.floor(at / d)]) * slope[Math.floor(at / d)],
      ),
      terms,
      factor: UNITS,
      label: `${name}: a`,
    });
    expect(actual.b.every((b) => b === 0)).toBe(true);
  });
}

const ACTIVATIONS = ['relu', 'erf', 'quadratic'] as const;
// One invocation holds 4 particles, a workgroup 256, a tile of sources 16.
tests.each(
  [1, 3, 4, 5, 15, 16, 17, 255, 256, 257, 131].map((m) => ({ m })),
  ({ m }) => `velocity at m = ${m}`,
  async (device, { m }) => {
    for (const activation of m === 17 || m === 257 ? ACTIVATIONS : (['relu'] as const)) {
      await checkVelocity(device, { activation, m });
    }
  },
);
tests.each(
  [1, 2, 3, 16, 17].map((d) => ({ d })),
  ({ d }) => `velocity in dimension ${d}, and with 1, 4, 17 teacher neurons`,
  async (device, { d }) => {
    for (const k of [1, 4, 17]) await checkVelocity(device, { d, k });
    for (const activation of ['erf', 'quadratic'] as const) {
      await checkVelocity(device, { activation, d });
    }
  },
);
tests.it('velocity of replicas, weights, other scales, and what does not train', async (device) => {
  await checkVelocity(device, { replicas: 3, m: 7, d: 3 });
  await checkVelocity(device, { weighted: true, m: 21, d: 3 });
  await checkVelocity(device, { scale: 0.5, m: 21 });
  await checkVelocity(device, { train: ['c'], m: 9 });
  await checkVelocity(device, { train: ['a'], m: 9 });
});

async function checkProducts(device: Device, choice: Case): Promise<void> {
  const { config, particles, population } = settingOf(choice);
  const { dimension: d, width: m, replicas } = particles;
  const expected = populationProducts(config, cloudOf(particles), population);
  // ⟨f_r, ρ_l⟩ adds numbers of random sign; its size is at most that of |q| |q| K.
  const scale =
    Math.max(...Array.from(expected.residual, Math.abs)) +
    Math.max(...Array.from(expected.target, Math.abs));
  await onBench(device, config, { particles }, async (bench) => {
    const readBack = createReadBack(device);
    const own = uploadTeacher(bench.context, population);
    const products = createProducts(bench.context, own, bench.particle);
    const name = `${config.network.activation}, d = ${d}, m = ${m}, R = ${replicas}`;
    const closeness = { scale, terms: 2 * d + 16 + m, factor: UNITS };
    const all = await readProbe(readBack, await products.all());
    tests.close('products', all.residual, expected.residual, { ...closeness, label: name });
    tests.close('products', all.target, expected.target, { ...closeness, label: name });
    const diagonal = Float64Array.from(
      { length: replicas },
      (_, r) => expected.residual[r * replicas + r],
    );
    tests.close('products', await readProbe(readBack, await products.own()), diagonal, {
      ...closeness,
      label: name,
    });
    readBack.destroy();
  });
}

tests.each(
  [1, 3, 4, 5, 16, 17, 255, 256, 257, 131].map((m) => ({ m })),
  ({ m }) => `products at m = ${m}`,
  (device, { m }) => checkProducts(device, { m, d: 3, k: 5 }),
);
tests.it('products of replicas, dimensions, activations and weights', async (device) => {
  for (const d of [1, 2, 3, 16, 17]) await checkProducts(device, { d, m: 13, replicas: 2 });
  for (const activation of ACTIVATIONS) {
    await checkProducts(device, { activation, m: 19, replicas: 5, k: 17 });
  }
  await checkProducts(device, { weighted: true, m: 21, replicas: 3 });
  await checkProducts(device, { scale: 0.5, m: 21, replicas: 2 });
});

/** One particle w = (a, c = 1) against one teacher neuron b: −dc/dt is K(a, a) − K(a, b), and so for the gradient. */
tests.each(
  [1, 2, 3, 16, 17].map((d) => ({ d })),
  ({ d }) => `pairs in dimension ${d}: equal, opposite, nearly so, zero, far apart in size`,
  async (device, { d }) => {
    const a = normals(5, d);
    const turned = (angle: number, size = 1): Float32Array =>
      a.map((value, n) => size * (Math.cos(angle) * value + Math.sin(angle) * a[(n + 1) % d]));
    const pairs: [Float32Array, Float32Array][] = [
      [a, a],
      [a, a.map((x) => -x)],
      [a, a.map((x) => 3 * x)],
      ...[1e-6, 1e-4, 1e-2, Math.PI - 1e-4].map((t): [Float32Array, Float32Array] => [
        a,
        turned(t),
      ]),
      [a, new Float32Array(d)],
      [new Float32Array(d), a],
      [a.map((x) => 1e-12 * x), a.map((x) => 1e12 * x)],
      [a, turned(1, 1e-5)],
    ];
    for (const [x, y] of pairs) await checkPair(device, x, y);
  },
);

async function checkPair(device: Device, a: Float32Array, b: Float32Array): Promise<void> {
  const d = a.length;
  const config = configOf({ network: { activation: 'relu', width: 1, bias: false } });
  const one = Float32Array.of(1);
  const zero = Float32Array.of(0);
  // The particle has charge c = 1 and meets itself: K(a, a) = |a|²/2, ∂K/∂a (a, a) = a/2.
  const particles = { dimension: d, width: 1, replicas: 1, a, b: zero, c: one, weight: one };
  const population = { teacher: { neurons: 1, dimension: d, a: b, b: zero, c: one }, moment: 1 };
  const [na, nb] = [norm(a, 0, d), norm(b, 0, d)];
  const dot = a.reduce((sum, value, n) => sum + value * b[n], 0);
  const pair = kernelOf({ activation: 'relu' })?.expected(na * na, nb * nb, dot, 1);
  if (pair === undefined) throw new Error('no kernel');
  await onBench(device, config, { particles }, async (bench) => {
    const own = uploadTeacher(bench.context, population);
    const out = bench.cloud('velocity');
    bench.run(...(await populationVelocityPasses(bench.context, own, bench.particle, out)));
    const actual = await bench.readCloud(out);
    tests.close('pair: K over |a||b|', actual.c, [pair.value - (na * na) / 2], {
      scale: na * nb + na * na,
      factor: PAIR,
      label: 'K',
    });
    tests.close(
      'pair: gradient over |b|',
      actual.a,
      a.map((x, n) => pair.own * x + pair.other * b[n] - (na === 0 ? 0 : x / 2)),
      { scale: nb + na, factor: PAIR, label: 'gradient' },
    );
  });
}
