// One thread of the float64 step in problem.js: a share of the particles, by the repository's reference.
import { parentPort, workerData } from 'node:worker_threads';
import { cloudOf } from '../../dist/reference/cloud.js';
import { forward, preactivation } from '../../dist/reference/forward.js';
import { velocity } from '../../dist/reference/velocity.js';

/**
 * A preactivation this close to 0, relative to |a||x| + |b|, may have the other sign in float32, where every peer
 * rounds in its own order; one such sample changes a particle's velocity by 1/s.
 */
const MARGIN = 1e-6;

const { config, train, part, width } = workerData;
moveOffKinks();
const cloud = cloudOf(part);
// f = (1/m) Σ over all particles; the reference divides by the number it is given.
const f = forward(config, cloud, train).map((mean) => (mean * part.width) / width);
parentPort.once('message', (rho) => {
  const v = velocity(config, cloud, train, rho);
  parentPort.postMessage({ a: v.a, b: v.b, c: v.c });
});
parentPort.postMessage({ f, b: part.b });

function moveOffKinks() {
  const { dimension: d, count: s } = train;
  const norm = (values, at) => Math.hypot(...values.subarray(at * d, (at + 1) * d));
  const inputs = Math.max(...Array.from({ length: s }, (_, j) => norm(train.x, j)));
  for (let i = 0; i < part.width; i++) {
    const near = MARGIN * (norm(part.a, i) * inputs + Math.abs(part.b[i]));
    for (let again = true; again;) {
      again = false;
      for (let j = 0; j < s && !again; j++) {
        again = Math.abs(preactivation(part, i, train, j)) < near;
      }
      if (again) part.b[i] += 3 * near;
    }
  }
}
