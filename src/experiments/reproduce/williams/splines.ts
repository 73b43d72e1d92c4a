// williams2019/fig4 and fig8: cubic splines from training c, and the width at α = 1.
import { median } from '../../../observables/median.ts';
import { powerLawExponent } from '../../../observables/regression.ts';
import type { Config, ConfigInput } from '../../../config.ts';
import type { ReproductionResult } from '../../../observables/reproduction.ts';
import { createSimulation } from '../../../engine/simulation.ts';
import type { Device } from '../../../gpu/device.ts';
import { deltaOf } from '../../../problem/canonical.ts';
import { replicaOf, type Particles } from '../../../state.ts';
import { featuresOf, regimeNumber, trainOutput } from '../../../theory/random-features.ts';
import { kernelInterpolant, naturalSpline } from '../../../theory/splines.ts';
import { uniformBox, uniformKernel } from '../../../theory/univariate-kernels.ts';
import type { Reproduction } from '../reproduction.ts';
import {
  UNIT,
  chanceNear,
  DENSE_SINE,
  distanceTo,
  FAST_SQUARE,
  gridOf,
  knotsNear,
  medianTurn,
  networkAt,
  problemOf,
  SQUARE,
} from './data.ts';
import { criterion, functionPicture, SOURCE } from './pictures.ts';
import { pointsOf } from './regimes.ts';
import { draw, figureConfig, train } from './train.ts';

const SPLINE_WIDTHS = [50, 200, 1000, 5000, 20_000, 80_000];
const SPLINE_SEEDS = 33;

/** Figure 4: training c alone, from few particles to the cubic spline. */
export const figure4: Reproduction = {
  title: 'Figure 4: training c alone nears a cubic spline as m grows, ten points of a square wave',
  source: SOURCE,
  settings: 'Ours: a, b uniform on [−1, 1], the exact limit of training c from 0, 33 draws.',
  work: '4e9 feature products on the host',
  config: ({ seed = 1 }) => splineConfig(seed, 1000),
  async *run(device, { seed = 1, signal }) {
    const grid = gridOf(SQUARE);
    const kernel = uniformKernel(uniformBox(1, 1));
    const limit = kernelInterpolant(kernel, SQUARE.x, SQUARE.y).curve;
    const gaps: number[] = [];
    const examples: Particles[] = [];
    for (const [n, width] of SPLINE_WIDTHS.entries()) {
      signal?.throwIfAborted();
      yield { kind: 'progress', fraction: n / 7, text: `width ${width}` };
      const particles = await draw(device, splineConfig(seed, width), SPLINE_SEEDS);
      const fits = Array.from({ length: SPLINE_SEEDS }, (_, r) => trained(replicaOf(particles, r)));
      const alpha = Math.sqrt(width);
      gaps.push(median(fits.map((fit) => distanceTo(networkAt(fit, 0, alpha, grid), limit, grid))));
      examples.push(fits[0]);
    }
    const gapOf = (set: typeof SQUARE): number => {
      const { curve } = kernelInterpolant(kernel, set.x, set.y);
      const natural = naturalSpline(set.x, set.y);
      return distanceTo(gridOf(set).map(curve), natural, gridOf(set));
    };
    yield { kind: 'progress', fraction: 6 / 7, text: 'training on the device' };
    const device4 = await trainedOnDevice(device, seed);
    const exponent = powerLawExponent(
      SPLINE_WIDTHS,
      gaps,
      SPLINE_WIDTHS.map(() => 1),
    );
    const falling = gaps.every((gap, k) => k === 0 || gap < gaps[k - 1]);
    const result: ReproductionResult = {
      criteria: [
        {
          name: 'medians of sup|f_m − f_∞| over m',
          allowed: 'falling',
          measured: falling ? 'falling' : 'not falling',
          pass: falling,
        },
        {
          name: 'exponent in m',
          allowed: 'in [−0.65, −0.4]',
          measured: exponent.toFixed(3).replace('-', '−'),
          pass: exponent >= -0.65 && exponent <= -0.4,
        },
        criterion('sup|f_m − f_∞| at m = 80,000', '≤', 0.015, gaps[gaps.length - 1]),
        criterion('f_∞ to the natural spline, this wave', '≤', 1e-4, gapOf(SQUARE)),
        criterion('f_∞ to the natural spline, 1.44 periods', '≤', 4e-3, gapOf(FAST_SQUARE)),
        criterion('training on the device to the exact path, m = 1000', '≤', 1e-3, device4),
      ],
      tables: [
        {
          file: 'spline-gaps.csv',
          caption: 'Median over 33 draws of sup|f_m − f_∞|',
          columns: ['width', 'gap'],
          rows: SPLINE_WIDTHS.map((width, k) => [width, gaps[k]]),
        },
      ],
      pictures: [0, 2, 5].map((k) =>
        functionPicture(
          `m = ${SPLINE_WIDTHS[k].toLocaleString('en')}: the limit of training c`,
          SQUARE,
          examples[k],
          [
            {
              label: 'natural spline',
              x: [...grid],
              y: [...grid].map(naturalSpline(SQUARE.x, SQUARE.y)),
              role: 'theory',
            },
          ],
        ),
      ),
      remarks: ['Regime number Λ = 0: c trains alone, the limit δ → −∞.'],
    };
    yield { kind: 'result', result };
  },
};

function splineConfig(seed: number, width: number, flow: ConfigInput['flow'] = {}): Config {
  const init = { kind: 'random', a: UNIT, b: UNIT, c: { kind: 'constant', value: 0 } } as const;
  return figureConfig(seed, width, {
    init,
    flow: { train: ['c'], ...flow },
    problem: pointsOf(SQUARE),
  });
}

/** One replica with c at the end of its training. */
function trained(particles: Particles, time = Infinity): Particles {
  const model = featuresOf(particles.a, particles.b, SQUARE.x, Math.sqrt(particles.width));
  const c = trainOutput(model, particles.c, SQUARE.y)(time);
  return { ...particles, c: Float32Array.from(c) };
}

/** sup over the grid between the engine's training of c and the exact path, at a time when fast modes have settled. */
async function trainedOnDevice(device: Device, seed: number): Promise<number> {
  const width = 1000;
  // λ_max of ΦΦᵀ/α² is near 2; steps of 0.01 follow the path closely.
  const [steps, dt] = [2000, 0.01];
  const config = splineConfig(seed, width, { dt, stableStep: 0 });
  const simulation = await createSimulation(device, config, { data: problemOf(SQUARE) });
  const start = (await simulation.read()).particles;
  await simulation.step(steps);
  const end = (await simulation.read()).particles;
  simulation.destroy();
  const exact = trained(start, steps * dt);
  const grid = gridOf(SQUARE);
  const [f, g] = [end, exact].map((state) => networkAt(state, 0, Math.sqrt(width), grid));
  return Math.max(...f.map((value, k) => Math.abs(value - g[k])));
}

const WIDTHS8 = [20, 200, 2000];
/** A few of the 20 particles decide where knots lie: the median of that share needs many runs. */
const SEEDS8 = [256, 32, 32];

/** Figure 8: the initial law of machine-learning packages at three widths. */
export const figure8: Reproduction = {
  title: 'Figure 8: twenty points of a sine from a default initialisation, m = 20, 200, 2000',
  source: SOURCE,
  settings:
    'Ours: a, b uniform on [−1, 1], c on ±1/√m, α = 1, no output bias, step ½/λ_max, 256, 32 and 32 seeds.',
  work: '1.5e10 neuron·sample pairs',
  config: ({ seed = 1 }) => defaultConfig(seed, 2000),
  async *run(device, { seed = 1, signal }) {
    const rows: Row8[] = [];
    const ends: Particles[] = [];
    const grid = gridOf(DENSE_SINE);
    const natural = naturalSpline(DENSE_SINE.x, DENSE_SINE.y);
    for (const [n, width] of WIDTHS8.entries()) {
      const config = defaultConfig(seed, width);
      const start = await draw(device, config, SEEDS8[n]);
      const [end] = yield* train(
        device,
        { config, data: problemOf(DENSE_SINE), start, at: [10_000], signal },
        { from: [0, 0.03, 0.15][n], to: [0.03, 0.15, 1][n], text: `width ${width}` },
      );
      const seeds = Array.from({ length: SEEDS8[n] }, (_, r) => r);
      ends.push(end);
      rows.push({
        width,
        lambda: lambda8(start),
        turn: median(seeds.map((r) => medianTurn(start, end, r))),
        near: median(seeds.map((r) => knotsNear(end, r, DENSE_SINE))),
        toSpline: median(seeds.map((r) => distanceTo(networkAt(end, r, 1, grid), natural, grid))),
      });
    }
    const chance = chanceNear(DENSE_SINE);
    const result: ReproductionResult = {
      criteria: [
        ...[1, 2].map((n) =>
          criterion(
            `median |Δθ|, m = ${WIDTHS8[n - 1]} over m = ${WIDTHS8[n]}`,
            '≥',
            4,
            rows[n - 1].turn / rows[n].turn,
          ),
        ),
        criterion('m = 20: knots near samples, chance 0.4', '≥', chance + 0.1, rows[0].near),
        criterion('m = 2000: knots near samples, chance 0.4', '≤', chance + 0.05, rows[2].near),
      ],
      tables: [
        {
          file: 'widths.csv',
          caption:
            'Medians over the seeds: |Δθ| (turn), share of knots within 1 % of the range from a sample (near), sup|f − natural spline|; ' +
            'Λ is the regime number of the median δ of the start',
          columns: ['width', 'regime_number', 'turn', 'near', 'to_natural_spline'],
          rows: rows.map(({ width, lambda, turn, near, toSpline }) => [
            ...[width, lambda, turn, near, toSpline],
          ]),
        },
      ],
      pictures: ends.map((end, n) =>
        functionPicture(`m = ${WIDTHS8[n]} after 10,000 steps`, DENSE_SINE, end, [], 1),
      ),
      remarks: [],
    };
    yield { kind: 'result', result };
  },
};

/** Medians over the seeds at a width. */
interface Row8 {
  readonly width: number;
  readonly lambda: number;
  readonly turn: number;
  readonly near: number;
  readonly toSpline: number;
}

function lambda8(start: Particles): number {
  const { x, y } = DENSE_SINE;
  return regimeNumber(1, start.width, median([...deltaOf(start)]), x, y);
}

function defaultConfig(seed: number, width: number): Config {
  return figureConfig(seed, width, {
    network: { width, scale: 0 },
    init: { kind: 'fan-in' },
    problem: pointsOf(DENSE_SINE),
  });
}
