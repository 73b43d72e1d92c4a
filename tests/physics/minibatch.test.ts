// Minibatches on the device: the velocity of a batch is an unbiased estimate of the velocity of all samples.
import { expect } from 'vitest';
import { createSimulation } from '../../src/engine/simulation.ts';
import type { Particles } from '../../src/state.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const tests = deviceTests('minibatch');

/** The same particles in every replica. */
function copies(one: Particles, replicas: number): Particles {
  const repeat = (values: Float32Array) => {
    const all = new Float32Array(replicas * values.length);
    for (let r = 0; r < replicas; r++) all.set(values, r * values.length);
    return all;
  };
  const { a, b, c, weight } = one;
  return { ...one, replicas, a: repeat(a), b: repeat(b), c: repeat(c), weight: repeat(weight) };
}

tests.each(
  [1, 4, 12],
  (batch) =>
    `the mean velocity over replicas is that of all samples within 5 standard errors, B = ${batch}`,
  async (device, batch) => {
    const [m, d, replicas, dt] = [8, 2, 1500, 1];
    const data = problemOf(makeSamples({ seed: 51, count: 12, dimension: d, weighted: true }));
    const one = makeParticles({ seed: 52, width: m, dimension: d });
    const config = configOf({ network: { activation: 'tanh', width: m }, flow: { batch, dt } });
    const simulation = await createSimulation(device, config, {
      data,
      particles: copies(one, replicas),
    });
    const exact = (await simulation.observe(['velocity'])).velocity;
    await simulation.step(1);
    const { particles } = await simulation.read();
    simulation.destroy();

    let worst = 0;
    for (const name of ['a', 'b', 'c'] as const) {
      const start = one[name];
      start.forEach((value, k) => {
        let [sum, squares] = [0, 0];
        for (let r = 0; r < replicas; r++) {
          const v = (particles[name][r * start.length + k] - value) / dt;
          sum += v;
          squares += v * v;
        }
        const mean = sum / replicas;
        const se = Math.sqrt((squares / replicas - mean ** 2) / (replicas - 1));
        worst = Math.max(worst, Math.abs(mean - exact[name][k]) / se);
        // A batch must be noisy, or nothing is tested.
        expect(se).toBeGreaterThan(0);
      });
    }
    // 32 coordinates share their noise: the largest of a few dozen standard normals.
    console.log(
      `B = ${batch}: the mean velocity is at most ${worst.toFixed(2)} standard errors off`,
    );
    expect(worst).toBeLessThan(5);
  },
);

tests.it('its noise falls like 1/√B', async (device) => {
  const [m, replicas] = [4, 1000];
  const data = problemOf(makeSamples({ seed: 53, count: 80, dimension: 1 }));
  const one = makeParticles({ seed: 54, width: m, dimension: 1 });
  const spreadAt = async (batch: number) => {
    const config = configOf({ network: { activation: 'tanh', width: m }, flow: { batch, dt: 1 } });
    const simulation = await createSimulation(device, config, {
      data,
      particles: copies(one, replicas),
    });
    await simulation.step(1);
    const { particles } = await simulation.read();
    simulation.destroy();
    const moves = Array.from({ length: replicas }, (_, r) => particles.c[r * m] - one.c[0]);
    const mean = moves.reduce((sum, v) => sum + v / replicas, 0);
    return Math.sqrt(moves.reduce((sum, v) => sum + (v - mean) ** 2 / (replicas - 1), 0));
  };
  const ratio = (await spreadAt(4)) / (await spreadAt(64));
  // The relative standard error of a spread over R replicas is 1/√(2R), of a ratio of two √2 times that.
  expect(Math.abs(ratio / 4 - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(2 * replicas));
});
