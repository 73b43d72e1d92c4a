// What every JavaScript peer does the same way: read the problem, compare the step with float64, time, report.
import { readFileSync } from 'node:fs';
import { parseNpz } from '../../dist/npy.js';

const WINDOWS = 5;
/** A step that takes more than this share of the time for a peer is measured in two windows. */
const SLOW = 1;
/** A result further than this from float64 is wrong, and its time does not count. */
const LARGEST_ERROR = 1e-4;

/**
 * Reads a problem that problem.js wrote.
 *
 * @param {string} path the .npz file
 * @returns sizes m, s, d; x [s][d], y [s], a [m][d], b, c [m] as float32; dt for timing and checkDt for the
 *   comparison; change: a, b, c after one step of checkDt less those before, in float64
 */
export function readProblem(path) {
  const arrays = parseNpz(readFileSync(path), path);
  const data = (name) => arrays.get(name).data;
  const [m, d] = arrays.get('a').shape;
  return {
    m,
    d,
    s: arrays.get('y').shape[0],
    x: data('x'),
    y: data('y'),
    particles: { a: data('a'), b: data('b'), c: data('c') },
    dt: data('dt')[0],
    checkDt: data('check_dt')[0],
    change: { a: data('change_a'), b: data('change_b'), c: data('change_c') },
  };
}

/**
 * The largest deviation of a step from float64, over a, b and c, relative to the largest change of each.
 *
 * @param problem from readProblem
 * @param after a [m][d], b, c [m] after one step of checkDt
 */
export function maxError(problem, after) {
  return Math.max(
    ...['a', 'b', 'c'].map((name) => {
      const [start, change] = [problem.particles[name], problem.change[name]];
      let [worst, largest] = [0, 0];
      for (let i = 0; i < change.length; i++) {
        const error = Math.abs(after[name][i] - start[i] - change[i]);
        // A comparison with NaN is false either way; this one keeps it.
        if (!(error <= worst)) worst = error;
        largest = Math.max(largest, Math.abs(change[i]));
      }
      return worst / largest;
    }),
  );
}

/**
 * Times steps: calibrated, five windows, the median of each; where a step is slow two windows, the first of which is the
 * step that showed it.
 *
 * @param run does n steps and resolves when they are done
 * @param {number} seconds all windows together, at least one step each
 * @returns milliseconds per step: wall clock, and processor time of this process over all its threads; and the windows
 */
export async function measure(run, seconds) {
  const target = (seconds * 1000) / WINDOWS;
  const timed = async (n) => {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await run(n);
    const wall = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    return { wall: wall / n, cpu: (user + system) / 1000 / n };
  };
  let steps = 1;
  let first;
  for (;;) {
    first = await timed(steps);
    const took = first.wall * steps;
    if (took >= target / 2) break;
    steps = Math.ceil(steps * Math.min(8, Math.max(2, (0.8 * target) / took)));
  }
  const isSlow = first.wall * steps > SLOW * seconds * 1000;
  const windows = isSlow ? [first, await timed(steps)] : [];
  while (!isSlow && windows.length < WINDOWS) windows.push(await timed(steps));
  return {
    msPerStep: median(windows.map(({ wall }) => wall)),
    cpuMsPerStep: median(windows.map(({ cpu }) => cpu)),
    windows: windows.length,
  };
}

/**
 * Checks one step against float64, times steps and prints the row as one line of JSON.
 *
 * @param row peer and backend, and a note on the formulation
 * @param problem from readProblem
 * @param {{ one: () => Promise<object>, many: (n: number) => Promise<void> }} peer `one` returns a, b, c after one
 *   step of checkDt from the start; `many` does n steps of dt
 * @param {number} seconds for timing
 */
export async function report(row, problem, peer, seconds) {
  const error = maxError(problem, await peer.one());
  const isRight = error <= LARGEST_ERROR;
  const times = isRight
    ? await measure(peer.many, seconds)
    : { msPerStep: null, cpuMsPerStep: null, windows: 0 };
  const few =
    times.windows < WINDOWS ? `${row.note}; ${times.windows} windows of a slow step` : row.note;
  const note = isRight ? few : `wrong result, not timed; ${row.note}`;
  console.log(JSON.stringify({ ...row, ...times, maxError: error, note }));
}

/** The arguments of a peer: the problem file, seconds for timing, and its backend if it has several. */
export function readArguments() {
  const [path, seconds, backend] = process.argv.slice(2);
  return { problem: readProblem(path), seconds: Number(seconds), backend };
}

/**
 * The rows of particles as columns with the bias as one more input that is always −1:
 * w [d + 1][m] and x [s][d + 1], so that z = x w without a transposed operand.
 */
export function augment({ m, s, d, x, particles }) {
  const w = new Float32Array((d + 1) * m);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < d; k++) w[k * m + i] = particles.a[i * d + k];
    w[d * m + i] = particles.b[i];
  }
  const inputs = new Float32Array(s * (d + 1)).fill(-1);
  const transposed = new Float32Array((d + 1) * s).fill(-1);
  for (let j = 0; j < s; j++) {
    for (let k = 0; k < d; k++) {
      inputs[j * (d + 1) + k] = x[j * d + k];
      transposed[k * s + j] = x[j * d + k];
    }
  }
  return { w, inputs, transposed };
}

/** The inverse of augment for particles: w [d + 1][m] and c [m] as a [m][d], b, c [m]. */
export function separate({ m, d }, w, c) {
  const a = new Float32Array(m * d);
  for (let k = 0; k < d; k++) for (let i = 0; i < m; i++) a[i * d + k] = w[k * m + i];
  return { a, b: w.subarray(d * m), c };
}

function median(values) {
  const sorted = [...values].sort((p, q) => p - q);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
