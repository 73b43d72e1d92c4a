// Activations σ and σ′: float64 for the host and WGSL for the device, side by side in one place.
//
// The WGSL side calls no tanh, sin, log or erf of the adapter: their accuracy is loose in the WGSL
// specification and some adapters return NaN for large arguments. Polynomials are fitted at Chebyshev
// nodes and reach float32 rounding; exp only sees arguments in [-80, 0].
import type { ActivationName } from '../config.ts';
import { erf } from '../special.ts';

/** One activation in its two readings. */
export interface Activation {
  /** σ(z) in float64 */
  value(z: number): number;
  /** σ′(z) in float64; relu takes σ′(0) = 0 */
  derivative(z: number): number;
  /** σ″(z) in float64; 0 for relu, almost everywhere */
  second(z: number): number;
  /**
   * WGSL text of `activation(z: vec4f) -> vec4f`, `activation_derivative(z: vec4f, value: vec4f) -> vec4f` and
   * `activation_second(z: vec4f, value: vec4f, derivative: vec4f) -> vec4f`, where value = activation(z) and
   * derivative = activation_derivative(z, value)
   */
  readonly wgsl: string;
  /** the same functions for software adapters, where their cheapest form is another one */
  readonly softwareWgsl?: string;
}

const RELU_SLOPES = /* wgsl */ `
fn activation_derivative(z: vec4f, value: vec4f) -> vec4f {
  return select(vec4f(0.0), vec4f(1.0), z > vec4f(0.0));
}
fn activation_second(z: vec4f, value: vec4f, derivative: vec4f) -> vec4f { return vec4f(0.0); }`;

const relu: Activation = {
  value: (z) => Math.max(z, 0),
  derivative: (z) => (z > 0 ? 1 : 0),
  second: () => 0,
  wgsl: /* wgsl */ `
fn activation(z: vec4f) -> vec4f { return max(z, vec4f(0.0)); }${RELU_SLOPES}`,
  // A processor spends about ten instructions on the NaN rule of max, and two on a comparison and a mask.
  softwareWgsl: /* wgsl */ `
fn activation(z: vec4f) -> vec4f { return select(vec4f(0.0), z, z > vec4f(0.0)); }${RELU_SLOPES}`,
};

const tanh: Activation = {
  value: Math.tanh,
  derivative: (z) => 1 - Math.tanh(z) ** 2,
  second: (z) => -2 * Math.tanh(z) * (1 - Math.tanh(z) ** 2),
  wgsl: /* wgsl */ `
// tanh|z| = (1 - e) / (1 + e), e = exp(-2|z|): never overflows.
fn activation(z: vec4f) -> vec4f {
  let e = exp(-2.0 * min(abs(z), vec4f(40.0)));
  return sign(z) * (1.0 - e) / (1.0 + e);
}
fn activation_derivative(z: vec4f, value: vec4f) -> vec4f { return 1.0 - value * value; }
fn activation_second(z: vec4f, value: vec4f, derivative: vec4f) -> vec4f { return -2.0 * value * derivative; }`,
};

const erfScaled: Activation = {
  value: (z) => erf(z / Math.SQRT2),
  derivative: (z) => Math.sqrt(2 / Math.PI) * Math.exp((-z * z) / 2),
  second: (z) => -z * Math.sqrt(2 / Math.PI) * Math.exp((-z * z) / 2),
  wgsl: /* wgsl */ `
// erf(x), x = |z|/√2: x P(x²) below 1, and 1 - exp(-x²) Q(1 / (1 + x/2)) above.
fn activation(z: vec4f) -> vec4f {
  let x = min(abs(z) * 0.70710678, vec4f(5.0));
  let u = x * x;
  let near = x * (1.12837911 + u * (-0.376126260 + u * (0.112835944 + u * (-0.0268542115
    + u * (0.00518908724 + u * (-0.000801686430 + u * 0.0000787587487))))));
  let t = 1.0 / (1.0 + 0.5 * x);
  let far = 1.0 - exp(-u) * (0.000537095824 + t * (0.274476618 + t * (0.326460600 + t * (0.113055646
    + t * (0.386186272 + t * (-0.0433860384 - t * 0.0580902062))))));
  return sign(z) * select(far, near, x < vec4f(1.0));
}
fn activation_derivative(z: vec4f, value: vec4f) -> vec4f {
  return 0.797884561 * exp(-min(0.5 * z * z, vec4f(80.0)));
}
fn activation_second(z: vec4f, value: vec4f, derivative: vec4f) -> vec4f { return -z * derivative; }`,
};

const softplus: Activation = {
  value: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
  derivative: (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z))),
  second: (z) => 1 / (2 + Math.exp(z) + Math.exp(-z)),
  wgsl: /* wgsl */ `
// log(1 + e) = 2 atanh(s), s = e / (2 + e) in [0, 1/3], by its odd series.
fn activation(z: vec4f) -> vec4f {
  let e = exp(-min(abs(z), vec4f(80.0)));
  let s = e / (2.0 + e);
  let u = s * s;
  let series = 1.0 + u * (1.0 / 3.0 + u * (0.2 + u * (1.0 / 7.0 + u * (1.0 / 9.0
    + u * (1.0 / 11.0 + u * (1.0 / 13.0 + u * (1.0 / 15.0)))))));
  return max(z, vec4f(0.0)) + 2.0 * s * series;
}
fn activation_derivative(z: vec4f, value: vec4f) -> vec4f {
  let e = exp(-min(abs(z), vec4f(80.0)));
  return select(e, vec4f(1.0), z >= vec4f(0.0)) / (1.0 + e);
}
fn activation_second(z: vec4f, value: vec4f, derivative: vec4f) -> vec4f { return derivative * (1.0 - derivative); }`,
};

const sine: Activation = {
  value: Math.sin,
  derivative: Math.cos,
  second: (z) => -Math.sin(z),
  wgsl: /* wgsl */ `
// z = nπ + r with |r| <= π/2; π in three parts whose products with n stay exact for |n| < 2^12.
fn half_turns(z: vec4f) -> vec4f { return round(z * 0.318309886); }
fn remainder(z: vec4f, n: vec4f) -> vec4f {
  let r = fma(-n, vec4f(3.140625), z);
  let s = fma(-n, vec4f(0.000967741012573242), r);
  return clamp(fma(-n, vec4f(-8.74227766e-8), s), vec4f(-1.58), vec4f(1.58));
}
fn parity(n: vec4f) -> vec4f { return 1.0 - 2.0 * abs(n - 2.0 * floor(0.5 * n)); }
fn activation(z: vec4f) -> vec4f {
  let n = half_turns(z);
  let r = remainder(z, n);
  let u = r * r;
  let series = 1.0 + u * (-0.166666567 + u * (0.00833303295 + u * (-0.000198077309 + u * 0.00000260215893)));
  return parity(n) * r * series;
}
fn activation_derivative(z: vec4f, value: vec4f) -> vec4f {
  let n = half_turns(z);
  let r = remainder(z, n);
  let u = r * r;
  let series = 1.0 + u * (-0.5 + u * (0.0416666344 + u * (-0.00138883281
    + u * (0.0000247584539 + u * -2.60211550e-7))));
  return parity(n) * series;
}
fn activation_second(z: vec4f, value: vec4f, derivative: vec4f) -> vec4f { return -value; }`,
};

const linear: Activation = {
  value: (z) => z,
  derivative: () => 1,
  second: () => 0,
  wgsl: /* wgsl */ `
fn activation(z: vec4f) -> vec4f { return z; }
fn activation_derivative(z: vec4f, value: vec4f) -> vec4f { return vec4f(1.0); }
fn activation_second(z: vec4f, value: vec4f, derivative: vec4f) -> vec4f { return vec4f(0.0); }`,
};

const quadratic: Activation = {
  value: (z) => z * z,
  derivative: (z) => 2 * z,
  second: () => 2,
  wgsl: /* wgsl */ `
fn activation(z: vec4f) -> vec4f { return z * z; }
fn activation_derivative(z: vec4f, value: vec4f) -> vec4f { return 2.0 * z; }
fn activation_second(z: vec4f, value: vec4f, derivative: vec4f) -> vec4f { return vec4f(2.0); }`,
};

/** The density of the normal law of variance ½. */
const gaussian: Activation = {
  value: (z) => Math.exp(-z * z) / Math.sqrt(Math.PI),
  derivative: (z) => (-2 * z * Math.exp(-z * z)) / Math.sqrt(Math.PI),
  second: (z) => ((4 * z * z - 2) * Math.exp(-z * z)) / Math.sqrt(Math.PI),
  wgsl: /* wgsl */ `
// Beyond |z| = 9 it is below 1e-35.
fn activation(z: vec4f) -> vec4f {
  let near = clamp(z, vec4f(-9.0), vec4f(9.0));
  return 0.564189584 * exp(-near * near);
}
fn activation_derivative(z: vec4f, value: vec4f) -> vec4f {
  return -2.0 * clamp(z, vec4f(-9.0), vec4f(9.0)) * value;
}
fn activation_second(z: vec4f, value: vec4f, derivative: vec4f) -> vec4f {
  return -2.0 * (value + clamp(z, vec4f(-9.0), vec4f(9.0)) * derivative);
}`,
};

const ALL: Record<ActivationName, Activation> = {
  relu,
  tanh,
  erf: erfScaled,
  softplus,
  sine,
  linear,
  quadratic,
  gaussian,
};

/** The activation of a name: relu max(z, 0); erf means erf(z/√2); softplus with β = 1; quadratic z². */
export function activationOf(name: ActivationName): Activation {
  return ALL[name];
}
