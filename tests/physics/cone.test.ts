// The cone identity on the device: growth of masses from the velocity is the reaction of the potential, 2 : 1 to transport.
import { expect } from 'vitest';
import { createSimulation } from '../../src/engine/simulation.ts';
import { coneRates } from '../../src/observables/cone.ts';
import type { Particles } from '../../src/state.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const tests = deviceTests('cone');
const train = makeSamples({ seed: 4, count: 9, dimension: 2 });

/** Particles with |c| = |(a, b)|. */
function balanced(particles: Particles): Particles {
  const { a, b, c } = particles;
  const size = (p: number) => Math.hypot(a[2 * p], a[2 * p + 1], b[p]);
  return { ...particles, c: c.map((value, p) => Math.sign(value) * size(p)) };
}

async function observe(device: Parameters<typeof createSimulation>[0], particles: Particles) {
  const config = configOf({ network: { width: particles.width } });
  const simulation = await createSimulation(device, config, { data: problemOf(train), particles });
  const seen = await simulation.observe(['velocity', 'potential', 'residual']);
  simulation.destroy();
  return seen;
}

tests.it('masses grow by the reaction, for any relu neuron', async (device) => {
  const particles = makeParticles({ seed: 5, width: 101, dimension: 2 });
  const { velocity, potential } = await observe(device, particles);
  const { mass, growth, reaction } = coneRates(particles, velocity, potential);
  tests.close(
    'mass · growth',
    mass.map((value, p) => value * growth[p]),
    mass.map((value, p) => value * reaction[p]),
    { scale: mass.map((value, p) => 1 + value / particles.c[p] ** 2), terms: 12, label: 'growth' },
  );
});

tests.it('balanced neurons: reaction −2 ε F(p̂), directions move by −ε ∇F(p̂)', async (device) => {
  const particles = balanced(makeParticles({ seed: 6, width: 101, dimension: 2 }));
  const { velocity, potential, residual } = await observe(device, particles);
  const { growth } = coneRates(particles, velocity, potential);
  const forceAt = (p: readonly number[]): number =>
    train.weight.reduce((sum, nu, j) => {
      const z = p[0] * train.x[2 * j] + p[1] * train.x[2 * j + 1] - p[2];
      return sum + nu * residual[j] * Math.max(z, 0);
    }, 0);
  for (let i = 0; i < 101; i++) {
    const { a, b, c } = particles;
    const p = [a[2 * i], a[2 * i + 1], b[i]];
    const v = [velocity.a[2 * i], velocity.a[2 * i + 1], velocity.b[i]];
    const size = Math.hypot(...p);
    const unit = p.map((value) => value / size);
    const sign = Math.sign(c[i]);
    expect(Math.abs(growth[i] + 2 * sign * forceAt(unit))).toBeLessThan(2e-5);
    // Along any direction across p̂: ⟨dp̂/dt, t⟩ = −ε ∂_t F(p̂).
    const across = [-unit[1], unit[0], 0];
    const speed = v.reduce((sum, value, k) => sum + (value * across[k]) / size, 0);
    const h = 1e-6;
    const slope =
      (forceAt(unit.map((value, k) => value + h * across[k])) -
        forceAt(unit.map((value, k) => value - h * across[k]))) /
      (2 * h);
    expect(Math.abs(speed + sign * slope)).toBeLessThan(2e-5);
  }
});
