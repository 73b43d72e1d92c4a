// Writes the problem that all peers solve: data and particles of meanfield's own generators, and the change of one
// step in float64. One file, read by JavaScript and Python alike.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { parseConfig } from '../../dist/config-check.js';
import { formatNpz } from '../../dist/npy.js';
import { makeProblem } from '../../dist/problem/make.js';
import { initialise } from '../../dist/reference/initialise.js';

/** Steps that are timed: small, so that the particles stay where they are through thousands of steps. */
const DT = 0.01;
/** The step that is compared: large, so that rounding the particles to float32 does not hide their change. */
const CHECK_DT = 1;

/** The configuration of the problem, one dense relu layer on a teacher's data. */
export function configOf({ m, s, d }, dt = DT) {
  return parseConfig({
    seed: 1,
    // In the unit ball the flow is slow enough for Euler steps in any dimension.
    problem: {
      kind: 'teacher-student',
      inputs: { kind: 'ball', radius: 1 },
      dimension: d,
      samples: s,
    },
    network: { activation: 'relu', width: m },
    flow: { dt },
  });
}

/**
 * Writes one problem.
 *
 * @param size m particles, s samples, d inputs
 * @param {string} path of the .npz file
 */
export async function writeProblem({ m, s, d }, path) {
  const config = configOf({ m, s, d });
  const { train } = await makeProblem(config);
  const particles = initialise(config, d);
  const { b, change } = await referenceStep(config, train, particles);
  const arrays = {
    x: { data: train.x, shape: [s, d] },
    y: { data: train.y, shape: [s] },
    a: { data: particles.a, shape: [m, d] },
    b: { data: b, shape: [m] },
    c: { data: particles.c, shape: [m] },
    dt: { data: Float64Array.of(DT), shape: [1] },
    check_dt: { data: Float64Array.of(CHECK_DT), shape: [1] },
    change_a: { data: change.a, shape: [m, d] },
    change_b: { data: change.b, shape: [m] },
    change_c: { data: change.c, shape: [m] },
  };
  writeFileSync(path, formatNpz(arrays));
}

/** One step of the float64 reference, particles shared out over threads; b is moved off the kinks there. */
async function referenceStep(config, train, particles) {
  const { width: m, dimension: d } = particles;
  const threads = Math.min(availableParallelism(), Math.ceil((m * train.count * d) / 1e7));
  const workers = Array.from({ length: threads }, (_, t) => {
    const from = Math.floor((t * m) / threads);
    const to = Math.floor(((t + 1) * m) / threads);
    const workerData = { config, train, part: slice(particles, from, to), width: m };
    return new Worker(new URL('reference-worker.js', import.meta.url), { workerData });
  });
  try {
    const sums = await Promise.all(workers.map(ask));
    const rho = Float64Array.from(train.y, (y) => -y);
    for (const { f } of sums) f.forEach((value, j) => (rho[j] += value));
    const velocities = await Promise.all(
      workers.map((worker) => {
        worker.postMessage(rho);
        return ask(worker);
      }),
    );
    const change = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [
        name,
        join(
          velocities.map((v) => v[name]),
          Float64Array,
        ).map((v) => CHECK_DT * v),
      ]),
    );
    return {
      b: join(
        sums.map((part) => part.b),
        Float32Array,
      ),
      change,
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function ask(worker) {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function slice({ dimension: d, a, b, c, weight }, from, to) {
  return {
    dimension: d,
    width: to - from,
    replicas: 1,
    a: a.slice(from * d, to * d),
    b: b.slice(from, to),
    c: c.slice(from, to),
    weight: weight.slice(from, to),
  };
}

function join(parts, Type) {
  const whole = new Type(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
