// Sizes of the univariate ReLU path: those its kernels read, and the memory they take. The host needs them before it
// knows whether the path is used, so they stand apart from the kernels.

/** Sizes of the path on one set of samples. */
export const SORTED_PARAMS = /* wgsl */ `
struct SortedParams {
  centre_high: f32,     // μ = centre_high + centre_low, see sortedCentre
  centre_low: f32,
  input_exponent: i32,  // |x − μ| < 2^input_exponent
  weight_bound: f32,    // max ω
  spare_bits: i32,      // the sums hold a whole cloud of values up to 2^spare_bits
  items: u32,           // samples per invocation of a scan
  blocks: u32,          // workgroups of a scan
  cell_origin: f32,     // cells of SORTED_LOOKUP: where the first one begins, their number per unit, the last one
  cells_per_unit: f32,
  last_cell: f32,
}
@group(0) @binding(2) var<uniform> sorted: SortedParams;
fn centre() -> vec2f { return vec2f(sorted.centre_high, sorted.centre_low); }
`;

/** Words of the state of one replica. */
export const STATE_WORDS = 16;

/** Bytes of workgroup memory of the bins of a workgroup with room for so many samples. */
export function localBinBytes(room: number): number {
  return 16 * room;
}

/** Bytes of workgroup memory of `sorted_replica`: room for so many samples, one number of the scan per invocation, the state, two marks. */
export function replicaBytes(room: number, workgroup: number): number {
  return 40 * room + 16 + 16 * workgroup + 4 * STATE_WORDS + 16;
}
