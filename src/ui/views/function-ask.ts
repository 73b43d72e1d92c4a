// Asks a run for what the function view shows, no more at once than the adapter answers in time.
import type { Samples } from '../../problem/problem.ts';
import type { ChartData } from '../chart.ts';
import type { Run } from '../engine.ts';
import { fitChart, lineChart, type Points } from './function-curve.ts';
import {
  evenly,
  inputRange,
  lineThrough,
  meanInput,
  pickSamples,
  type Budget,
  type Target,
} from './function-data.ts';
import type { MapData } from './function-map.ts';

/** What the view can show. */
export type Mode = 'slice' | 'map' | 'residual' | 'fit';

/** What the reader wants to see. */
export interface Look {
  readonly mode: Mode;
  /** axis of a slice */
  readonly axis: number;
  /** the training sample that a slice goes through; null: the mean of the inputs */
  readonly sample: number | null;
}

/** A run with what is known of its target. */
export interface Asking {
  readonly run: Run;
  readonly target: Target | null;
  readonly budget: Budget;
}

const MOST_ON_LINE = 401;
const MOST_ON_SIDE = 81;

/** A curve: over the input where there is one, else along an axis. */
export async function askLine(asking: Asking, { axis, sample }: Look): Promise<ChartData> {
  const { run, target, budget } = asking;
  const { train, test } = run.problem;
  const d = run.dimension;
  const along = evenly(inputRange(run.problem, axis), budget.size(33, MOST_ON_LINE));
  const through = sample === null ? meanInput(train) : train.x.slice(sample * d, (sample + 1) * d);
  const x = lineThrough(through, axis, along);
  const f = await ask(asking, x);
  const points: Points[] = [];
  if (d === 1) {
    for (const [label, samples, color] of [
      ['training samples', train, 0],
      ['test samples', test, 4],
    ] as const)
      if (samples !== null) points.push({ ...pickSamples(samples), label, color });
  } else if (sample !== null) {
    points.push({ label: `sample ${sample}`, x: [through[axis]], y: [train.y[sample]], color: 0 });
  }
  const title = d === 1 ? 'x' : `x${axis}`;
  return lineChart({ title, x: along, f, target: target?.(x) ?? null, points });
}

/** Predicted against true values. */
export async function askFit(asking: Asking): Promise<ChartData> {
  const { train, test } = asking.run.problem;
  const points: Points[] = [];
  for (const [label, samples, color] of [
    ['training samples', train, 0],
    ['test samples', test, 4],
  ] as const) {
    if (samples === null) continue;
    const { y, f } = await askSamples(asking, samples);
    points.push({ label, x: y, y: f, color });
  }
  return fitChart(points);
}

/** A map of two inputs. */
export async function askMap(asking: Asking, kind: MapData['kind']): Promise<MapData> {
  const { run, target, budget } = asking;
  const ranges = [inputRange(run.problem, 0), inputRange(run.problem, 1)] as const;
  const n = Math.floor(Math.sqrt(budget.size(17 * 17, MOST_ON_SIDE * MOST_ON_SIDE)));
  const [first, second] = ranges.map((range) => evenly(range, n));
  const x = new Float32Array(2 * n * n);
  for (let i = 0; i < n * n; i++) x.set([first[i % n], second[Math.floor(i / n)]], 2 * i);
  const samples = await askSamples(asking, run.problem.train);
  if (kind === 'f') return { kind, ranges, samples, values: await ask(asking, x) };
  if (target === null) return { kind, ranges, samples, values: null };
  const [f, y] = [await ask(asking, x), target(x)];
  return { kind, ranges, samples, values: f.map((value, i) => value - y[i]) };
}

/** Samples, at most 2000 of them, with what the network says; asked for in parts that are answered in time. */
export async function askSamples(
  asking: Asking,
  samples: Samples,
): Promise<{ x: Float32Array; y: Float32Array; f: Float32Array }> {
  const { x, y, count } = pickSamples(samples);
  const d = samples.dimension;
  const f = new Float32Array(count);
  for (let from = 0; from < count;) {
    const n = asking.budget.size(33, count - from);
    f.set(await ask(asking, x.slice(from * d, (from + n) * d)), from);
    from += n;
  }
  return { x, y, f };
}

async function ask({ run, budget }: Asking, x: Float32Array): Promise<Float32Array> {
  const from = performance.now();
  const f = await run.predict(x);
  budget.learn(x.length / run.dimension, performance.now() - from);
  return f;
}
