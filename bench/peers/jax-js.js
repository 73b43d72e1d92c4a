// jax-js: the products inside one jit, which fuses what it can; it stores samples × particles, in chunks of particles
// where that is more than a device binds.
import { augment, readArguments, report, separate } from './common.js';
import { imitateBrowser } from './browser.js';

const { problem, seconds, backend } = readArguments();
await imitateBrowser(backend === 'webgpu');
const { defaultDevice, init, jit, numpy: np } = await import('@jax-js/jax');
await init(backend);
defaultDevice(backend);

const { m, s, d } = problem;
/** Entries of samples × particles in one buffer. */
const LARGEST_PRODUCT = 2 ** 28;
const columns = augment(problem);
const x = np.array(columns.inputs).reshape([s, d + 1]);
const xt = np.array(columns.transposed).reshape([d + 1, s]);
const y = np.array(problem.y).reshape([s, 1]);
const size = Math.min(m, Math.max(64, Math.floor(LARGEST_PRODUCT / s)));

/** Particles in chunks of at most `size`: w [d + 1][size], c [1][size]. */
function start() {
  const chunks = [];
  for (let from = 0; from < m; from += size) {
    const count = Math.min(size, m - from);
    const w = new Float32Array((d + 1) * count);
    for (let k = 0; k <= d; k++) {
      w.set(columns.w.subarray(k * m + from, k * m + from + count), k * count);
    }
    const c = problem.particles.c.slice(from, from + count);
    chunks.push({ w: np.array(w).reshape([d + 1, count]), c: np.array(c).reshape([1, count]) });
  }
  return chunks;
}

// Every use of an array but the last takes a reference.
const output = (z, c) => np.matmul(np.maximum(z, 0), c.reshape([-1, 1]));
const pullOf = (f, targets) =>
  f
    .mul(1 / m)
    .sub(targets)
    .mul(1 / s);
function move(w, c, dt, z, pull, transposed) {
  const active = np.where(z.greater(0), pull, 0);
  const sums = np.matmul(transposed, active);
  const slope = w.ref.mul(sums.ref).sum(0, { keepdims: true });
  return [w.sub(c.ref.mul(dt.ref).mul(sums)), c.sub(slope.mul(dt))];
}
const whole = jit((w, c, dt, inputs, transposed, targets) => {
  const z = np.matmul(inputs, w.ref);
  const pull = pullOf(output(z.ref, c.ref), targets);
  return move(w, c, dt, z, pull, transposed);
});
const outputOfPart = jit((w, c, inputs) => output(np.matmul(inputs, w), c));
const movePart = jit((w, c, dt, inputs, transposed, pull) =>
  move(w.ref, c, dt, np.matmul(inputs, w), pull, transposed),
);

/** One Euler step; takes the chunks and gives new ones. */
function advance(chunks, dt) {
  const record = ([w, c]) => ({ w, c });
  if (chunks.length === 1) {
    const [{ w, c }] = chunks;
    return [record(whole(w, c, np.array([dt]), x.ref, xt.ref, y.ref))];
  }
  const f = chunks
    .map(({ w, c }) => outputOfPart(w.ref, c.ref, x.ref))
    .reduce((sum, part) => sum.add(part));
  const pull = pullOf(f, y.ref);
  const moved = chunks.map(({ w, c }) =>
    record(movePart(w, c, np.array([dt]), x.ref, xt.ref, pull.ref)),
  );
  pull.dispose();
  return moved;
}

let state = start();
const one = async () => {
  const chunks = advance(start(), problem.checkDt);
  const w = np.concatenate(
    chunks.map((chunk) => chunk.w),
    1,
  );
  const c = np.concatenate(
    chunks.map((chunk) => chunk.c),
    1,
  );
  return separate(problem, await w.data(), await c.data());
};
const many = async (n) => {
  for (let k = 0; k < n; k++) state = advance(state, problem.dt);
  const last = state.at(-1);
  await last.w.blockUntilReady();
  await last.c.blockUntilReady();
};
const note = size === m ? 'one jit' : `jit, chunks of ${size} particles`;
await report({ peer: 'jax-js', backend, note }, problem, { one, many }, seconds);
process.exit(0);
