// TensorFlow.js: one matrix product for z, one for the gradients, no transposed operand (a slow path of its own),
// particles in chunks, the chunk that is fastest. z is kept from the forward pass where it is small enough.
import { augment, readArguments, report, separate } from './common.js';
import { imitateBrowser } from './browser.js';

const { problem, seconds, backend } = readArguments();
if (backend === 'webgpu') await imitateBrowser(true);
const tf = await import('@tensorflow/tfjs-core');
await import(`@tensorflow/tfjs-backend-${backend}`);
await tf.setBackend(backend);
await tf.ready();

const { m, s, d } = problem;
const LARGEST_KEPT = 2 ** 28;
const isKept = m * s <= LARGEST_KEPT;
const columns = augment(problem);
const x = tf.tensor2d(columns.inputs, [s, d + 1]);
const xt = tf.tensor2d(columns.transposed, [d + 1, s]);
const y = tf.tensor2d(problem.y, [s, 1]);

/** Particles in chunks of at most `size`: w [d + 1][size], c [1][size]. */
function makeChunks(size) {
  const w = tf.tensor2d(columns.w, [d + 1, m]);
  const c = tf.tensor2d(problem.particles.c, [1, m]);
  const chunks = [];
  for (let from = 0; from < m; from += size) {
    const count = Math.min(size, m - from);
    chunks.push({
      w: tf.slice(w, [0, from], [d + 1, count]),
      c: tf.slice(c, [0, from], [1, count]),
    });
  }
  tf.dispose([w, c]);
  return chunks;
}

/** One Euler step; takes the chunks and gives new ones. */
function step(chunks, dt) {
  const preactivations = chunks.map(({ w }) => (isKept ? tf.matMul(x, w) : null));
  const zOf = (i) => preactivations[i] ?? tf.matMul(x, chunks[i].w);
  const pull = tf.tidy(() => {
    // Not addN: on WebGPU it binds a buffer per operand, more than a device allows.
    const f = chunks.reduce(
      (sum, { c }, i) => {
        const part = tf.tidy(() => tf.matMul(tf.relu(zOf(i)), tf.reshape(c, [-1, 1])));
        return tf.add(sum, part);
      },
      tf.zeros([s, 1]),
    );
    return tf.mul(tf.sub(tf.div(f, m), y), 1 / s);
  });
  const moved = chunks.map(({ w, c }, i) =>
    tf.tidy(() => {
      const sums = tf.matMul(xt, tf.mul(tf.step(zOf(i)), pull));
      return {
        w: tf.sub(w, tf.mul(tf.mul(c, dt), sums)),
        c: tf.sub(c, tf.mul(tf.sum(tf.mul(w, sums), 0, true), dt)),
      };
    }),
  );
  tf.dispose([chunks, preactivations.filter((z) => z !== null), pull]);
  return moved;
}

/** Waits until the device has done what was asked. */
const settle = (chunks) => chunks.at(-1).c.data();

async function collect(chunks) {
  const w = tf.concat(
    chunks.map((chunk) => chunk.w),
    1,
  );
  const c = tf.concat(
    chunks.map((chunk) => chunk.c),
    1,
  );
  return separate(problem, await w.data(), await c.data());
}

async function secondsPerStep(size) {
  let chunks = makeChunks(size);
  let least = Infinity;
  // The first step compiles.
  for (let k = 0; k < 3; k++) {
    const start = performance.now();
    chunks = step(chunks, problem.dt);
    await settle(chunks);
    if (k > 0) least = Math.min(least, performance.now() - start);
  }
  tf.dispose(chunks);
  return least / 1000;
}

let best = { size: m, time: Infinity };
for (const size of new Set([1024, 256, 4096, 65536].map((n) => Math.min(n, m)))) {
  const time = await secondsPerStep(size);
  if (time < best.time) best = { size, time };
  if (time > seconds) break;
}
let state = makeChunks(best.size);
const row = {
  peer: 'tfjs',
  backend,
  note: `${tf.version_core}, chunks of ${best.size} particles`,
};
const one = async () => collect(step(makeChunks(best.size), problem.checkDt));
const many = async (n) => {
  for (let k = 0; k < n; k++) state = step(state, problem.dt);
  await settle(state);
};
await report(row, problem, { one, many }, seconds);
process.exit(0);
