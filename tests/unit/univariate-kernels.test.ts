// Closed-form kernels of univariate ReLU features against Monte Carlo over the law of (a, b, c).
import { describe, expect, it } from 'vitest';
import {
  isotropicBothActive,
  isotropicKernel,
  isotropicKernelAsPrinted,
  signedUniform,
  tangentKernel,
  uniformBothActive,
  uniformBox,
  uniformKernel,
  type Kernel,
} from '../../src/theory/univariate-kernels.ts';
import { generator, type Generator } from '../helpers/random.ts';

const DRAWS = 60_000;
const PAIRS = [
  [-1, 0.9],
  [0.3, 0.3],
  [-0.6, -0.1],
  [0.5, 0.95],
];

type Law = (random: Generator) => [number, number];
const box: Law = (random) => [2 * random.uniform() - 1, 2 * random.uniform() - 1];
const signs: Law = (random) => [random.uniform() < 0.5 ? -1 : 1, 2 * random.uniform() - 1];
const gauss: Law = (random) => [random.normal(), random.normal()];

/** (estimate − value) in standard errors of a Monte-Carlo mean of `term`. */
function deviation(
  law: Law,
  term: (z: number, w: number) => number,
  x: number,
  y: number,
  value: number,
): number {
  const random = generator(17);
  let [sum, squares] = [0, 0];
  for (let n = 0; n < DRAWS; n++) {
    const [a, b] = law(random);
    const t = term(a * x - b, a * y - b);
    sum += t;
    squares += t * t;
  }
  const mean = sum / DRAWS;
  return (mean - value) / Math.sqrt((squares / DRAWS - mean ** 2) / DRAWS);
}

const product = (z: number, w: number) => Math.max(z, 0) * Math.max(w, 0);
const both = (z: number, w: number) => (z > 0 && w > 0 ? 1 : 0);

describe('univariate ReLU kernels', () => {
  const table: [string, Law, Kernel, Kernel][] = [
    ['a, b uniform', box, uniformKernel(uniformBox(1, 1)), uniformBothActive(uniformBox(1, 1))],
    [
      'a = ±1, b uniform',
      signs,
      uniformKernel(signedUniform(1)),
      uniformBothActive(signedUniform(1)),
    ],
    ['a, b standard normal', gauss, isotropicKernel(2), isotropicBothActive()],
  ];
  for (const [name, law, kernel, active] of table) {
    it(`equal Monte Carlo: ${name}`, () => {
      for (const [x, y] of PAIRS) {
        expect(Math.abs(deviation(law, product, x, y, kernel(x, y)))).toBeLessThan(4.5);
        expect(Math.abs(deviation(law, both, x, y, active(x, y)))).toBeLessThan(4.5);
      }
    });
  }

  it('refute the kernel as printed', () => {
    const printed = isotropicKernelAsPrinted(2);
    expect(Math.abs(deviation(gauss, product, -1, 0.9, printed(-1, 0.9)))).toBeGreaterThan(50);
    expect(printed(-1, 0.9)).toBeCloseTo(-0.275, 3);
    expect(isotropicKernel(2)(-1, 0.9)).toBeCloseTo(0.3282, 4);
  });

  it('give the tangent kernel by its definition', () => {
    const random = generator(23);
    const [x, y] = [0.5, -0.4];
    const kernel = tangentKernel(isotropicKernel(2), isotropicBothActive(), 1);
    let [sum, squares] = [0, 0];
    for (let n = 0; n < DRAWS; n++) {
      const [a, b, c] = [random.normal(), random.normal(), random.normal()];
      const [z, w] = [a * x - b, a * y - b];
      const t = product(z, w) + c * c * (x * y + 1) * both(z, w);
      sum += t;
      squares += t * t;
    }
    const mean = sum / DRAWS;
    const se = Math.sqrt((squares / DRAWS - mean ** 2) / DRAWS);
    expect(Math.abs(mean - kernel(x, y))).toBeLessThan(4.5 * se);
  });
});
