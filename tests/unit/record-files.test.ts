// CSV tables, particles.npz and the manifest: what is written reads back as what was recorded.
import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config-check.ts';
import { parseNpz } from '../../src/npy.ts';
import type { HistoryRow } from '../../src/observables/history.ts';
import { formatFluctuations, formatHistory, formatPredictions } from '../../src/record/csv.ts';
import {
  formatCanonicalJson,
  formatManifest,
  hashSha256,
  makeManifest,
  type RunRecord,
} from '../../src/record/manifest.ts';
import { formatParticles } from '../../src/record/npz.ts';
import type { Particles } from '../../src/state.ts';
import { pointOf } from '../helpers/fluctuation.ts';

const row = (step: number, testLoss: number): HistoryRow => ({
  step,
  time: step * 0.05,
  loss: 1 / 3 ** step,
  objective: 0.1 + 0.2,
  testLoss,
  patternsChanged: 0.25,
  moments: {
    meanC: -1e-17,
    meanC2: 1,
    meanA2: 2,
    meanB2: 3,
    totalVariation: 4,
    squaredNorm: 5,
    penalty: 0,
  },
});

describe('CSV tables', () => {
  it('give back every number of a history exactly, and an empty cell for a missing test loss', () => {
    const text = formatHistory([row(0, NaN), row(30, 0.7)]);
    const rows = parse<Record<string, string>>(text, { columns: true });
    expect(Object.keys(rows[0]).join(',')).toBe(
      'step,time,loss,objective,test_loss,patterns_changed,mean_c,mean_c2,mean_a2,mean_b2,total_variation,squared_norm,penalty',
    );
    expect(rows.map((r) => Number(r['loss']))).toEqual([1, 1 / 3 ** 30]);
    expect(rows.map((r) => Number(r['objective']))).toEqual([0.1 + 0.2, 0.1 + 0.2]);
    expect(rows.map((r) => Number(r['mean_c']))).toEqual([-1e-17, -1e-17]);
    expect(rows.map((r) => r['test_loss'])).toEqual(['', '0.7']);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('leave unknown predictions empty and keep the order of the points', () => {
    const measured = { scaled: 0.5, ciLow: 0.4, ciHigh: 0.6 };
    const known = pointOf(64, 0, {
      ...measured,
      predicted: 0.51,
      predictedSe: 0,
      deviation: -0.25,
      effectiveDimension: 2.5,
      scaledTest: 0.7,
      testCiLow: 0.6,
      testCiHigh: 0.8,
      testPredicted: 0.9,
      testPredictedSe: 0.1,
      monteCarlo: 3,
      monteCarloSe: 0.2,
      limitError: 1e-7,
    });
    const open = pointOf(64, 10, { ...measured, isResolved: false });
    const penalty = { kind: 'weight-decay', strength: 0.02 };
    expect(formatFluctuations([{ penalty, points: [open, known] }])).toBe(
      'width,replicas,time,scaled,ci_low,ci_high,predicted,predicted_se,' +
        'deviation,d_eff,scaled_test,test_ci_low,test_ci_high,test_predicted,test_predicted_se,' +
        'monte_carlo,monte_carlo_se,limit_error,resolved,penalty,strength\n' +
        '64,100,10,0.5,0.4,0.6,,,,,,,,,,,,,0,weight-decay,0.02\n' +
        '64,100,0,0.5,0.4,0.6,0.51,0,-0.25,2.5,0.7,0.6,0.8,0.9,0.1,3,0.2,1e-7,1,weight-decay,0.02\n',
    );
  });

  it('bring float32 inputs, targets and predictions back bit by bit, in input order', () => {
    const bits = Uint32Array.of(
      0x3f800001,
      0x00000001,
      0x7f7fffff,
      0x80000000,
      0xbf9d70a4,
      0x34000000,
    );
    const x = new Float32Array(bits.buffer);
    // Floats near 1000 are closer than eight digits tell.
    const y = Float32Array.of(0.1, 1000 + 2 ** -14, 1e-7);
    const f = Float32Array.of(1 / 3, 2 / 3, 3.4e38);
    const text = formatPredictions({ count: 3, dimension: 2, x, y }, f);
    const table: string[][] = parse(text);
    const [header, ...rows] = table;
    expect(header).toEqual(['x0', 'x1', 'y', 'f']);
    expect(
      Float32Array.from(
        rows.flatMap((r) => r.slice(0, 2)),
        Number,
      ),
    ).toEqual(
      // CSV has one zero.
      x.map((value) => value + 0),
    );
    expect(Float32Array.from(rows, (r) => Number(r[2]))).toEqual(y);
    expect(Float32Array.from(rows, (r) => Number(r[3]))).toEqual(f);
    const digits = rows.flat().map((cell) => cell.replace(/e.*|[-.]/g, '').replace(/^0+/, ''));
    // Whole numbers below 10^21 are written out with zeros.
    expect(Math.max(...digits.map((cell) => cell.replace(/0+$/, '').length))).toBeLessThanOrEqual(
      9,
    );
  });

  it('refuse predictions of another number of samples', () => {
    const samples = { count: 2, dimension: 1, x: new Float32Array(2), y: new Float32Array(2) };
    expect(() => formatPredictions(samples, new Float32Array(3))).toThrow('3 predictions for 2');
  });
});

function cloud(replicas: number): Particles {
  const fill = (n: number, shift: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i + shift)));
  const [m, d] = [5, 3];
  return {
    dimension: d,
    width: m,
    replicas,
    a: fill(replicas * m * d, 0),
    b: fill(replicas * m, 1),
    c: fill(replicas * m, 2),
    weight: new Float32Array(replicas * m).fill(1),
  };
}

describe('particles.npz', () => {
  it('holds a [m,d], b, c and weight [m]; replicas lead', () => {
    for (const [replicas, lead] of [
      [1, []],
      [4, [4]],
    ] as const) {
      const particles = cloud(replicas);
      const arrays = parseNpz(formatParticles(particles), 'particles.npz');
      expect([...arrays.keys()]).toEqual(['a', 'b', 'c', 'weight']);
      expect(arrays.get('a')).toEqual({ shape: [...lead, 5, 3], data: particles.a });
      for (const name of ['b', 'c', 'weight'] as const) {
        expect(arrays.get(name)).toEqual({ shape: [...lead, 5], data: particles[name] });
      }
    }
  });

  it('is the same bytes for the same particles', () => {
    expect(formatParticles(cloud(2))).toEqual(formatParticles(cloud(2)));
  });
});

const RUN: RunRecord = {
  config: parseConfig({ seed: 42 }),
  package: { name: 'meanfield', version: '1.2.3' },
  dependencies: { zod: '4.0.0' },
  runtime: { name: 'node', version: '20.0.0', platform: 'linux-x64' },
  adapter: {
    name: 'test adapter',
    vendor: 'v',
    architecture: 'a',
    device: 'd',
    description: '',
    backend: 'vulkan',
    software: true,
    features: ['timestamp-query'],
    limits: { maxBufferSize: 268435456 },
  },
  kernels: { forward: 'tiled', tile: 64 },
  command: 'meanfield train --seed 42',
  started: new Date(Date.UTC(2020, 1, 3, 4, 5, 6, 500)),
  finished: new Date(Date.UTC(2020, 1, 3, 4, 6, 8)),
  phases: { prepare: 1.5, run: 60 },
  status: 'done',
};

describe('the manifest', () => {
  it('lists size and SHA-256 of every file, as node:crypto computes them', async () => {
    const files = new Map<string, Uint8Array | string>([
      ['history.csv', 'step,τ\n0,1\n'],
      ['empty.csv', ''],
      ['particles.npz', new Uint8Array(70000).map((_, i) => i)],
    ]);
    const manifest = await makeManifest(RUN, files);
    expect(Object.keys(manifest.files)).toEqual(['empty.csv', 'history.csv', 'particles.npz']);
    for (const [name, content] of files) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      expect(manifest.files[name]).toEqual({ sha256, bytes: Buffer.byteLength(content) });
    }
    expect(manifest).toMatchObject({ seed: 42, status: 'done', kernels: { tile: 64 } });
    expect(manifest.times).toMatchObject({
      started: '2020-02-03T04:05:06.500Z',
      wallSeconds: 61.5,
    });
    expect(JSON.parse(formatManifest(manifest))).toEqual(manifest);
  });

  it('hashes the meaning of a config, not the order of its keys', async () => {
    const { network, ...rest } = parseConfig({ seed: 42 });
    const turned = await makeManifest({ ...RUN, config: { network, ...rest } }, new Map());
    const same = await makeManifest(RUN, new Map());
    const other = await makeManifest({ ...RUN, config: parseConfig({ seed: 43 }) }, new Map());
    expect(turned.configSha256).toBe(same.configSha256);
    expect(other.configSha256).not.toBe(same.configSha256);
    expect(same.configSha256).toBe(
      createHash('sha256').update(formatCanonicalJson(RUN.config)).digest('hex'),
    );
  });

  it('writes canonical JSON as in RFC 8785 (numbers, strings and order of its example)', () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '€$\u000f\u000aA\'B"\\\\"/',
      literals: [null, true, false],
      absent: undefined,
    };
    expect(formatCanonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    expect(() => formatCanonicalJson({ x: [NaN] })).toThrow('NaN has no JSON form');
  });

  it('gives the digests published in FIPS 180-2', async () => {
    expect(await hashSha256('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(await hashSha256('')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });
});
