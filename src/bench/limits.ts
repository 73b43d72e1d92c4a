// The limits of an adapter: peak of fused multiply-adds, copy bandwidth, cost of dispatches and submits. Each is checked
// before it is timed, and can be timed again beside a kernel, so that a share does not depend on the minute.
import type { Check, Clock, Limits, Shares, Timing } from '../bench-result.ts';
import { createBuffers, createReadBack } from '../gpu/buffer.ts';
import type { Device } from '../gpu/device.ts';
import { packStruct, readStruct } from '../gpu/layout.ts';
import { createPass } from '../gpu/pass.ts';
import {
  CHAINS,
  COPY_STRIDE,
  copyShader,
  countShader,
  fmaPeakShader,
  ROUNDS,
} from './limits.wgsl.ts';
import {
  encoderSubject,
  measure,
  msOf,
  passSubject,
  type Clocks,
  type Effort,
  type Subject,
} from './measure.ts';
import { requireRight } from './verify.ts';

/** A limit that can be timed: what one repeat does, and the comparison it has passed. */
export interface Probe {
  readonly subject: Subject;
  /** floating-point operations or bytes of one repeat */
  readonly amount: number;
  readonly check: Check;
  destroy(): void;
}

/** Sizes by class of adapter: one repeat takes milliseconds, and every lane is busy. */
const FMA = {
  software: { groups: 32, workgroup: 64, loops: 100 },
  gpu: { groups: 4224, workgroup: 256, loops: 600 },
} as const;

/** Bytes of a copy: beyond every cache. */
const COPY_BYTES = { software: 1 << 25, gpu: 1 << 29 } as const;

/** Dispatches per repeat where single ones are too short to time. */
const DISPATCHES = 500;

/** The names of the two peaks: several multiply-adds of each chain per iteration, or one. */
export type FmaKind = 'fma' | 'fma simple';

/** Fused multiply-adds in registers. One repeat = one dispatch of as many, whatever the kind. */
export async function fmaProbe(device: Device, kind: FmaKind = 'fma'): Promise<Probe> {
  const { groups, workgroup, loops: unrolled } = FMA[classOf(device)];
  const rounds = kind === 'fma' ? ROUNDS : 1;
  const loops = (unrolled * ROUNDS) / rounds;
  const buffers = createBuffers(device);
  const code = fmaPeakShader(rounds);
  const sums = buffers.storage('sums', 4 * groups * workgroup);
  const work = packStruct(readStruct(code, 'Work'), { loops, factor: 1, term: 1 });
  const pass = await createPass(device, {
    name: 'fma_peak',
    code,
    buffers: { work: buffers.uniform('work', work), sums },
    grid: { x: groups },
    overrides: { WORKGROUP: workgroup },
  });
  const subject = passSubject(device, kind, [pass]);
  await subject.run(1, 0);
  const got = new Float32Array(await readAll(device, sums, 4 * groups * workgroup));
  // Four lanes of every chain: its start, and one more per multiply-add.
  const expected = got.map((_, n) => {
    const start = (n % workgroup) & 15;
    return 4 * (CHAINS * (start + rounds * loops) + (CHAINS * (CHAINS - 1)) / 2);
  });
  const check = exact('FMA chains', got, expected);
  return {
    subject,
    amount: 2 * 4 * CHAINS * rounds * loops * groups * workgroup,
    check,
    destroy: () => (subject.destroy?.(), buffers.destroy()),
  };
}

/** How bytes are copied. */
export type CopyKind = 'vec4f' | 'f32' | 'command';

/**
 * Copies a buffer once per repeat, by a kernel or by the copy command.
 *
 * @param bytes of the buffer; read and written, so twice as many move. Default: beyond every cache
 */
export async function copyProbe(device: Device, kind: CopyKind, bytes?: number): Promise<Probe> {
  const { limits } = device.gpu;
  const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const size = 16 * Math.ceil(Math.min(bytes ?? COPY_BYTES[classOf(device)], most) / 16);
  const buffers = createBuffers(device);
  const source = buffers.storage('source', size);
  const target_out = buffers.storage('target_out', size);
  fillPattern(device, source, size);
  const subject = await copySubject(device, kind, source, target_out, size);
  await subject.run(1, 0);
  const part = Math.min(size, 1 << 16);
  const starts = [0, 16 * Math.floor((size - part) / 32), size - part];
  const checks: Check[] = [];
  for (const start of starts) {
    const got = new Uint32Array(await readAll(device, target_out, part, start));
    const expected = got.map((_, n) => patternAt(start / 4 + n));
    checks.push(exact('copied words', got, expected));
  }
  return {
    subject,
    amount: 2 * size,
    check: { ...checks[0], items: (part / 4) * starts.length },
    destroy: () => (subject.destroy?.(), buffers.destroy()),
  };
}

async function copySubject(
  device: Device,
  kind: CopyKind,
  source: GPUBuffer,
  target_out: GPUBuffer,
  size: number,
): Promise<Subject> {
  const name = kind === 'vec4f' ? 'copy' : `copy ${kind}`;
  if (kind === 'command') {
    const encode = (encoder: GPUCommandEncoder, count: number): void => {
      for (let n = 0; n < count; n++) encoder.copyBufferToBuffer(source, 0, target_out, 0, size);
    };
    return encoderSubject(device, name, encode, false);
  }
  const workgroup = 256;
  const elements = size / (kind === 'vec4f' ? 16 : 4);
  const pass = await createPass(device, {
    name: 'copy',
    code: copyShader(kind),
    buffers: { source, target_out },
    grid: { x: Math.ceil(elements / (workgroup * COPY_STRIDE)) },
    overrides: { WORKGROUP: workgroup },
  });
  return passSubject(device, name, [pass]);
}

/** Measures all limits. @returns them with the checks that were passed */
export async function measureLimits(
  device: Device,
  clocks: Clocks,
  effort: Effort,
): Promise<{ limits: Limits; checks: Check[]; timings: Map<string, Timing> }> {
  const probes = [
    await fmaProbe(device),
    await fmaProbe(device, 'fma simple'),
    await copyProbe(device, 'vec4f', effort.copyBytes),
    await copyProbe(device, 'f32', effort.copyBytes),
    await copyProbe(device, 'command', effort.copyBytes),
  ];
  const overhead = await overheadProbe(device);
  try {
    const subjects = [...probes.map(({ subject }) => subject), ...overhead.subjects];
    const timings = await measure(subjects, clocks, effort);
    const rate = (n: number): Shares => rateOf(probes[n].amount, timings, probes[n].subject.name);
    const micro = (name: string): number => 1e3 * (timings.get(name) as Timing).wall.median;
    const limits = {
      fmaPeak: rate(0),
      fmaPeakSimple: rate(1),
      copy: rate(2),
      scalarCopy: rate(3),
      copyCommand: rate(4),
      dispatch: micro('dispatches in a pass') / DISPATCHES,
      pass: micro('passes in a submit') / DISPATCHES,
      submit: micro('submits') / DISPATCHES,
      wait: micro('submit and wait'),
    };
    return { limits, checks: [...probes.map(({ check }) => check), overhead.check], timings };
  } finally {
    for (const probe of probes) probe.destroy();
    overhead.destroy();
  }
}

/** Subjects that do the same small dispatches in one pass, in passes of their own and in submits of their own. */
async function overheadProbe(
  device: Device,
): Promise<{ subjects: Subject[]; check: Check; destroy: () => void }> {
  const buffers = createBuffers(device);
  const counter = buffers.storage('counter', 16);
  const pass = await createPass(device, {
    name: 'count_up',
    code: countShader(),
    buffers: { counter },
    grid: { x: 1 },
  });
  const inOnePass = (encoder: GPUCommandEncoder, count: number): void => {
    const compute = encoder.beginComputePass();
    for (let n = 0; n < count; n++) pass.encode(compute);
    compute.end();
  };
  const inPasses = (encoder: GPUCommandEncoder, count: number): void => {
    for (let n = 0; n < count; n++) inOnePass(encoder, 1);
  };
  const submit = (): void => {
    const encoder = device.gpu.createCommandEncoder();
    inOnePass(encoder, 1);
    device.gpu.queue.submit([encoder.finish()]);
  };
  const looped = (name: string, body: () => void, each: () => Promise<void>): Subject => ({
    name,
    run: async (count) => {
      for (let n = 0; n < count; n++) {
        body();
        await each();
      }
      await device.finish();
      return { deviceMs: null, overslept: false };
    },
  });
  const none = (): Promise<void> => Promise.resolve();
  const submits = (): void => {
    for (let n = 0; n < DISPATCHES; n++) submit();
  };
  const subjects = [
    encoderSubject(device, 'dispatches in a pass', (e, n) => inOnePass(e, n * DISPATCHES), false),
    encoderSubject(device, 'passes in a submit', (e, n) => inPasses(e, n * DISPATCHES), false),
    looped('submits', submits, none),
    looped('submit and wait', submit, () => device.finish()),
  ];
  for (const subject of subjects) await subject.run(1, 0);
  const got = new Uint32Array(await readAll(device, counter, 4));
  const check = exact('dispatches', got, [3 * DISPATCHES + 1]);
  return { subjects, check, destroy: () => buffers.destroy() };
}

/** Rate per clock from a timing: GFLOP/s, or GB/s. */
export function rateOf(amount: number, timings: Map<string, Timing>, name: string): Shares {
  const timing = timings.get(name) as Timing;
  const rate = (clock: Clock): number | null => {
    const ms = msOf(timing, clock);
    return ms === null || ms <= 0 ? null : amount / ms / 1e6;
  };
  return { device: rate('device'), cpu: rate('cpu'), wall: rate('wall') };
}

export function classOf(device: Device): 'software' | 'gpu' {
  return device.software ? 'software' : 'gpu';
}

function exact(what: string, got: ArrayLike<number>, expected: ArrayLike<number>): Check {
  let wrong = 0;
  for (let n = 0; n < expected.length; n++) if (got[n] !== expected[n]) wrong++;
  const check = { what, items: expected.length, error: wrong / expected.length, tolerance: 0 };
  requireRight(check);
  return check;
}

async function readAll(
  device: Device,
  buffer: GPUBuffer,
  bytes: number,
  offset = 0,
): Promise<ArrayBuffer> {
  const readBack = createReadBack(device);
  try {
    return (await readBack.read([{ buffer, bytes, offset }]))[0];
  } finally {
    readBack.destroy();
  }
}

/** Words that change from place to place, so that a part copied to the wrong place shows. */
function patternAt(word: number): number {
  return (Math.imul(word + 1, 2654435761) & 0x3fffffff) >>> 0;
}

function fillPattern(device: Device, buffer: GPUBuffer, size: number): void {
  const chunk = 1 << 24;
  for (let start = 0; start < size; start += chunk) {
    const words = new Uint32Array(Math.min(chunk, size - start) / 4);
    for (let n = 0; n < words.length; n++) words[n] = patternAt(start / 4 + n);
    device.gpu.queue.writeBuffer(buffer, start, words);
  }
}
