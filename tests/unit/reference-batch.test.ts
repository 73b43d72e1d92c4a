// Minibatches of the reference: addressed by counter, uniform, and unbiased.
import { describe, expect, it } from 'vitest';
import { keyOf, philox, streamOf } from '../../src/random.ts';
import { batchOf, drawIndex } from '../../src/reference/batch.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { forward } from '../../src/reference/forward.ts';
import { residual } from '../../src/reference/residual.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { update } from '../../src/reference/update.ts';
import { velocity } from '../../src/reference/velocity.ts';
import { expectClose } from '../helpers/close.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const samples = makeSamples({ seed: 1, count: 7, dimension: 2, weighted: true });
const particles = makeParticles({ seed: 2, width: 6, dimension: 2 });
const configWith = (batch: number, integrator: 'euler' | 'heun' = 'euler') =>
  configOf({ seed: 9, network: { activation: 'tanh', width: 6 }, flow: { batch, integrator } });

describe('drawIndex', () => {
  it('is the top k bits of its word when there are 2^k samples', () => {
    for (let q = 0; q < 40; q++) {
      const word = philox([q >> 2, 3, streamOf('batch'), 5], keyOf(9))[q % 4];
      for (const k of [1, 5, 16, 24, 30]) {
        expect(drawIndex(9, 2 ** k, 3, 5, q)).toBe(word >>> (32 - k));
      }
    }
  });

  it('stays below the number of samples, up to the largest', () => {
    for (const s of [1, 2, 3, 1000, 2 ** 31 - 1]) {
      const drawn = Array.from({ length: 200 }, (_, q) => drawIndex(9, s, 0, 0, q));
      expect(drawn.every((j) => Number.isInteger(j) && j >= 0 && j < s)).toBe(true);
    }
  });

  it('draws every sample equally often', () => {
    const [s, draws] = [7, 14_000];
    const counts = new Array<number>(s).fill(0);
    for (let q = 0; q < draws; q++) counts[drawIndex(9, s, 0, 0, q)]++;
    const p = 1 / s;
    for (const count of counts) {
      expect(Math.abs(count - draws * p)).toBeLessThan(5 * Math.sqrt(draws * p * (1 - p)));
    }
  });
});

describe('batchOf', () => {
  it('is the whole set when flow.batch is 0', () => {
    expect(batchOf(configWith(0), samples, 3, 0)).toBe(samples);
  });

  it('holds the drawn samples with loss weights ν s/B', () => {
    const batch = batchOf(configWith(10), samples, 4, 1);
    expect(batch.count).toBe(10);
    for (let q = 0; q < 10; q++) {
      const j = drawIndex(9, 7, 4, 1, q);
      expect([batch.x[2 * q], batch.x[2 * q + 1]]).toEqual([
        samples.x[2 * j],
        samples.x[2 * j + 1],
      ]);
      expect(batch.y[q]).toBe(samples.y[j]);
      expect(batch.weight[q]).toBe((samples.weight[j] * 7) / 10);
    }
  });

  it('changes from step to step and from replica to replica, and repeats itself', () => {
    const x = (step: number, replica: number) => batchOf(configWith(20), samples, step, replica).x;
    expect(x(1, 0)).toEqual(x(1, 0));
    expect(x(1, 0)).not.toEqual(x(2, 0));
    expect(x(1, 0)).not.toEqual(x(1, 1));
  });

  it('is unbiased: the mean velocity over all single draws is that of the whole set', () => {
    const config = configWith(1);
    const cloud = cloudOf(particles);
    const full = velocity(
      config,
      cloud,
      samples,
      residual(forward(config, cloud, samples), samples.y),
    );
    const sum = new Float64Array(full.a.length + full.c.length);
    const seen = new Set<number>();
    // Steps 0, 1, … draw sample after sample; each of the s samples counts once.
    for (let step = 0; seen.size < samples.count; step++) {
      const j = drawIndex(config.seed, samples.count, step, 0, 0);
      if (seen.has(j)) continue;
      seen.add(j);
      const batch = batchOf(config, samples, step, 0);
      const v = velocity(config, cloud, batch, residual(forward(config, cloud, batch), batch.y));
      [...v.a, ...v.c].forEach((value, k) => (sum[k] += value / samples.count));
    }
    expectClose(sum, [...full.a, ...full.c], {
      scale: 10,
      terms: samples.count,
      unit: 2 ** -53,
      label: 'mean velocity',
    });
  });
});

describe('a Heun step on minibatches', () => {
  it('uses one batch in both stages, another in the next step, and the replica word of its replica', () => {
    const config = configWith(3, 'heun');
    const reference = createReference(config, problemOf(samples), { particles, firstReplica: 4 });
    reference.step(2);
    let cloud = cloudOf(particles);
    for (const step of [0, 1]) {
      const batch = batchOf(config, samples, step, 4);
      cloud = update(config, cloud, (at) =>
        velocity(config, at, batch, residual(forward(config, at, batch), batch.y)),
      );
    }
    expect(reference.read().particles.a).toEqual(cloud.a);
    expect(reference.read().particles.c).toEqual(cloud.c);
  });
});
