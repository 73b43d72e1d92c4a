// The reference against solutions in closed form: one neuron, linear flows, moment equations.
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS } from '../../src/config.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { expectClose } from '../helpers/close.ts';
import { linearNetwork } from '../helpers/linear-network.ts';
import { frozenFeatures, quadraticNeuron, reluNeuron, type Input } from '../helpers/problems.ts';

/** A reference run of a known problem up to time t. */
function runTo(input: Input, t: number) {
  const reference = createReference(input.config, input.problem, { particles: input.particles });
  reference.step(Math.round(t / input.config.flow.dt));
  return { ...reference.read(), ...reference.observe(['prediction', 'residual']) };
}

const scales = [
  { scale: 0, width: 1 },
  { scale: 0, width: 4 },
  { scale: 0.5, width: 6 },
  { scale: 1, width: 6 },
];

describe('one quadratic neuron follows the logistic equation', () => {
  it.each(scales)('with the error that Euler must make, p = $scale, m = $width', (choice) => {
    const errorAt = (dt: number) => {
      const known = quadraticNeuron({ ...choice, dt });
      const { particles } = runTo(known, 1);
      const error = Math.abs(particles.a[0]) - known.aAt(1);
      return { error, leading: known.eulerError(1) };
    };
    const [coarse, fine] = [errorAt(1 / 256), errorAt(1 / 512)];
    // What the leading term leaves is of second order: small against it, and quartered by halving dt.
    expect(Math.abs(fine.error / fine.leading - 1)).toBeLessThan(0.02);
    const order = Math.log2(
      Math.abs((coarse.error - coarse.leading) / (fine.error - fine.leading)),
    );
    expect(Math.abs(order - 2)).toBeLessThan(0.2);
  });

  it('and its prediction is (m/α) a² x²', () => {
    const known = quadraticNeuron({ scale: 0.5, width: 4, dt: 1 / 512, integrator: 'heun' });
    const { prediction } = runTo(known, 1);
    expect(Math.abs(prediction[0] / known.predictionAt(1) - 1)).toBeLessThan(1e-4);
  });
});

describe('one relu neuron with everything trained follows the Riccati equation', () => {
  it.each(scales)(
    'to first order in dt with Euler, to second with Heun, p = $scale, m = $width',
    (choice) => {
      const worst = (integrator: 'euler' | 'heun', dt: number, t: number) => {
        const known = reluNeuron({ ...choice, dimension: 3, dt, integrator });
        const { particles, prediction } = runTo(known, t);
        const exact = known.at(t);
        const errors = [
          ...exact.a.map((value, q) => particles.a[q] - value),
          particles.b[0] - exact.b,
          particles.c[0] - exact.c,
        ].map(Math.abs);
        const error = Math.max(...errors);
        expect(error).toBeLessThan(known.tolerance(integrator === 'heun' ? 2 : 1));
        const m = particles.width;
        const slope = (m / m ** choice.scale) * 4; // |∂f/∂w| of the sum of m equal particles
        expect(Math.abs(prediction[0] - known.predictionAt(t))).toBeLessThan(slope * error);
        return error;
      };
      for (const t of [0.5, 1.5]) {
        const euler = worst('euler', 1 / 64, t) / worst('euler', 1 / 128, t);
        const heun = worst('heun', 1 / 64, t) / worst('heun', 1 / 128, t);
        expect(Math.abs(Math.log2(euler) - 1)).toBeLessThan(0.2);
        expect(Math.abs(Math.log2(heun) - 2)).toBeLessThan(0.3);
      }
    },
  );

  it('and c passes from negative to positive on the way', () => {
    const known = reluNeuron({ dt: 1 });
    expect(known.at(0).c).toBeLessThan(0);
    expect(known.at(20).c).toBeGreaterThan(0);
    expect(Math.abs(known.predictionAt(200) - known.problem.train.y[0])).toBeLessThan(1e-12);
  });
});

describe('with c alone trained the residual obeys its linear flow', () => {
  const cases = ACTIVATIONS.flatMap((activation) =>
    [0, 0.5, 1].map((scale) => ({ activation, scale })),
  );
  it.each(cases)(
    'step by step, $activation, p = $scale, both integrators',
    ({ activation, scale }) => {
      for (const integrator of ['euler', 'heun'] as const) {
        for (const strength of [0, 0.2]) {
          const known = frozenFeatures({ activation, scale, strength, integrator, dt: 0.02 });
          expect(known.rate * 0.02).toBeLessThan(2);
          const { residual } = runTo(known, 0.6);
          const size = known
            .residualAfter(0)
            .reduce((worst, rho) => Math.max(worst, Math.abs(rho)), 1);
          expectClose(residual, known.residualAfter(30), {
            scale: size,
            unit: 2 ** -53,
            terms: 30 * 50,
            factor: 8, // a step rounds f and c, in both stages
            label: `${integrator}, λ = ${strength}`,
          });
        }
      }
    },
  );

  it('and tends to e^{−Kt} ρ(0) as dt → 0, at the order of the integrator', () => {
    const errorOf = (integrator: 'euler' | 'heun', dt: number) => {
      const known = frozenFeatures({ activation: 'tanh', integrator, dt });
      const { residual } = runTo(known, 2);
      const exact = known.residualAt(2);
      return residual.reduce((worst, rho, j) => Math.max(worst, Math.abs(rho - exact[j])), 0);
    };
    expect(
      Math.abs(Math.log2(errorOf('euler', 1 / 64) / errorOf('euler', 1 / 128)) - 1),
    ).toBeLessThan(0.1);
    expect(
      Math.abs(Math.log2(errorOf('heun', 1 / 64) / errorOf('heun', 1 / 128)) - 2),
    ).toBeLessThan(0.1);
  });
});

describe('a linear two-layer network', () => {
  it.each([
    { scale: 0, width: 3, dimension: 1, dt: 0.01 },
    { scale: 0.5, width: 10, dimension: 2, dt: 0.02 },
    { scale: 1, width: 40, dimension: 3, dt: 0.05 },
  ])(
    'has the moments of the exact Euler recursion, p = $scale, m = $width, d = $dimension',
    (choice) => {
      const known = linearNetwork(choice);
      const steps = 100;
      const { particles, prediction } = runTo(known, steps * choice.dt);
      const exact = known.afterEuler(steps);
      const f = known.predictionOf(exact);
      const size = f.reduce((worst, value) => Math.max(worst, Math.abs(value)), 1);
      const closeness = { unit: 2 ** -53, terms: steps * choice.width, factor: 16 }; // 16: products of three roundings
      expectClose(prediction, f, { ...closeness, scale: size, label: 'prediction' });
      const p = particles.c.reduce((sum, c) => sum + (c * c) / choice.width, 0);
      expectClose(p, exact.p, { ...closeness, scale: exact.p, label: 'mean c²' });
      const square = particles.a.reduce((sum, a) => sum + (a * a) / choice.width, 0);
      const trace = exact.s.reduce((sum, row, k) => sum + row[k], 0);
      expectClose(square, trace, { ...closeness, scale: trace, label: 'mean |a|²' });
    },
  );

  it('tends to the solution of its moment equations at first order', () => {
    const errorOf = (dt: number) => {
      const known = linearNetwork({ dt });
      const f = known.predictionOf(known.at(1));
      return runTo(known, 1).prediction.reduce(
        (worst, fj, j) => Math.max(worst, Math.abs(fj - f[j])),
        0,
      );
    };
    expect(Math.abs(Math.log2(errorOf(1 / 128) / errorOf(1 / 256)) - 1)).toBeLessThan(0.1);
  });
});
