// Host side of the benchmark: choice of cases, quantiles, shares, judgement, and that the comparison finds wrong outputs.
import { describe, expect, it } from 'vitest';
import { listCases, matches, predictSeconds } from '../../src/bench/cases.ts';
import { measure, summarise, type Clocks, type Subject } from '../../src/bench/measure.ts';
import { configOf, type Scene } from '../../src/bench/scene.ts';
import { judge } from '../../src/bench/targets.ts';
import { pick, verifyOutput, verifyStep, WrongOutputError } from '../../src/bench/verify.ts';
import { rowOf, workOf } from '../../src/bench/work.ts';
import type { BenchResult, CaseResult, PeerRow, Row, Timing } from '../../src/bench-result.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { particlesOf } from '../../src/reference/cloud.ts';
import { createReference } from '../../src/reference/simulation.ts';
import type { Particles } from '../../src/state.ts';

const EFFORT = { windows: 5, windowMs: 100 };
const GIBIBYTE = 2 ** 30;

function timing(wall: number, cpu: number | null = null, device: number | null = null): Timing {
  const exactly = (value: number) => ({ median: value, min: value, low: value, high: value });
  return {
    windows: 5,
    repeats: 1,
    wall: exactly(wall),
    cpu: cpu === null ? null : exactly(cpu),
    device: device === null ? null : exactly(device),
  };
}

describe('listCases', () => {
  const scopes = [true, false].map((software) => ({
    software,
    quick: false,
    bufferBytes: GIBIBYTE,
  }));

  it('covers the dimensions, samples to 10⁵, and widths to the memory of the adapter', () => {
    for (const scope of scopes) {
      const cases = listCases(scope);
      const names = cases.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      for (const d of [1, 2, 10, 16, 64, 256]) expect(names).toContain(`kernels-d${d}`);
      const sizes = cases.flatMap((one) => (one.sizes === null ? [] : [one.sizes]));
      expect(Math.max(...sizes.map(({ s }) => s))).toBe(1e5);
      // d + 2 numbers of four bytes per particle fill a buffer of 1 GiB.
      expect(Math.max(...sizes.filter(({ d }) => d === 1).map(({ m }) => m))).toBe(89478484);
      expect(Math.max(...sizes.filter(({ d }) => d === 10).map(({ m }) => m))).toBe(22369620);
      expect(names).toContain('replicas');
    }
  });

  it('fits a quick run into seconds and puts what the targets need into a full run on two cores', () => {
    const sum = (quick: boolean, fits: (name: string) => boolean): number =>
      listCases({ software: true, quick, bufferBytes: GIBIBYTE })
        .filter(({ name }) => fits(name))
        .map((one) => predictSeconds(one, true, 13, { ...EFFORT, windowMs: quick ? 4 : 150 }))
        .reduce((total, seconds) => total + seconds, 0);
    expect(sum(true, () => true)).toBeLessThan(30);
    const needed = /^(limits|naive|kernels|replicas|sorted-m1000000-)/;
    expect(sum(false, (name) => needed.test(name))).toBeLessThan(420);
  });

  it('finds a case by its name and a group by its head', () => {
    expect(matches('kernels-d1', 'kernels-d1')).toBe(true);
    expect(matches('kernels-d1', 'kernels')).toBe(true);
    expect(matches('kernels-d16', 'kernels-d1')).toBe(false);
  });
});

describe('measure', () => {
  it('takes five windows of as many repeats as fill them, in turns, and divides by the repeats', async () => {
    let cpu = 0;
    const order: string[] = [];
    const subject = (name: string, ms: number): Subject => ({
      name,
      run: async (count) => {
        order.push(name);
        cpu += ms * count;
        const until = performance.now() + ms * count;
        while (performance.now() < until);
        return Promise.resolve({ deviceMs: 0.5 * ms * count, overslept: false });
      },
    });
    const clocks: Clocks = { cpuMs: () => cpu, load: () => null };
    const effort = { windows: 3, windowMs: 40 };
    const timings = await measure([subject('a', 1), subject('b', 2)], clocks, effort);
    const [a, b] = [timings.get('a') as Timing, timings.get('b') as Timing];
    expect([a.windows, b.windows]).toEqual([5, 5]);
    expect(a.repeats).toBeGreaterThan(1);
    expect(a.cpu?.median).toBeCloseTo(1, 9);
    expect(a.device?.median).toBeCloseTo(0.5, 9);
    expect(b.cpu?.median).toBeCloseTo(2, 9);
    expect(a.wall.min).toBeGreaterThanOrEqual(0.99);
    expect(order.slice(-4)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('takes a window again, twice at most and with less sleep, when the sleep outlasted the work', async () => {
    const sleeps: number[] = [];
    const lazy: Subject = {
      name: 'lazy',
      run: (_count, sleepMs) => {
        sleeps.push(sleepMs);
        return Promise.resolve({ deviceMs: null, overslept: sleepMs > 0 });
      },
    };
    const none: Clocks = { cpuMs: () => null, load: () => null };
    const timings = await measure([lazy], none, { windows: 5, windowMs: 0 });
    expect(timings.get('lazy')).toMatchObject({ windows: 5, cpu: null, device: null });
    expect(sleeps.filter((ms) => ms > 0)).toHaveLength(3 * 5);
    const [first, second, third] = sleeps.slice(-3);
    expect([second, third]).toEqual([first / 2, first / 4]);
  });

  it('summarises by median, minimum and quartiles', () => {
    expect(summarise([5, 1, 4, 2, 3])).toEqual({ median: 3, min: 1, low: 2, high: 4 });
    expect(summarise([1, 2])).toEqual({ median: 1.5, min: 1, low: 1.25, high: 1.75 });
  });
});

describe('shares', () => {
  it('compare the counted work with the rates of the adapter', () => {
    const sizes = { m: 1000, s: 1000, d: 10, replicas: 1 };
    // 10⁶ pairs · 24 operations at 12 GFLOP/s take 2 ms, 12 instructions of two operations each as long.
    const fma = { device: null, cpu: 12, wall: 24 };
    const fmaSimple = { device: null, cpu: 6, wall: 8 };
    const row = rowOf('forward', timing(4, 8), workOf('forward', sizes), { fma, fmaSimple });
    expect(row.peakShareSimple).toEqual({ device: null, cpu: 0.5, wall: 0.75 });
    expect(row.peakShare).toEqual({ device: null, cpu: 0.25, wall: 0.25 });
    expect(row.floorShare).toEqual({ device: null, cpu: 0.25, wall: 0.25 });
    expect(row.copyShare).toBeUndefined();
    expect(workOf('velocity', sizes)).toEqual({ flop: 43e6, slots: 23e6 });
    // Two rows read and one written, twelve numbers per particle.
    expect(workOf('update', sizes)).toEqual({ bytes: 3 * 4 * 12 * 1000 });
  });
});

describe('judge', () => {
  const row = (name: string, cpu: number, more: Partial<Row> = {}): Row => ({
    name,
    timing: timing(cpu / 2, cpu),
    ...more,
  });
  const one = (kind: CaseResult['kind'], d: number, s: number, rows: Row[], m = 1e6) =>
    ({
      name: kind,
      kind,
      sizes: { m, s, d, replicas: 1 },
      kernels: {},
      checks: [{ what: 'f', items: 1, error: 2e-6, tolerance: 5e-6 }],
      rows,
      seconds: 1,
      load: 0,
    }) satisfies CaseResult;
  const result = (cases: CaseResult[], software = true): BenchResult =>
    ({ clock: 'cpu', quick: false, adapter: { software }, cases }) as unknown as BenchResult;
  const find = (verdicts: ReturnType<typeof judge>, text: string) =>
    verdicts.filter(({ target }) => target.includes(text));

  it('reads ratios in the clock of the run and scales a dense step of another width', () => {
    const naive = one('naive', 2, 1024, [row('step', 1), row('naive step', 15.1)]);
    const dense = row('dense step', 30, { m: 1e4 });
    const sorted = one('sorted', 1, 1e3, [row('sorted step', 250), row('copy', 50), dense]);
    const verdicts = judge(result([naive, sorted]));
    expect(find(verdicts, 'naive kernels, d = 2')).toMatchObject([
      { measured: '15.1×', met: true },
    ]);
    expect(find(verdicts, 'naive kernels, d = 1,')).toEqual([]);
    // 30 ms / 10⁴ against 250 ms / 10⁶ particles.
    expect(find(verdicts, 'our dense step, s = 10³')).toMatchObject([
      {
        measured: '12.0×',
        met: true,
        note: expect.stringContaining('12.0× in wall time') as string,
      },
    ]);
    expect(find(verdicts, 'our dense step, s = 10⁴')).toMatchObject([{ met: null }]);
    expect(find(verdicts, 'copying the same bytes')).toMatchObject([
      { measured: '5.00×', met: true },
    ]);
    expect(find(verdicts, 'sorted kernels against float64')).toMatchObject([{ met: false }]);
    expect(find(verdicts, 'dense kernels against float64')).toMatchObject([{ met: true }]);
  });

  it('judges the share of the peak against the simple loop and names that of the unrolled one', () => {
    const at = (cpu: number) => ({ device: null, cpu, wall: cpu / 2 });
    const shares = { peakShare: at(0.31), peakShareSimple: at(0.62) };
    const verdicts = judge(result([one('kernels', 10, 1000, [row('forward', 1, shares)])]));
    expect(find(verdicts, 'forward, share of the simple FMA loop, d = 10')).toMatchObject([
      {
        met: true,
        measured: '62 %',
        note: expect.stringContaining('31 % of the unrolled') as string,
      },
    ]);
    expect(find(verdicts, 'velocity, share of the simple FMA loop, d = 10')).toMatchObject([
      { met: null },
    ]);
  });

  it('takes the worst problem of a peer, and our own row from the same run', () => {
    const peer = (name: string, ms: number): PeerRow => ({
      peer: name,
      backend: 'webgpu',
      msPerStep: ms,
      cpuMsPerStep: null,
      maxError: 0,
    });
    const peers = [
      { problem: { m: 1, s: 1, d: 1 }, rows: [peer('meanfield', 2), peer('jax-js', 20)] },
      { problem: { m: 1, s: 1, d: 10 }, rows: [peer('meanfield', 2), peer('jax-js', 8)] },
      { problem: { m: 1, s: 1, d: 64 }, rows: [peer('meanfield', 2), peer('jax-js', 1)] },
    ];
    const verdicts = judge(result([]), peers);
    expect(find(verdicts, 'jax-js')).toMatchObject([{ measured: '4.00×', met: false }]);
    expect(find(verdicts, 'tfjs')).toMatchObject([{ measured: 'not measured', met: null }]);
  });

  it('sets the sorted step per particle against the best dense step of torch.compile, TF32 left out', () => {
    const sorted = one('sorted', 1, 1e3, [row('sorted step', 1)], 1e7);
    const rows = ['float32', 'float32', 'tf32'].map((precision, n) => ({
      peer: 'PyTorch compile',
      backend: `cuda ${precision}`,
      msPerStep: [40, 30, 1][n],
      cpuMsPerStep: null,
      maxError: 0,
    }));
    const ours = { ...rows[0], peer: 'meanfield', backend: 'webgpu dense', msPerStep: 5 };
    const peers = [1, 10].map((d) => ({
      problem: { m: 1e6, s: 1e3, d },
      rows: d === 1 ? rows.slice(0, 2) : [ours, ...rows],
    }));
    const verdicts = judge(result([sorted], false), peers);
    // 30 ms / 10⁶ against 0.5 ms / 10⁷ particles.
    expect(find(verdicts, 'against torch.compile, dense')).toMatchObject([
      { measured: '600×', met: true },
    ]);
    expect(find(verdicts, 'torch.compile, float32, d = 10')).toMatchObject([
      { measured: '6.00×', met: true },
    ]);
    expect(find(verdicts, 'JAX')).toMatchObject([{ met: null }, { met: null }]);
  });

  it('has other targets on a GPU', () => {
    const kernels = one('kernels', 10, 1e3, [
      row('step', 1, { floorShare: { device: null, cpu: null, wall: 0.7 } }),
    ]);
    const verdicts = judge(result([kernels], false));
    expect(find(verdicts, 'instruction floor')).toMatchObject([{ measured: '70 %', met: true }]);
    expect(find(verdicts, 'naive')).toEqual([]);
  });
});

describe('the comparison with float64', () => {
  it('passes what the reference computes and finds one wrong sample, particle or step', async () => {
    const config = configOf({ m: 12, s: 8, d: 2 });
    const problem = await makeProblem(config);
    const reference = createReference(config, problem, { replicas: 2 });
    const before = particlesOf(reference.read().particles);
    const all = reference.observe(['prediction', 'residual', 'velocity']);
    const output = {
      prediction: Float32Array.from(all.prediction),
      residual: Float32Array.from(all.residual),
      velocity: particlesOf(all.velocity),
    };
    reference.step(1);
    const after = particlesOf(reference.read().particles);
    const scene = { config, problem } as unknown as Scene;
    for (const { error } of verifyOutput(scene, before, output)) expect(error).toBeLessThan(1e-6);
    expect(verifyStep(scene, before, after, output.residual).error).toBeLessThan(1e-6);

    const change = (values: Float32Array, at: number, value: number): Float32Array =>
      values.map((old, n) => (n === at ? value : old));
    const wrongF = { ...output, prediction: change(output.prediction, 11, 0.5) };
    expect(() => verifyOutput(scene, before, wrongF)).toThrow(WrongOutputError);
    const nan = { ...output, prediction: change(output.prediction, 3, NaN) };
    expect(() => verifyOutput(scene, before, nan)).toThrow(WrongOutputError);
    const { velocity } = output;
    const moved: Particles = { ...velocity, c: change(velocity.c, 20, velocity.c[20] * 1.001) };
    expect(() => verifyOutput(scene, before, { ...output, velocity: moved })).toThrow(/velocity/);
    expect(() => verifyStep(scene, before, before, output.residual)).toThrow(/step/);
  });

  it('looks at the first, the last and scattered ones', () => {
    const chosen = pick(1e7, 8);
    expect(chosen).toHaveLength(8);
    expect([chosen[0], chosen[7]]).toEqual([0, 1e7 - 1]);
    expect(chosen[6] - chosen[1]).toBeGreaterThan(1e6);
    expect(pick(3, 8)).toEqual([0, 1, 2]);
  });
});
