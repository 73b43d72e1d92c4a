// The step of `flow.stableStep`: when it is renewed, what it is where all is known, what it refuses, and one for a sweep.
import { describe, expect, it } from 'vitest';
import { checkFluctuations } from '../../src/experiments/fluctuations.ts';
import { withFixedStep } from '../../src/experiments/fixed-step.ts';
import { stableStep } from '../../src/experiments/stable-estimate.ts';
import { stableSteps, type Steppable } from '../../src/experiments/stable-step.ts';
import { initialise } from '../../src/reference/initialise.ts';
import { replicaOf } from '../../src/state.ts';
import { openCpuEngine } from '../../src/ui/engine-cpu.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const samples = makeSamples({ seed: 1, count: 12, dimension: 2, weighted: true });
const particles = makeParticles({ seed: 2, width: 30, dimension: 2 });

describe('stableSteps', () => {
  it('renews at 0, 4, 8, … 256, 500, 1000, …, however a run is cut', async () => {
    const renewed = async (cuts: readonly number[]): Promise<number[]> => {
      const at: number[] = [];
      const state = { step: 0, time: 0, particles };
      const run = {
        stepsDone: 0,
        read: () => Promise.resolve(state),
        setTimeStep: () => Promise.resolve(void at.push(run.stepsDone)),
      } satisfies Steppable;
      const steps = stableSteps(configOf({ flow: { stableStep: 0.5 } }), samples, run);
      for (const cut of cuts) while (run.stepsDone < cut) run.stepsDone = await steps.until(cut);
      return at;
    };
    const wanted = [0, 4, 8, 16, 32, 64, 128, 256, 500, 1000, 1500];
    expect(await renewed([1501])).toEqual(wanted);
    expect(await renewed([3, 4, 7, 255, 256, 257, 1000, 1400, 1501])).toEqual(wanted);
    expect(await renewed(Array.from({ length: 1501 }, (_, n) => n + 1))).toEqual(wanted);
  });

  it('is a share of the exact 1/λ_max of one sample, in either unit of time, with the penalty', () => {
    // One sample: K = ν Σ |∇φ|² / m, and with c alone σ² remains.
    const one = { ...makeSamples({ seed: 3, count: 1, dimension: 1 }), weight: Float32Array.of(1) };
    const cloud = makeParticles({ seed: 4, width: 7, dimension: 1 });
    const { a, b } = cloud;
    const relu = Array.from(a, (value, i) => Math.max(0, value * one.x[0] - b[i]));
    const exact = relu.reduce((sum, value) => sum + value ** 2, 0) / 7;
    const input = {
      network: { width: 7, scale: 0.5 },
      flow: { stableStep: 0.3, train: ['c' as const] },
    };
    const found = stableStep(configOf(input), cloud, one);
    expect(found?.lambdaMax).toBeCloseTo(exact, 10);
    expect(found?.dt).toBeCloseTo(0.3 / exact, 10);
    const penalty = { kind: 'output-l2' as const, strength: 2 };
    const held = stableStep(configOf({ ...input, flow: { ...input.flow, penalty } }), cloud, one);
    expect(held?.dt).toBeCloseTo(0.3 / (exact + 2), 10);
  });

  it('gives the rate of gradient descent where time is that: η = dt α²/m', async () => {
    const rates: number[] = [];
    const run = {
      stepsDone: 0,
      read: () => Promise.resolve({ step: 0, time: 0, particles }),
      setTimeStep: (dt: number) => Promise.resolve(void rates.push(dt)),
    };
    const steps = (time: 'function' | 'gradient') =>
      stableSteps(
        configOf({ network: { width: 30, scale: 0 }, flow: { stableStep: 0.5, time } }),
        samples,
        run,
      ).until(1);
    await steps('function');
    await steps('gradient');
    expect(rates[1]).toBeCloseTo(rates[0] / 30, 12);
  });

  it('leaves the step alone where nothing can move', async () => {
    const dead = { ...particles, a: particles.a.map(() => 0), b: particles.b.map(() => 1) };
    const set: number[] = [];
    const steps = stableSteps(configOf({ flow: { stableStep: 0.5, dt: 0.25 } }), samples, {
      stepsDone: 0,
      read: () => Promise.resolve({ step: 0, time: 0, particles: dead }),
      setTimeStep: (dt) => Promise.resolve(void set.push(dt)),
    });
    expect(await steps.until(10)).toBe(4);
    expect([set, steps.start]).toEqual([[0.25], null]);
  });

  it('looks at some of many particles and samples, to a few per cent', () => {
    const config = configOf({ network: { width: 40_000 }, flow: { stableStep: 1 } });
    const many = makeSamples({ seed: 5, count: 700, dimension: 1 });
    const wide = makeParticles({ seed: 6, width: 40_000, dimension: 1 });
    const few = { ...makeSamples({ seed: 5, count: 700, dimension: 1 }), count: 350 };
    const half = {
      ...few,
      x: few.x.filter((_, j) => j % 2 === 0),
      y: few.y.filter((_, j) => j % 2 === 0),
      weight: few.weight.filter((_, j) => j % 2 === 0).map((value) => 2 * value),
    };
    const [one, other] = [many, half].map((set) => stableStep(config, wide, set)?.lambdaMax ?? NaN);
    expect(Math.abs(one / other - 1)).toBeLessThan(0.1);
  });
});

describe('the step of a sweep', () => {
  const config = configOf({
    network: { activation: 'relu' },
    flow: { stableStep: 0.5, dt: 0.01 },
    clt: {
      widths: [64, 16],
      replicas: 9,
      sweep: [{ kind: 'none' }, { kind: 'output-l2', strength: 1 }],
    },
  });
  const problem = problemOf(samples);

  it('is stable for every replica of the narrowest width and every penalty', () => {
    const fixed = withFixedStep(config, problem);
    expect(fixed.config.flow.stableStep).toBe(0);
    const narrow = configOf({ network: { width: 16 }, flow: { stableStep: 0.5 } });
    const start = initialise(narrow, 2, 9);
    const own = Array.from(
      { length: 9 },
      (_, r) => stableStep(narrow, replicaOf(start, r), samples)?.lambdaMax ?? NaN,
    );
    expect(fixed.timeStep?.lambdaMax).toBe(Math.max(...own));
    expect(fixed.config.flow.dt).toBeCloseTo(0.5 / (Math.max(...own) + 1), 12);
    expect(withFixedStep(fixed.config, problem)).toEqual({ config: fixed.config, timeStep: null });
  });

  it('comes with a grid of times alone', () => {
    expect(checkFluctuations(config).length).toBeGreaterThan(2);
    const listed = { ...config, clt: { ...config.clt, times: [0, 0.5] } };
    expect(() => checkFluctuations(listed)).toThrow(
      'clt.times: received [0,0.5]; allowed with flow.stableStep above 0: a grid',
    );
  });
});

describe('flow.stableStep', () => {
  it('refuses what it cannot be joined with, in one line', () => {
    const of =
      (flow: object, network: object = {}) =>
      () =>
        configOf({ network, flow: { stableStep: 0.5, ...flow } });
    expect(of({ stableStep: 2 })).toThrow('received 2; allowed: a number < 2');
    expect(of({ batch: 4 })).toThrow('flow.batch: received 4; allowed: 0 with flow.stableStep');
    expect(of({ loss: 'population' })).toThrow(
      'flow.loss: received "population"; allowed: "samples"',
    );
    expect(of({ birthDeath: { rate: 1, quench: 1 } })).toThrow(
      'flow.birthDeath.quench: received 1; allowed: null with flow.stableStep',
    );
    const radial = { features: 'radial', activation: 'gaussian', bias: false };
    expect(of({}, radial)).toThrow('network.features: received "radial"; allowed: "ridge"');
  });

  it('is kept by the processor behind the page too, and shown in its rows', async () => {
    const config = configOf({
      problem: { kind: 'function', points: { low: -1, high: 1, count: 8 } },
      network: { width: 20 },
      flow: { stableStep: 0.5 },
    });
    const run = await openCpuEngine().start(config);
    const rows = [...(await run.advance(0, [0])), ...(await run.advance(20, [4, 5, 20]))];
    const [first, fourth, fifth, last] = rows.map(({ dt }) => dt ?? NaN);
    expect(fourth).toBe(first);
    expect(fifth).not.toBe(first);
    expect(rows[1].time).toBeCloseTo(4 * first, 12);
    expect(rows[2].time - rows[1].time).toBeCloseTo(fifth, 12);
    expect(run.time).toBe(rows[3].time);
    expect(last).toBeGreaterThan(0);
  });
});
