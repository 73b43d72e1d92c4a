// Activations on the host: known values, derivatives against differences, large arguments.
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS, type ActivationName } from '../../src/config.ts';
import { activationOf } from '../../src/problem/activation.ts';

describe('activation', () => {
  it.each<[ActivationName, number, number, number]>([
    ['relu', 2.5, 2.5, 1],
    ['relu', -2.5, 0, 0],
    ['tanh', 1, 0.76159415595576489, 0.41997434161402607],
    ['erf', Math.SQRT2, 0.84270079294971487, Math.sqrt(2 / Math.PI) / Math.E],
    ['softplus', 0, Math.LN2, 0.5],
    ['sine', Math.PI / 6, 0.5, Math.sqrt(3) / 2],
    ['linear', -3, -3, 1],
    ['quadratic', -3, 9, -6],
    ['gaussian', 1, 0.20755374871029736, -0.41510749742059472],
  ])('%s at %d has the known value and derivative', (name, z, value, derivative) => {
    const sigma = activationOf(name);
    expect(Math.abs(sigma.value(z) - value)).toBeLessThan(1e-15 * (1 + Math.abs(value)));
    expect(Math.abs(sigma.derivative(z) - derivative)).toBeLessThan(
      1e-15 * (1 + Math.abs(derivative)),
    );
  });

  it.each(ACTIVATIONS)('%s has the derivative of its values', (name) => {
    const sigma = activationOf(name);
    // The central difference is wrong by h²/6 |σ‴| (|σ‴| <= 2.3 here) and by rounding 2^-53 |σ| / h.
    const h = 2 ** -18;
    for (let z = -6.03; z < 6; z += 0.11) {
      const difference = (sigma.value(z + h) - sigma.value(z - h)) / (2 * h);
      const tolerance = 0.4 * h * h + (4 * 2 ** -53 * (1 + Math.abs(sigma.value(z)))) / h;
      expect(Math.abs(difference - sigma.derivative(z))).toBeLessThan(tolerance);
    }
  });

  it('relu takes derivative 0 at its kink, from either zero', () => {
    expect(activationOf('relu').derivative(0)).toBe(0);
    expect(activationOf('relu').derivative(-0)).toBe(0);
  });

  it.each(ACTIVATIONS)('%s stays finite for large arguments', (name) => {
    const sigma = activationOf(name);
    for (const z of [-1e30, -1e4, -800, 800, 1e4, 1e30]) {
      expect(Number.isFinite(sigma.value(z))).toBe(true);
      expect(Number.isFinite(sigma.derivative(z))).toBe(true);
    }
  });

  it.each<[ActivationName, number, number]>([
    ['tanh', -1, 1],
    ['erf', -1, 1],
  ])('%s saturates at %d and %d', (name, low, high) => {
    expect(activationOf(name).value(-800)).toBe(low);
    expect(activationOf(name).value(800)).toBe(high);
  });

  it('softplus keeps its relative accuracy in the left tail', () => {
    const softplus = activationOf('softplus');
    expect(Math.abs(softplus.value(-40) / Math.exp(-40) - 1)).toBeLessThan(1e-15);
    expect(Math.abs(softplus.derivative(-40) / Math.exp(-40) - 1)).toBeLessThan(1e-15);
    expect(softplus.value(800)).toBe(800);
  });
});
