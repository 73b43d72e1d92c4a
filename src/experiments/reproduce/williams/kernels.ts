// williams2019/fig3: a slice of the tangent kernel at initialisation against its closed forms.
import { median } from '../../../observables/median.ts';
import { powerLawExponent } from '../../../observables/regression.ts';
import type { Config } from '../../../config.ts';
import type { Picture, ReproductionResult } from '../../../observables/reproduction.ts';
import type { Device } from '../../../gpu/device.ts';
import { replicaOf, type Particles } from '../../../state.ts';
import {
  isotropicBothActive,
  isotropicKernel,
  isotropicKernelAsPrinted,
  uniformBothActive,
  uniformBox,
  uniformKernel,
  type Kernel,
} from '../../../theory/univariate-kernels.ts';
import type { Reproduction } from '../reproduction.ts';
import { UNIT } from './data.ts';
import { criterion, SOURCE } from './pictures.ts';
import { draw, figureConfig } from './train.ts';

const NORMAL = { kind: 'normal', mean: 0, std: 1 } as const;

const SLICE = 0.5;
const INPUTS = Array.from({ length: 81 }, (_, k) => -1 + k / 40);
const DRAWS = 64;
const KERNEL_WIDTHS = [400, 1600, 6400, 25_000];

interface KernelCase {
  readonly name: string;
  readonly law: typeof UNIT | typeof NORMAL;
  readonly features: Kernel;
  readonly gates: Kernel;
  /** E c² */
  readonly square: number;
  readonly bound: number;
}

const CASES: readonly KernelCase[] = [
  {
    ...{ name: 'uniform', law: UNIT, square: 1 / 3, bound: 0.02 },
    features: uniformKernel(uniformBox(1, 1)),
    gates: uniformBothActive(uniformBox(1, 1)),
  },
  {
    ...{ name: 'Gaussian', law: NORMAL, square: 1, bound: 0.04 },
    features: isotropicKernel(2),
    gates: isotropicBothActive(),
  },
];

/** Figure 3: a slice of the two terms of the tangent kernel. */
export const figure3: Reproduction = {
  title:
    'Figure 3: the two terms of the tangent kernel at x = 0.5, m = 25,000, and their closed forms',
  source: SOURCE,
  settings: 'Ours: laws of unit scale with α = √m, 64 draws for the exponent.',
  work: '3e8 kernel terms on the host',
  config: ({ seed = 1 }) => kernelConfig(seed, UNIT, 25_000),
  async *run(device, { seed = 1 }) {
    const results: KernelResult[] = [];
    for (const [n, one] of CASES.entries()) {
      yield { kind: 'progress', fraction: n / 2, text: one.name };
      results.push(await measureKernel(device, seed, one));
    }
    yield { kind: 'result', result: judge3(results) };
  },
};

function kernelConfig(seed: number, law: KernelCase['law'], width: number): Config {
  return figureConfig(seed, width, { init: { kind: 'random', a: law, b: law, c: law } });
}

interface KernelResult extends KernelCase {
  /** the two terms at the largest width, first draw */
  readonly terms: readonly [Float64Array, Float64Array];
  /** sup over x′ and both terms, per width the median over draws */
  readonly errors: readonly number[];
  /** of the first draw at the largest width */
  readonly error: number;
  readonly printed: number;
}

async function measureKernel(device: Device, seed: number, one: KernelCase): Promise<KernelResult> {
  const exact = INPUTS.map((x) => [one.features(SLICE, x), gateTerm(one, x)]);
  const errors: number[] = [];
  let first: readonly [Float64Array, Float64Array] | undefined;
  for (const width of KERNEL_WIDTHS) {
    const particles = await draw(device, kernelConfig(seed, one.law, width), DRAWS);
    const all = Array.from({ length: DRAWS }, (_, r) => termsOf(replicaOf(particles, r)));
    errors.push(median(all.map((terms) => supError(terms, exact))));
    if (width === KERNEL_WIDTHS[KERNEL_WIDTHS.length - 1]) first = all[0];
  }
  if (first === undefined) throw new Error('no width was measured');
  const control = isotropicKernelAsPrinted(2);
  const printed = Math.max(
    ...INPUTS.map((x, k) => Math.abs((first?.[0][k] ?? 0) - control(SLICE, x))),
  );
  return { ...one, terms: first, errors, error: supError(first, exact), printed };
}

function gateTerm({ gates, square }: KernelCase, x: number): number {
  return square * (1 + SLICE * x) * gates(SLICE, x);
}

/** (1/m) Σ σ(z) σ(z′) and (1/m)(1 + x x′) Σ c² 1[z > 0] 1[z′ > 0] of one draw. */
function termsOf({ a, b, c, width }: Particles): readonly [Float64Array, Float64Array] {
  const features = new Float64Array(INPUTS.length);
  const gates = new Float64Array(INPUTS.length);
  for (let i = 0; i < width; i++) {
    const z = a[i] * SLICE - b[i];
    if (z <= 0) continue;
    for (let k = 0; k < INPUTS.length; k++) {
      const w = a[i] * INPUTS[k] - b[i];
      if (w <= 0) continue;
      features[k] += (z * w) / width;
      gates[k] += (c[i] ** 2 * (1 + SLICE * INPUTS[k])) / width;
    }
  }
  return [features, gates];
}

function supError(
  terms: readonly [Float64Array, Float64Array],
  exact: readonly (readonly number[])[],
): number {
  return Math.max(
    ...exact.flatMap(([feature, gate], k) => [
      Math.abs(terms[0][k] - feature),
      Math.abs(terms[1][k] - gate),
    ]),
  );
}

function judge3(results: readonly KernelResult[]): ReproductionResult {
  const gauss = results[1];
  const exponents = results.map(({ errors }) =>
    powerLawExponent(
      KERNEL_WIDTHS,
      errors,
      KERNEL_WIDTHS.map(() => 1),
    ),
  );
  return {
    criteria: [
      ...results.map(({ name, error, bound }) =>
        criterion(`${name}: sup|K_m − K| of both terms`, '≤', bound, error),
      ),
      ...results.map(({ name }, n) => ({
        name: `${name}: exponent of the error in m`,
        allowed: '−0.5 ± 0.1',
        measured: exponents[n].toFixed(3).replace('-', '−'),
        pass: Math.abs(exponents[n] + 0.5) <= 0.1,
      })),
      criterion('control: sup distance to the kernel as printed, (26)', '≥', 0.1, gauss.printed),
    ],
    tables: [
      {
        file: 'kernel-errors.csv',
        caption: 'Median over 64 draws of the largest error of both terms',
        columns: ['width', 'uniform', 'gaussian'],
        rows: KERNEL_WIDTHS.map((width, k) => [width, ...results.map(({ errors }) => errors[k])]),
      },
    ],
    pictures: results.map(kernelPicture),
    remarks: [],
  };
}

function kernelPicture(result: KernelResult, index: number): Picture {
  const { name, terms, features } = result;
  // Few enough points that the line between them shows.
  const shown = INPUTS.map((_, k) => k).filter((k) => k % 5 === 0);
  const points = (label: string, y: Float64Array, color: number) => ({
    label,
    x: shown.map((k) => INPUTS[k]),
    y: shown.map((k) => y[k]),
    role: 'measured' as const,
    joined: false,
    color,
  });
  const line = (label: string, of: (x: number) => number, color: number) => ({
    label,
    x: INPUTS,
    y: INPUTS.map(of),
    role: 'theory' as const,
    color,
  });
  return {
    title: `Terms of the tangent kernel at x = 0.5, ${name} particles, m = 25,000`,
    description: 'Points of both kernel terms of a network on their closed forms.',
    caption:
      'Features: the mean of σσ, what training c adds to the kernel; gates: what training a and b adds. Points are sums over ' +
      'the particles, dashed lines the closed forms.',
    x: { kind: 'linear', title: 'x′' },
    y: { kind: 'linear', title: 'K(0.5, x′)' },
    curves: [
      points('features', terms[0], 2 * index),
      points('gates', terms[1], 2 * index + 1),
      line('closed form', (x) => features(SLICE, x), 2 * index),
      line('', (x) => gateTerm(result, x), 2 * index + 1),
    ],
  };
}
