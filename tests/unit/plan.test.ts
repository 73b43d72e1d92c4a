// The plan of a run: sizes, kernels, and the refusal of what does not fit an adapter, before anything is allocated.
import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { ConfigError } from '../../src/config-check.ts';
import { SizeError } from '../../src/engine/errors.ts';
import { checkKernel, chooseKernels } from '../../src/engine/kernel-choice.ts';
import {
  cover,
  kernelsOf,
  largestWidth,
  planRun,
  planSamples,
  type PlanLimits,
} from '../../src/engine/plan.ts';
import { forwardTileBytes } from '../../src/shaders/shape.ts';
import {
  CHUNK4,
  FORWARD_TILE,
  MOST_SPLITS,
  WORKGROUP,
  workgroupFor,
} from '../../src/engine/tuning.ts';
import { configOf } from '../helpers/problems.ts';

const LIMITS: PlanLimits = {
  bufferBytes: 2 ** 30,
  workgroupBytes: 32768,
  groupsPerDimension: 65535,
  software: true,
  quads: true,
  adapterName: 'test adapter',
};
const GPU: PlanLimits = { ...LIMITS, software: false };

const plan = (
  network: ConfigInput['network'],
  { d = 2, replicas = 1, limits = LIMITS, flow = {} } = {},
) => planRun(configOf({ network, flow }), d, replicas, limits);

describe('the choice of kernels', () => {
  const relu = configOf({ network: { activation: 'relu' } });

  const chosen = (
    [m, samples, replicas]: readonly [number, number, number],
    flow: ConfigInput['flow'] = {},
    limits = LIMITS,
  ): string => {
    const config = configOf({ network: { activation: 'relu', width: m }, flow });
    const sizes = { dimension: 1, samples, replicas };
    const { kernel, persistent } = chooseKernels('auto', config, sizes, limits);
    return persistent ? 'persistent' : kernel;
  };

  it('takes what a processor does in the least time', () => {
    // [m, s, R]; a processor was measured to take at least a quarter more for each of the other two.
    expect(chosen([1000, 10, 6])).toBe('persistent');
    expect(chosen([1000, 200, 200])).toBe('persistent');
    expect(chosen([128, 200, 200])).toBe('dense');
    expect(chosen([128, 32, 200])).toBe('dense');
    expect(chosen([100, 30_000, 1])).toBe('dense');
    expect(chosen([262_144, 1000, 1])).toBe('sorted');
    expect(chosen([262_144, 10_000, 1])).toBe('sorted');
    expect(chosen([1000, 20_000, 1])).toBe('sorted');
  });

  it('leaves sorted kernels of many passes where the samples are few', () => {
    const heun = { integrator: 'heun' } as const;
    expect(chosen([2000, 20, 32], heun)).toBe('dense');
    expect(chosen([128, 200, 200], heun)).toBe('dense');
    expect(chosen([262_144, 1000, 1], heun)).toBe('sorted');
    const config = configOf({ network: { activation: 'relu', width: 2000 } });
    const sizes = { dimension: 1, samples: 20, replicas: 32, population: true };
    expect(chooseKernels('auto', config, sizes, LIMITS).kernel).toBe('dense');
  });

  it('sorts all but a few samples on a GPU', () => {
    expect(chosen([1000, 3, 1], {}, GPU)).toBe('dense');
    expect(chosen([1000, 8, 1], {}, GPU)).toBe('persistent');
    expect(chosen([262_144, 8, 1], {}, GPU)).toBe('sorted');
  });

  it('does what is asked for', () => {
    const sizes = { dimension: 1, samples: 3, replicas: 1 };
    expect(chooseKernels('sorted', relu, sizes, LIMITS).kernel).toBe('sorted');
    const many = { ...sizes, samples: 10_000 };
    expect(chooseKernels('dense', relu, many, LIMITS).kernel).toBe('dense');
  });

  it('falls back to dense kernels where the sorted ones do not fit, and refuses them by name', () => {
    const tanh = configOf({ network: { activation: 'tanh' } });
    const batches = configOf({ flow: { batch: 4 } });
    for (const [config, d] of [
      [relu, 2],
      [tanh, 1],
      [batches, 1],
    ] as const) {
      const sizes = { dimension: d, samples: 100, replicas: 1 };
      expect(chooseKernels('auto', config, sizes, GPU).kernel).toBe('dense');
      expect(() => checkKernel('sorted', config, d)).toThrow(ConfigError);
    }
  });
});

describe('the plan of a run', () => {
  it('counts rows of four particles, rounded up', () => {
    for (const [m, m4] of [
      [1, 1],
      [4, 1],
      [5, 2],
      [10_000_003, 2_500_001],
    ]) {
      const { particleBytes, k, ...sizes } = plan({ width: m }, { d: 3, replicas: 2 });
      expect(sizes).toMatchObject({ m, m4, d: 3, replicas: 2 });
      expect([k, particleBytes]).toEqual([5, 2 * 5 * m4 * 16]);
    }
  });

  it.each([
    [0, 1],
    [0.5, 10],
    [1, 100],
  ])('has α = m^p: p = %d gives %d at m = 100', (scale, alpha) => {
    expect(plan({ width: 100, scale }).alpha).toBeCloseTo(alpha, 12);
  });

  it('reads dt as a rate in gradient time: dt = η m/α²', () => {
    for (const [scale, dt] of [
      [0, 10],
      [0.5, 0.1],
      [1, 0.001],
    ]) {
      const planned = plan({ width: 100, scale }, { flow: { dt: 0.1, time: 'gradient' } });
      expect(planned.dt).toBeCloseTo(dt, 12);
      expect(plan({ width: 100, scale }, { flow: { dt: 0.1 } }).dt).toBe(0.1);
    }
  });

  it('keeps dimensions up to 16 in registers; beyond, a GPU has tiles and a processor rows', () => {
    for (const limits of [LIMITS, GPU]) {
      const { forwardKernel, velocityKernel } = plan({}, { d: 16, limits });
      expect([forwardKernel, velocityKernel]).toEqual(['forward', 'velocity']);
    }
    const beyond = [LIMITS, GPU].map((limits) => plan({}, { d: 17, limits }));
    expect(beyond.map(({ forwardKernel }) => forwardKernel)).toEqual([
      'forward_rows',
      'forward_tiled',
    ]);
    expect(beyond.map(({ velocityKernel }) => velocityKernel)).toEqual([
      'velocity_rows',
      'velocity_tiled',
    ]);
  });

  it('takes the rows in quads where the adapter has them, in blocks that waste least', () => {
    const rowsAt = (width: number, s: number, limits = LIMITS) =>
      planSamples(plan({ width }, { d: 50, limits }), s).velocityRows;
    expect(rowsAt(50, 100)).toMatchObject({ items: 7, groups: 5, quads: true });
    expect(rowsAt(4096, 1024)).toMatchObject({ items: 5, groups: 8, quads: true });
    expect(rowsAt(50, 100, { ...LIMITS, quads: false }).quads).toBe(false);
    const { forwardRows, forwardWorkgroup } = planSamples(plan({ width: 8 }, { d: 17 }), 4e6);
    expect(forwardRows.quads).toBe(true);
    expect(4e6 / (forwardRows.items * forwardWorkgroup)).toBeLessThanOrEqual(65535);
    expect(forwardWorkgroup % 4).toBe(0);
  });

  it('holds as many items per invocation as leave the adapter busy', () => {
    for (const [width, blocks] of [
      [4, 1],
      [31, 2],
      [32, 2],
      [60, 2],
      [64, 4],
      [10_000, 4],
    ]) {
      const planned = plan({ width, activation: 'relu' }, { d: 1 });
      expect(planned.velocityShape.blocks).toBe(blocks);
      expect(Math.ceil(width / 4 / blocks)).toBeGreaterThanOrEqual(Math.min(4, width / 4));
    }
    const blocksAt = (s: number) =>
      planSamples(plan({ activation: 'relu' }, { d: 1 }), s).forwardShape.blocks;
    expect([1, 16, 32, 64, 1000].map(blocksAt)).toEqual([1, 1, 2, 4, 4]);
    expect(plan({ width: 1000 }, { d: 1, limits: GPU }).velocityShape.blocks).toBe(1);
    expect(plan({ width: 1e6 }, { d: 1, limits: GPU }).velocityShape.blocks).toBe(2);
    expect(plan({ width: 1e6 }, { d: 5, limits: GPU }).velocityShape.blocks).toBe(1);
    // Replicas fill a GPU together, but a workgroup serves one of them.
    const ofReplicas = (width: number) =>
      plan({ width }, { d: 1, replicas: 2000, limits: GPU }).velocityShape.blocks;
    expect([128, 256, 512, 1000].map(ofReplicas)).toEqual([1, 1, 2, 2]);
  });
});

describe('a size beyond the adapter', () => {
  const errorOf = (run: () => unknown): Error => {
    try {
      run();
    } catch (error) {
      return error as Error;
    }
    throw new Error('nothing was thrown');
  };

  it.each([
    { d: 1, replicas: 1, bufferBytes: 2 ** 30 },
    { d: 2, replicas: 3, bufferBytes: 2 ** 27 },
    { d: 17, replicas: 1, bufferBytes: 2 ** 31 - 4 },
    { d: 5, replicas: 7, bufferBytes: 1000 },
  ])('starts just above the largest width, d = $d, R = $replicas, $bufferBytes bytes', (sizes) => {
    const { d, replicas, bufferBytes } = sizes;
    const limits = { ...LIMITS, bufferBytes };
    const most = largestWidth(limits, d, replicas);
    expect(plan({ width: most }, { d, replicas, limits }).particleBytes).toBeLessThanOrEqual(
      bufferBytes,
    );
    const error = errorOf(() => plan({ width: most + 1 }, { d, replicas, limits }));
    expect(error).toBeInstanceOf(SizeError);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(`received ${most + 1}`);
    expect(error.message).toContain(`at most ${most} `);
    expect(error.message).toContain('test adapter');
    expect(error.message).not.toContain('\n');
  });

  it('is the largest width by the formula 4 ⌊bytes / (16 (d + 2) R)⌋, rows of four being whole', () => {
    expect(largestWidth(LIMITS, 2, 1)).toBe(4 * 2 ** 24);
    expect(largestWidth({ ...LIMITS, bufferBytes: 16 * 4 * 3 - 1 }, 2, 1)).toBe(8);
  });

  it('can be too many replicas for one dispatch', () => {
    expect(plan({ width: 1 }, { replicas: 65535 }).replicas).toBe(65535);
    const error = errorOf(() => plan({ width: 1 }, { replicas: 65536 }));
    expect(error).toBeInstanceOf(SizeError);
    expect(error.message).toContain('received 65536; allowed: at most 65535');
  });

  it('can be the workgroup memory that a large dimension needs', () => {
    const limits = { ...GPU, workgroupBytes: 16383 };
    expect(() => plan({}, { d: 17, limits })).toThrow(SizeError);
    expect(plan({}, { d: 16, limits }).d).toBe(16);
    expect(plan({}, { d: 17, limits: { ...GPU, workgroupBytes: 16384 } }).d).toBe(17);
  });

  it('can be the samples: inputs, or the outputs of all replicas', () => {
    const limits = { ...LIMITS, bufferBytes: 16 * 1000 };
    const small = plan({ width: 4 }, { d: 2, limits });
    expect(planSamples(small, 2000).s4).toBe(500);
    expect(() => planSamples(small, 2001)).toThrow(SizeError);
    const many = plan({ width: 4 }, { d: 2, replicas: 10, limits });
    expect(planSamples(many, 400).s4).toBe(100);
    expect(() => planSamples(many, 401)).toThrow(/samples with d = 2/);
    // Minibatches: every replica holds its own inputs.
    expect(planSamples(many, 200, 10).s4).toBe(50);
    expect(() => planSamples(many, 201, 10)).toThrow(SizeError);
  });

  it('can be the workgroups of a sample set, which cannot be folded beside the parts of the particle sum', () => {
    const planned = plan({ width: 4 }, { d: 1 });
    const most = 65535 * WORKGROUP * 4;
    expect(planSamples(planned, most).s).toBe(most);
    expect(() => planSamples(planned, most + 1)).toThrow(SizeError);
    const tiled = plan({ width: 4 }, { d: 17, limits: { ...GPU, bufferBytes: 2 ** 40 } });
    expect(planSamples(tiled, 65535 * 128).s).toBe(65535 * 128);
    expect(() => planSamples(tiled, 65535 * 128 + 1)).toThrow(SizeError);
  });
});

describe('the parts of the particle sum', () => {
  const cases = [1, 3, 64, 65, 1021, 65_536, 1_000_003, 10_000_003].flatMap((m) =>
    [1, 5, 64, 1000, 20_000].flatMap((s) =>
      [1, 100].flatMap((replicas) => [LIMITS, GPU].map((limits) => ({ m, s, replicas, limits }))),
    ),
  );

  it('cover all particles, none of them empty', () => {
    for (const { m, s, replicas, limits } of cases) {
      const run = plan({ width: m }, { d: 1, replicas: m > 1e6 ? 1 : replicas, limits });
      const { splits, chunk4 } = planSamples(run, s);
      expect(splits * chunk4).toBeGreaterThanOrEqual(run.m4);
      expect((splits - 1) * chunk4).toBeLessThan(run.m4);
    }
  });

  it('are neither shorter than worth a workgroup nor longer than accurate, where memory allows', () => {
    for (const { m, s, replicas, limits } of cases) {
      const run = plan({ width: m }, { d: 1, replicas: m > 1e6 ? 1 : replicas, limits });
      const { splits, chunk4, s4 } = planSamples(run, s);
      expect(splits).toBeLessThanOrEqual(MOST_SPLITS);
      expect(16 * run.replicas * s4 * splits).toBeLessThanOrEqual(2 ** 28);
      expect(chunk4).toBeLessThanOrEqual(Math.max(CHUNK4.most, Math.ceil(run.m4 / MOST_SPLITS)));
      if (run.m4 > CHUNK4.least) expect(chunk4).toBeGreaterThanOrEqual(CHUNK4.least / 2);
    }
  });

  it('are whole tiles where the sum has tiles, whose samples are few for small sets', () => {
    for (const { m, s, replicas } of cases.filter(({ limits }) => limits === GPU)) {
      const run = plan({ width: m }, { d: 17, replicas: m > 1e6 ? 1 : replicas, limits: GPU });
      const set = planSamples(run, s);
      expect(set.chunk4 % 16).toBe(0);
      expect(set.splits * set.chunk4).toBeGreaterThanOrEqual(run.m4);
      expect((set.splits - 1) * set.chunk4).toBeLessThan(run.m4);
      const samplesPerTile = { 1: 32, 5: 32, 64: 64, 1000: 128, 20_000: 128 }[s];
      expect(kernelsOf(run, set)).toMatchObject({ forward: 'forward_tiled', samplesPerTile });
    }
    // The workgroup memory of every WebGPU adapter: 16 rows of 128 samples and 64 particles, 8 sums of 128 samples.
    expect(forwardTileBytes(FORWARD_TILE)).toBe(4 * (16 * (128 + 64) + 8 * 128));
    expect(forwardTileBytes(FORWARD_TILE)).toBeLessThanOrEqual(16_384);
  });

  it('are more on a GPU, which has more to keep busy', () => {
    const splitsOn = (limits: PlanLimits) =>
      planSamples(plan({ width: 65_536 }, { limits }), 64).splits;
    expect(splitsOn(GPU)).toBeGreaterThan(splitsOn(LIMITS));
  });
});

describe('workgroups', () => {
  it('are powers of two that cover every count', () => {
    for (const count of [1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 1000, 2 ** 24 + 1]) {
      const { groups, workgroup } = cover(count);
      expect(Math.log2(workgroup) % 1).toBe(0);
      expect(workgroup).toBeLessThanOrEqual(WORKGROUP);
      expect(groups * workgroup).toBeGreaterThanOrEqual(count);
      expect((groups - 1) * workgroup).toBeLessThan(count);
    }
    expect([workgroupFor(0), workgroupFor(1), workgroupFor(33)]).toEqual([1, 1, 64]);
  });
});
