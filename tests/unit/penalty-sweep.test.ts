// Sweeps over penalties: which penalties run, what a fake engine gives for each, and the comparison that is written.
import { describe, expect, it } from 'vitest';
import type { CreateBatch } from '../../src/experiments/batches.ts';
import { predictionCaveat } from '../../src/experiments/prediction.ts';
import { penaltiesOf, penaltySweep, type SweepPart } from '../../src/experiments/sweep.ts';
import type { Device } from '../../src/gpu/device.ts';
import { fluctuationReport, describeParts } from '../../src/record/fluctuation-report.ts';
import { penaltyFigure, penaltyTable } from '../../src/record/penalty-comparison.ts';
import { keyOf, normalOf, philox } from '../../src/random.ts';
import { advanceOf } from '../helpers/batch.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeSamples } from '../helpers/random.ts';
import { findAll, parseXml } from '../helpers/xml.ts';

const DEVICE = {
  gpu: { limits: { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 } },
} as unknown as Device;
const DATA = problemOf(makeSamples({ seed: 4, count: 3, dimension: 1 }));
const SWEEP = [
  { kind: 'none', strength: 0 },
  { kind: 'output-l2', strength: 0.05 },
  { kind: 'weight-decay', strength: 0.02 },
] as const;
const CONFIG = configOf({
  flow: { dt: 1, steps: 8 },
  clt: { widths: [16, 64], replicas: 40, times: [0, 2, 8], bootstrap: 50, sweep: [...SWEEP] },
});

/** f_r = ξ_r √(C/m) with C = 1 at the start, and then the tenfold strength of the penalty. */
const create: CreateBatch = (_, { network: { width }, flow }, { replicas, firstReplica }) => {
  return Promise.resolve({
    kernels: {},
    advance: advanceOf((step) => ({
      prediction: Float32Array.from({ length: 3 * replicas }, (_unused, at) => {
        const word = philox([at % 3, 0, 0, firstReplica + Math.floor(at / 3)], keyOf(8))[0];
        const constant = step === 0 ? 1 : 0.01 + 10 * flow.penalty.strength;
        return 5 + Math.sqrt(constant / width) * normalOf(word);
      }),
      testPrediction: new Float32Array(0),
      loss: new Float64Array(replicas).fill(flow.penalty.strength),
      moments: Array.from({ length: replicas }, () => ({ totalVariation: 2, squaredNorm: 9 })),
    })),
    destroy: () => undefined,
  });
};

async function sweep(): Promise<readonly SweepPart[]> {
  for await (const event of penaltySweep(DEVICE, CONFIG, { data: DATA, create })) {
    if (event.kind === 'sweep') return event.parts;
    expect(event.phase).toMatch(/^penalty [123] of 3, width (16|64), step \d of 8$/);
  }
  throw new Error('no result');
}

describe('a sweep over penalties', () => {
  it('is flow.penalty alone where nothing is listed', () => {
    const flow = { penalty: { kind: 'weight-decay', strength: 0.5 } } as const;
    expect(penaltiesOf(configOf({ flow }))).toEqual([{ kind: 'weight-decay', strength: 0.5 }]);
    expect(penaltiesOf(CONFIG)).toEqual(SWEEP);
    expect(() => configOf({ clt: { sweep: [{ kind: 'none', strength: 1 }] } })).toThrow(
      /clt\.sweep\.0\.strength: received 1; allowed: 0 with clt\.sweep\.0\.kind "none"/,
    );
  });

  it('gives each penalty its own flow, from the same particles, with norms of the cloud', async () => {
    const parts = await sweep();
    expect(parts.map(({ penalty }) => penalty)).toEqual(SWEEP);
    const starts = parts.map(({ result }) => result.points[0].scaled);
    expect(new Set(starts).size).toBe(1);
    parts.forEach(({ result, penalty }) => {
      const [first, , last] = result.laws;
      const expected = 0.01 + 10 * penalty.strength;
      expect(last.constant.estimate / first.constant.estimate / expected).toBeCloseTo(1, 3);
      expect(result.twoNorms[0].mean).toEqual([3, 3, 3]);
      expect(result.totalVariations[1].mean).toEqual([2, 2, 2]);
    });
  });

  it('is compared in one figure, one table and one sentence, and told apart in the report', async () => {
    const parts = await sweep();
    const figure = parseXml(penaltyFigure(parts).svg);
    const texts = findAll(figure, 'text').map(({ text }) => text);
    for (const name of ['no penalty', 'output-l2, λ = 0.05', 'weight-decay, λ = 0.02'])
      expect(texts).toContain(name);
    // Three penalties at three times, one mark each; colors 0 to 2 are circles, squares and triangles.
    expect(findAll(figure, 'circle').length).toBeGreaterThanOrEqual(3);
    const { rows } = penaltyTable(parts);
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ['no penalty', '8'],
      ['output-l2, λ = 0.05', '8'],
      ['weight-decay, λ = 0.02', '8'],
    ]);
    expect(rows[1].slice(-3)).toEqual(['0.05', '2', '3']);
    const said = describeParts(parts);
    expect(said[0]).toMatch(/^The constant m·V̂ at time 8 with 3 penalties: no penalty: 0\.0/);
    expect(said.filter((line) => line.startsWith('Output-l2, λ = 0.05: ')).length).toBeGreaterThan(
      3,
    );
    const [part, ...others] = parts;
    const caveat = predictionCaveat(configOf({ network: { activation: 'relu' } }));
    expect(describeParts([{ ...part, caveat }, ...others])).toContain(`No penalty: ${caveat}`);
    expect(predictionCaveat(configOf({ network: { activation: 'tanh' } }))).toBeNull();
    const html = fluctuationReport({
      problem: 'three points',
      dimension: 1,
      samples: 3,
      testSamples: 0,
      steps: 8,
      dt: 1,
      adapter: { name: 'none', software: true },
      command: 'meanfield clt',
      config: CONFIG,
      package: { name: 'meanfield', version: '0' },
      parts,
    });
    const titles = findAll(parseXml(html), 'figure').map((f) => findAll(f, 'title')[0].text);
    expect(titles[0]).toBe('The constant with each penalty');
    expect(titles.filter((title) => title === '2-norm over time')).toHaveLength(3);
  });
});
