// Everything a run reads, loaded and checked against each other before a device is opened.
import { isLimitName } from '../config-clt.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../config-check.ts';
import { checkBatch } from '../engine/check.ts';
import { checkFluctuations } from '../experiments/fluctuations.ts';
import { LARGEST_FILE_BYTES } from '../npy.ts';
import { checkShape, loadArray } from '../problem/arrays.ts';
import { checkCanonicalDimension } from '../problem/canonical-init.ts';
import { makeProblem } from '../problem/make.ts';
import { loadParticles } from '../problem/particles.ts';
import type { Problem } from '../problem/problem.ts';
import { readFileInNode } from '../problem/read-file.ts';
import type { Particles } from '../state.ts';
import { loadConfig, type ConfigOptions } from './options.ts';

/** A configuration with its data. */
export interface Inputs {
  readonly config: Config;
  /** something under `clt` was written by the user or a preset */
  readonly sweepGiven: boolean;
  readonly problem: Problem;
  /** with `init.kind` "file" */
  readonly particles?: Particles;
}

/** Configuration and data of one run. @throws ConfigError for a file or for what does not fit together */
export async function loadInputs(options: ConfigOptions): Promise<Inputs> {
  const { config, widthGiven, sweepGiven } = await loadConfig(options);
  const problem = await makeProblem(config);
  checkBatch(config, problem.train);
  checkCanonicalDimension(config, problem.train.dimension);
  checkParticlesFile(config.network.width, problem);
  if (config.init.kind !== 'file') return { config, sweepGiven, problem };
  const { path } = config.init;
  const particles = await loadParticles(path, readFileInNode);
  const { dimension } = problem.train;
  if (particles.replicas !== 1) {
    throw new ConfigError(`${path}: a: received ${particles.replicas} replicas; allowed: one`);
  }
  if (particles.dimension !== dimension) {
    throw new ConfigError(
      `${path}: a: received d = ${particles.dimension}; allowed: d = ${dimension}, as in the problem`,
    );
  }
  // Without a width of its own the run takes that of the file.
  if (widthGiven && particles.width !== config.network.width) {
    throw new ConfigError(
      `network.width: received ${config.network.width}; allowed: ${particles.width}, the width of ${path}`,
    );
  }
  const network = { ...config.network, width: particles.width };
  return { config: { ...config, network }, sweepGiven, problem, particles };
}

/** Configuration and data of a fluctuation experiment, with `clt.limit` [T][s] where it is given. */
export async function loadSweepInputs(
  options: ConfigOptions,
): Promise<Inputs & { readonly limit?: Float64Array }> {
  const { config, sweepGiven } = await loadConfig(options);
  const steps = checkFluctuations(config);
  const problem = await makeProblem(config);
  checkBatch(config, problem.train);
  checkCanonicalDimension(config, problem.train.dimension);
  const path = config.clt.limit;
  if (isLimitName(path)) return { config, sweepGiven, problem };
  const { shape, data } = await loadArray(path, readFileInNode);
  const allowed = [steps.length, problem.train.count];
  checkShape(path, shape, [allowed], `[${allowed.join(', ')}], recording times × samples`);
  return { config, sweepGiven, problem, limit: Float64Array.from(data) };
}

/** The particles must fit the file that keeps them: this is known before the run, not after it. */
function checkParticlesFile(width: number, { train }: Problem): void {
  const most = Math.floor((LARGEST_FILE_BYTES - 4096) / (4 * (train.dimension + 3)));
  if (width > most) {
    throw new ConfigError(
      `network.width: received ${width}; allowed: at most ${most} with d = ${train.dimension}, what particles.npz can hold`,
    );
  }
}
