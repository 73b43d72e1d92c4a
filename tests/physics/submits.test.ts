// How often a run submits and waits, by count; and that what it shows does not depend on that.
import { expect } from 'vitest';
import {
  createSimulation,
  NumericError,
  type Simulation,
  type SmallName,
} from '../../src/engine/simulation.ts';
import type { CreateBatch } from '../../src/experiments/batches.ts';
import { fluctuations } from '../../src/experiments/fluctuations.ts';
import { training } from '../../src/experiments/training.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { HistoryRow } from '../../src/observables/history.ts';
import { counted } from '../helpers/counts.ts';
import { deviceTests } from '../helpers/device.ts';
import { configOf, problemOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples } from '../helpers/random.ts';

const tests = deviceTests('submits');
const data = {
  ...problemOf(makeSamples({ seed: 1, count: 33, dimension: 2, weighted: true })),
  test: makeSamples({ seed: 2, count: 17, dimension: 2 }),
};
const config = configOf({
  network: { activation: 'tanh', width: 61 },
  flow: { dt: 0.1, steps: 205, penalty: { kind: 'total-variation', strength: 0.1 } },
  record: { every: 10 },
});
const particles = makeParticles({ seed: 3, width: 61, dimension: 2, replicas: 2 });
const DUE = [...Array.from({ length: 21 }, (_, n) => 10 * n), 205];
const NAMES: readonly SmallName[] = [
  'loss',
  'objective',
  'testLoss',
  'residual',
  'prediction',
  'testPrediction',
  'patternsChanged',
  'moments',
];

/** All that `advance` yields, one record after the other. */
async function courseOf(simulation: Simulation, last: number, due: readonly number[]) {
  const records = [];
  for await (const stretch of simulation.advance(last, NAMES, due))
    records.push(...stretch.records);
  return records;
}

/** The same by single calls. */
async function callByCall(device: Device, last: number, due: readonly number[]) {
  const simulation = await createSimulation(device, config, { data, particles });
  const records = [];
  for (const step of due) {
    await simulation.step(step - simulation.stepsDone);
    const { time } = simulation;
    records.push({ step, time, values: await simulation.observe(NAMES) });
  }
  await simulation.step(last - simulation.stepsDone);
  const state = await simulation.read();
  simulation.destroy();
  return { records, state };
}

tests.it(
  'a run with 22 records submits twice, waits twice and shows the same bits',
  async (device) => {
    const { device: own, take } = counted(device);
    const options = { data, particles, submitMs: Infinity };
    const simulation = await createSimulation(own, config, options);
    // The first observation compiles what it needs.
    await simulation.observe(NAMES);
    take();
    const records = await courseOf(simulation, 205, DUE);
    // One step to learn its duration, then all the others.
    expect(take()).toMatchObject({ submits: 2, waits: 2 });
    const wanted = await callByCall(own, 205, DUE);
    const calls = take();
    expect(calls.submits).toBeGreaterThan(2 * DUE.length);
    expect(records).toEqual(wanted.records);
    expect(await simulation.read()).toEqual(wanted.state);
    simulation.destroy();
  },
);

tests.it('the bound on a submit decides how often one waits, not what one sees', async (device) => {
  const { device: own, take } = counted(device);
  const seen = [];
  for (const submitMs of [Infinity, 0]) {
    const simulation = await createSimulation(own, config, { data, particles, submitMs });
    await simulation.observe(NAMES);
    take();
    seen.push({ records: await courseOf(simulation, 41, [0, 7, 41]), ...take() });
    simulation.destroy();
  }
  const [long, short] = seen;
  expect([long.submits, short.submits]).toEqual([2, 41]);
  expect(short.records).toEqual(long.records);
});

tests.it('an observation goes through one submit and one wait', async (device) => {
  const { device: own, take } = counted(device);
  const simulation = await createSimulation(own, config, { data, particles });
  await simulation.observe(NAMES);
  take();
  await simulation.observe(NAMES);
  expect(take()).toMatchObject({ submits: 1, waits: 1 });
  simulation.destroy();
});

tests.it('training reads back only its rows, in as few submits', async (device) => {
  const { device: own, take } = counted(device);
  const rows: HistoryRow[] = [];
  const progress: number[] = [];
  let atEnd = { submits: 0, waits: 0, mapped: 0 };
  const one = makeParticles({ seed: 3, width: 61, dimension: 2 });
  for await (const event of training(own, config, { data, particles: one, submitMs: Infinity })) {
    if (event.kind === 'row') rows.push(event.row);
    if (event.kind === 'row' && event.row.step === 0) take();
    if (event.kind === 'row' && event.row.step === 205) atEnd = take();
    if (event.kind === 'progress') progress.push(event.step);
  }
  expect(rows.map(({ step }) => step)).toEqual(DUE);
  expect(progress).toEqual([1, 205]);
  // After the submit that holds row 0 one more does the rest.
  expect(atEnd).toMatchObject({ submits: 1, waits: 1 });
  // Per row f and residual of 36 + 20 padded samples, five sums and one count, each a multiple of 16 bytes.
  expect(atEnd.mapped).toBe(21 * (2 * 4 * (36 + 20) + 32 + 16) + 16);
});

tests.it(
  'a batch of replicas waits once per submit, whatever is recorded of it',
  async (device) => {
    const { device: own, take } = counted(device);
    const sweep = configOf({
      network: { activation: 'tanh' },
      flow: { dt: 0.1, steps: 60 },
      clt: { widths: [16, 32], replicas: 5, times: [0, 1, 2, 6], bootstrap: 50 },
    });
    const create: CreateBatch = async (gpu, choice, options) => {
      const batch = await createSimulation(gpu, choice, { ...options, submitMs: Infinity });
      // What has to be compiled first is compiled by an observation.
      await batch.observe(['prediction', 'testPrediction', 'loss', 'moments']);
      take();
      return batch;
    };
    const counts = [];
    for await (const event of fluctuations(own, sweep, { data, create })) {
      if (event.kind === 'progress' && event.step === 60) counts.push(take());
    }
    expect(counts.map(({ submits, waits }) => [submits, waits])).toEqual([
      [2, 2],
      [2, 2],
    ]);
  },
);

tests.it('records that fill the staging buffer take further submits', async (device) => {
  const count = 2 ** 14;
  const large = problemOf(makeSamples({ seed: 1, count, dimension: 1 }));
  const few = configOf({ network: { width: 4 } });
  const { device: own, take } = counted(device);
  const options = { data: large, replicas: 60, kernel: 'dense' as const, submitMs: Infinity };
  const simulation = await createSimulation(own, few, options);
  take();
  const records = [];
  // Two outputs of 60 × 2^14 numbers are 7.9 MB, so that two records fit the 16 MiB that are kept.
  for await (const stretch of simulation.advance(4, ['loss'], [1, 2, 3, 4]))
    records.push(stretch.records.map(({ step }) => step));
  expect(records).toEqual([[1], [2, 3], [4]]);
  expect(take()).toMatchObject({ submits: 3, waits: 3 });
  simulation.destroy();
});

tests.it('good records before a failure are shown, then it is thrown', async (device) => {
  const wild = configOf({ network: { activation: 'linear', width: 9 }, flow: { dt: 40 } });
  const start = makeParticles({ seed: 62, width: 9, dimension: 2 });
  const all = Array.from({ length: 31 }, (_, step) => step);
  const options = { data, particles: start, submitMs: Infinity };
  const simulation = await createSimulation(device, wild, options);
  const good: number[] = [];
  let error: unknown;
  try {
    for await (const { records } of simulation.advance(30, ['loss'], all))
      good.push(...records.map(({ step }) => step));
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(NumericError);
  const { step } = error as NumericError;
  expect(step).toBeGreaterThan(2);
  // A prediction overflows before a particle does, or with it.
  expect([step, step - 1]).toContain(good.length);
  expect(good).toEqual(all.slice(0, good.length));
  simulation.destroy();
});

tests.it('refuses steps that it cannot visit in order', async (device) => {
  const simulation = await createSimulation(device, config, { data, particles });
  for (const [last, due] of [
    [5, [3, 2]],
    [5, [6]],
    [5, [1, 1]],
    [5, [0.5]],
    [-1, []],
  ] as const) {
    await expect(courseOf(simulation, last, due)).rejects.toThrow(/^advance: received steps/);
  }
  expect(simulation.stepsDone).toBe(0);
  simulation.destroy();
});
