// The dense step as one writes it first: one invocation per item, scalar loads, run-time loops. The base line of the
// benchmarks; the engine never uses it. Same buffers as the kernels of the engine, read as arrays of f32.
import { PARAMS, SAMPLES } from '../shaders/params.wgsl.ts';
import { wgsl } from '../shaders/preprocess.ts';

/** Invocations per workgroup of both kernels. */
export const NAIVE_WORKGROUP = 64;

/**
 * Partial sums of f over all particles of a relu network, entry point `naive_forward`. One invocation = one sample of
 * one replica; grid (⌈s / 64⌉, 1, R). Bindings `particle`, `x`, `partial` as in the engine, with one split.
 */
export function naiveForwardShader(): string {
  return wgsl`${PARAMS}${SAMPLES}
@group(1) @binding(0) var<storage, read> particle: array<f32>;       // [R][k][4·m4]
@group(1) @binding(1) var<storage, read> x: array<f32>;              // [R or 1][d][4·s4]
@group(1) @binding(2) var<storage, read_write> partial: array<f32>;  // [R][1][4·s4]

@compute @workgroup_size(${NAIVE_WORKGROUP})
fn naive_forward(@builtin(global_invocation_id) id: vec3u) {
  let j = id.x;
  let r = id.z;
  if (j >= samples.s) { return; }
  let row = 4u * params.m4;
  let base = r * params.k * row;
  var total = 0.0;
  for (var i = 0u; i < params.m; i++) {
    var z = -particle[base + params.d * row + i];
    for (var k = 0u; k < params.d; k++) {
      z += particle[base + k * row + i] * x[4u * (r * samples.x_stride4 + k * samples.s4) + j];
    }
    total += particle[base + (params.d + 1u) * row + i] * max(z, 0.0);
  }
  partial[r * 4u * samples.s4 + j] = total;
}
`;
}

/**
 * The data part of dw/dt of a relu network, entry point `naive_velocity`. One invocation = one particle of one
 * replica; grid (⌈m / 64⌉, 1, R). Bindings `particle`, `x`, `weighted_residual`, `velocity_out` as in the engine.
 *
 * @param dimension input dimension d, the length of a private array
 */
export function naiveVelocityShader(dimension: number): string {
  return wgsl`${PARAMS}${SAMPLES}
@group(1) @binding(0) var<storage, read> particle: array<f32>;           // [R][k][4·m4]
@group(1) @binding(1) var<storage, read> x: array<f32>;                  // [R or 1][d][4·s4]
@group(1) @binding(2) var<storage, read> weighted_residual: array<f32>;  // [R][4·s4] νρ
@group(1) @binding(3) var<storage, read_write> velocity_out: array<f32>; // [R][k][4·m4]

@compute @workgroup_size(${NAIVE_WORKGROUP})
fn naive_velocity(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let r = id.z;
  if (i >= params.m) { return; }
  let row = 4u * params.m4;
  let base = r * params.k * row + i;
  let b_at = base + params.d * row;
  let c_at = b_at + row;
  var grad_a: array<f32, ${dimension}>;
  var grad_b = 0.0;
  var grad_c = 0.0;
  for (var j = 0u; j < samples.s; j++) {
    let x_at = 4u * r * samples.x_stride4 + j;
    var z = -particle[b_at];
    for (var k = 0u; k < params.d; k++) {
      z += particle[base + k * row] * x[x_at + 4u * k * samples.s4];
    }
    let rho = weighted_residual[r * 4u * samples.s4 + j];
    grad_c += rho * max(z, 0.0);
    let slope = rho * particle[c_at] * select(0.0, 1.0, z > 0.0);
    grad_b -= slope;
    for (var k = 0u; k < params.d; k++) {
      grad_a[k] += slope * x[x_at + 4u * k * samples.s4];
    }
  }
  for (var k = 0u; k < params.d; k++) {
    velocity_out[base + k * row] = -params.train_a * params.velocity_scale * grad_a[k];
  }
  velocity_out[b_at] = -params.train_b * params.velocity_scale * grad_b;
  velocity_out[c_at] = -params.train_c * params.velocity_scale * grad_c;
}
`;
}
