// The tangent under the population loss: the exact derivative of the reference's Euler map, and constants in closed form.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config-check.ts';
import type { ConfigInput } from '../../src/config.ts';
import { momentOf } from '../../src/problem/kernels.ts';
import { makeProblem } from '../../src/problem/make.ts';
import type { Population, Samples } from '../../src/problem/problem.ts';
import { drawInputs } from '../../src/problem/inputs.ts';
import { quasiNodes } from '../../src/problem/quasi.ts';
import { keyOf } from '../../src/random.ts';
import { cloudOf, type Cloud } from '../../src/reference/cloud.ts';
import { populationProducts, populationVelocity } from '../../src/reference/population.ts';
import { update } from '../../src/reference/update.ts';
import { createPopulationTangent } from '../../src/theory/population-tangent.ts';
import { quadraticClt } from '../../src/theory/quadratic-clt.ts';
import { normals } from '../helpers/random.ts';

const base: ConfigInput = {
  problem: {
    kind: 'teacher-student',
    dimension: 3,
    inputs: { kind: 'gaussian', std: 1.2 },
    teacher: {
      kind: 'given',
      a: [
        [1, 0.4, -0.3],
        [-0.2, 0.9, 0.5],
      ],
      c: [1.5, -1],
    },
  },
  network: { activation: 'relu', bias: false, width: 7 },
  init: { kind: 'random', a: { kind: 'normal', std: 0.8 }, c: { kind: 'normal', std: 1 } },
  flow: { loss: 'population', dt: 0.15, penalty: { kind: 'weight-decay', strength: 0.1 } },
};

async function populationOf(config: ReturnType<typeof parseConfig>): Promise<Population> {
  const { population } = await makeProblem(config);
  if (population === undefined) throw new Error('no population');
  return population;
}

/** Particles after n Euler steps of the reference. */
function flow(config: ReturnType<typeof parseConfig>, start: Cloud, n: number, pop: Population) {
  let cloud = start;
  for (let k = 0; k < n; k++) {
    cloud = update(config, cloud, (at) => populationVelocity(config, at, pop));
  }
  return cloud;
}

describe('population tangent', () => {
  it.each(['relu', 'erf', 'quadratic'] as const)(
    '%s: is the derivative of the Euler map in the weights of the initial nodes',
    async (activation) => {
      const std = activation === 'quadratic' ? 0.3 : 0.8;
      const config = parseConfig({
        ...base,
        network: { ...base.network, activation },
        init: { kind: 'random', a: { kind: 'normal', std }, c: { kind: 'normal', std: 1 } },
        ...(activation === 'quadratic' ? { flow: { ...base.flow, dt: 0.01 } } : {}),
      });
      const population = await populationOf(config);
      const nodes = quasiNodes(config, 3, 7, 0);
      const m = nodes.width;
      const raw = Float64Array.from(normals(5, m), (value) => value / Math.sqrt(m));
      const mean = raw.reduce((sum, xi) => sum + xi, 0) / m;
      const tangent = createPopulationTangent(config, population, nodes, raw);
      const moved = (eps: number) => {
        const cloud = cloudOf(nodes);
        const weight = raw.map((xi) => 1 + eps * m * (xi - mean));
        return flow(config, { ...cloud, weight }, 6, population);
      };
      tangent.step(6);
      const eps = 1e-5;
      const [plus, minus] = [moved(eps), moved(-eps)];
      const close = (actual: Float64Array, up: Float64Array, down: Float64Array) =>
        actual.forEach((value, k) => {
          const difference = (up[k] - down[k]) / (2 * eps);
          expect(Math.abs(value - difference)).toBeLessThan(1e-7 * (1 + Math.abs(difference)));
        });
      close(tangent.state.ta, plus.a, minus.a);
      close(tangent.state.tc, plus.c, minus.c);
      // The nodes themselves are those of the reference.
      const now = moved(0);
      tangent.state.a.forEach((value, k) => expect(value).toBeCloseTo(now.a[k], 12));
      // E g² = lim ‖f_+ − f_−‖²/4ε²: the charges of both clouds as two replicas of one.
      const both = { ...plus, replicas: 2, ...joined(plus, minus) };
      const { residual } = populationProducts(config, both, population);
      const square = (residual[0] - 2 * residual[1] + residual[3]) / (4 * eps ** 2);
      expect(tangent.observe().squares[0] / square).toBeCloseTo(1, 4);
    },
  );

  it('quadratic, d = 1, a alone: C_n and MC_n after Euler steps are those of the closed form', async () => {
    const [variance, dt] = [0.5, 0.01];
    const config = parseConfig({
      problem: {
        kind: 'teacher-student',
        dimension: 1,
        inputs: { kind: 'gaussian', std: 1 },
        teacher: { kind: 'given', a: [[1]], c: [1] },
      },
      network: { activation: 'quadratic', bias: false, width: 16 },
      flow: { loss: 'population', dt, train: ['a'] },
    });
    const population = await populationOf(config);
    const m = 256;
    // Quantiles of N(0, v), scaled so that mean a² = v; one column carries the noise of A = mean a².
    const raw = normals(3, m);
    const size = raw.reduce((sum, a) => sum + a * a, 0) / m;
    const a = Float64Array.from(raw, (value) => value * Math.sqrt(variance / size));
    const spread = a.map((value) => value * value - variance);
    const length = Math.hypot(...spread);
    // ξ along a² − v, so that Σ ξ a² is √(2 v²) as for Gaussian a: the nodes' own fourth moment does not matter.
    const noise = spread.map((value) => (value * Math.SQRT2 * variance) / length ** 2);
    const c = new Float64Array(m).fill(1);
    const tangent = createPopulationTangent(
      config,
      population,
      { width: m, dimension: 1, a, c },
      noise,
    );
    const known = quadraticClt({ variance, target: 1 });
    for (const n of [0, 5, 15, 30]) {
      tangent.step(n - tangent.stepsDone);
      const { output, constant } = known.afterEuler(n, dt);
      const { squares, output: square, monteCarlo } = tangent.observe();
      expect(squares[0] / constant).toBeCloseTo(1, 9);
      // Var of x² mean a² over the nodes; the closed form has 2v² for length²/M.
      expect((monteCarlo * m) / (3 * (length * (output / variance)) ** 2)).toBeCloseTo(1, 10);
      expect(square / (3 * output ** 2)).toBeCloseTo(1, 10);
    }
  });

  it('starts at C_0 = MC_0 + f² = E c² E K(a, a) where columns are a basis, and agrees with given samples', async () => {
    const config = parseConfig(base);
    const population = await populationOf(config);
    const m = 12;
    const nodes = quasiNodes(config, 3, m, 1);
    const basis = Float64Array.from({ length: m * m }, (_, p) =>
      Math.floor(p / m) === p % m ? 1 / Math.sqrt(m) : 0,
    );
    const tangent = createPopulationTangent(config, population, nodes, basis);
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    const { squares, monteCarlo } = tangent.observe();
    expect(sum(squares)).toBeCloseTo(monteCarlo, 12);
    const moment = momentOf('relu', { kind: 'gaussian', std: 1.2 }, 3)!;
    const own = Array.from(nodes.c, (c, i) => {
      const a = nodes.a.subarray(i * 3, i * 3 + 3);
      return ((c * c * moment) / 2) * a.reduce((total, value) => total + value * value, 0);
    });
    expect(monteCarlo + tangent.observe().output).toBeCloseTo(sum(Float64Array.from(own)) / m, 12);
    tangent.step(4);
    const count = 20_000;
    const x = drawInputs({ kind: 'gaussian', std: 1.2 }, count, 3, 'inputs', keyOf(8));
    const samples: Samples = {
      count,
      dimension: 3,
      x,
      y: new Float32Array(count),
      weight: new Float32Array(count).fill(1),
    };
    // g² of 12 columns together: relative standard error about √(2/count) times the kurtosis of relu features.
    expect(
      Math.abs(sum(tangent.squaresAt(samples)) / sum(tangent.observe().squares) - 1),
    ).toBeLessThan(0.05);
  });
});

function joined(one: Cloud, two: Cloud): Pick<Cloud, 'a' | 'b' | 'c' | 'weight'> {
  const join = (name: 'a' | 'b' | 'c' | 'weight') => Float64Array.of(...one[name], ...two[name]);
  return { a: join('a'), b: join('b'), c: join('c'), weight: join('weight') };
}
