// The fluctuation experiment in rounds, on a fake engine: the same replicas and the same numbers as in one go.
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config-check.ts';
import type { ConfigInput } from '../../src/config.ts';
import type { FluctuationDone } from '../../src/experiments/events.ts';
import { fluctuations } from '../../src/experiments/fluctuations.ts';
import {
  createLiveFluctuations,
  type LiveEvent,
  type LiveFluctuations,
} from '../../src/experiments/live-fluctuations.ts';
import { DEVICE, fakeEngine, PROBLEM, type Batch } from '../helpers/fake-engine.ts';

type Round = Extract<LiveEvent, { kind: 'round' }>;

const clt = { widths: [256, 64, 128], replicas: 40, times: [0, 1, 2], bootstrap: 300 };
const INPUT: ConfigInput = {
  network: { activation: 'linear', bias: false },
  flow: { dt: 0.1, steps: 40 },
  clt,
};

async function roundsOf(live: LiveFluctuations): Promise<{ rounds: Round[]; fractions: number[] }> {
  const rounds: Round[] = [];
  const fractions: number[] = [];
  for await (const event of live.rounds(DEVICE)) {
    if (event.kind === 'round') rounds.push(event);
    else fractions.push(event.fraction);
  }
  return { rounds, fractions };
}

async function inOneGo(input: ConfigInput): Promise<FluctuationDone> {
  const { create } = fakeEngine(1.7);
  const config = parseConfig(input);
  for await (const event of fluctuations(DEVICE, config, { data: PROBLEM, create })) {
    if (event.kind === 'result') return event;
  }
  throw new Error('no result');
}

function begin(input: ConfigInput) {
  const { create, batches } = fakeEngine(1.7);
  const live = createLiveFluctuations(parseConfig(input), { data: PROBLEM, create });
  return { live, batches };
}

function wordsOf(batches: readonly Batch[], width: number): number[] {
  return batches
    .filter((batch) => batch.width === width)
    .flatMap(({ replicas, firstReplica }) =>
      Array.from({ length: replicas }, (_, r) => firstReplica + r),
    );
}

describe('rounds of replicas', () => {
  it.each([40, 5, [7, 40, 23]])(
    'end in the result of the experiment in one go, every number the same: replicas %j',
    async (replicas) => {
      const input = { ...INPUT, clt: { ...clt, replicas } };
      const { live } = begin(input);
      const { rounds, fractions } = await roundsOf(await live);
      const whole = await inOneGo(input);
      expect(rounds.at(-1)?.result).toEqual(whole.result);
      expect(rounds.at(-1)?.replicas).toEqual(
        typeof replicas === 'number' ? [replicas, replicas, replicas] : [40, 23, 7],
      );
      expect(rounds.map(({ done }) => done)).toEqual(rounds.map((_, n) => n === rounds.length - 1));
      expect(fractions).toEqual([...fractions].sort((p, q) => p - q));
      expect(fractions.at(-1)).toBe(1);
    },
  );

  it('show what all replicas so far say: each is the whole of its replicas, and the first comes soon', async () => {
    const { live, batches } = begin(INPUT);
    const { rounds } = await roundsOf(await live);
    expect(rounds.length).toBeGreaterThan(2);
    expect(rounds[0].replicas).toEqual([5, 5, 5]);
    rounds.forEach(({ result, replicas }) => {
      expect(result.points.map((point) => point.replicas)).toEqual(
        replicas.flatMap((count) => [count, count, count]),
      );
    });
    // Widths ascending have words in a row, as in one go.
    for (const [k, width] of [64, 128, 256].entries()) {
      expect(wordsOf(batches, width)).toEqual(Array.from({ length: 40 }, (_, r) => 40 * k + r));
    }
    expect(batches.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('take more replicas, with words that nobody had, while they run and after', async () => {
    const { live: promise, batches } = begin({ ...INPUT, clt: { ...clt, replicas: 10 } });
    const live = await promise;
    let last: Round | undefined;
    for await (const event of live.rounds(DEVICE)) {
      if (event.kind !== 'round') continue;
      if (last === undefined) live.addReplicas(6);
      last = event;
    }
    expect(last?.replicas).toEqual([16, 16, 16]);
    live.addReplicas(4);
    expect(live.replicas.map(({ done, asked }) => [done, asked])).toEqual(Array(3).fill([16, 20]));
    const { rounds } = await roundsOf(live);
    expect(rounds.at(-1)?.replicas).toEqual([20, 20, 20]);
    const words = [64, 128, 256].flatMap((width) => wordsOf(batches, width));
    expect(new Set(words).size).toBe(60);
    // 1.7 from 60 replicas: standard error of the mean of distances with weights ¼, ¼, ½.
    const { estimate } = rounds.at(-1)!.result.laws[0].constant;
    expect(Math.abs(estimate / 1.7 - 1)).toBeLessThan(5 * Math.sqrt((2 * 0.375) / 60));
  });

  it('end early without losing a finished round, and go on to the same numbers', async () => {
    const { live: promise, batches } = begin(INPUT);
    const live = await promise;
    const controller = new AbortController();
    const reason = new Error('enough');
    let seen = 0;
    await expect(
      (async () => {
        for await (const event of live.rounds(DEVICE, controller.signal)) {
          // In the middle of the second round.
          if (event.kind === 'progress' && live.replicas[0].done > 0 && ++seen === 3)
            controller.abort(reason);
        }
      })(),
    ).rejects.toBe(reason);
    expect(live.replicas.map(({ done }) => done)).toEqual([5, 5, 5]);
    for await (const event of live.rounds(DEVICE)) if (event.kind === 'progress') break;
    expect(batches.every(({ destroyed }) => destroyed)).toBe(true);
    const { rounds } = await roundsOf(live);
    expect(rounds.at(-1)?.result).toEqual((await inOneGo(INPUT)).result);
  });

  it('are sized by the time they take', async () => {
    const sizes = async (roundMs: number): Promise<number> => {
      const { create } = fakeEngine(1.7);
      const config = parseConfig(INPUT);
      const live = await createLiveFluctuations(config, { data: PROBLEM, create, roundMs });
      return (await roundsOf(live)).rounds.length;
    };
    // 5, 5, 10, 20 where time is no bound; one by one where it is.
    expect(await sizes(1e9)).toBe(4);
    expect(await sizes(0)).toBe(36);
  });

  it('refuse what they cannot do', async () => {
    const refused = (over: object): Promise<unknown> =>
      begin({ ...INPUT, clt: { ...clt, ...over } }).live;
    await expect(refused({ limit: 'limit.npy' })).rejects.toThrow(ConfigError);
    await expect(refused({ sweep: [{ kind: 'none' }] })).rejects.toThrow(/clt\.sweep/);
    await expect(refused({ times: [0.05] })).rejects.toThrow(/clt\.times/);
    const live = await begin(INPUT).live;
    expect(() => live.addReplicas(0)).toThrow(ConfigError);
    expect(() => live.addReplicas(1.5)).toThrow(ConfigError);
  });
});
