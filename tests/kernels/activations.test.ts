// The WGSL text of every activation against float64: accurate where a network lives, finite up to ±1e30.
import { expect } from 'vitest';
import { ACTIVATIONS, type ActivationName } from '../../src/config.ts';
import { createBuffers, createReadBack } from '../../src/gpu/buffer.ts';
import type { Device } from '../../src/gpu/device.ts';
import { createPass, submitPasses } from '../../src/gpu/pass.ts';
import { activationOf } from '../../src/problem/activation.ts';
import { deviceTests } from '../helpers/device.ts';
import { uniforms } from '../helpers/random.ts';

const tests = deviceTests('activations');

/** σ and σ′ of the device at many z. */
async function evaluate(
  device: Device,
  activation: ActivationName,
  z: Float32Array,
): Promise<{ value: Float32Array; derivative: Float32Array }> {
  const code = `${activationOf(activation).wgsl}
@group(0) @binding(0) var<storage, read> z: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> value: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> derivative: array<vec4f>;
@compute @workgroup_size(64)
fn evaluate(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= arrayLength(&z)) { return; }
  let sigma = activation(z[id.x]);
  value[id.x] = sigma;
  derivative[id.x] = activation_derivative(z[id.x], sigma);
}`;
  const buffers = createBuffers(device);
  const readBack = createReadBack(device);
  const bytes = 4 * z.length;
  const [value, derivative] = ['value', 'derivative'].map((label) => buffers.storage(label, bytes));
  const pass = await createPass(device, {
    name: 'evaluate',
    code,
    buffers: { z: buffers.upload('z', z), value, derivative },
    grid: { x: Math.ceil(z.length / 256) },
  });
  submitPasses(device, [pass]);
  const [values, derivatives] = await readBack.read([
    { buffer: value, bytes },
    { buffer: derivative, bytes },
  ]);
  readBack.destroy();
  buffers.destroy();
  return { value: new Float32Array(values), derivative: new Float32Array(derivatives) };
}

/** Smallest normal number of float32; adapters may take smaller ones as zero. */
const TINY = 2 ** -126;

/** ±2^-126, ±1e-37 … ±1e30 and both zeros; up to ±1e18 where the square must stay finite. */
function magnitudes(activation: ActivationName): Float32Array {
  const top = activation === 'quadratic' ? 18 : 30;
  const sizes = [TINY, ...Array.from({ length: top + 38 }, (_, n) => 10 ** (n - 37))];
  return Float32Array.from([0, -0, ...sizes, ...sizes.map((size) => -size)]);
}

tests.each(
  ACTIVATIONS,
  (activation) => `${activation} and its derivative are accurate to rounding on [−20, 20]`,
  async (device, activation) => {
    const grid = Float32Array.from({ length: 4001 }, (_, n) => (n - 2000) / 100);
    const z = Float32Array.of(...grid, ...uniforms(1, 8000, -20, 20), ...uniforms(2, 4000, -1, 1));
    const { value, derivative } = await evaluate(device, activation, z);
    const sigma = activationOf(activation);
    const values = Float64Array.from(z, (at) => sigma.value(at));
    const slopes = Float64Array.from(z, (at) => sigma.derivative(at));
    // Bounded activations are accurate against their bound 1, the others against their size.
    const scaleOf = (exact: Float64Array) => exact.map((v) => Math.max(Math.abs(v), 1));
    // A dozen roundings in series: argument, polynomial or exponential, quotient. exp of the adapter may be wrong by
    // 3 + 2|x| units, which e^{-x} makes small.
    tests.close(`${activation} σ`, value, values, {
      scale: scaleOf(values),
      terms: 12,
      label: 'σ',
    });
    tests.close(`${activation} σ′`, derivative, slopes, {
      scale: scaleOf(slopes),
      terms: 12,
      label: 'σ′',
    });
  },
);

tests.each(
  ACTIVATIONS,
  (activation) =>
    `${activation} is finite at 0, at tiny and at huge arguments, and as accurate as it can be`,
  async (device, activation) => {
    const z = magnitudes(activation);
    const { value, derivative } = await evaluate(device, activation, z);
    expect([...value, ...derivative].every(Number.isFinite)).toBe(true);
    const sigma = activationOf(activation);
    // sine loses its argument above 2^12 π: what remains is its bound.
    const known = Array.from(z, (_, n) => n).filter(
      (n) => activation !== 'sine' || Math.abs(z[n]) < 1e4,
    );
    const pick = (values: ArrayLike<number>) => known.map((n) => values[n]);
    const exact = pick(Array.from(z, (at) => sigma.value(at)));
    const slopes = pick(Array.from(z, (at) => sigma.derivative(at)));
    const scaleOf = (values: number[]) => values.map((v) => Math.max(Math.abs(v), 1));
    tests.close(`${activation} σ, ±1e30`, pick(value), exact, {
      scale: scaleOf(exact),
      terms: 12,
      label: 'σ',
    });
    tests.close(`${activation} σ′, ±1e30`, pick(derivative), slopes, {
      scale: scaleOf(slopes),
      terms: 12,
      label: 'σ′',
    });
    if (activation === 'sine') {
      expect([...value, ...derivative].every((v) => Math.abs(v) <= 1.001)).toBe(true);
    }
  },
);

tests.it('odd activations are odd and vanish at 0, bit for bit', async (device) => {
  const z = uniforms(3, 1000, 0, 8);
  z[0] = 0;
  for (const activation of ['tanh', 'erf', 'sine', 'linear'] as const) {
    const plus = await evaluate(device, activation, z);
    const minus = await evaluate(
      device,
      activation,
      z.map((v) => -v),
    );
    expect(plus.value[0]).toBe(0);
    expect(minus.value.map((v) => -v + 0)).toEqual(plus.value.map((v) => v + 0));
    expect(minus.derivative).toEqual(plus.derivative);
  }
});

tests.it('relu is 0 with slope 0 at 0 and below, and exact above', async (device) => {
  const z = Float32Array.of(0, -0, -TINY, -3, TINY, 2, 1e30, -1e30);
  const { value, derivative } = await evaluate(device, 'relu', z);
  expect(value.map((v) => v + 0)).toEqual(z.map((v) => Math.max(v, 0) + 0));
  expect([...derivative]).toEqual([0, 0, 0, 0, 1, 1, 1, 0]);
});
