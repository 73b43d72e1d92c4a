// `meanfield train`: one run; writes history, particles, predictions and report.
import type { Config } from '../../config.ts';
import { checkKernel } from '../../engine/kernel-choice.ts';
import type { KernelChoice } from '../../engine/plan.ts';
import { training, type TrainingResult } from '../../experiments/training.ts';
import { describePopulation, type PopulationSummary } from '../../observables/population.ts';
import { describeRegime, regimeName, type Regime } from '../../observables/regime.ts';
import { formatHistory, formatPredictions } from '../../record/csv.ts';
import type { OutputFiles } from '../../record/manifest.ts';
import type { Fit } from '../../record/figures.ts';
import { formatParticles } from '../../record/npz.ts';
import { describeTimeStep, trainReport } from '../../record/report.ts';
import { formatNumber } from '../../record/number.ts';
import { fitAffine, MOST_BASELINE_DIMENSION, type AffineFit } from '../../theory/least-squares.ts';
import { EXIT } from '../errors.ts';
import { runFacts } from '../facts.ts';
import { loadInputs, type Inputs } from '../inputs.ts';
import type { RunOptions } from '../options.ts';
import { print } from '../output.ts';
import { runOnDevice, type Workplace } from '../run.ts';
import { formatTable } from '../text.ts';

/** Trains and saves. @returns 0, or 75 when a signal stopped the run at a checkpoint */
export async function train(options: RunOptions): Promise<number> {
  const inputs = await loadInputs(options);
  const { kernel = 'auto' } = options;
  checkKernel(kernel, inputs.config, inputs.problem.train.dimension);
  return runOnDevice('train', options, async (place) => {
    const result = await compute(inputs, place, kernel);
    const { train: samples, test } = result.problem;
    const baseline =
      result.problem.population === undefined && samples.dimension <= MOST_BASELINE_DIMENSION
        ? fitAffine(samples, test)
        : null;
    const path = await place.save({
      config: inputs.config,
      files: filesOf(inputs, result, baseline, place),
      kernels: result.kernels,
      ...(result.timeStep !== null && { timeStep: result.timeStep }),
      status: result.interrupted ? 'interrupted' : 'done',
    });
    const population = populationOf(inputs.config, result);
    report(inputs.config, result, baseline, population, { path, json: options.json === true });
    for (const text of population?.warnings ?? []) {
      process.stderr.write(`meanfield: warning: ${text}\n`);
    }
    if (!result.interrupted) return EXIT.done;
    const { step } = result.state;
    process.stderr.write(
      `meanfield: interrupted after ${step} of ${inputs.config.flow.steps} steps; go on from ` +
        `init.path = ${path}/particles.npz${inputs.config.flow.batch > 0 ? ' with another seed, for other minibatches' : ''}\n`,
    );
    return EXIT.interrupted;
  });
}

async function compute(
  inputs: Inputs,
  place: Workplace,
  kernel: KernelChoice,
): Promise<TrainingResult> {
  const { config, problem, particles } = inputs;
  const { progress, signal } = place;
  const options = {
    data: problem,
    signal,
    kernel,
    ...(particles === undefined ? {} : { particles }),
  };
  let loss = NaN;
  for await (const event of training(place.device, config, options)) {
    if (event.kind === 'row') loss = event.row.loss;
    else if (event.kind === 'progress') {
      const { step, steps } = event;
      progress.update(step / steps, `step ${step} of ${steps}, loss ${formatNumber(loss)}`);
    } else {
      progress.finish();
      return event.result;
    }
  }
  throw new Error('training ended without a result');
}

function filesOf(
  { config }: Inputs,
  result: TrainingResult,
  baseline: AffineFit | null,
  { device }: Workplace,
): OutputFiles {
  const { problem, history, state, prediction, testPrediction } = result;
  const files = new Map<string, Uint8Array | string>([
    ['history.csv', formatHistory(history)],
    ['particles.npz', formatParticles(state.particles)],
    ['predictions.csv', formatPredictions(problem.train, prediction)],
  ]);
  if (problem.test !== null && testPrediction !== null) {
    files.set('test-predictions.csv', formatPredictions(problem.test, testPrediction));
  }
  const population = populationOf(config, result);
  const timeStep = timeStepOf(config, result);
  const record = {
    ...runFacts(config, problem, device),
    // In time "gradient" a step of rate η is another length of flow time.
    ...(state.step > 0 ? { dt: state.time / state.step } : {}),
    ...(timeStep !== undefined && { timeStep }),
    width: config.network.width,
    history,
    ...(baseline === null
      ? {}
      : { baseline: { train: baseline.trainLoss, test: baseline.testLoss } }),
    fit: fitOf(result, baseline),
    ...(population !== null && { population }),
    ...(result.regime !== null && { regime: describeRegime(result.regime) }),
    particles: state.particles,
  };
  return files.set('report.html', trainReport(record));
}

/** The steps of `flow.stableStep` in words; undefined without. */
function timeStepOf({ flow }: Config, { timeStep, history }: TrainingResult): string | undefined {
  if (timeStep === null) return undefined;
  return describeTimeStep(flow.stableStep, timeStep, history[history.length - 1].dt);
}

/** What birth–death did, in words; null at rate 0. */
function populationOf({ flow, network }: Config, result: TrainingResult): PopulationSummary | null {
  const { population, step } = result.history[result.history.length - 1];
  if (population === undefined) return null;
  const { stability } = result;
  return describePopulation(flow.birthDeath, population, network.width, step, stability);
}

/** What the report draws: the network at the samples and, for d = 1, along the line beside the baseline. */
function fitOf(result: TrainingResult, baseline: AffineFit | null): Fit {
  const { problem, prediction, testPrediction, curve } = result;
  const { train, test } = problem;
  const fit: Fit = {
    dimension: train.dimension,
    train: { x: train.x, y: train.y, f: prediction },
    test: test === null || testPrediction === null ? null : { ...test, f: testPrediction },
  };
  if (curve === null) return fit;
  if (baseline === null) return { ...fit, curve };
  const ends = Float32Array.of(curve.x[0], curve.x[curve.x.length - 1]);
  const values = ends.map((x) => baseline.intercept + baseline.coefficients[0] * x);
  return { ...fit, curve, baseline: { x: ends, f: values, label: 'least squares' } };
}

function report(
  config: Config,
  result: TrainingResult,
  baseline: AffineFit | null,
  population: PopulationSummary | null,
  { path, json }: { path: string; json: boolean },
): void {
  const { history, state, problem, interrupted } = result;
  const timeStep = timeStepOf(config, result);
  const first = history[0];
  const last = history[history.length - 1];
  if (json) {
    print(
      JSON.stringify({
        status: interrupted ? 'interrupted' : 'done',
        problem: problem.title,
        step: state.step,
        time: state.time,
        loss: { first: first.loss, last: last.loss },
        ...(result.regime !== null && { regime: regimeRecord(result.regime) }),
        ...(result.timeStep !== null && { timeStep: result.timeStep }),
        ...(last.population !== undefined && { population: last.population }),
        testLoss: { first: known(first.testLoss), last: known(last.testLoss) },
        leastSquares:
          baseline === null
            ? null
            : { loss: baseline.trainLoss, testLoss: known(baseline.testLoss) },
        folder: path,
      }),
    );
    return;
  }
  const rows: [string, number, number][] = [
    ['start', first.loss, first.testLoss],
    [`step ${state.step}`, last.loss, last.testLoss],
  ];
  if (baseline !== null) rows.push(['least squares', baseline.trainLoss, baseline.testLoss]);
  const tested = problem.test !== null;
  const header = tested ? ['', 'loss', 'test loss'] : ['', 'loss'];
  const table = rows.map(([name, loss, testLoss]) =>
    [name, formatNumber(loss), formatNumber(testLoss)].slice(0, header.length),
  );
  print(`${problem.title}\n\n${formatTable([header, ...table])}\n`);
  if (result.regime !== null) print(`${describeRegime(result.regime)}\n`);
  if (timeStep !== undefined) print(`${timeStep}\n`);
  if (population !== null) print(`${population.lines.join('\n')}\n`);
  print(`report: ${path}/report.html`);
}

/** JSON has no ∞: an infinite Λ is "infinity", as in a configuration. */
function regimeRecord(regime: Regime): object {
  if ('reason' in regime) return regime;
  const { number, delta } = regime;
  return {
    number: Number.isFinite(number) ? number : 'infinity',
    delta,
    name: regimeName(number),
  };
}

/** JSON has no NaN. */
function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
