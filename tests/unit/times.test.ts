// Recording times of the fluctuation experiment: lists and grids as step numbers.
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config-check.ts';
import { recordingSteps, timeOfStep } from '../../src/experiments/times.ts';

function stepsOf(times: unknown, flow: object = {}): number[] {
  return recordingSteps(parseConfig({ clt: { times }, flow }));
}

describe('recordingSteps of a list', () => {
  it('turns multiples of dt into steps, also where decimals are inexact', () => {
    expect(stepsOf([0, 0.3, 0.7, 20], { dt: 0.1, steps: 200 })).toEqual([0, 3, 7, 200]);
    expect(stepsOf([1e-5, 3e-5], { dt: 1e-5, steps: 3 })).toEqual([1, 3]);
  });

  it('sorts, and keeps a time once', () => {
    expect(stepsOf([2, 0, 1, 2], { dt: 0.5, steps: 4 })).toEqual([0, 2, 4]);
  });

  it('refuses a time between steps and names it by its place', () => {
    const run = () => stepsOf([0, 0.25], { dt: 0.1, steps: 10 });
    expect(run).toThrow(ConfigError);
    expect(run).toThrow(/^clt\.times\.1: received 0\.25; allowed: .*flow\.dt = 0\.1 up to 1,/);
    expect(() => stepsOf([0.1 * (1 + 3e-6)], { dt: 0.1, steps: 10 })).toThrow(/clt\.times\.0/);
    expect(stepsOf([0.1 * (1 + 3e-7)], { dt: 0.1, steps: 10 })).toEqual([1]);
    expect(() => stepsOf([1e-9], { dt: 0.1, steps: 10 })).toThrow(/clt\.times\.0/);
  });

  it('refuses a time past the last step', () => {
    expect(() => stepsOf([1, 1.1], { dt: 0.1, steps: 10 })).toThrow(/clt\.times\.1: received 1\.1/);
  });
});

describe('recordingSteps of a grid', () => {
  it('spaces a linear grid evenly from 0 to the last step', () => {
    const grid = { spacing: 'linear', count: 5 };
    expect(stepsOf(grid, { steps: 200 })).toEqual([0, 50, 100, 150, 200]);
    expect(stepsOf(grid, { steps: 2 })).toEqual([0, 1, 2]);
  });

  it('spaces a log grid geometrically from 1 to the last step, with 0 before it', () => {
    const grid = { spacing: 'log', count: 5 };
    expect(stepsOf(grid, { steps: 1000 })).toEqual([0, 1, 10, 100, 1000]);
    expect(stepsOf(grid, { steps: 2 })).toEqual([0, 1, 2]);
    expect(stepsOf({ spacing: 'log', count: 2 }, { steps: 7 })).toEqual([0, 7]);
  });

  it('always has the first and the last step, ascending without repeats', () => {
    for (const spacing of ['log', 'linear']) {
      for (const steps of [0, 1, 3, 17, 200]) {
        const list = stepsOf({ spacing, count: 12 }, { steps });
        expect(list[0]).toBe(0);
        expect(list.at(-1)).toBe(steps);
        expect(list.every((step, k) => k === 0 || step > list[k - 1])).toBe(true);
      }
    }
  });
});

describe('timeOfStep', () => {
  it('is step · dt without the rounding noise of decimals', () => {
    expect(timeOfStep(parseConfig({ flow: { dt: 0.1 } }), 3)).toBe(0.3);
    expect(timeOfStep(parseConfig({ flow: { dt: 1 / 3 } }), 3)).toBe(1);
  });
});
