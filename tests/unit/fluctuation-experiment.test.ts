// The fluctuation experiment on a fake engine that draws predictions of known variance: bookkeeping and results.
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config-check.ts';
import { replicasThatFit } from '../../src/experiments/batches.ts';
import type { FluctuationDone, FluctuationProgress } from '../../src/experiments/events.ts';
import {
  checkFluctuations,
  fluctuations,
  type FluctuationsOptions,
} from '../../src/experiments/fluctuations.ts';
import { SizeError } from '../../src/engine/simulation.ts';
import { DEVICE, fakeEngine, PROBLEM } from '../helpers/fake-engine.ts';

const S = PROBLEM.train.count;

const CONFIG = parseConfig({
  network: { activation: 'linear', bias: false },
  flow: { dt: 0.1, steps: 40 },
  clt: { widths: [256, 64, 128], replicas: 100, times: [0, 1, 2], bootstrap: 300 },
});

async function run(config = CONFIG, options: FluctuationsOptions = {}) {
  const progress: FluctuationProgress[] = [];
  let done: FluctuationDone | undefined;
  for await (const event of fluctuations(DEVICE, config, { data: PROBLEM, ...options })) {
    if (event.kind === 'progress') progress.push(event);
    else done = event;
  }
  return { progress, done: done as FluctuationDone };
}

describe('fluctuations', () => {
  it('finds the constant and exponent of the engine, widths ascending whatever their order', async () => {
    const { create } = fakeEngine(1.7);
    const { done } = await run(CONFIG, { create });
    const { points, laws } = done.result;
    expect(points.map(({ width }) => width)).toEqual([64, 64, 64, 128, 128, 128, 256, 256, 256]);
    expect(laws.map(({ time }) => time)).toEqual([0, 1, 2]);
    laws.forEach((law, t) => {
      const truth = 1.7 * Math.exp(-2 * t);
      // Var of the mean of 300 distances with weights ¼, ¼, ½: 2 Σν² / 300, so a standard error of 5 %.
      expect(Math.abs(law.constant.estimate / truth - 1)).toBeLessThan(5 * 0.05);
      const [low, high] = law.exponent!.ci;
      expect(low).toBeLessThan(-1);
      expect(high).toBeGreaterThan(-1);
    });
    expect(done.runs.map(({ kernels }) => kernels['forward'])).toEqual([
      'dense-64',
      'dense-128',
      'dense-256',
    ]);
  });

  it('gives every replica of every width its own Philox word, also in halved batches', async () => {
    for (const most of [Infinity, 100, 30, 1]) {
      const { create, batches } = fakeEngine(1, most);
      const { done } = await run(CONFIG, { create });
      const words = batches.flatMap(({ replicas, firstReplica }) =>
        Array.from({ length: replicas }, (_, r) => firstReplica + r),
      );
      expect(words).toEqual(Array.from({ length: 300 }, (_, r) => r));
      expect(batches.every(({ replicas, destroyed }) => replicas <= most && destroyed)).toBe(true);
      expect(done.runs.reduce((sum, { batches: n }) => sum + n, 0)).toBe(batches.length);
    }
  });

  it('runs each width with its own number of replicas, in whatever order and batches', async () => {
    const clt = { ...CONFIG.clt, replicas: [10, 400, 50] };
    for (const most of [Infinity, 60, 7]) {
      const { create, batches } = fakeEngine(1.7, most);
      const { done, progress } = await run({ ...CONFIG, clt }, { create });
      const words = batches.flatMap(({ replicas, firstReplica }) =>
        Array.from({ length: replicas }, (_, r) => firstReplica + r),
      );
      expect(words).toEqual(Array.from({ length: 460 }, (_, r) => r));
      const { points, laws, losses, gaussianity } = done.result;
      const replicas = [64, 128, 256].map((m) => points.find(({ width }) => width === m)?.replicas);
      expect(replicas).toEqual([400, 50, 10]);
      // Losses at the start are the words.
      expect(losses.map(({ mean }) => mean[0])).toEqual([199.5, 424.5, 454.5]);
      const { estimate, ci } = laws[0].constant;
      // 460 − 3 distances with weights ¼, ¼, ½: 2 Σν² / 457, a standard error of 4 %.
      expect(Math.abs(estimate / 1.7 - 1)).toBeLessThan(5 * 0.04);
      expect((ci[1] - ci[0]) / 2 / 1.96 / 1.7).toBeLessThan(0.06);
      // The largest width with a hundred replicas.
      expect(gaussianity?.width).toBe(64);
      const fractions = progress.map(({ fraction }) => fraction);
      expect(fractions.every((f, k) => k === 0 || f >= fractions[k - 1])).toBe(true);
      expect(fractions.at(-1)).toBe(1);
      expect(fractions.filter((f) => f === 1).length).toBe(1);
    }
  });

  it('has the same result whatever the batches', async () => {
    const whole = await run(CONFIG, { create: fakeEngine(1).create });
    const split = await run(CONFIG, { create: fakeEngine(1, 7).create });
    expect(split.done.result).toEqual(whole.done.result);
  });

  it('passes on a SizeError when not even one replica fits', async () => {
    await expect(run(CONFIG, { create: fakeEngine(1, 0).create })).rejects.toThrow(SizeError);
  });

  it('reports the replica mean of the loss at the recording steps', async () => {
    const { done } = await run(CONFIG, { create: fakeEngine(1).create });
    expect(done.result.losses[1]).toMatchObject({ width: 128, time: [0, 1, 2] });
    // Losses are r + step, replicas 100 … 199 at steps 0, 10, 20.
    expect(done.result.losses[1].mean).toEqual([149.5, 159.5, 169.5]);
    const se = Math.sqrt((((100 ** 2 - 1) / 12) * (100 / 99)) / 100);
    expect(done.result.losses[1].se[0]).toBeCloseTo(se, 12);
  });

  it('makes progress that never falls, reaches 1 and ends with the last recording, not the last step', async () => {
    const { progress } = await run(CONFIG, { create: fakeEngine(1, 40).create });
    const fractions = progress.map(({ fraction }) => fraction);
    expect(fractions.every((f, k) => k === 0 || f >= fractions[k - 1])).toBe(true);
    expect(fractions.at(-1)).toBe(1);
    expect(progress.at(-1)).toMatchObject({
      width: 256,
      step: 20,
      steps: 20,
      replicasReached: 100,
    });
    expect(progress.length).toBeGreaterThanOrEqual(3 * 3 * 20);
  });

  it('predicts the start alone: (m/α)² Var φ for every scale', async () => {
    // Linear φ without bias: Var φ = Σ ν x² with ν = ¼, ¼, ½ and standard normals.
    const C = (1 + 0.25 + 2 * 4) / 4;
    for (const scale of [1, 0.5, 0]) {
      const config = { ...CONFIG, network: { ...CONFIG.network, scale } };
      const { done } = await run(config, { create: fakeEngine(1).create });
      const { points, laws } = done.result;
      const predictions = [64, 128, 256].flatMap((m) => [C * (m / m ** scale) ** 2, null, null]);
      points.forEach(({ predicted }, k) => {
        if (predictions[k] === null) expect(predicted).toBeNull();
        else expect(predicted! / predictions[k]).toBeCloseTo(1, 10);
      });
      expect(laws[1].constant.predicted).toBeNull();
      if (scale === 1) expect(laws[0].constant.predicted).toBeCloseTo(C, 10);
    }
  });

  it('measures from a given limit, without the loss of a degree of freedom', async () => {
    const { create } = fakeEngine(1);
    const zero = await run(CONFIG, { create, limit: new Float64Array(3 * S) });
    const far = await run(CONFIG, { create, limit: new Float64Array(3 * S).fill(10) });
    const fitted = await run(CONFIG, { create });
    const at = ({ done }: typeof zero) => done.result.points[0].scaled;
    // Σ‖f_r‖² = Σ‖f_r − f̄‖² + R‖f̄‖² > Σ‖f_r − f̄‖².
    expect(100 * at(zero)).toBeGreaterThan(99 * at(fitted));
    expect(Math.abs(at(zero) / at(fitted) - 1)).toBeLessThan(0.1);
    // 64 · 10², give or take 2 · 10 · f̄ with f̄ of standard deviation 1/80.
    expect(Math.abs(at(far) - 6400)).toBeLessThan(64 * (5 * (20 / 80) + 1));
  });

  it('measures test samples beside the training ones, in whatever batches', async () => {
    const test = {
      count: 2,
      dimension: 1,
      x: Float32Array.of(0, 1),
      y: new Float32Array(2),
      weight: Float32Array.of(0.5, 0.5),
    };
    const data = { ...PROBLEM, test };
    const { done } = await run(CONFIG, { create: fakeEngine(1).create, data });
    const split = await run(CONFIG, { create: fakeEngine(1, 7).create, data });
    expect(split.done.result).toEqual(done.result);
    done.result.laws.forEach(({ testConstant, constant }, t) => {
      // Variance of the mean over 300 replicas of two samples: 1/300.
      expect(Math.abs(testConstant!.estimate / 4 - 1)).toBeLessThan(5 * Math.sqrt(1 / 300));
      expect(constant.estimate).toBeLessThan(1.3 * Math.exp(-2 * t));
    });
    const [point] = done.result.points;
    expect(point.testCiLow).toBeLessThan(point.scaledTest!);
    expect(point.testCiHigh).toBeGreaterThan(point.scaledTest!);
    // From a given limit no degree of freedom is lost, and a limit that is far off shows.
    const create = fakeEngine(1).create;
    const zero = await run(CONFIG, { create, data, testLimit: new Float64Array(3 * 2) });
    const far = await run(CONFIG, { create, data, testLimit: new Float64Array(3 * 2).fill(10) });
    expect(100 * zero.done.result.points[0].scaledTest!).toBeGreaterThan(99 * point.scaledTest!);
    expect(Math.abs(zero.done.result.points[0].scaledTest! / point.scaledTest! - 1)).toBeLessThan(
      0.1,
    );
    // 64 · 10² and cross terms 2 · 10 · 64 f̄, f̄ of standard deviation 1/40 for one sample.
    expect(Math.abs(far.done.result.points[0].scaledTest! - 6400)).toBeLessThan(64 * 2);
    expect(far.done.result.points[0].scaled).toBe(point.scaled);
    const without = await run(CONFIG, { create: fakeEngine(1).create });
    expect(without.done.result.points[0]).toMatchObject({ scaledTest: null, testCiLow: null });
    expect(without.done.result.laws[0].testConstant).toBeNull();
  });

  it('compares with a prediction at its times, the closed form of the start before it', async () => {
    const predicted = [1, 2, 3].map((value) => ({ value, se: 0.1 }));
    const { done } = await run(CONFIG, { create: fakeEngine(1).create, predicted });
    const { points, laws } = done.result;
    // (1 + 0.25 + 2 · 4)/4 is the constant of the linear network.
    expect(points[0].predicted).toBeCloseTo(9.25 / 4, 10);
    expect(points[0].predictedSe).toBe(0);
    expect(points[1]).toMatchObject({ predicted: 2, predictedSe: 0.1 });
    expect(laws[2].agreement!.difference).toBeCloseTo(laws[2].constant.estimate / 3 - 1, 12);
  });

  it('knows the dimension of independent samples, their collapse and their Gaussian law', async () => {
    const { done } = await run(CONFIG, { create: fakeEngine(1).create });
    const { points, laws, gaussianity } = done.result;
    // Weights ¼, ¼, ½: 1/(1/16 + 1/16 + 1/4) = 8/3.
    const mean = points.reduce((sum, p) => sum + p.effectiveDimension!, 0) / points.length;
    expect(Math.abs(mean - 8 / 3)).toBeLessThan(0.4);
    for (const { collapse } of laws) expect(collapse!.p).toBeGreaterThan(0.01);
    expect(gaussianity).toMatchObject({ width: 256, time: 2, tested: 50 });
    expect(gaussianity!.p).toBeGreaterThan(0.01);
  });

  it('stops when asked, with the reason given, and frees the batch', async () => {
    const { create, batches } = fakeEngine(1);
    const stop = new AbortController();
    const reason = new Error('enough');
    const loop = async () => {
      for await (const event of fluctuations(DEVICE, CONFIG, {
        data: PROBLEM,
        create,
        signal: stop.signal,
      })) {
        if (event.kind === 'progress' && event.width === 128) stop.abort(reason);
      }
    };
    await expect(loop()).rejects.toBe(reason);
    expect(batches.map(({ width, destroyed }) => [width, destroyed])).toEqual([
      [64, true],
      [128, true],
    ]);
  });

  it('frees the batch when the listener leaves', async () => {
    const { create, batches } = fakeEngine(1);
    for await (const event of fluctuations(DEVICE, CONFIG, { data: PROBLEM, create })) {
      if (event.kind === 'progress') break;
    }
    expect(batches).toHaveLength(1);
    expect(batches[0].destroyed).toBe(true);
  });
});

describe('checks of the fluctuation experiment', () => {
  const check = (changes: object) => () => checkFluctuations(parseConfig(changes));

  it('refuse odd widths with antithetic sampling, and particles from a file', () => {
    const antithetic = { kind: 'random', sampling: 'antithetic' };
    expect(check({ init: antithetic, clt: { widths: [64, 65] } })).toThrow(ConfigError);
    expect(check({ init: antithetic, clt: { widths: [64, 65] } })).toThrow(
      /^clt\.widths\.1: received 65/,
    );
    expect(check({ init: antithetic, clt: { widths: [64, 66] } })()).toContain(0);
    expect(check({ init: { kind: 'file', path: 'p.npz' } })).toThrow(
      /^init\.kind: received "file"/,
    );
  });

  it('refuse a limit or a prediction of another shape, and predictions beyond host memory', async () => {
    const { create } = fakeEngine(1);
    await expect(run(CONFIG, { create, limit: new Float64Array(3) })).rejects.toThrow(
      /^clt\.limit: received 3 numbers; allowed: 9,/,
    );
    await expect(run(CONFIG, { create, predicted: [null] })).rejects.toThrow(
      /^clt\.predicted: received 1 values; allowed: 3,/,
    );
    const train = { ...PROBLEM.train, count: 2 ** 24 };
    await expect(run(CONFIG, { create, data: { ...PROBLEM, train } })).rejects.toThrow(
      /^clt\.replicas: received 100; allowed: at most 21 /,
    );
  });
});

describe('replicasThatFit', () => {
  it('keeps the largest buffer within one binding, and is never 0', () => {
    const limits = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 };
    const sizes = { width: 1020, dimension: 14, samples: 8 };
    expect(replicasThatFit(limits, sizes)).toBe(2 ** 27 / (4 * 16 * 1024));
    expect(replicasThatFit({ ...limits, maxBufferSize: 2 ** 20 }, sizes)).toBe(16);
    expect(replicasThatFit(limits, { ...sizes, samples: 2 ** 20 })).toBe(1);
    expect(replicasThatFit(limits, { ...sizes, width: 2 ** 30 })).toBe(1);
  });
});
