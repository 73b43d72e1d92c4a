// The velocity of the reference against finite differences of its objective, and its mobility mask.
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS, PENALTIES, type ActivationName, type Config } from '../../src/config.ts';
import type { Samples } from '../../src/problem/problem.ts';
import { cloudOf, type Cloud } from '../../src/reference/cloud.ts';
import { alphaOf, forward, preactivation } from '../../src/reference/forward.ts';
import { objective } from '../../src/reference/loss.ts';
import { residual } from '../../src/reference/residual.ts';
import { velocity } from '../../src/reference/velocity.ts';
import { expectClose } from '../helpers/close.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const WIDTH = 4;

function objectiveAt(config: Config, cloud: Cloud, samples: Samples): number {
  const rho = residual(forward(config, cloud, samples), samples.y);
  return objective(config, cloud, rho, samples.weight)[0];
}

function velocityAt(config: Config, cloud: Cloud, samples: Samples): Cloud {
  return velocity(config, cloud, samples, residual(forward(config, cloud, samples), samples.y));
}

/** Step of the central difference; the kinks of relu must lie farther than this. */
const H = 2 ** -16;

/** (α²/m) ∂L/∂w entry by entry, by central differences; a, b, c in one array. */
function differences(config: Config, cloud: Cloud, samples: Samples): Float64Array {
  const factor = alphaOf(config, cloud.width) ** 2 / cloud.width;
  const slopes = [cloud.a, cloud.b, cloud.c].map((values) =>
    values.map((value, k) => {
      values[k] = value + H;
      const above = objectiveAt(config, cloud, samples);
      values[k] = value - H;
      const below = objectiveAt(config, cloud, samples);
      values[k] = value;
      return (factor * (above - below)) / (2 * H);
    }),
  );
  return Float64Array.from(slopes.flatMap((list) => Array.from(list)));
}

/** −ω dw/dt entry by entry; a, b, c in one array. */
function weightedGradient(v: Cloud, d: number): Float64Array {
  const a = v.a.map((value, k) => -v.weight[Math.floor(k / d)] * value);
  const b = v.b.map((value, p) => -v.weight[p] * value);
  const c = v.c.map((value, p) => -v.weight[p] * value);
  return Float64Array.from([...a, ...b, ...c]);
}

function makeCase(dimension: number) {
  const cloud = cloudOf(makeParticles({ seed: 5, width: WIDTH, dimension, weighted: true }));
  const samples = makeSamples({ seed: 6, count: 5, dimension, weighted: true });
  return { cloud, samples };
}

describe('velocity', () => {
  it.each([1, 3])('has no kink of relu near the points of the differences in d = %d', (d) => {
    const { cloud, samples } = makeCase(d);
    for (let p = 0; p < WIDTH; p++) {
      for (let j = 0; j < 5; j++) {
        expect(Math.abs(preactivation(cloud, p, samples, j))).toBeGreaterThan(4 * H);
      }
    }
  });

  const cases = ACTIVATIONS.flatMap((activation) =>
    [0, 0.5, 1].flatMap((scale) => [1, 3].map((dimension) => ({ activation, scale, dimension }))),
  );
  it.each(cases)(
    'is −(α²/m) ∂L/∂w / ω for $activation, p = $scale, d = $dimension, with every penalty',
    ({
      activation,
      scale,
      dimension,
    }: {
      activation: ActivationName;
      scale: number;
      dimension: number;
    }) => {
      const { cloud, samples } = makeCase(dimension);
      for (const kind of PENALTIES) {
        const config = configOf({
          network: { activation, scale, width: WIDTH },
          flow: { penalty: { kind, strength: kind === 'none' ? 0 : 0.3 } },
        });
        const gradient = weightedGradient(velocityAt(config, cloud, samples), dimension);
        const largest = gradient.reduce((size, value) => Math.max(size, Math.abs(value)), 1);
        // The central difference is wrong by H²/6 times a third derivative, here up to some tens of the gradient.
        expectClose(gradient, differences(config, cloud, samples), {
          scale: largest,
          unit: H * H,
          factor: 20,
          label: kind,
        });
      }
    },
  );

  it('moves only what flow.train names', () => {
    const { cloud, samples } = makeCase(3);
    const full = velocityAt(configOf({ network: { activation: 'tanh' } }), cloud, samples);
    for (const train of [[], ['a'], ['b'], ['c'], ['a', 'c'], ['b', 'c']] as (
      'a' | 'b' | 'c'
    )[][]) {
      const config = configOf({ network: { activation: 'tanh' }, flow: { train } });
      const v = velocityAt(config, cloud, samples);
      for (const key of ['a', 'b', 'c'] as const) {
        expect(v[key]).toEqual(
          train.includes(key) ? full[key] : new Float64Array(full[key].length),
        );
      }
    }
  });

  it('without bias holds b, also under a penalty', () => {
    const { cloud, samples } = makeCase(1);
    const config = configOf({
      network: { bias: false },
      flow: { penalty: { kind: 'weight-decay', strength: 1 } },
    });
    expect(velocityAt(config, cloud, samples).b).toEqual(new Float64Array(WIDTH));
  });

  it('takes the gradient of total variation as 0 where it has none', () => {
    const config = configOf({
      flow: { penalty: { kind: 'total-variation', strength: 0.5 } },
      network: { activation: 'linear', width: 2 },
    });
    const { samples } = makeCase(1);
    // One particle with (a, b) = 0, one with c = 0; zero residual leaves the penalty alone.
    const cloud: Cloud = {
      dimension: 1,
      width: 2,
      replicas: 1,
      a: Float64Array.of(0, 3),
      b: Float64Array.of(0, 4),
      c: Float64Array.of(2, 0),
      weight: Float64Array.of(1, 1),
    };
    const v = velocity(config, cloud, samples, new Float64Array(5));
    expect([...v.a, ...v.b, ...v.c].map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('keeps replicas apart: two replicas move as each would alone', () => {
    const samples = makeSamples({ seed: 6, count: 5, dimension: 2 });
    const config = configOf({ network: { activation: 'sine', width: WIDTH } });
    const [one, two] = [1, 2].map((seed) =>
      cloudOf(makeParticles({ seed, width: WIDTH, dimension: 2 })),
    );
    const both: Cloud = {
      ...one,
      replicas: 2,
      a: Float64Array.of(...one.a, ...two.a),
      b: Float64Array.of(...one.b, ...two.b),
      c: Float64Array.of(...one.c, ...two.c),
      weight: Float64Array.of(...one.weight, ...two.weight),
    };
    const v = velocityAt(config, both, samples);
    const [first, second] = [one, two].map((cloud) => velocityAt(config, cloud, samples));
    expect([...v.a]).toEqual([...first.a, ...second.a]);
    expect([...v.c]).toEqual([...first.c, ...second.c]);
  });
});
