// The border of the library: what does not fit together is refused in one line, and a destroyed simulation harms no other.
import { expect } from 'vitest';
import { createSimulation, type ObservableName } from '../../src/engine/simulation.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const tests = deviceTests('border');
const data = problemOf(makeSamples({ seed: 1, count: 5, dimension: 2 }));
const config = configOf({ network: { width: 8 } });
const particles = makeParticles({ seed: 2, width: 8, dimension: 2 });

tests.it('refuses data, particles and replicas that do not fit', async (device) => {
  const cases: [Parameters<typeof createSimulation>[2], RegExp][] = [
    [
      { data, particles: { ...particles, a: particles.a.subarray(1) } },
      /initial particles: .* allowed: 16, 8, 8, 8/,
    ],
    [{ data, particles: { ...particles, width: 9 } }, /received width 9; allowed: 8/],
    [
      { data: { ...data, train: { ...data.train, y: data.train.y.subarray(1) } } },
      /samples: .* s = 5, d = 2/,
    ],
    [{ data, replicas: 0 }, /replicas: received 0/],
    [{ data, replicas: -1 }, /replicas: received -1/],
    [{ data, replicas: 1.5 }, /replicas: received 1.5/],
  ];
  for (const [options, message] of cases) {
    await expect(createSimulation(device, config, options)).rejects.toThrow(message);
  }
  const unbiased = configOf({ network: { width: 8, bias: false } });
  await expect(createSimulation(device, unbiased, { data, particles })).rejects.toThrow(
    /b = 0 with network\.bias false/,
  );
});

tests.it('refuses unknown observables and inputs that are not finite', async (device) => {
  const simulation = await createSimulation(device, config, { data });
  for (const name of ['los', 'toString']) {
    await expect(simulation.observe([name as ObservableName])).rejects.toThrow(
      /observe: received .* allowed: loss, /,
    );
  }
  await expect(simulation.predict(Float32Array.of(NaN, 1))).rejects.toThrow(
    /predict: .* all finite/,
  );
  await expect(simulation.step(0.5)).rejects.toThrow(/step: received 0.5/);
  simulation.destroy();
});

tests.it(
  'lets a simulation be destroyed in the middle of a step without harm to another',
  async (device) => {
    const doomed = await createSimulation(device, configOf({ network: { width: 4096 } }), { data });
    const other = await createSimulation(device, config, { data });
    const stepping = doomed.step(100_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    doomed.destroy();
    await expect(stepping).rejects.toThrow('the simulation was destroyed');
    await expect(doomed.observe(['loss'])).rejects.toThrow('the simulation was destroyed');
    await other.step(3);
    expect((await other.observe(['loss'])).loss[0]).toBeGreaterThan(0);
    other.destroy();
  },
);
