// The sorted reference against the reference that visits every pair, and its float32 predicate against exact integers.
import { describe, expect, it } from 'vitest';
import type { Samples } from '../../src/problem/problem.ts';
import type { Particles } from '../../src/state.ts';
import { cloudOf, type Cloud } from '../../src/reference/cloud.ts';
import { forward } from '../../src/reference/forward.ts';
import { residual } from '../../src/reference/residual.ts';
import {
  activeFrom,
  isActive,
  sortedForward,
  sortedStep,
  sortedVelocity,
  sortInputs,
} from '../../src/reference/sorted.ts';
import { update } from '../../src/reference/update.ts';
import { velocity } from '../../src/reference/velocity.ts';
import { expectClose } from '../helpers/close.ts';
import { configOf } from '../helpers/problems.ts';
import { makeParticles, makeSamples, normals, permutation, words } from '../helpers/random.ts';

const WIDTH = 61;

/** Both references sum the same terms in different orders; 1e-12 of the sum of their absolute values. */
const RELATIVE = { factor: 1, unit: 1e-12 };

/** Whether fma(a, x, −b) > 0 in float32, from the exact integer (a x − b) · 2^298. */
function exactlyActive(a: number, b: number, x: number): boolean {
  const exact = scaled(a) * scaled(x) - (scaled(b) << 149n);
  // Round to nearest even: half of the smallest subnormal number, 2^-150, becomes 0.
  return exact > 1n << 148n;
}

/** The integer v · 2^149 of a float32. */
function scaled(v: number): bigint {
  const [bits] = new Uint32Array(Float32Array.of(v).buffer);
  const exponent = (bits >>> 23) & 255;
  const fraction = BigInt(bits & 0x7fffff) | (exponent === 0 ? 0n : 1n << 23n);
  const size = exponent === 0 ? fraction : fraction << BigInt(exponent - 1);
  return bits >>> 31 === 1 ? -size : size;
}

/** Finite float32 of all sizes, subnormal ones too, among them many neighbours of products. */
function awkward(seed: number, count: number): Float32Array {
  const values = new Float32Array(words(seed, count).slice().buffer);
  return values.map((value) => (Number.isFinite(value) ? value : 1));
}

const neighbours = (v: number): number[] => {
  const bits = new Uint32Array(Float32Array.of(v).buffer)[0];
  return [...new Float32Array(Uint32Array.of(bits, bits + 1, Math.max(bits - 1, 0)).buffer)];
};

describe('the float32 predicate', () => {
  it('is that of a fused multiply-add, rounded once', () => {
    const [a, x] = [awkward(1, 4000), awkward(2, 4000)];
    let active = 0;
    for (let n = 0; n < a.length; n++) {
      // b beside a x, where cancellation leaves next to nothing, and b of any size.
      for (const b of [...neighbours(Math.fround(a[n] * x[n])), a[(n + 1) % a.length], 0, -0]) {
        if (!Number.isFinite(b)) continue;
        const wanted = exactlyActive(a[n], b, x[n]);
        expect(isActive(a[n], b, x[n])).toBe(wanted);
        active += wanted ? 1 : 0;
      }
    }
    expect(active).toBeGreaterThan(4000);
  });

  it('rounds to zero where the fused result does', () => {
    const tiny = 2 ** -75;
    expect(isActive(tiny, 0, tiny)).toBe(false); // exactly half of the smallest number: to even
    expect(isActive(tiny, 0, tiny * (1 + 2 ** -23))).toBe(true);
    expect(isActive(1, 2 ** -149, 2 ** -149)).toBe(false);
    expect(isActive(1, -(2 ** -149), 0)).toBe(true);
  });
});

/** A case by name: samples with one input and particles of two replicas, made to be awkward. */
function makeCase(name: string, s: number): { samples: Samples; particles: Particles } {
  const base = makeSamples({ seed: s + 1, count: s, dimension: 1, weighted: true });
  const shape = { seed: s + 2, width: WIDTH, dimension: 1, replicas: 2, weighted: true };
  const { a, b, c, weight } = makeParticles(shape);
  const each = (change: (x: number, j: number) => number): Float32Array => base.x.map(change);
  const x: Float32Array =
    {
      offset: each((v) => 1000 + v),
      small: each((v) => v * 1e-3),
      clusters: each((v, j) => (j % 2) + 1e-4 * v),
      duplicates: each((v) => Math.round(2 * v) / 2),
      equal: each(() => 0.7),
      ties: each((v) => Math.round(v * 8) / 8),
    }[name] ?? base.x;
  if (name === 'offset') b.forEach((value, p) => (b[p] = 1000 * a[p] + value));
  // Knots on samples exactly: a is a power of two, so a x is a float32.
  if (name === 'ties') {
    a.forEach((value, p) => (a[p] = Math.sign(value) * 2 ** (p % 5)));
    b.forEach((_, p) => (b[p] = a[p] * x[p % s]));
  }
  if (name === 'flat') a.fill(0);
  if (name === 'flat') b.forEach((_, p) => p % 3 === 0 && (b[p] = p % 2 === 0 ? 0 : -0));
  if (name === 'tiny') a.forEach((value, p) => ((a[p] = value * 1e-30), (b[p] *= 1e-30)));
  const y = name === 'alternating' ? each((_, j) => 10 * (-1) ** j) : base.y;
  const particles = { dimension: 1, width: WIDTH, replicas: 2, a, b, c, weight };
  return { samples: { ...base, x, y }, particles };
}

/** Per sample Σ ω |c| (|a x| + |b|)/α, the size of what f adds up. */
function forwardScale(cloud: Cloud, { count: s, x }: Samples, alpha: number): Float64Array {
  const { width: m, replicas, a, b, c, weight } = cloud;
  return Float64Array.from({ length: replicas * s }, (_, at) => {
    let sum = 0;
    for (let p = Math.floor(at / s) * m, end = p + m; p < end; p++) {
      sum += weight[p] * Math.abs(c[p]) * (Math.abs(a[p] * x[at % s]) + Math.abs(b[p]));
    }
    return sum / alpha;
  });
}

const CASES = [
  'random',
  'ties',
  'flat',
  'tiny',
  'duplicates',
  'equal',
  'clusters',
  'alternating',
  'small',
  'offset',
];
const config = configOf({ network: { width: WIDTH, scale: 0.5 } });

describe.each(CASES)('on %s data', (name) => {
  it.each([1, 2, 3, 64, 127])('equals the sum over all pairs, s = %d', (s) => {
    const { samples, particles } = makeCase(name, s);
    const cloud = cloudOf(particles);
    const f = sortedForward(config, cloud, samples);
    const scale = forwardScale(cloud, samples, Math.sqrt(WIDTH));
    expectClose(f, forward(config, cloud, samples), { scale, ...RELATIVE, label: 'f' });
    const rho = residual(f, samples.y);
    const seen = sortedVelocity(config, cloud, samples, rho);
    const wanted = velocity(config, cloud, samples, rho);
    // α/m = 1/√m, |c| and the largest Σ ν |ρ| bound the three sums.
    const pull = rho.reduce((sum, value, k) => sum + samples.weight[k % s] * Math.abs(value), 0);
    const far = samples.x.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const factor = pull / Math.sqrt(WIDTH);
    const [byC, bySlope] = [
      cloud.c.map(Math.abs),
      cloud.a.map((a, p) => Math.abs(a) * far + Math.abs(cloud.b[p])),
    ];
    const limits = {
      a: byC.map((c) => c * far * factor),
      b: byC.map((c) => c * factor),
      c: bySlope.map((v) => v * factor),
    };
    for (const key of ['a', 'b', 'c'] as const) {
      expectClose(seen[key], wanted[key], { scale: limits[key], ...RELATIVE, label: key });
    }
  });

  it('finds the active set that the predicate gives sample by sample', () => {
    const { samples, particles } = makeCase(name, 127);
    const { x } = sortInputs(samples);
    particles.a.forEach((a, p) => {
      const b = particles.b[p];
      const k = activeFrom(a, b, x);
      x.forEach((at, j) => expect(isActive(a, b, at)).toBe(a > 0 ? j >= k : j < k));
    });
  });
});

describe('sorted steps', () => {
  it('equal those over all pairs, with penalty, masks and both integrators', () => {
    const { samples, particles } = makeCase('random', 31);
    for (const integrator of ['euler', 'heun'] as const) {
      const choice = configOf({
        network: { width: WIDTH },
        flow: {
          integrator,
          dt: 0.1,
          train: ['a', 'c'],
          penalty: { kind: 'weight-decay', strength: 0.1 },
        },
      });
      const cloud = cloudOf(particles);
      const wanted = update(choice, cloud, (at) =>
        velocity(choice, at, samples, residual(forward(choice, at, samples), samples.y)),
      );
      const seen = sortedStep(choice, cloud, samples);
      for (const key of ['a', 'b', 'c'] as const) {
        // Heun's second velocity stands at float64 knots, which the predicate rounds to float32.
        const unit = integrator === 'euler' ? 1e-12 : 2 ** -24;
        expectClose(seen[key], wanted[key], {
          scale: 10,
          factor: 1,
          unit,
          label: `${integrator} ${key}`,
        });
      }
    }
  });

  it('do not depend on the order of the samples', () => {
    const { samples, particles } = makeCase('duplicates', 127);
    const order = permutation(3, 127);
    const pick = (values: Float32Array): Float32Array => Float32Array.from(order, (j) => values[j]);
    const shuffled = {
      ...samples,
      x: pick(samples.x),
      y: pick(samples.y),
      weight: pick(samples.weight),
    };
    const cloud = cloudOf(particles);
    const [f, g] = [samples, shuffled].map((set) => sortedForward(config, cloud, set));
    expect(Array.from({ length: 127 }, (_, n) => g[n])).toEqual(order.map((j) => f[j]));
    const [v, w] = [samples, shuffled].map((set) => sortedStep(config, cloud, set));
    for (const key of ['a', 'b', 'c'] as const) {
      expectClose(w[key], v[key], { scale: 10, ...RELATIVE, label: key });
    }
  });

  it('add nothing for inputs far from zero: f at offset 2²⁰ is that at 0 where a x − b is exact', () => {
    // Knots and inputs on a grid of 1/8, slopes ±1: every a x − b is exact at both places.
    const at = (offset: number): Float64Array => {
      const { samples, particles } = makeCase('ties', 64);
      const a = particles.a.map((value) => Math.sign(value) || 1);
      const b = Float32Array.from(
        normals(5, a.length),
        (v, p) => a[p] * (Math.round(8 * v) / 8 + offset),
      );
      const x = samples.x.map((v) => v + offset);
      return sortedForward(config, cloudOf({ ...particles, a, b }), { count: 64, x });
    };
    expect(at(2 ** 20)).toEqual(at(0));
  });
});
