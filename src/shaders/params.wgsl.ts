// Group 0 of the shaders: the constants of the run, those of a set of samples, and the index of an invocation.

/** The uniform of the run, for every kernel. */
export const PARAMS = /* wgsl */ `
struct Params {
  m: u32,               // width
  m4: u32,              // width in groups of four particles, rounded up
  d: u32,               // input dimension
  k: u32,               // parameters per particle, d + 2
  replicas: u32,        // R
  first_replica: u32,   // Philox replica word of replica 0
  seed_low: u32,        // Philox key
  seed_high: u32,
  inv_alpha: f32,       // 1/α
  velocity_scale: f32,  // α/m
  dt: f32,              // time step in function-space time
  penalty: f32,         // λ
  train_a: f32,         // 1 where a moves, else 0
  train_b: f32,
  train_c: f32,
}
@group(0) @binding(0) var<uniform> params: Params;

// Number of this workgroup when a long row of groups is folded into two dimensions.
fn linear_group(group: vec3u, groups: vec3u) -> u32 { return group.y * groups.x + group.x; }
`;

/** The uniform of a set of samples, for kernels that read samples. */
export const SAMPLES = /* wgsl */ `
struct SampleParams {
  s: u32,               // samples
  s4: u32,              // samples in groups of four, rounded up
  splits: u32,          // parts of the particle sum in forward
  chunk4: u32,          // groups of four particles per part
  x_stride4: u32,       // distance between the inputs of two replicas, 0 when shared
  y_stride4: u32,       // the same for targets and loss weights
  words: u32,           // 32-bit words of activation bits per particle
}
@group(0) @binding(1) var<uniform> samples: SampleParams;
`;
