// The function view as a figure of the reports. Loaded when it is saved.
import { fitFigure } from '../../record/figures.ts';
import { askSamples, type Asking } from './function-ask.ts';
import { evenly, inputRange } from './function-data.ts';

/** Points of the curve of a network of one input. */
const CURVE_POINTS = 401;

/** The figure of the report: the curve over one input, else predicted against true values. */
export async function askFigure(asking: Asking): Promise<string> {
  const { run, target } = asking;
  const { dimension, problem } = run;
  const train = await askSamples(asking, problem.train);
  const test = problem.test === null ? null : await askSamples(asking, problem.test);
  if (dimension > 1) return fitFigure({ dimension, train, test });
  const x = evenly(inputRange(problem, 0), CURVE_POINTS);
  const curve = { x, f: await run.predict(x) };
  const baseline = target === null ? {} : { baseline: { x, f: target(x), label: 'target' } };
  return fitFigure({ dimension, train, test, curve, ...baseline });
}
