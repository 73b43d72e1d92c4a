// The hyperbolic step: exact in a frozen field, conserving δ, and of first order against the flow.
import { describe, expect, it } from 'vitest';
import type { Cloud } from '../../src/reference/cloud.ts';
import { cloudOf } from '../../src/reference/cloud.ts';
import { hyperbolicStep } from '../../src/reference/hyperbolic.ts';
import { createReference } from '../../src/reference/simulation.ts';
import type { Problem } from '../../src/problem/problem.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

function deltas({ dimension: d, a, b, c }: Cloud): Float64Array {
  return c.map((ci, i) => {
    const square = a.subarray(i * d, (i + 1) * d).reduce((sum, value) => sum + value * value, 0);
    return ci * ci - square - b[i] * b[i];
  });
}

describe('the hyperbolic step', () => {
  it('conserves δ to rounding, in one and in three dimensions, where Euler does not', () => {
    for (const dimension of [1, 3]) {
      const width = 30;
      const samples = makeSamples({ seed: 2, count: 7, dimension });
      const particles = makeParticles({ seed: 3, width, dimension });
      const config = configOf({
        network: { width, scale: 0.5 },
        flow: { dt: 0.05, integrator: 'euler' },
      });
      let cloud = cloudOf(particles);
      const start = deltas(cloud);
      for (let n = 0; n < 300; n++) cloud = hyperbolicStep(config, cloud, samples);
      const drift = deltas(cloud).map((value, i) => Math.abs(value - start[i]));
      expect(Math.max(...drift)).toBeLessThan(1e-11);
      const problem: Problem = { title: 'test', train: samples, test: null };
      const euler = createReference(config, problem, { particles });
      euler.step(300);
      const eulerDrift = deltas(euler.read().particles).map((v, i) => Math.abs(v - start[i]));
      expect(Math.max(...eulerDrift)).toBeGreaterThan(1e-5);
    }
  });

  it('equals a fine integration of one particle whose field is constant', () => {
    // One sample with a target so large that its residual is constant to 1e-9 over the time.
    const samples = {
      count: 1,
      dimension: 1,
      x: Float32Array.of(0.5),
      y: Float32Array.of(-1e9),
      weight: Float32Array.of(1e-9),
    };
    const particles = makeParticles({ seed: 1, width: 1, dimension: 1 });
    particles.a[0] = 1;
    particles.b[0] = -0.25;
    particles.c[0] = 0.5;
    const config = configOf({ network: { width: 1 }, flow: { dt: 0.8 } });
    const exact = hyperbolicStep(config, cloudOf(particles), samples);
    let [a, b, c] = [1, -0.25, 0.5];
    const rate = (w: number[]) => {
      const rho = w[2] * Math.max(w[0] * 0.5 - w[1], 0) + 1e9;
      const pull = Math.fround(1e-9) * rho;
      return [-pull * w[2] * 0.5, pull * w[2], -pull * (w[0] * 0.5 - w[1])];
    };
    const h = 0.8 / 4000;
    for (let n = 0; n < 4000; n++) {
      const w = [a, b, c];
      const k1 = rate(w);
      const k2 = rate(w.map((v, k) => v + (h / 2) * k1[k]));
      [a, b, c] = w.map((v, k) => v + h * k2[k]);
    }
    expect(Math.abs(exact.a[0] - a)).toBeLessThan(1e-7);
    expect(Math.abs(exact.b[0] - b)).toBeLessThan(1e-7);
    expect(Math.abs(exact.c[0] - c)).toBeLessThan(1e-7);
  });

  it('leaves a particle alone that no sample activates', () => {
    const samples = makeSamples({ seed: 2, count: 5, dimension: 1 });
    const particles = makeParticles({ seed: 3, width: 1, dimension: 1 });
    particles.a[0] = 0;
    particles.b[0] = 1;
    const cloud = cloudOf(particles);
    const config = configOf({ network: { width: 1 } });
    expect(hyperbolicStep(config, cloud, samples)).toEqual(cloud);
  });
});
