// The variance of φ at the start against closed forms and published quadrature values.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config-check.ts';
import type { ActivationName } from '../../src/config.ts';
import type { Samples } from '../../src/problem/problem.ts';
import { activationOf } from '../../src/problem/activation.ts';
import { keyOf, normalOf, philox, uniformOf } from '../../src/random.ts';
import { erf } from '../../src/special.ts';
import { initialVariance } from '../../src/theory/initial-variance.ts';
import { compositeRule, gaussLegendre } from '../../src/theory/quadrature.ts';

function samplesOf(x: number[][], weight?: number[]): Samples {
  return {
    count: x.length,
    dimension: x[0].length,
    x: Float32Array.from(x.flat()),
    y: new Float32Array(x.length),
    weight: Float32Array.from(weight ?? x.map(() => 1 / x.length)),
  };
}

function varianceOf(activation: ActivationName, init: object, samples: Samples, bias = true) {
  const config = parseConfig({ network: { activation, bias }, init: { kind: 'random', ...init } });
  return initialVariance(config.init, config.network, samples) as number;
}

const normal = (std: number, mean = 0) => ({ kind: 'normal', mean, std });

describe('Gauss–Legendre quadrature', () => {
  it('integrates x^k over [-1, 1] exactly up to degree 2n - 1 and not beyond', () => {
    for (const n of [1, 2, 5, 16, 64]) {
      const { nodes, weights } = gaussLegendre(n);
      const integral = (k: number) => nodes.reduce((sum, x, i) => sum + weights[i] * x ** k, 0);
      for (let k = 0; k < 2 * n; k++) {
        expect(Math.abs(integral(k) - (k % 2 === 0 ? 2 / (k + 1) : 0))).toBeLessThan(1e-14);
      }
      if (n <= 16) expect(Math.abs(integral(2 * n) - 2 / (2 * n + 1))).toBeGreaterThan(1e-12);
    }
  });

  it('has the published nodes and weights for n = 3 and n = 5', () => {
    // Abramowitz and Stegun, table 25.4.
    const three = gaussLegendre(3);
    expect(three.nodes[2]).toBeCloseTo(Math.sqrt(0.6), 14);
    expect(three.weights[1]).toBeCloseTo(8 / 9, 14);
    const five = gaussLegendre(5);
    expect(five.nodes[4]).toBeCloseTo(0.906179845938664, 14);
    expect(five.weights[4]).toBeCloseTo(0.236926885056189, 14);
  });

  it('integrates |x - 1/3| over [-1, 2] exactly with a break at the kink', () => {
    const { nodes, weights } = compositeRule(-1, 2, 10, [1 / 3]);
    const integral = nodes.reduce((sum, x, i) => sum + weights[i] * Math.abs(x - 1 / 3), 0);
    expect(integral).toBeCloseTo((4 / 3) ** 2 / 2 + (5 / 3) ** 2 / 2, 13);
  });
});

describe('initialVariance against closed forms', () => {
  it('is E c² E a² |x|² / 2 for relu with Gaussian a and c and no bias', () => {
    const angles = [0.1, 1.3, 2.9, 4.4];
    const samples = samplesOf(angles.map((t) => [3 * Math.cos(t), 3 * Math.sin(t)]));
    const value = varianceOf('relu', { a: normal(0.7), c: normal(1.5) }, samples, false);
    expect(value / ((1.5 ** 2 * 0.7 ** 2 * 9) / 2)).toBeCloseTo(1, 6); // inputs are float32
  });

  it('is E c² r² |x|² / (2 d) for relu with a on the sphere of radius r, in d = 2, 3, 10 and 1000', () => {
    for (const d of [2, 3, 10, 1000]) {
      const x = Array.from({ length: d }, (_, k) => (k === 0 ? 2 : 0));
      const init = { a: { kind: 'sphere', radius: 3 }, c: { kind: 'sign', scale: 0.5 } };
      expect(varianceOf('relu', init, samplesOf([x]), false)).toBeCloseTo(
        (0.25 * 9 * 4) / (2 * d),
        11,
      );
    }
  });

  it('is E c² (2/π) asin(C / (1 + C)) for erf, C the variance of z', () => {
    const init = { a: normal(1.2), b: normal(0.5), c: normal(2) };
    const samples = samplesOf(
      [
        [1, -2],
        [0.5, 0],
      ],
      [3, 1],
    );
    const term = (c: number) => (4 * 2 * Math.asin(c / (1 + c))) / Math.PI;
    const exact = 0.75 * term(1.44 * 5 + 0.25) + 0.25 * term(1.44 * 0.25 + 0.25);
    expect(varianceOf('erf', init, samples)).toBeCloseTo(exact, 13);
  });

  it('subtracts the squared mean: erf with constant bias and c of mean 0.8', () => {
    const C = 1.44 * 5;
    const init = {
      a: normal(1.2),
      b: { kind: 'constant', value: 0.7 },
      c: { kind: 'constant', value: 0.8 },
    };
    const withC = (c: object) => varianceOf('erf', { ...init, c }, samplesOf([[1, -2]]));
    const mean = erf(-0.7 / Math.sqrt(2 * (1 + C)));
    // Var φ with c of mean μ and variance v is (μ² + v) E σ² − μ² (E σ)²: linear in v with slope E σ².
    const square = withC(normal(1));
    expect(withC(normal(0.6, 0.8))).toBeCloseTo(square - 0.64 * mean ** 2, 13);
    expect(withC(init.c)).toBeCloseTo(0.64 * (square - mean ** 2), 13);
    const uniform = { kind: 'uniform', low: 0.2, high: 1.4 };
    expect(withC(uniform)).toBeCloseTo((0.64 + 0.12) * square - 0.64 * mean ** 2, 13);
  });

  it('is 3 C² E c² for quadratic and C E c² for linear with centred Gaussians', () => {
    const samples = samplesOf([[1, 2, 2]]);
    const init = { a: normal(0.5), b: normal(1), c: normal(1) };
    const C = 0.25 * 9 + 1;
    expect(varianceOf('quadratic', init, samples)).toBeCloseTo(3 * C * C, 11);
    expect(varianceOf('linear', init, samples)).toBeCloseTo(C, 12);
  });

  it('is 2 C² for quadratic with c = 1, where the mean C is subtracted', () => {
    const init = { a: normal(2), b: normal(1), c: { kind: 'constant', value: 1 } };
    expect(varianceOf('quadratic', init, samplesOf([[1.5]]))).toBeCloseTo(2 * 100, 10);
  });

  it('is (1 - exp(-2 C)) / 2 for sine, also where z spans many periods', () => {
    for (const std of [0.3, 2, 40]) {
      const init = { a: normal(std), c: normal(1) };
      const exact = (1 - Math.exp(-2 * std * std)) / 2;
      expect(varianceOf('sine', init, samplesOf([[1]]), false)).toBeCloseTo(exact, 12);
    }
  });

  it('gives the exact values of the golden problems G1 and G2 (tanh, Gaussians)', () => {
    const x1 = [-2, -1, 0, 1, 2].map((x) => [x]);
    const g1 = varianceOf('tanh', { a: normal(1.5), b: normal(1), c: normal(1) }, samplesOf(x1));
    expect(Math.abs(g1 - 0.62277)).toBeLessThan(5e-6);
    const x2 = [-2, -0.7, 0.7, 2].map((x) => [x]);
    const g2 = varianceOf('tanh', { a: normal(3), b: normal(2), c: normal(1.5) }, samplesOf(x2));
    expect(Math.abs(g2 - 1.81376)).toBeLessThan(5e-6);
  });

  it('resolves the step of tanh under a very wide law: E tanh² is 1 - 2 / (√(2π) std) to leading order', () => {
    const std = 1e5;
    const value = varianceOf('tanh', { a: normal(std), c: normal(1) }, samplesOf([[1]]), false);
    expect(1 - value).toBeCloseTo(2 / (Math.sqrt(2 * Math.PI) * std), 11);
  });

  it('is exact for relu with uniform a and b in d = 1, where both ends bend the integral', () => {
    // z = a − b, a in [-1, 1], b in [-0.5, 0.5]: E z₊² = ½ E z² by symmetry = ½ (1/3 + 1/12).
    const init = {
      a: { kind: 'uniform', low: -1, high: 1 },
      b: { kind: 'uniform', low: -0.5, high: 0.5 },
    };
    expect(varianceOf('relu', init, samplesOf([[1]]))).toBeCloseTo((1 / 3 + 1 / 12) / 2, 14);
    // b in [0.25, 1.25]: E (a − b)₊² = ∫_{1/4}^{1} (1 − b)³/6 db = (3/4)⁴/24.
    const shifted = { ...init, b: { kind: 'uniform', low: 0.25, high: 1.25 } };
    expect(varianceOf('relu', shifted, samplesOf([[1]]))).toBeCloseTo(0.75 ** 4 / 24, 14);
  });

  it('averages over the two signs of a and b in d = 1', () => {
    const init = { a: { kind: 'sign', scale: 2 }, b: { kind: 'sign', scale: 0.5 } };
    // z = ±2·1.5 ∓ 0.5 in all four ways.
    const exact = (3.5 ** 2 + 2.5 ** 2) / 4;
    expect(varianceOf('relu', init, samplesOf([[1.5]]))).toBeCloseTo(exact, 13);
    const sphere = { ...init, a: { kind: 'sphere', radius: 2 } };
    expect(varianceOf('relu', sphere, samplesOf([[1.5]]))).toBeCloseTo(exact, 13);
  });
});

describe('initialVariance of sphere and normal, normal and uniform, against sampling', () => {
  const key = keyOf(11);
  const words = (i: number) => philox([i, 0, 0, 0], key);
  const N = 40000;

  function expectMean(draw: (i: number) => number, exact: number): void {
    const values = Array.from({ length: N }, (_, i) => draw(i));
    const mean = values.reduce((sum, v) => sum + v, 0) / N;
    const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (N - 1));
    expect(Math.abs(mean - exact)).toBeLessThan((5 * sd) / Math.sqrt(N));
  }

  it.each(['relu', 'tanh', 'softplus'] as const)(
    'agrees within 5 standard errors for %s',
    (name) => {
      const activation = activationOf(name);
      const value = (z: number) => activation.value(z);
      const circle = { a: { kind: 'sphere', radius: 2 }, b: normal(0.6, 0.3), c: normal(1) };
      expectMean(
        (i) => {
          const [w0, w1] = words(i);
          return (
            value(2 * 1.5 * Math.cos(2 * Math.PI * uniformOf(w0)) - 0.3 - 0.6 * normalOf(w1)) ** 2
          );
        },
        varianceOf(name, circle, samplesOf([[0, 1.5]])),
      );
      const box = { a: normal(1, 0.5), b: { kind: 'uniform', low: -1, high: 3 }, c: normal(1) };
      expectMean(
        (i) => {
          const [w0, w1, w2] = words(i);
          const z = 0.5 + normalOf(w0) + 2 * (0.5 + normalOf(w1)) + 1 - 4 * uniformOf(w2);
          return value(z) ** 2;
        },
        varianceOf(name, box, samplesOf([[1, 2]])),
      );
    },
  );
});

describe('initialVariance where no law is known', () => {
  const samples = samplesOf([[1, 2]]);
  it('is null for particles from a file and for uniform or sign laws of a in two dimensions', () => {
    const { network } = parseConfig({});
    expect(initialVariance({ kind: 'file', path: 'p.npz' }, network, samples)).toBeNull();
    expect(varianceOf('relu', { a: { kind: 'sign' } }, samples)).toBeNull();
    expect(varianceOf('relu', { a: { kind: 'uniform' } }, samples)).toBeNull();
  });
  it('is 0 for antithetic pairs, which start at f = 0', () => {
    expect(varianceOf('tanh', { sampling: 'antithetic' }, samples)).toBe(0);
  });
});
