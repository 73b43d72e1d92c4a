// tangent: g of every noise column, carried along the Euler map on the device, against float64.
import { expect } from 'vitest';
import { ACTIVATIONS, PENALTIES, type ActivationName, type ConfigInput } from '../../src/config.ts';
import { createTangent as createDeviceTangent } from '../../src/engine/tangent.ts';
import type { Device } from '../../src/gpu/device.ts';
import { activationOf } from '../../src/problem/activation.ts';
import type { Samples } from '../../src/problem/problem.ts';
import type { Cloud } from '../../src/reference/cloud.ts';
import { createTangent } from '../../src/reference/tangent.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, normals } from '../helpers/random.ts';

const tests = deviceTests('tangent');
const COLUMNS = 8;

interface Case {
  activation?: ActivationName;
  nodes?: number;
  samples?: number;
  dimension?: number;
  flow?: ConfigInput['flow'];
  steps?: number;
  columns?: number;
}

/** Σ ν (mean ω φ² − f²) with Σν = 1, from its definition. */
function freshVariance(activation: ActivationName, set: Samples, nodes: Cloud): number {
  const { dimension: d, a, b, c, weight, width } = nodes;
  const total = set.weight.reduce((sum, nu) => sum + nu, 0);
  return set.weight.reduce((variance, nu, l) => {
    let [first, second] = [0, 0];
    for (let i = 0; i < width; i++) {
      let z = -b[i];
      for (let k = 0; k < d; k++) z += a[i * d + k] * set.x[l * d + k];
      const phi = c[i] * activationOf(activation).value(z);
      first += (weight[i] * phi) / width;
      second += (weight[i] * phi ** 2) / width;
    }
    return variance + (nu / total) * (second - first ** 2);
  }, 0);
}

/** One comparison: g after `steps` steps, and the loss of nothing but rounding on the way. */
async function check(device: Device, row: string, choice: Case): Promise<void> {
  const {
    activation = 'tanh',
    nodes = 67,
    samples = 5,
    dimension = 2,
    steps = 3,
    columns = COLUMNS,
  } = choice;
  const config = configOf({
    network: { activation, width: nodes },
    flow: { dt: 0.05, ...choice.flow },
  });
  const particles = makeParticles({ seed: 3 + nodes, width: nodes, dimension, std: 0.7 });
  const set = makeSamples({ seed: 5 + samples, count: samples, dimension });
  const white = normals(11, nodes * columns).map((z) => Math.fround(z / Math.sqrt(nodes)));
  const byColumn = Float64Array.from(
    white,
    (_, at) => white[(at % nodes) * columns + Math.floor(at / nodes)],
  );
  const reference = createTangent(config, set, particles, byColumn);
  const tangent = await createDeviceTangent(device, config, {
    data: problemOf(set),
    nodes: particles,
    noise: Float32Array.from(white),
  });
  try {
    await tangent.step(steps);
    reference.step(steps);
    const expected = reference.g(); // [Q][s]
    const actual = await tangent.read(); // [s][Q]
    const ordered = Float64Array.from(
      expected,
      (_, at) => actual[(at % samples) * columns + Math.floor(at / samples)],
    );
    const size = Math.sqrt(expected.reduce((sum, g) => sum + g * g, 0) / expected.length);
    // Every step adds the rounding of sums over nodes and samples; their terms are of the size of φ and of g.
    tests.close(row, ordered, expected, {
      scale: 1 + size,
      terms: (nodes + samples) * (steps + 1),
      factor: 4,
      label: JSON.stringify(choice),
    });
    const { squares, monteCarlo } = await tangent.observe();
    tests.close(row, [monteCarlo], [freshVariance(activation, set, reference.nodes)], {
      scale: 1,
      terms: (nodes + samples) * (steps + 1),
      factor: 8,
      label: `${JSON.stringify(choice)}: fresh samples`,
    });
    const share = 1 / samples;
    const wanted = Float64Array.from({ length: columns }, (_, q) =>
      expected.slice(q * samples, (q + 1) * samples).reduce((sum, g) => sum + share * g * g, 0),
    );
    tests.close(`${row}: ‖g‖²`, squares, wanted, {
      scale: (1 + size) ** 2,
      terms: (nodes + samples) * (steps + 1),
      factor: 8, // a square doubles the relative error
      label: JSON.stringify(choice),
    });
  } finally {
    tangent.destroy();
  }
}

tests.each(
  ACTIVATIONS,
  (activation) => `carries noise as the reference does: ${activation}`,
  (device, activation) => check(device, 'activations', { activation, steps: 10 }),
);

tests.each(
  [1, 3, 4, 5, 63, 64, 65, 257],
  (nodes) => `is right for ${nodes} nodes`,
  (device, nodes) => check(device, 'nodes', { nodes }),
);

tests.each(
  [1, 3, 4, 5, 17, 33],
  (samples) => `is right for ${samples} samples`,
  (device, samples) => check(device, 'samples', { samples }),
);

tests.each(
  [1, 3, 8, 16],
  (dimension) => `is right for d = ${dimension}`,
  (device, dimension) => check(device, 'dimensions', { dimension }),
);

tests.each(
  [4, 12, 68],
  (columns) => `is right for ${columns} columns`,
  (device, columns) => check(device, 'columns', { columns }),
);

tests.each(
  PENALTIES.filter((kind) => kind !== 'none'),
  (kind) => `takes the second derivative of the penalty ${kind}`,
  (device, kind) =>
    check(device, 'penalties', { flow: { penalty: { kind, strength: 0.7 } }, steps: 10 }),
);

tests.each(
  [['a'], ['b'], ['c'], ['a', 'c']] as ('a' | 'b' | 'c')[][],
  (train) => `moves only what trains: ${train.join(', ')}`,
  (device, train) => check(device, 'masks', { flow: { train }, steps: 10 }),
);

const WEIGHTS = { rate: 1.5, threshold: 0 };

tests.each(
  [1, 3, 4, 5, 63, 64, 65, 257],
  (nodes) => `carries log-weights for ${nodes} nodes`,
  (device, nodes) =>
    check(device, 'log-weights', { nodes, flow: { birthDeath: WEIGHTS }, steps: 8 }),
);

tests.each(
  [1, 4, 17],
  (samples) => `carries log-weights for ${samples} samples`,
  (device, samples) =>
    check(device, 'log-weights', { samples, flow: { birthDeath: WEIGHTS }, steps: 8 }),
);

tests.each(
  PENALTIES.filter((kind) => kind !== 'none'),
  (kind) => `log-weights feel the penalty ${kind}`,
  (device, kind) =>
    check(device, 'log-weights', {
      flow: { penalty: { kind, strength: 0.7 }, birthDeath: WEIGHTS },
      steps: 10,
    }),
);

tests.it('log-weights stand still after the quench', (device) =>
  check(device, 'log-weights', { flow: { birthDeath: { ...WEIGHTS, quench: 0.2 } }, steps: 10 }),
);

tests.it('refuses what has no tangent here, before anything runs', async (device) => {
  const set = makeSamples({ seed: 1, count: 3, dimension: 1 });
  const nodes = makeParticles({ seed: 1, width: 4, dimension: 1 });
  for (const config of [
    configOf({ flow: { integrator: 'heun' } }),
    configOf({ flow: { batch: 2 } }),
    configOf({ flow: { time: 'gradient' } }),
    configOf({ network: { scale: 0.5 } }),
    configOf({ flow: { birthDeath: { rate: 1 } } }),
    configOf({ flow: { birthDeath: { rate: 1, scheme: 'jump' } } }),
    configOf({ network: { width: 4 }, init: { kind: 'random', sampling: 'antithetic' } }),
  ]) {
    const made = createDeviceTangent(device, config, {
      data: problemOf(set),
      nodes,
      noise: new Float32Array(16),
    });
    await expect(made).rejects.toThrow(/allowed with a prediction/);
  }
});
