// What is said about a population: coalescence, steps that are too large, and the columns of the history.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config-check.ts';
import { describePopulation } from '../../src/observables/population.ts';
import { formatHistory } from '../../src/record/csv.ts';
import type { Population } from '../../src/state.ts';

const calm: Population = {
  lineages: 90,
  effective: 0.75,
  resamplings: 2,
  events: 50,
  largestExponent: 0.01,
};
const configOf = (birthDeath: object) => parseConfig({ flow: { birthDeath } }).flow.birthDeath;
const jump = configOf({ rate: 2, scheme: 'jump' });
const weights = configOf({ rate: 2 });

describe('describePopulation', () => {
  it('says what happened, without a warning where nothing is wrong', () => {
    const { lines, warnings } = describePopulation(jump, calm, 100, 25);
    expect(lines).toEqual(['Births and deaths: 2 per step; 90 of 100 lineages live.']);
    expect(warnings).toEqual([]);
    expect(describePopulation(weights, calm, 100, 25).lines[0]).toContain('share of 0.75');
  });

  it('warns of steps in which random events are too few, with the value and the remedy', () => {
    const { warnings } = describePopulation(jump, { ...calm, largestExponent: 0.08 }, 100, 25);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/reached 0\.08, above 0\.05.*lower flow\.dt or .*rate \(now 2\)/);
    // Weights have no such bias.
    expect(
      describePopulation(weights, { ...calm, largestExponent: 0.08 }, 100, 25).warnings,
    ).toEqual([]);
    expect(
      describePopulation(weights, { ...calm, largestExponent: 1.5 }, 100, 25).warnings[0],
    ).toContain('reached 1.5');
  });

  it('says when few lineages are left', () => {
    const told = (lineages: number, width: number) =>
      describePopulation(jump, { ...calm, lineages }, width, 25).lines.join(' ');
    expect(told(10, 100)).toContain('coalesced');
    expect(told(11, 100)).not.toContain('coalesced');
    expect(told(1, 1)).not.toContain('coalesced');
  });

  it('warns where weights have degenerated and are never resampled', () => {
    const never = configOf({ rate: 2, threshold: 0 });
    const { warnings } = describePopulation(never, { ...calm, effective: 0.02 }, 100, 25);
    expect(warnings[0]).toContain('count like 2 % of the particles');
  });
});

describe('history.csv', () => {
  const moments = {
    meanC: 0,
    meanC2: 0,
    meanA2: 0,
    meanB2: 0,
    totalVariation: 0,
    squaredNorm: 0,
    penalty: 0,
  };
  const row = {
    step: 0,
    time: 0,
    loss: 1,
    objective: 1,
    testLoss: NaN,
    patternsChanged: 0,
    moments,
  };

  it('has columns of birth–death where there is any, with events per step', () => {
    const [head, first, second] = formatHistory([
      { ...row, population: { ...calm, events: 0 } },
      { ...row, step: 10, population: calm },
    ])
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const at = (line: string[], name: string) => line[head.indexOf(name)];
    expect(at(second, 'lineages')).toBe('90');
    expect(at(second, 'effective_share')).toBe('0.75');
    expect(at(first, 'events_per_step')).toBe('');
    expect(at(second, 'events_per_step')).toBe('5');
    expect(formatHistory([row])).not.toContain('lineages');
  });
});
