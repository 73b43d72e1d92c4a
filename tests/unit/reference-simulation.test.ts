// The surface of the reference simulation: time, shapes, replicas, test set, wrong use.
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/problem/problem.ts';
import { oneReplica } from '../../src/reference/cloud.ts';
import { createReference } from '../../src/reference/simulation.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const train = makeSamples({ seed: 1, count: 40, dimension: 2 });
const problem: Problem = {
  ...problemOf(train),
  test: makeSamples({ seed: 2, count: 3, dimension: 2 }),
};
const config = configOf({
  network: { activation: 'relu', width: 10 },
  flow: { dt: 0.125, batch: 4 },
});

describe('createReference', () => {
  it('counts steps and time, in function-space units whatever flow.time is', () => {
    const reference = createReference(config, problem);
    expect([reference.stepsDone, reference.time]).toEqual([0, 0]);
    reference.step(3);
    reference.step(0);
    reference.step(2);
    expect([reference.stepsDone, reference.time]).toEqual([5, 0.625]);
    const gradient = createReference(
      configOf({ network: { width: 10, scale: 1 }, flow: { dt: 0.5, time: 'gradient' } }),
      problem,
    );
    gradient.step(4);
    expect(gradient.time).toBe(0.2);
  });

  it('does the same in five steps as in two and three', () => {
    const [once, twice] = [createReference(config, problem), createReference(config, problem)];
    once.step(5);
    twice.step(2);
    twice.step(3);
    expect(twice.read()).toEqual(once.read());
  });

  it('runs every replica as it would run alone, minibatches included', () => {
    const together = createReference(config, problem, { replicas: 3, firstReplica: 5 });
    together.step(4);
    for (const r of [0, 1, 2]) {
      const alone = createReference(config, problem, { firstReplica: 5 + r });
      alone.step(4);
      expect(oneReplica(together.read().particles, r)).toEqual(alone.read().particles);
    }
  });

  it('observes in the shapes [R], [R][s], [R][m][d] and [R][m][⌈s/32⌉]', () => {
    const reference = createReference(config, problem, { replicas: 2 });
    const seen = reference.observe([
      'loss',
      'objective',
      'testLoss',
      'residual',
      'prediction',
      'testPrediction',
      'velocity',
      'patterns',
      'patternsChanged',
    ]);
    expect([seen.loss, seen.objective, seen.testLoss].map((x) => x.length)).toEqual([2, 2, 2]);
    expect([seen.residual, seen.prediction].map((x) => x.length)).toEqual([80, 80]);
    expect(seen.testPrediction.length).toBe(6);
    expect([seen.velocity.a, seen.velocity.b].map((x) => x.length)).toEqual([40, 20]);
    expect(seen.patterns.length).toBe(2 * 10 * 2);
    expect(Array.from(seen.patternsChanged)).toEqual([0, 0]);
    expect(seen.loss).toEqual(seen.objective);
    expect(reference.predict(train.x)).toEqual(seen.prediction);
    expect(seen.residual).toEqual(seen.prediction.map((f, k) => f - train.y[k % 40]));
  });

  it('counts a pattern as changed when it differs from the start, not from the step before', () => {
    const far = configOf({ network: { width: 50 }, flow: { dt: 0.5 } });
    const reference = createReference(far, problem);
    const start = reference.observe(['patterns']).patterns;
    reference.step(20);
    const end = reference.observe(['patterns', 'patternsChanged']);
    const bits = (word: number) => word.toString(2).replaceAll('0', '').length;
    const differing = end.patterns.reduce((sum, word, k) => sum + bits((word ^ start[k]) >>> 0), 0);
    expect(differing).toBeGreaterThan(0);
    expect(end.patternsChanged[0]).toBe(differing / (50 * 40));
  });

  it('gives NaN and nothing for a test set that is not there', () => {
    const seen = createReference(config, problemOf(train)).observe(['testLoss', 'testPrediction']);
    expect(Array.from(seen.testLoss)).toEqual([NaN]);
    expect(seen.testPrediction.length).toBe(0);
  });

  it('hands out a state that later steps leave alone', () => {
    const reference = createReference(config, problem);
    const before = reference.read();
    const copy = before.particles.a.slice();
    reference.step(1);
    expect(before.particles.a).toEqual(copy);
    expect(reference.read().particles.a).not.toEqual(copy);
  });

  it('refuses particles of another dimension or number of replicas', () => {
    const wrong = makeParticles({ seed: 1, width: 10, dimension: 3 });
    expect(() => createReference(config, problem, { particles: wrong })).toThrow('d = 3');
    const two = makeParticles({ seed: 1, width: 10, dimension: 2, replicas: 2 });
    expect(() => createReference(config, problem, { particles: two, replicas: 3 })).toThrow(
      'R = 2',
    );
  });
});
