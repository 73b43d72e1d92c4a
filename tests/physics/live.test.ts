// The fluctuation experiment in rounds on the device: its end is the experiment in one go.
import { expect } from 'vitest';
import { parseConfig } from '../../src/config-check.ts';
import type { Config, ConfigInput } from '../../src/config.ts';
import { fluctuations } from '../../src/experiments/fluctuations.ts';
import { createLiveFluctuations, type LiveEvent } from '../../src/experiments/live-fluctuations.ts';
import type { KernelChoice } from '../../src/engine/plan.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { FluctuationResult } from '../../src/observables/fluctuation.ts';
import { deviceTests } from '../helpers/device.ts';

const tests = deviceTests('rounds of replicas');

const CASES: readonly { name: string; kernel: KernelChoice; exact: boolean; input: ConfigInput }[] =
  [
    {
      name: 'sorted kernels, whose sums are exact: bit for bit',
      kernel: 'sorted',
      exact: true,
      input: {
        problem: { kind: 'points', x: [-1, -0.4, 0.3, 0.9, 1.3], y: [1, 0, 1, -1, 0] },
        network: { activation: 'relu' },
      },
    },
    {
      name: 'dense kernels, which split sums by the size of the batch: up to rounding',
      kernel: 'dense',
      exact: false,
      input: { network: { activation: 'tanh' } },
    },
    {
      name: 'population loss, one round: bit for bit',
      kernel: 'auto',
      exact: true,
      input: {
        network: { activation: 'relu', bias: false },
        flow: { loss: 'population' },
      },
    },
  ];

tests.each(
  CASES,
  ({ name }) => `rounds end in the numbers of one go: ${name}`,
  async (device, { kernel, exact, input }) => {
    const config = parseConfig({
      ...input,
      flow: { ...input.flow, dt: 0.1, steps: 10 },
      clt: { widths: [32, 64], replicas: 8, times: [0, 0.5, 1], bootstrap: 100 },
    });
    const live = await inRounds(device, config, kernel);
    const whole = await inOneGo(device, config, kernel);
    if (exact) expect(live).toEqual(whole);
    for (const key of ['scaled', 'ciLow', 'ciHigh'] as const) {
      const scale = whole.points.map((point) => point[key]);
      // A rounding error of f, of size 1, is √m = 8 times as large beside a fluctuation, and twice that in its square.
      const closeness = { label: key, scale, factor: 4 * 2 * 8 };
      tests.close(
        key,
        live.points.map((point) => point[key]),
        scale,
        closeness,
      );
    }
    expect(live.points.every(({ isResolved }) => isResolved)).toBe(true);
  },
);

async function inRounds(
  device: Device,
  config: Config,
  kernel: KernelChoice,
): Promise<FluctuationResult> {
  const live = await createLiveFluctuations(config, { kernel, roundMs: 1e9 });
  const rounds: Extract<LiveEvent, { kind: 'round' }>[] = [];
  for await (const event of live.rounds(device)) if (event.kind === 'round') rounds.push(event);
  expect(rounds.length).toBe(config.flow.loss === 'population' ? 1 : 2);
  return rounds[rounds.length - 1].result;
}

async function inOneGo(
  device: Device,
  config: Config,
  kernel: KernelChoice,
): Promise<FluctuationResult> {
  for await (const event of fluctuations(device, config, { kernel }))
    if (event.kind === 'result') return event.result;
  throw new Error('no result');
}
