// The float64 reference behind the page where there is no WebGPU: the same equations, for small networks.
import { ConfigError } from '../config-check.ts';
import type { Config } from '../config.ts';
import { givenParticles } from '../engine/start.ts';
import { stableSteps } from '../experiments/stable-step.ts';
import { rowOf } from '../experiments/rows.ts';
import type { HistoryRow } from '../observables/history.ts';
import { moments } from '../observables/moments.ts';
import { makeProblem } from '../problem/make.ts';
import { particlesOf } from '../reference/cloud.ts';
import { createReference } from '../reference/simulation.ts';
import type { State } from '../state.ts';
import type { Engine, Run, RunData } from './engine.ts';

/** Widest network that the processor computes. */
export const MOST_CPU_WIDTH = 20_000;

/** The float64 reference as an engine: the same equations on the processor, for small networks. */
export function openCpuEngine(): Engine {
  return {
    device: null,
    name: 'the processor, float64',
    start: startOnCpu,
    destroy: () => Promise.resolve(),
  };
}

async function startOnCpu(config: Config, data: RunData = {}): Promise<Run> {
  const { width } = config.network;
  if (width > MOST_CPU_WIDTH) {
    throw new ConfigError(
      `network.width: received ${width}; allowed without WebGPU: at most ${MOST_CPU_WIDTH}`,
    );
  }
  const problem = data.problem ?? (await makeProblem(config));
  const particles = data.particles ?? (await givenParticles(config, problem.train.dimension, {}));
  const reference = createReference(config, problem, particles === undefined ? {} : { particles });
  const names = ['loss', 'objective', 'testLoss', 'patternsChanged'] as const;
  const { kind } = config.flow.penalty;
  const read = (): State => {
    const { step, time, particles: cloud } = reference.read();
    return { step, time, particles: particlesOf(cloud) };
  };
  const setTimeStep = (dt: number): Promise<void> => Promise.resolve(reference.setTimeStep(dt));
  const timeSteps = stableSteps(config, problem.train, {
    get stepsDone() {
      return reference.stepsDone;
    },
    read: () => Promise.resolve(read()),
    setTimeStep,
  });
  return {
    config,
    problem,
    simulation: null,
    width: reference.width,
    dimension: reference.dimension,
    get stepsDone() {
      return reference.stepsDone;
    },
    get time() {
      return reference.time;
    },
    advance: async (last, due) => {
      const rows: HistoryRow[] = [];
      for (const step of [...due, last]) {
        do {
          reference.step((await timeSteps.until(step)) - reference.stepsDone);
        } while (reference.stepsDone < step);
        if (!due.includes(step) || rows.at(-1)?.step === step) continue;
        const values = reference.observe(names);
        const seen = { ...values, moments: moments(read().particles, kind), population: [] };
        rows.push(rowOf(step, reference.time, seen, timeSteps.now?.dt));
      }
      return rows;
    },
    predict: (x) => Promise.resolve(Float32Array.from(reference.predict(x))),
    read: () => Promise.resolve(read()),
    setTimeStep,
    destroy: () => undefined,
  };
}
