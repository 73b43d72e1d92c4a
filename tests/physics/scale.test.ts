// Ten million particles: one step past 65,535 workgroups against float64, where the reference is evaluated at all
// samples and at a few thousand particles.
import { expect } from 'vitest';
import { createSimulation } from '../../src/engine/simulation.ts';
import { keyOf, normalOf, philox } from '../../src/random.ts';
import { activationOf } from '../../src/problem/activation.ts';
import type { Samples } from '../../src/problem/problem.ts';
import type { Particles } from '../../src/state.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeSamples } from '../helpers/random.ts';

const tests = deviceTests('scale');
const [M, S, D, DT] = [10_000_003, 8, 2, 0.1];
const SEED = 17;

/** z = ⟨a_i, x_j⟩ − b_i. */
function preactivation({ a, b }: Particles, i: number, { x }: Samples, j: number): number {
  return a[D * i] * x[D * j] + a[D * i + 1] * x[D * j + 1] - b[i];
}

/** f at every sample, mean over all particles. */
function meanField(cloud: Particles, samples: Samples): Float64Array {
  const sigma = activationOf('tanh');
  const f = new Float64Array(S);
  for (let j = 0; j < S; j++) {
    let sum = 0;
    for (let i = 0; i < M; i++)
      sum += cloud.c[i] * sigma.value(preactivation(cloud, i, samples, j));
    f[j] = sum / M;
  }
  return f;
}

/** Particle i one Euler step later, p = 1: rows a_0, a_1, b, c. */
function moved(cloud: Particles, i: number, samples: Samples, rho: Float64Array): number[] {
  const sigma = activationOf('tanh');
  const row = [cloud.a[D * i], cloud.a[D * i + 1], cloud.b[i], cloud.c[i]];
  for (let j = 0; j < S; j++) {
    const z = preactivation(cloud, i, samples, j);
    const pull = DT * samples.weight[j] * rho[j];
    const slope = pull * cloud.c[i] * sigma.derivative(z);
    row[0] -= slope * samples.x[D * j];
    row[1] -= slope * samples.x[D * j + 1];
    row[2] += slope;
    row[3] -= pull * sigma.value(z);
  }
  return row;
}

tests.it(
  'one step at m = 10⁷ + 3, s = 8, d = 2 agrees with float64, the last particles included',
  async (device) => {
    const started = performance.now();
    const config = configOf({
      seed: SEED,
      network: { width: M, activation: 'tanh' },
      flow: { dt: DT },
    });
    const samples = makeSamples({ seed: 71, count: S, dimension: D, weighted: true });
    const simulation = await createSimulation(device, config, { data: problemOf(samples) });
    const { particles: before } = await simulation.read();
    const { prediction, residual } = await simulation.observe(['prediction', 'residual']);
    const stepStarted = performance.now();
    await simulation.step(1);
    const stepMs = performance.now() - stepStarted;
    const { particles: after } = await simulation.read();
    simulation.destroy();

    const f = meanField(before, samples);
    const rho = f.map((value, j) => value - samples.y[j]);
    // A mean of m numbers c σ of size one in blocks of 64, of 16, of the parts and of the 16 groups of parts: against
    // the root mean square over √m that leaves what a sum of random signs has; partial sums round at every level.
    const terms = 64 + 256 + 32;
    tests.close('f', prediction, f, { scale: 1 / Math.sqrt(M), terms, label: 'f' });
    tests.close('ρ', residual, rho, {
      scale: Array.from(samples.y, (y) => 1 / Math.sqrt(M) + Math.abs(y) / Math.sqrt(terms)),
      terms,
      label: 'ρ',
    });

    const chosen = [0, 1, 2, 3, M - 4, M - 3, M - 2, M - 1];
    for (let i = 4; i < M; i += 2503) chosen.push(i);
    const rows = chosen.map((i) => moved(before, i, samples, rho));
    const seen = chosen.flatMap((i) => [
      after.a[D * i],
      after.a[D * i + 1],
      after.b[i],
      after.c[i],
    ]);
    tests.close('particles', seen, rows.flat(), {
      scale: rows.flat().map((value) => Math.abs(value) + DT),
      terms: D + 1 + S,
      label: 'particles',
    });
    for (const i of chosen) {
      const words = philox([i, 0, 0, 0], keyOf(SEED)).map(normalOf);
      expect([before.a[D * i], before.a[D * i + 1], before.b[i], before.c[i]]).toEqual(words);
    }
    const bytes = 4 * (D + 2) * M;
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `m = ${M}: ${chosen.length} particles compared; step ${stepMs.toFixed(0)} ms; ` +
        `particles ${(bytes / 2 ** 20).toFixed(0)} MiB and as much for velocities; whole test ${seconds.toFixed(1)} s`,
    );
  },
  120_000,
);
