// The 1/√m law on the device: E‖f_m − f‖² falls like 1/m, with the constant known in closed form at the start.
import { expect } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { fluctuations } from '../../src/experiments/fluctuations.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Estimate, FluctuationResult, LawAtTime } from '../../src/observables/fluctuation.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { initialVariance } from '../../src/theory/initial-variance.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf } from '../helpers/problems.ts';

const tests = deviceTests('law');

/** The result of a sweep, and C_0 = Σ ν Var φ(w; x) by quadrature. */
async function sweep(device: Device, input: ConfigInput) {
  const config = configOf(input);
  const data = await makeProblem(config);
  let result: FluctuationResult | null = null;
  for await (const event of fluctuations(device, config, { data })) {
    if (event.kind === 'result') result = event.result;
  }
  if (result === null) throw new Error('the experiment gave no result');
  const known = initialVariance(config.init, config.network, data.train);
  if (known === null) throw new Error('the constant is not known for this start');
  return { result, known };
}

/** Half the width of a 95 % interval in standard errors. */
const HALF = 1.96;
const standardError = ({ ci: [low, high] }: Estimate) => (high - low) / (2 * HALF);
const show = ({ estimate, ci: [low, high] }: Estimate) =>
  `${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

function expectMinusOne(title: string, { exponent, constant, time }: LawAtTime): void {
  if (exponent === null) throw new Error('several widths must give an exponent');
  console.log(`${title}, t = ${time}: exponent ${show(exponent)}, constant ${show(constant)}`);
  expect(exponent.ci[0]).toBeLessThan(-1);
  expect(exponent.ci[1]).toBeGreaterThan(-1);
  // An interval that holds everything proves nothing.
  expect(exponent.ci[1] - exponent.ci[0]).toBeLessThan(0.4);
}

/**
 * Wide enough for the law: after training V = C/m + C'/m² + …, and at widths below a hundred the second term of relu
 * is no longer small (exponents near −1.2 between 32 and 256).
 */
const WIDTHS = [128, 256, 512, 1024];
const problem = { kind: 'teacher-student', dimension: 2, samples: 16 } as const;
const cases = [
  { activation: 'relu', scale: 1 },
  { activation: 'tanh', scale: 1 },
] as const;

tests.each(
  cases,
  ({ activation }) =>
    `${activation}: exponent −1 at the start and after training, the constant of the start as predicted`,
  async (device, network) => {
    const { activation } = network;
    const { result, known } = await sweep(device, {
      seed: 5,
      problem,
      network,
      flow: { dt: 0.1, steps: 50 },
      clt: { widths: WIDTHS, replicas: 200, times: [0, 5], bootstrap: 500 },
    });
    const [start, end] = result.laws;
    expectMinusOne(activation, start);
    expectMinusOne(activation, end);
    expect(start.constant.predicted).toBeCloseTo(known, 12);
    const off = (start.constant.estimate - known) / standardError(start.constant);
    console.log(
      `${activation}, t = 0: constant ${known.toFixed(4)} predicted, ${off.toFixed(2)} standard errors off`,
    );
    expect(Math.abs(off)).toBeLessThan(5);
    // Training changes the network, or the second half of this test repeats the first.
    for (const { mean } of result.losses) expect(mean[1]).toBeLessThan(0.5 * mean[0]);
  },
);

tests.it(
  'with p = 1/2 the start fluctuates by m times as much: exponent 0 of E‖f_m − f‖²',
  async (device) => {
    const { result, known } = await sweep(device, {
      seed: 6,
      problem,
      network: { activation: 'relu', scale: 0.5 },
      flow: { steps: 0 },
      clt: { widths: [32, 128, 512], replicas: 200, times: [0], bootstrap: 500 },
    });
    const [{ exponent }] = result.laws;
    if (exponent === null) throw new Error('several widths must give an exponent');
    expect(Math.abs(exponent.estimate)).toBeLessThan(5 * standardError(exponent));
    for (const { width, scaled, predicted, ciLow, ciHigh } of result.points) {
      expect(predicted).toBeCloseTo(width * known, 8);
      expect(Math.abs(scaled - width * known)).toBeLessThan((5 * (ciHigh - ciLow)) / (2 * HALF));
    }
  },
);
