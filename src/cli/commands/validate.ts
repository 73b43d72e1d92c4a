// `meanfield validate`: checks a configuration with its data files and particles; opens no device.
import { replicasByWidth } from '../../config-clt.ts';
import type { Config } from '../../config.ts';
import { EXIT } from '../errors.ts';
import { loadInputs, loadSweepInputs, type Inputs } from '../inputs.ts';
import type { ConfigOptions } from '../options.ts';
import { print } from '../output.ts';
import { formatBytes } from '../text.ts';

/** Prints one line with what `train`, and `clt` where it is configured, would run. @throws ConfigError */
export async function validate(options: ConfigOptions): Promise<number> {
  const inputs = await loadInputs(options);
  const parts = [`ok: ${inputs.problem.title}`, describeTraining(inputs)];
  if (inputs.sweepGiven) {
    const { config } = await loadSweepInputs(options);
    parts.push(describeSweep(config));
  }
  print(parts.join('; '));
  return EXIT.done;
}

function describeTraining({ config, problem }: Inputs): string {
  const { dimension, count } = problem.train;
  const { width } = config.network;
  const samples = count + (problem.test?.count ?? 0);
  return (
    `train: d = ${dimension}, s = ${count}, m = ${width}, ${config.flow.steps} steps, ` +
    `about ${formatBytes(deviceBytes(width, dimension, samples))} on the device`
  );
}

function describeSweep({ clt }: Config): string {
  const widths = replicasByWidth(clt);
  const number = (key: 'width' | 'replicas') => widths.map((each) => each[key]).join(', ');
  return typeof clt.replicas === 'number'
    ? `clt: m = ${number('width')} with ${clt.replicas} replicas each`
    : `clt: m = ${number('width')} with ${number('replicas')} replicas`;
}

/**
 * Bytes of the large buffers of one replica: particles and their velocity, d + 2 numbers each (a third
 * such buffer serves Heun's step and the patterns), and samples with inputs, target, weight, f and residual.
 */
function deviceBytes(width: number, dimension: number, samples: number): number {
  return 4 * (3 * width * (dimension + 2) + samples * (dimension + 4));
}
