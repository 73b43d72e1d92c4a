// The border of the engine: data, particles and configuration are checked against each other once, here.
import { ConfigError } from '../config-check.ts';
import type { Config } from '../config.ts';
import type { Problem, Samples } from '../problem/problem.ts';
import { UNROLL_LIMIT } from '../shaders/unroll.ts';
import type { Particles } from '../state.ts';

/**
 * Checks that data, particles and configuration fit together.
 *
 * @throws ConfigError with what was received and what is allowed
 */
export function checkInputs(
  config: Config,
  problem: Problem,
  particles: Particles | undefined,
  replicas: number,
): void {
  const { dimension } = problem.train;
  for (const samples of [problem.train, problem.test]) if (samples !== null) checkSamples(samples);
  if (!Number.isInteger(replicas) || replicas < 1) {
    throw new ConfigError(`replicas: received ${replicas}; allowed: a whole number >= 1`);
  }
  checkBatch(config, problem.train);
  const { features } = config.network;
  if (features === 'radial' && dimension > UNROLL_LIMIT) {
    throw new ConfigError(
      `network.features: received "radial" with d = ${dimension}; allowed: d at most ${UNROLL_LIMIT}, or "ridge"`,
    );
  }
  if ((config.flow.loss === 'population') !== (problem.population !== undefined)) {
    throw new ConfigError(
      `flow.loss: received "${config.flow.loss}"; allowed with this problem: "${problem.population === undefined ? 'samples' : 'population'}"`,
    );
  }
  if (problem.test !== null && problem.test.dimension !== dimension) {
    throw new ConfigError(
      `test samples: received d = ${problem.test.dimension}; allowed: d = ${dimension}, as in training`,
    );
  }
  if (particles !== undefined) checkParticles(config, particles, dimension, replicas);
}

/** @throws ConfigError where an observable needs half-spaces ⟨a,x⟩ − b > 0 and features have none */
export function checkRidge({ network }: Config, observable: string): void {
  if (network.features === 'ridge') return;
  throw new ConfigError(
    `observe: received "${observable}"; allowed with network.features "${network.features}": the others`,
  );
}

/** @throws ConfigError for a minibatch that is larger than the training set */
export function checkBatch({ flow }: Config, { count }: Samples): void {
  if (flow.batch <= count) return;
  throw new ConfigError(
    `flow.batch: received ${flow.batch}; allowed: at most the ${count} samples, or 0 for all of them`,
  );
}

function checkSamples({ count: s, dimension: d, x, y, weight }: Samples): void {
  if (s >= 1 && d >= 1 && x.length === s * d && y.length === s && weight.length === s) return;
  throw new ConfigError(
    `samples: received x, y, weight of ${x.length}, ${y.length}, ${weight.length} numbers; ` +
      `allowed: s·d, s, s with s = ${s}, d = ${d}, both at least 1`,
  );
}

function checkParticles(
  config: Config,
  particles: Particles,
  dimension: number,
  replicas: number,
): void {
  const expected = { dimension, width: config.network.width, replicas };
  for (const [name, value] of Object.entries(expected)) {
    const received = particles[name as keyof typeof expected];
    if (received !== value)
      throw new ConfigError(`initial particles: received ${name} ${received}; allowed: ${value}`);
  }
  const { width: m, a, b, c, weight } = particles;
  const [bodies, rows] = [replicas * m, replicas * m * dimension];
  if (a.length !== rows || [b, c, weight].some((part) => part.length !== bodies)) {
    throw new ConfigError(
      `initial particles: received a, b, c, weight of ${a.length}, ${b.length}, ${c.length}, ${weight.length} numbers; ` +
        `allowed: ${rows}, ${bodies}, ${bodies}, ${bodies}`,
    );
  }
  const { rate, scheme } = config.flow.birthDeath;
  if (rate > 0 && scheme !== 'weights' && weight.some((w) => w !== 1)) {
    throw new ConfigError(
      `initial particles: received weights that differ from 1; allowed with flow.birthDeath.scheme "${scheme}": all 1`,
    );
  }
  if (!config.network.bias && b.some((value) => value !== 0)) {
    throw new ConfigError(
      'initial particles: received b that is not 0; allowed: b = 0 with network.bias false',
    );
  }
}

/** @throws ConfigError for steps to observe that a run from `from` to `last` cannot visit in order */
export function checkCourse(from: number, last: number, due: readonly number[]): void {
  const whole = [last, ...due].every((step) => Number.isInteger(step));
  const ordered = [from, ...due, last].every((step, n, all) => n === 0 || step >= all[n - 1]);
  if (whole && ordered && new Set(due).size === due.length) return;
  throw new ConfigError(
    `advance: received steps ${[...due, last].join(', ')}; allowed: whole, ascending, from ${from} on`,
  );
}

/** @throws ConfigError where steps shall be a share of 1/λ_max, which a simulation does not know, and nobody has set one */
export function checkOwnStep({ flow: { stableStep } }: Config): void {
  if (stableStep === 0) return;
  throw new ConfigError(
    `flow.stableStep: received ${stableStep}; allowed without advanceStably or setTimeStep: 0`,
  );
}
