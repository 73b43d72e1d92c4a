// The rows of a history: what is observed for one, and how it becomes a record. The page and `train` share them.
import type { Config } from '../config.ts';
import type { Observation, Simulation } from '../engine/simulation.ts';
import type { HistoryRow } from '../observables/history.ts';

/** Beyond this size of the activation bits (m·s/8 bytes) `patternsChanged` is not computed and is NaN. */
const PATTERN_BYTES = 256 * 2 ** 20;

/** What a row of the history is made of. */
export type RowName =
  'loss' | 'objective' | 'testLoss' | 'moments' | 'patternsChanged' | 'population';

/** What a row holds; the activation patterns only where there are some and their bits fit. */
export function rowNames(
  { network }: Pick<Config, 'network'>,
  { width, problem }: Simulation,
): RowName[] {
  const withPatterns =
    network.features === 'ridge' && (width * problem.train.count) / 8 <= PATTERN_BYTES;
  const scalars: RowName[] = ['loss', 'objective', 'testLoss', 'moments', 'population'];
  return withPatterns ? [...scalars, 'patternsChanged'] : scalars;
}

/** A row of the history, of replica 0, from what was observed. */
export function rowOf(
  step: number,
  time: number,
  seen: Partial<Pick<Observation, RowName>>,
  dt?: number,
): HistoryRow {
  const { loss, objective, testLoss, moments, patternsChanged, population } = seen as Pick<
    Observation,
    RowName
  >;
  return {
    step,
    time,
    loss: loss[0],
    objective: objective[0],
    testLoss: testLoss[0],
    patternsChanged: (patternsChanged as Float64Array | undefined)?.[0] ?? NaN,
    moments: moments[0],
    ...(population.length > 0 && { population: population[0] }),
    ...(dt !== undefined && { dt }),
  };
}
