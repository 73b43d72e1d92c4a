// The presets are valid, ordered by size, and the quick one keeps its promise of a small machine.
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config-check.ts';
import { replicasByWidth } from '../../src/config-clt.ts';
import { checkFluctuations } from '../../src/experiments/fluctuations.ts';
import { PRESETS } from '../../src/experiments/presets.ts';
import { penaltiesOf } from '../../src/experiments/sweep.ts';
import { makeProblem } from '../../src/problem/make.ts';

/** neuron·sample pairs that two slow cores do in a second with the software adapter */
const PAIRS_PER_SECOND = 40e6;

const presets = Object.entries(PRESETS).map(([name, preset]) => ({
  name,
  description: preset.description,
  config: parseConfig(preset.config),
}));

/** Pairs of a neuron and a sample, or of two neurons under the population loss, over all widths, replicas and steps. */
async function work(config: (typeof presets)[number]['config']): Promise<number> {
  const { train } = await makeProblem(config);
  const pairs = replicasByWidth(config.clt).map(
    ({ width, replicas }) =>
      replicas * width * (config.flow.loss === 'population' ? width : train.count),
  );
  const sum = pairs.reduce((all, own) => all + own, 0);
  return sum * penaltiesOf(config).length * config.flow.steps;
}

describe('presets', () => {
  it.each(presets)('$name is a valid sweep of at least five widths', ({ config }) => {
    expect(checkFluctuations(config).length).toBeGreaterThan(2);
    expect(config.clt.widths.length).toBeGreaterThanOrEqual(5);
  });

  it('of one problem in several sizes come smallest first', async () => {
    const sized = presets.filter(
      ({ config }) => config.problem.kind === 'teacher-student' && config.flow.loss === 'samples',
    );
    expect(sized.map(({ name }) => name)).toEqual(['quick', 'standard', 'paper']);
    const sizes = await Promise.all(sized.map(({ config }) => work(config)));
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(new Set(sizes).size).toBe(sizes.length);
  });

  it.each(presets)('$name says how much work it is', async ({ description, config }) => {
    const said = Number(/(\d+e\d+) (neuron·sample |neuron·neuron )?pairs/.exec(description)?.[1]);
    // One digit.
    expect((await work(config)) / said).toBeGreaterThan(2 / 3);
    expect((await work(config)) / said).toBeLessThan(1.5);
  });

  it('are told in one line each', () => {
    for (const { description } of presets) expect(description).toMatch(/^.{20,100}$/);
  });

  it('quick takes less than a minute on two slow cores', async () => {
    const seconds = (await work(presets[0].config)) / PAIRS_PER_SECOND;
    expect(presets[0].name).toBe('quick');
    expect(seconds).toBeLessThan(60);
  });
});
