// From the configuration to a learning problem: samples with targets and loss weights, for every kind of problem.
import type { Config, ProblemConfig } from '../config.ts';
import { ConfigError } from '../config-check.ts';
import { keyOf, normalOf, signOf } from '../random.ts';
import { pointsOf, PROFILES } from './functions.ts';
import { describeInputs, drawInputs } from './inputs.ts';
import { wordsOf } from './law.ts';
import type { Problem, ReadFile, Samples } from './problem.ts';
import { checkSampleMemory, makeSamples, type LossWeights, type RawSamples } from './samples.ts';
import { evaluateTeacher, makeTeacher } from './teacher.ts';

type Kind<K extends ProblemConfig['kind']> = Extract<ProblemConfig, { kind: K }>;

/**
 * Makes the problem of a configuration. Everything random is a pure function of `config.seed`.
 *
 * @param config a checked configuration; paths are taken as they stand
 * @param options readFile: how data files are read; default: by Node
 * @throws ConfigError for wrong files or numbers, one line
 */
export async function makeProblem(
  config: Config,
  options: { readFile?: ReadFile } = {},
): Promise<Problem> {
  const { problem } = config;
  // What few problems need is loaded with them, so that a page begins without.
  if (config.flow.loss === 'population') (await import('./population.ts')).checkPopulation(config);
  switch (problem.kind) {
    case 'file':
      return loadProblem(problem, config.flow.lossWeights, options.readFile);
    case 'teacher-student':
      return makeTeacherStudent(problem, config);
    case 'function':
      return makeFunction(problem, config.flow.lossWeights);
    case 'points':
      return makePoints(problem, config.flow.lossWeights);
    case 'mixture':
      return makeMixture(problem, config);
    case 'random-labels':
      return makeRandomLabels(problem, config);
  }
}

async function loadProblem(
  problem: Kind<'file'>,
  lossWeights: LossWeights,
  given: ReadFile | undefined,
): Promise<Problem> {
  // A page reads files when they are dropped on it, not before.
  const { loadSamples } = await import('./files.ts');
  const readFile = given ?? (await import('./read-file.ts')).readFileInNode;
  const { path, testPath } = problem;
  const train = await loadSamples(path, readFile, lossWeights);
  const test = testPath === undefined ? null : await loadSamples(testPath, readFile, lossWeights);
  if (test !== null && test.dimension !== train.dimension) {
    throw new ConfigError(
      `problem.testPath: ${testPath}: received dimension ${test.dimension}; allowed: ${train.dimension}, as in ${path}`,
    );
  }
  const name = path.split(/[\\/]/).pop() ?? path;
  return { title: titleOf(name, train, test), train, test };
}

async function makeTeacherStudent(
  problem: Kind<'teacher-student'>,
  config: Config,
): Promise<Problem> {
  const key = keyOf(config.seed);
  const teacher = makeTeacher(problem.teacher, problem.dimension, key);
  const target = (x: Float32Array) => evaluateTeacher(teacher, config.network.activation, x);
  const { train, test } = makeSets(problem, config, target, target);
  const population = config.flow.loss === 'population' && {
    population: (await import('./population.ts')).populationOf(config, teacher),
  };
  const neurons = `${teacher.neurons} teacher ${teacher.neurons === 1 ? 'neuron' : 'neurons'}`;
  return {
    title: titleOf(`teacher–student, ${neurons}, ${describeInputs(problem.inputs)}`, train, test),
    train,
    test,
    ...population,
  };
}

async function makeMixture(problem: Kind<'mixture'>, { flow }: Config): Promise<Problem> {
  const { mixturePopulation, mixtureSamples } = await import('./mixture.ts');
  const raw = mixtureSamples(problem);
  const train = makeSamples(
    raw,
    flow.lossWeights,
    'problem.grid',
    (name, index) => `problem.grid: ${name} of number ${index}`,
  );
  const { length } = problem.components;
  const title = titleOf(
    `mixture of ${length} ${length === 1 ? 'Gaussian' : 'Gaussians'}`,
    train,
    null,
  );
  const population = flow.loss === 'population' && { population: mixturePopulation(problem) };
  return { title, train, test: null, ...population };
}

function makeRandomLabels(problem: Kind<'random-labels'>, config: Config): Problem {
  const key = keyOf(config.seed);
  const draw = problem.labels === 'sign' ? signOf : normalOf;
  const labels = (purpose: 'labels' | 'testLabels') => (x: Float32Array) =>
    Float64Array.from({ length: x.length / problem.dimension }, (_, j) =>
      draw(wordsOf(key, purpose, j, 1)[0]),
    );
  const { train, test } = makeSets(problem, config, labels('labels'), labels('testLabels'));
  const kind = problem.labels === 'sign' ? 'random labels ±1' : 'standard normal labels';
  return { title: titleOf(`${kind}, ${describeInputs(problem.inputs)}`, train, test), train, test };
}

type Target = (x: Float32Array) => Float64Array;

/** Training and test set of random inputs with targets; an empty test set is null. */
function makeSets(
  problem: Kind<'teacher-student'> | Kind<'random-labels'>,
  config: Config,
  trainTarget: Target,
  testTarget: Target,
): { train: Samples; test: Samples | null } {
  const { dimension, samples, testSamples, inputs } = problem;
  const key = keyOf(config.seed);
  const make = (purpose: 'inputs' | 'testInputs', count: number, target: Target): Samples => {
    const field = purpose === 'inputs' ? 'problem.samples' : 'problem.testSamples';
    checkSampleMemory(count, dimension, field);
    const x = drawInputs(inputs, count, dimension, purpose, key);
    const raw: RawSamples = { dimension, x, y: target(x), weight: null };
    return makeSamples(
      raw,
      config.flow.lossWeights,
      field,
      (name, index) => `problem: ${name} of sample ${index}`,
    );
  };
  const train = make('inputs', samples, trainTarget);
  return { train, test: testSamples === 0 ? null : make('testInputs', testSamples, testTarget) };
}

function makeFunction(problem: Kind<'function'>, lossWeights: LossWeights): Problem {
  const { name, frequency, points } = problem;
  // The target is taken at the inputs as the device sees them.
  const x = Float32Array.from(pointsOf(points));
  const y = Float64Array.from(x, (value) => PROFILES[name](frequency * value));
  const locate = (what: string, index: number) =>
    what === 'x' && Array.isArray(points)
      ? `problem.points.${index}`
      : `problem: ${what} of point ${index}`;
  const train = makeSamples({ dimension: 1, x, y, weight: null }, lossWeights, 'problem', locate);
  const formula = frequency === 1 ? name : `${name} of frequency ${frequency}`;
  return { title: titleOf(formula, train, null), train, test: null };
}

function makePoints(problem: Kind<'points'>, lossWeights: LossWeights): Problem {
  const samplesOf = (points: Pick<Kind<'points'>, 'x' | 'y' | 'weight'>, at: string): Samples => {
    const rows = points.x.map((row) => (Array.isArray(row) ? row : [row]));
    const dimension = rows[0].length;
    const raw: RawSamples = {
      dimension,
      x: rows.flat(),
      y: points.y,
      weight: points.weight ?? null,
    };
    return makeSamples(raw, lossWeights, `${at}.weight`, (name, index) => {
      if (name !== 'x' || !Array.isArray(points.x[0])) return `${at}.${name}.${index}`;
      return `${at}.x.${Math.floor(index / dimension)}.${index % dimension}`;
    });
  };
  const train = samplesOf(problem, 'problem');
  const test = problem.test === undefined ? null : samplesOf(problem.test, 'problem.test');
  return { title: titleOf('given points', train, test), train, test };
}

function titleOf(text: string, train: Samples, test: Samples | null): string {
  const held = test === null ? '' : `, ${test.count} held out`;
  return `${text}, d = ${train.dimension}, s = ${train.count}${held}`;
}
