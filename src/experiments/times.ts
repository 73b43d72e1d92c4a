// When the fluctuation experiment records: from `clt.times` to step numbers.
import type { Config } from '../config.ts';
import { ConfigError, showValue } from '../config-check.ts';

/** How far a recording time may lie from a multiple of dt, relative to it: decimal input like 0.3 = 3 · 0.1. */
const TOLERANCE = 1e-6;

/**
 * The steps at which the fluctuation experiment records, ascending and each once.
 *
 * A list of times gives the steps t/dt. A linear grid has `count` steps from 0 to `flow.steps`; a log grid has 0 and
 * `count − 1` steps from 1 to `flow.steps` in geometric progression. Grid points are rounded to whole steps, so a grid
 * finer than the steps is shorter than `count`.
 *
 * @throws ConfigError for a listed time that is no multiple of `flow.dt` or lies past the end
 */
export function recordingSteps(config: Config): number[] {
  const { times } = config.clt;
  const { steps } = config.flow;
  const list = Array.isArray(times)
    ? times.map((time, index) => stepOf(time, index, config))
    : gridOf(times, steps);
  return [...new Set(list)].sort((a, b) => a - b);
}

/**
 * Time of a step in the unit of `flow.dt`: step · dt, rounded to 12 digits so that 3 · 0.1 is 0.3 in tables.
 */
export function timeOfStep(config: Config, step: number): number {
  return Number((step * config.flow.dt).toPrecision(12));
}

function stepOf(time: number, index: number, config: Config): number {
  const { dt, steps } = config.flow;
  const step = Math.round(time / dt);
  if (Math.abs(time - step * dt) > TOLERANCE * time || step > steps) {
    throw new ConfigError(
      `clt.times.${index}: received ${showValue(time)}; allowed: multiples of flow.dt = ${dt} up to ` +
        `${timeOfStep(config, steps)}, the end of flow.steps = ${steps}`,
    );
  }
  return step;
}

function gridOf(
  { spacing, count }: { spacing: 'log' | 'linear'; count: number },
  steps: number,
): number[] {
  if (spacing === 'linear') {
    return Array.from({ length: count }, (_, k) => Math.round((k * steps) / (count - 1)));
  }
  // Without steps there is only the start.
  if (steps === 0) return [0];
  if (count === 2) return [0, steps];
  const grid = Array.from({ length: count - 1 }, (_, k) => Math.round(steps ** (k / (count - 2))));
  return [0, ...grid];
}
