// Plain JavaScript, one thread: typed arrays, sums in float64, unrolled over the dimension where it is small, four
// samples at a time where it is large. The signs of the forward pass are kept, so that z is computed once.
import { readArguments, report } from './common.js';

const LARGEST_UNROLLED = 16;

const { problem, seconds } = readArguments();
const make = problem.d <= LARGEST_UNROLLED ? unrolled : blocked;
const start = () => ({
  a: problem.particles.a.slice(),
  b: problem.particles.b.slice(),
  c: problem.particles.c.slice(),
});
const state = start();
const step = make(problem);
const one = async () => {
  const first = start();
  step(first, problem.checkDt);
  return first;
};
const many = async (n) => {
  for (let k = 0; k < n; k++) step(state, problem.dt);
};
const row = { peer: 'plain JS', backend: 'one thread', note: `V8 ${process.versions.v8}` };
await report(row, problem, { one, many }, seconds);

/** A step with the loop over the dimension written out; x as d columns. */
function unrolled({ m, s, d, x, y }) {
  const columns = Array.from({ length: d }, (_, k) =>
    Float32Array.from({ length: s }, (_, j) => x[j * d + k]),
  );
  const each = (text, glue = '\n') =>
    Array.from({ length: d }, (_, k) => text.replaceAll('#', String(k))).join(glue);
  const step = new Function(
    'm, s, y, columns, f, a, b, c, dt',
    `${each('const x# = columns[#];')}
    f.fill(0);
    for (let i = 0; i < m; i++) {
      ${each(`const a# = a[i * ${d} + #];`)}
      const bi = b[i], ci = c[i];
      for (let j = 0; j < s; j++) f[j] += ci * Math.max(${each('a# * x#[j]', ' + ')} - bi, 0);
    }
    for (let j = 0; j < s; j++) f[j] = (f[j] / m - y[j]) / s;
    for (let i = 0; i < m; i++) {
      ${each(`const a# = a[i * ${d} + #];`)}
      const bi = b[i], ci = c[i];
      let t = 0; ${each('let t# = 0;')}
      for (let j = 0; j < s; j++) {
        if (${each('a# * x#[j]', ' + ')} - bi > 0) {
          const g = f[j];
          t += g; ${each('t# += g * x#[j];')}
        }
      }
      ${each(`a[i * ${d} + #] = a# - dt * ci * t#;`)}
      b[i] = bi + dt * ci * t;
      c[i] = ci - dt * (${each('a# * t#', ' + ')} - bi * t);
    }`,
  );
  const f = new Float64Array(s);
  return (state, dt) => step(m, s, y, columns, f, state.a, state.b, state.c, dt);
}

/** A step for large d: four samples share every load of a and every load and store of the sums. */
function blocked({ m, s, d, x, y }) {
  const padded = 4 * Math.ceil(s / 4);
  const rows = new Float32Array(padded * d);
  rows.set(x);
  const f = new Float64Array(padded);
  const signs = new Uint8Array((m * padded) / 4);
  const sums = new Float64Array(d);
  return ({ a, b, c }, dt) => {
    f.fill(0);
    for (let i = 0, at = 0; i < m; i++) {
      for (let j = 0; j < padded; j += 4, at++) {
        let [z0, z1, z2, z3] = [-b[i], -b[i], -b[i], -b[i]];
        const [x0, x1, x2, x3, ai] = [j * d, (j + 1) * d, (j + 2) * d, (j + 3) * d, i * d];
        for (let k = 0; k < d; k++) {
          const w = a[ai + k];
          z0 += w * rows[x0 + k];
          z1 += w * rows[x1 + k];
          z2 += w * rows[x2 + k];
          z3 += w * rows[x3 + k];
        }
        f[j] += c[i] * Math.max(z0, 0);
        f[j + 1] += c[i] * Math.max(z1, 0);
        f[j + 2] += c[i] * Math.max(z2, 0);
        f[j + 3] += c[i] * Math.max(z3, 0);
        signs[at] = (z0 > 0 ? 1 : 0) | (z1 > 0 ? 2 : 0) | (z2 > 0 ? 4 : 0) | (z3 > 0 ? 8 : 0);
      }
    }
    for (let j = 0; j < s; j++) f[j] = (f[j] / m - y[j]) / s;
    f.fill(0, s);
    for (let i = 0, at = 0; i < m; i++) {
      sums.fill(0);
      let t = 0;
      for (let j = 0; j < padded; j += 4, at++) {
        const sign = signs[at];
        if (sign === 0) continue;
        const g0 = sign & 1 ? f[j] : 0;
        const g1 = sign & 2 ? f[j + 1] : 0;
        const g2 = sign & 4 ? f[j + 2] : 0;
        const g3 = sign & 8 ? f[j + 3] : 0;
        t += g0 + g1 + g2 + g3;
        const [x0, x1, x2, x3] = [j * d, (j + 1) * d, (j + 2) * d, (j + 3) * d];
        for (let k = 0; k < d; k++) {
          sums[k] += g0 * rows[x0 + k] + g1 * rows[x1 + k] + g2 * rows[x2 + k] + g3 * rows[x3 + k];
        }
      }
      let inner = -b[i] * t;
      for (let k = 0; k < d; k++) inner += a[i * d + k] * sums[k];
      for (let k = 0; k < d; k++) a[i * d + k] -= dt * c[i] * sums[k];
      b[i] += dt * c[i] * t;
      c[i] -= dt * inner;
    }
  };
}
