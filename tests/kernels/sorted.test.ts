// The sorted kernels of the univariate ReLU network: network and velocity against float64 sums over the same active
// sets, at every boundary and on data that is hard for float32.
import { expect } from 'vitest';
import { createSimulation, type SimulationOptions } from '../../src/engine/simulation.ts';
import type { ConfigInput } from '../../src/config.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Samples } from '../../src/problem/problem.ts';
import { createReference } from '../../src/reference/simulation.ts';
import type { Particles } from '../../src/state.ts';
import { activeSums, maxError } from '../helpers/active-sums.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, normals, uniforms } from '../helpers/random.ts';

const tests = deviceTests('sorted');

interface Case {
  particles: Particles;
  samples: Samples;
  network?: ConfigInput['network'];
  flow?: ConfigInput['flow'];
}

/** The largest error of f and dw/dt, each against its own largest value, on sorted kernels. */
async function errorOf(device: Device, { particles, samples, network, flow }: Case) {
  const config = configOf({ network: { width: particles.width, ...network }, flow: flow ?? {} });
  const options: SimulationOptions = { data: problemOf(samples), particles, kernel: 'sorted' };
  const simulation = await createSimulation(device, config, options);
  const seen = await simulation.observe(['prediction', 'velocity', 'patterns']);
  simulation.destroy();
  const wanted = activeSums(config, particles, samples, seen.patterns);
  return Math.max(
    maxError(seen.prediction, wanted.prediction),
    ...(['a', 'b', 'c'] as const).map((name) => maxError(seen.velocity[name], wanted[name])),
  );
}

function samplesAt(x: Float32Array, y: (x: number, j: number) => number): Samples {
  const s = x.length;
  return {
    count: s,
    dimension: 1,
    x,
    y: x.map((value, j) => y(value, j)),
    weight: new Float32Array(s).fill(1 / s),
  };
}

/** The bound on random data, relative to the largest value. */
const RANDOM = 1e-6;
/** The bound on data made to be hard. */
const HARD = 3e-6;

tests.it('agree with float64 on both sides of every boundary of the samples', async (device) => {
  for (const s of [1, 2, 3, 5, 63, 64, 65, 127, 128, 129, 257]) {
    const samples = makeSamples({ seed: s, count: s, dimension: 1, weighted: true });
    const particles = makeParticles({ seed: s + 1, width: 67, dimension: 1 });
    expect(await errorOf(device, { particles, samples }), `s = ${s}`).toBeLessThan(RANDOM);
  }
});

tests.it('agree with float64 on both sides of every boundary of the width', async (device) => {
  for (const m of [1, 2, 3, 4, 5, 63, 64, 65, 255, 256, 257, 1021, 1024, 1025]) {
    const samples = makeSamples({ seed: m, count: 37, dimension: 1 });
    const particles = makeParticles({ seed: m + 1, width: m, dimension: 1 });
    expect(await errorOf(device, { particles, samples }), `m = ${m}`).toBeLessThan(RANDOM);
  }
});

tests.it('agree with float64 where the scan takes several workgroups', async (device) => {
  for (const s of [8192, 8193, 20_011]) {
    const samples = makeSamples({ seed: s, count: s, dimension: 1, weighted: true });
    const particles = makeParticles({ seed: s, width: 61, dimension: 1, replicas: 2 });
    expect(await errorOf(device, { particles, samples }), `s = ${s}`).toBeLessThan(RANDOM);
  }
});

// A million samples: the scans go over 31,250 workgroups, every active set still is a million predicates in float32.
tests.it('agree with float64 on a million samples', async (device) => {
  const samples = makeSamples({ seed: 41, count: 1_000_000, dimension: 1 });
  const particles = makeParticles({ seed: 42, width: 7, dimension: 1 });
  expect(await errorOf(device, { particles, samples })).toBeLessThan(RANDOM);
});

tests.it(
  'know p, replicas and particle weights, and leave at rest what does not train',
  async (device) => {
    const samples = makeSamples({ seed: 5, count: 33, dimension: 1 });
    for (const scale of [0, 0.5, 1]) {
      const particles = makeParticles({
        seed: 7,
        width: 71,
        dimension: 1,
        replicas: 3,
        weighted: true,
      });
      expect(await errorOf(device, { particles, samples, network: { scale } })).toBeLessThan(
        RANDOM,
      );
    }
    const particles = makeParticles({ seed: 8, width: 9, dimension: 1 });
    const config = configOf({ network: { width: 9 }, flow: { train: ['c'] } });
    const options = { data: problemOf(samples), particles, kernel: 'sorted' } as const;
    const simulation = await createSimulation(device, config, options);
    await simulation.step(3);
    const { particles: after } = await simulation.read();
    simulation.destroy();
    expect([after.a, after.b]).toEqual([particles.a, particles.b]);
    expect(after.c).not.toEqual(particles.c);
  },
);

const [m, s] = [500, 1021];
const inputs = uniforms(11, s, -1, 1);
const cloud = (): Particles => makeParticles({ seed: 12, width: m, dimension: 1 });

/** Data and particles that are hard for float32. */
const HARD_CASES: Record<string, () => Case> = {
  'knots on samples, ties and a = 0': () => {
    const particles = cloud();
    particles.a.forEach((a, i) => (particles.a[i] = i % 10 === 0 ? 0 : Math.round(4 * a) / 4));
    particles.b.forEach((b, i) => (particles.b[i] = Math.round(8 * b) / 8));
    return {
      particles,
      samples: samplesAt(
        inputs.map((x) => Math.round(8 * x) / 8),
        (x) => x,
      ),
    };
  },
  'four inputs, each many times': () => ({
    particles: cloud(),
    samples: samplesAt(
      inputs.map((_, j) => [-0.7, -0.2, 0.1, 0.9][j % 4]),
      (x) => x * x,
    ),
  }),
  'two clusters 1e-4 wide': () => ({
    particles: cloud(),
    samples: samplesAt(
      inputs.map((x, j) => (j % 2 === 0 ? 1 : -1) + 1e-4 * x),
      (x) => x,
    ),
  }),
  'residuals of alternating sign': () => ({
    particles: cloud(),
    samples: samplesAt(inputs, (_, j) => (j % 2 === 0 ? 1 : -1)),
  }),
  'inputs of size 1e-3': () => ({
    particles: cloud(),
    samples: samplesAt(
      inputs.map((x) => 1e-3 * x),
      (x) => 1e3 * x,
    ),
  }),
  'inputs at 1000 ± 1 with knots among them': () => {
    const particles = cloud();
    const knots = uniforms(13, m, -1, 1);
    particles.b.forEach((_, i) => (particles.b[i] = particles.a[i] * (1000 + knots[i])));
    return {
      particles,
      samples: samplesAt(
        inputs.map((x) => 1000 + x),
        Math.sin,
      ),
    };
  },
  'inputs at 1000 ± 1 with knots far away': () => ({
    particles: cloud(),
    samples: samplesAt(
      inputs.map((x) => 1000 + x),
      Math.sin,
    ),
  }),
  'slopes over fifty orders of magnitude': () => {
    const particles = cloud();
    particles.a.forEach((_, i) => {
      const size = 10 ** (6 * (i % 9) - 24);
      particles.a[i] *= size;
      particles.b[i] *= size;
      particles.c[i] /= size;
    });
    return { particles, samples: samplesAt(inputs, Math.cos) };
  },
  'output weights over twelve orders of magnitude': () => {
    const particles = cloud();
    particles.c.forEach((c, i) => (particles.c[i] = c * 10 ** ((i % 13) - 6)));
    return { particles, samples: samplesAt(inputs, Math.sin) };
  },
};

tests.each(
  Object.keys(HARD_CASES),
  (name) => `agree with float64: ${name}`,
  async (device, name) => {
    expect(await errorOf(device, HARD_CASES[name]())).toBeLessThan(HARD);
  },
);

tests.it('agree with the float64 reference after 300 steps', async (device) => {
  const width = 2000;
  const samples = samplesAt(uniforms(21, 100, -1, 1), (x) => Math.sin(2 * x));
  const particles = makeParticles({ seed: 22, width, dimension: 1 });
  const config = configOf({ network: { width }, flow: { dt: 0.1 } });
  const problem = problemOf(samples);
  const simulation = await createSimulation(device, config, {
    data: problem,
    particles,
    kernel: 'sorted',
  });
  await simulation.step(300);
  const { prediction, loss } = await simulation.observe(['prediction', 'loss']);
  simulation.destroy();
  const reference = createReference(config, problem, { particles });
  const before = reference.observe(['loss']).loss[0];
  reference.step(300);
  const wanted = reference.observe(['prediction', 'loss']);
  expect(wanted.loss[0]).toBeLessThan(before / 50);
  expect(loss[0] / wanted.loss[0] - 1).toBeCloseTo(0, 5);
  expect(maxError(prediction, wanted.prediction)).toBeLessThan(2e-6);
});

tests.it(
  'take up output weights that start at zero or grow a thousandfold in a step',
  async (device) => {
    const samples = samplesAt(inputs, (x) => 1000 * Math.sin(3 * x));
    for (const start of [0, 1e-3]) {
      const particles = cloud();
      particles.c.set(normals(31, m, start));
      const config = configOf({ network: { width: m }, flow: { dt: 1 } });
      const problem = problemOf(samples);
      const simulation = await createSimulation(device, config, {
        data: problem,
        particles,
        kernel: 'sorted',
      });
      const reference = createReference(config, problem, { particles });
      for (let step = 0; step < 2; step++) {
        await simulation.step(1);
        reference.step(1);
      }
      const { particles: seen } = await simulation.read();
      simulation.destroy();
      const wanted = reference.read().particles;
      for (const name of ['a', 'b', 'c'] as const) {
        // Two steps, each of which a thousandfold growth of c carries on to a and b.
        expect(maxError(seen[name], wanted[name]), name).toBeLessThan(1e-5);
      }
    }
  },
);
