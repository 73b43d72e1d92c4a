// Expected products of activations, K(a, b) = E_x σ(⟨a,x⟩) σ(⟨b,x⟩) over inputs whose law knows no direction: in float64
// for the host and in WGSL for the device, side by side in one place.
//
// Ridge features: K depends on |a|², |b|² and ⟨a,b⟩ alone, so that ∂K/∂a = own · a + other · b.
//
//   relu       |a||b| (sin θ + (π − θ) cos θ)/2π · v          own = |b| sin θ/(2π|a|) · v,  other = (π − θ)/2π · v
//   erf        (2/π) asin(⟨a,b⟩ v/√((1 + |a|²v)(1 + |b|²v)))    other = (2/π) v/√Λ,  own = −other ⟨a,b⟩ v/(1 + |a|²v)
//   quadratic  (|a|²|b|² + 2⟨a,b⟩²) · q                        own = 2|b|² q,  other = 4⟨a,b⟩ q
//
// with θ the angle between a and b, Λ = (1 + |a|²v)(1 + |b|²v) − ⟨a,b⟩²v², v = E|x|²/d and q = E|x|⁴/(d(d + 2)). Arc-cosine
// kernel of degree 1: Cho and Saul, NeurIPS 2009; erf: Williams, NeurIPS 1996.
//
// Radial features: units e(x) = π^{(d−1)/2} N(x; a, v I) with their own v, ½ for particles, under the integral over the space.
// K depends on v, v′ and |a − b|² alone, and ∂K/∂a = other · (b − a):
//
//   gaussian   π^{d−1} N(a − b; 0, (v + v′) I)                 other = K/(v + v′)
import type { ActivationName, Config, InputsConfig } from '../config.ts';

/** K and the two parts of its gradient in a. */
export interface ExpectedProduct {
  readonly value: number;
  /** factor of a in ∂K/∂a */
  readonly own: number;
  /** factor of b in ∂K/∂a */
  readonly other: number;
}

/** The expected product of one feature map in its two readings. */
export interface Kernel {
  /** what K sees of a pair, and where `other` of the gradient points: ⟨a,b⟩ and b, or |a − b|² and b − a */
  readonly between: 'product' | 'distance';
  /** size of a particle; null: |a|² */
  readonly size: number | null;
  /**
   * @param own size of a
   * @param other size of b
   * @param between ⟨a, b⟩ or |a − b|²
   * @param moment of the inputs, see {@link momentOf}; d for radial features
   */
  expected(own: number, other: number, between: number, moment: number): ExpectedProduct;
  /** WGSL text of `expected(own: vec4f, other: f32, between: vec4f, moment: f32) -> Expected`, four a and one b */
  readonly wgsl: string;
}

const RIDGE = { between: 'product', size: null } as const;

const EXPECTED = /* wgsl */ `
struct Expected {
  value: vec4f,
  own: vec4f,    // factor of a in the gradient
  other: vec4f,  // factor of b
}
// The angle in [0, π/2] of a point (x, y), both >= 0 and one of them > 0. The adapter's atan2 is too loose.
fn angle_of(y: vec4f, x: vec4f) -> vec4f {
  let t = min(x, y) / max(max(x, y), vec4f(1e-30));
  let u = t * t;
  let near = t * (1.0 + u * (-0.333330363 + u * (0.199918717 + u * (-0.141977981 + u * (0.106183708
    + u * (-0.0745685473 + u * (0.0421376228 + u * (-0.015731249 + u * 0.00276628346))))))));
  return select(near, 1.57079633 - near, y > x);
}`;

const relu: Kernel = {
  ...RIDGE,
  expected(own, other, product, moment) {
    const [a, b] = [Math.sqrt(own), Math.sqrt(other)];
    if (a === 0 || b === 0) return { value: 0, own: 0, other: 0 };
    const cosine = Math.max(-1, Math.min(1, product / (a * b)));
    const sine = Math.sqrt((1 - cosine) * (1 + cosine));
    const left = Math.PI - Math.atan2(sine, cosine);
    const scale = moment / (2 * Math.PI);
    return {
      value: scale * a * b * (sine + left * cosine),
      own: (scale * b * sine) / a,
      other: scale * left,
    };
  },
  // Rounding moves the angle by 10⁻⁴ where a and b are nearly parallel; sine and angle come from one cosine, so that it
  // cancels in K and in own · a + other · b. σ′(0) = 0 makes the gradient 0 at a = 0.
  wgsl: /* wgsl */ `${EXPECTED}
fn expected(own: vec4f, other: f32, product: vec4f, moment: f32) -> Expected {
  let a = sqrt(own);
  let b = sqrt(other);
  let size = a * b;
  let exists = size > vec4f(0.0);
  let cosine = clamp(select(vec4f(0.0), product / select(vec4f(1.0), size, exists), exists), vec4f(-1.0), vec4f(1.0));
  let sine = sqrt(max((1.0 - cosine) * (1.0 + cosine), vec4f(0.0)));
  let acute = angle_of(sine, abs(cosine));
  let left = select(acute, 3.14159265 - acute, cosine >= vec4f(0.0));
  let scale = select(vec4f(0.0), vec4f(0.159154943 * moment), exists);
  return Expected(scale * size * (sine + left * cosine), scale * b * sine / select(vec4f(1.0), a, exists), scale * left);
}`,
};

const erf: Kernel = {
  ...RIDGE,
  expected(own, other, product, moment) {
    const [a, b, ab] = [1 + own * moment, 1 + other * moment, product * moment];
    const root = Math.sqrt(a * b - ab * ab);
    const outer = ((2 / Math.PI) * moment) / root;
    return {
      value: (2 / Math.PI) * Math.atan2(ab, root),
      own: (-outer * ab) / a,
      other: outer,
    };
  },
  wgsl: /* wgsl */ `${EXPECTED}
fn expected(own: vec4f, other: f32, product: vec4f, moment: f32) -> Expected {
  let a = own * moment;
  let b = other * moment;
  let ab = product * moment;
  let root = sqrt(1.0 + a + b + max(a * b - ab * ab, vec4f(0.0)));
  let outer = 0.636619772 * moment / root;
  return Expected(0.636619772 * sign(ab) * angle_of(abs(ab), root), -outer * ab / (1.0 + a), outer);
}`,
};

const quadratic: Kernel = {
  ...RIDGE,
  expected: (own, other, product, moment) => ({
    value: moment * (own * other + 2 * product * product),
    own: 2 * moment * other,
    other: 4 * moment * product,
  }),
  wgsl: /* wgsl */ `${EXPECTED}
fn expected(own: vec4f, other: f32, product: vec4f, moment: f32) -> Expected {
  return Expected(moment * (own * other + 2.0 * product * product), vec4f(2.0 * moment * other), 4.0 * moment * product);
}`,
};

const radialGaussian: Kernel = {
  between: 'distance',
  size: 0.5,
  expected: (own, other, square, d) => {
    const variance = own + other;
    const height = Math.sqrt(Math.PI / (2 * variance)) ** d / Math.PI;
    const value = height * Math.exp(-square / (2 * variance));
    return { value, own: 0, other: value / variance };
  },
  wgsl: /* wgsl */ `${EXPECTED}
fn expected(own: vec4f, other: f32, square: vec4f, d: f32) -> Expected {
  let variance = own + other;
  let side = sqrt(1.57079633 / variance);
  var value = 0.318309886 * exp(-min(0.5 * square / variance, vec4f(80.0)));
  for (var k = 0.0; k < d; k += 1.0) { value *= side; }
  return Expected(value, vec4f(0.0), value / variance);
}`,
};

const ALL: Partial<Record<ActivationName, Kernel>> = { relu, erf, quadratic };

/** Activations with a closed form, for messages. */
export const KERNEL_ACTIVATIONS = Object.keys(ALL);

/** The expected product of a feature map; null where there is no closed form here. */
export function kernelOf({
  activation,
  features = 'ridge',
}: Pick<Config['network'], 'activation'> &
  Partial<Pick<Config['network'], 'features'>>): Kernel | null {
  if (features === 'radial') return activation === 'gaussian' ? radialGaussian : null;
  return ALL[activation] ?? null;
}

/** What K sees of a pair, float64. */
export function betweenOf({ between }: Kernel, a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < a.length; n++)
    sum += between === 'product' ? a[n] * b[n] : (a[n] - b[n]) ** 2;
  return sum;
}

/** Size of a particle at a, float64. */
export function sizeOf(kernel: Kernel, a: ArrayLike<number>): number {
  return kernel.size ?? betweenOf({ ...kernel, between: 'product' }, a, a);
}

/**
 * What the law of the inputs contributes to K: v = E|x|²/d, or q = E|x|⁴/(d(d + 2)) for quadratic neurons. A Gaussian, a
 * sphere and a ball differ in these numbers alone, since relu and z² are homogeneous; erf is not, and needs the Gaussian.
 *
 * @returns null for erf with inputs that are not Gaussian
 */
export function momentOf(
  activation: ActivationName,
  inputs: InputsConfig,
  dimension: number,
): number | null {
  const degree = activation === 'quadratic' ? 4 : 2;
  const d = dimension;
  const size = degree === 2 ? d : d * (d + 2);
  switch (inputs.kind) {
    case 'gaussian':
      return inputs.std ** degree;
    case 'sphere':
      return activation === 'erf' ? null : inputs.radius ** degree / size;
    case 'ball':
      // E|x|^n = R^n d/(d + n).
      return activation === 'erf' ? null : (inputs.radius ** degree * d) / (d + degree) / size;
  }
}
