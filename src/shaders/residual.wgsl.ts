// residual: finishes the particle sum and compares with the targets.
//
//   f_j = (1/α) Σ_split partial[r][split][j],   ρ_j = f_j − y_j,   weighted_j = ν_j ρ_j
//
// One invocation = four samples of one replica; the splits are added in fixed order.
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function residualShader(): string {
  return wgsl`${PARAMS}${SAMPLES}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> partial: array<vec4f>;                 // [R][splits][s4]
@group(1) @binding(1) var<storage, read> y: array<vec4f>;                       // [R or 1][s4]
@group(1) @binding(2) var<storage, read> loss_weight: array<vec4f>;             // [R or 1][s4] ν
@group(1) @binding(3) var<storage, read_write> prediction: array<vec4f>;        // [R][s4] f
@group(1) @binding(4) var<storage, read_write> residual_out: array<vec4f>;      // [R][s4] ρ
@group(1) @binding(5) var<storage, read_write> weighted_residual: array<vec4f>; // [R][s4] νρ

@compute @workgroup_size(WORKGROUP)
fn residual(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let j4 = id.x;
  let r = group.z;
  if (j4 >= samples.s4) { return; }
  var total = vec4f(0.0);
  var split = 0u;
  while (split < samples.splits) {
    var block = vec4f(0.0);
    let block_end = min(split + 16u, samples.splits);
    for (; split < block_end; split++) {
      block += partial[(r * samples.splits + split) * samples.s4 + j4];
    }
    total += block;
  }
  let at = r * samples.s4 + j4;
  let target_at = r * samples.y_stride4 + j4;
  let f = total * params.inv_alpha;
  let rho = f - y[target_at];
  prediction[at] = f;
  residual_out[at] = rho;
  weighted_residual[at] = loss_weight[target_at] * rho;
}
`;
}
