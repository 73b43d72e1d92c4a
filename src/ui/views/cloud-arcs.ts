// What the plane (u, v) says about the samples: their lines, the arcs of equal activation between them, and where the
// residual of the moment pulls particles (relu).
import { boundaryKinds, type Boundary } from '../../theory/attractors.ts';
import type { Run } from '../engine.ts';

/** Samples and boundaries of a run, d = 1. */
export interface Arcs {
  /** different inputs, ascending */
  readonly x: Float64Array;
  /** attractors and repulsors; empty where they are not known */
  readonly boundaries: readonly Boundary[];
}

/** More samples make arcs that nobody can tell apart, and cost their square. */
const MOST_SAMPLES = 500;

/** Different inputs of the training samples, ascending. */
export function inputsOf(run: Run): Float64Array {
  return Float64Array.from(new Set(run.problem.train.x)).sort();
}

/** Whether the residual of the training samples is what moves the particles, in the way the theory of arcs has it. */
export function hasBoundaries({ config, problem, dimension }: Run): boolean {
  return (
    dimension === 1 &&
    config.network.activation === 'relu' &&
    problem.population === undefined &&
    problem.train.count <= MOST_SAMPLES
  );
}

/** The arcs of the present residual: one evaluation of the network at the samples. */
export async function readArcs(run: Run): Promise<Arcs> {
  const x = inputsOf(run);
  if (!hasBoundaries(run)) return { x, boundaries: [] };
  const { train } = run.problem;
  const f = await run.predict(train.x);
  // Samples at one input pull together.
  const pull = new Map<number, number>();
  for (let j = 0; j < train.count; j++) {
    const input = train.x[j];
    pull.set(input, (pull.get(input) ?? 0) + train.weight[j] * (f[j] - train.y[j]));
  }
  const rho = Float64Array.from(x, (input) => pull.get(input) ?? 0);
  return { x, boundaries: boundaryKinds(x, rho) };
}
