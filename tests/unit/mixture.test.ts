// Signed Gaussian units: energy, potential and velocity of the closed form are those of the network on its grid.
import { expect, it } from 'vitest';
import { makeProblem } from '../../src/problem/make.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { mixtureConfig, TARGET } from '../../src/experiments/reproduce/mixture.ts';
import { mixtureEnergy } from '../../src/theory/mixture.ts';

const config = mixtureConfig(
  { steps: 3000, centres: { kind: 'uniform', low: -2, high: 2 } },
  'gradient descent',
  {},
);

it('the constant of the energy is 0.068868', () => {
  expect(mixtureEnergy(TARGET, [], []).energy).toBeCloseTo(0.068868, 6);
});

it('the grid gives the closed form, at the start and after fifty steps', async () => {
  const small = { ...config, network: { ...config.network, width: 60 } };
  const reference = createReference(small, await makeProblem(small));
  for (const steps of [0, 50]) {
    reference.step(steps);
    const { b, c } = reference.read().particles;
    const truth = mixtureEnergy(TARGET, c, b);
    const { loss, potential, velocity } = reference.observe(['loss', 'potential', 'velocity']);
    // Inputs and targets are float32.
    expect(Math.abs(loss[0] - truth.energy)).toBeLessThan(1e-7);
    truth.potential.forEach((v, i) => {
      expect(Math.abs(potential[i] - v)).toBeLessThan(1e-6);
      expect(Math.abs(velocity.c[i] + truth.byCharge[i])).toBeLessThan(1e-6);
      expect(Math.abs(velocity.b[i] + truth.byCentre[i])).toBeLessThan(1e-6);
    });
  }
});
