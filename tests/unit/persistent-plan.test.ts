// When one workgroup carries a replica through many steps: where it fits, where it pays, and what is said where it cannot;
// and where the bins of the other sorted kernels stand.
import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../src/config.ts';
import { planRun, planSamples, type PlanLimits } from '../../src/engine/plan.ts';
import { chooseKernels } from '../../src/engine/kernel-choice.ts';
import { planSorted } from '../../src/engine/sorted.ts';
import { replicaBytes } from '../../src/shaders/sorted-params.wgsl.ts';
import { sortedReplicaShader } from '../../src/shaders/sorted-replica.wgsl.ts';
import { configOf } from '../helpers/problems.ts';

const LIMITS: PlanLimits = {
  bufferBytes: 2 ** 30,
  workgroupBytes: 32_768,
  groupsPerDimension: 65_535,
  software: true,
  quads: true,
  adapterName: 'test adapter',
};

interface Case {
  m?: number;
  s?: number;
  replicas?: number;
  flow?: ConfigInput['flow'];
  limits?: Partial<PlanLimits>;
}

function choose(choice: 'auto' | 'sorted' | 'persistent', given: Case = {}): boolean {
  const { m = 1000, s = 200, replicas = 200, flow = {}, limits = {} } = given;
  const config = configOf({ network: { width: m }, flow });
  const sizes = { dimension: 1, samples: s, replicas };
  return chooseKernels(choice, config, sizes, { ...LIMITS, ...limits }).persistent;
}

describe('dense kernels of many small replicas', () => {
  it('have a workgroup per replica and no part of a sum that the replicas make needless', () => {
    for (const software of [true, false]) {
      const limits = { ...LIMITS, software };
      const plan = planRun(configOf({ network: { width: 128 } }), 1, 200, limits);
      const { splits, forwardWorkgroup, forwardShape, s4 } = planSamples(plan, 200);
      const groups = 200 * splits * Math.ceil(s4 / forwardShape.blocks / forwardWorkgroup);
      // A processor is busy with 16 workgroups. A GPU would like 2048; parts of 64 particles are the smallest.
      expect(splits).toBe(software ? 1 : 2);
      expect(groups).toBeGreaterThanOrEqual(software ? 16 : 400);
    }
  });
});

describe('the persistent kernel', () => {
  it('is taken for many small replicas, and for one that is small', () => {
    expect(choose('auto')).toBe(true);
    expect(choose('auto', { limits: { software: false } })).toBe(true);
    expect(choose('auto', { m: 1000, replicas: 1 })).toBe(true);
    expect(choose('auto', { m: 10_000, replicas: 1 })).toBe(false);
    expect(choose('auto', { m: 10_000, replicas: 8, limits: { software: false } })).toBe(false);
    expect(choose('auto', { m: 20_000 })).toBe(false);
    expect(choose('sorted')).toBe(false);
  });

  it('is left where something follows the move, and where workgroup memory ends', () => {
    expect(choose('auto', { flow: { integrator: 'heun' } })).toBe(false);
    expect(choose('auto', { flow: { penalty: { kind: 'output-l2', strength: 1 } } })).toBe(false);
    expect(choose('auto', { s: 800 })).toBe(true);
    expect(choose('auto', { s: 801 })).toBe(false);
    expect(choose('auto', { s: 401, limits: { workgroupBytes: 16_384 } })).toBe(false);
  });

  it('is refused with the reason where it is asked for and impossible', () => {
    expect(choose('persistent', { m: 100_000, replicas: 1 })).toBe(true);
    expect(() => choose('persistent', { flow: { integrator: 'heun' } })).toThrow(
      /^kernel: received "persistent" with more than plain Euler steps/,
    );
    expect(() => choose('persistent', { s: 1000 })).toThrow(
      /^kernel: received "persistent" with 1000 samples, which need 41184 bytes .* at most 32768 on test adapter$/,
    );
  });

  it('counts the workgroup memory that its shader declares', () => {
    const [room, workgroup] = [96, 8];
    const sizes: Record<string, number> = {
      u32: 4,
      f32: 4,
      vec2f: 8,
      vec4f: 16,
      vec4u: 16,
      'atomic<u32>': 4,
      Bin: 16,
    };
    const length = (text: string): number =>
      text
        .replace('ROOM', `${room}`)
        .replace('WORKGROUP', `${workgroup}`)
        .split('+')
        .reduce((sum, part) => sum + part.split('*').reduce((x, n) => x * parseInt(n), 1), 0);
    const declared = [...sortedReplicaShader(true).matchAll(/var<workgroup> \w+: (.+);/g)];
    const bytes = declared.map(([, type]) => {
      const array = /^array<(.+), ([^,]+)>$/.exec(type);
      return array === null ? sizes[type] : sizes[array[1]] * length(array[2]);
    });
    expect(declared.length).toBe(8);
    expect(bytes.every(Number.isFinite), 'a type without a size here').toBe(true);
    expect(bytes.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(replicaBytes(room, workgroup));
  });
});

describe('the bins of the sorted kernels', () => {
  const room = (m: number, s: number, limits: Partial<PlanLimits>): number => {
    const config = configOf({ network: { width: m } });
    return planSorted(planRun(config, 1, 1, { ...LIMITS, ...limits }, 'sorted'), s).localRoom;
  };

  it('stand in workgroup memory on a GPU, where they fit and serve many particles', () => {
    const gpu = { software: false };
    expect(room(1e7, 1000, gpu)).toBe(1024);
    expect(room(1e7, 2048, gpu)).toBe(2048);
    expect(room(1e7, 2049, gpu)).toBe(0);
    expect(room(1e7, 1024, { ...gpu, workgroupBytes: 16_384 })).toBe(1024);
    expect(room(1e7, 1025, { ...gpu, workgroupBytes: 16_384 })).toBe(0);
    expect(room(1024, 2000, gpu)).toBe(0);
    expect(room(1e7, 1000, { software: true })).toBe(0);
  });
});
