// forward_rows: the same sums as forward, for any dimension, with a loop over the rows of inputs and particles.
//
// One invocation = `items` samples of one replica, WORKGROUP apart, and one part of the particles, which it takes
// `groups` groups of four at a time: items × groups vec4f of z stay in registers. Neighbouring invocations hold
// neighbouring samples, so that the inputs are read in one piece. Cost: (2d + σ) m s R flops.
import type { DenseVariant } from './forward.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import type { RowsShape } from './shape.ts';
import { unroll } from './unroll.ts';

/** @param shape samples per invocation and groups of particles per iteration, a divisor of 16 */
export function forwardRowsShader(variant: DenseVariant, { items, groups }: RowsShape): string {
  const { activation, weighted } = variant;
  const each = (line: (t: number) => string): string => unroll(items, line);
  const eachGroup = (line: (q: number) => string): string => unroll(groups, line);
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${activation}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;       // [R][k][m4]
@group(1) @binding(1) var<storage, read> x: array<f32>;                // [R or 1][d][4·s4]
@group(1) @binding(2) var<storage, read_write> partial: array<f32>;    // [R][splits][4·s4]
#if ${weighted}
@group(1) @binding(3) var<storage, read> weight: array<vec4f>;         // [R][m4]
#endif

@compute @workgroup_size(WORKGROUP)
fn forward_rows(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * WORKGROUP * ${items}u + lane;
  let split = group.y;
  let r = group.z;
  let x_row = 4u * samples.s4;
  if (first >= x_row) { return; }
  // Samples beyond the last repeat it and are not written.
  ${each((t) => `let x_base${t} = 4u * r * samples.x_stride4 + min(first + ${t}u * WORKGROUP, x_row - 1u);\nvar total${t} = 0.0;`)}
  let a_base = row_at(r, 0u);
  let end = min((split + 1u) * samples.chunk4, params.m4);
  var i4 = split * samples.chunk4;
  // Blocks of 64 particles: the rounding error grows with the number of blocks, not of particles.
  while (i4 < end) {
    ${each((t) => `var block${t} = 0.0;`)}
    let block_end = min(i4 + 16u, end);
    for (; i4 < block_end; i4 += ${groups}u) {
      ${eachGroup((q) => startGroup(q, items, weighted))}
      var a_row = a_base;
      var x_at = 0u;
      for (var k = 0u; k < params.d; k++) {
        ${each((t) => `let x${t} = x[x_base${t} + x_at];`)}
        ${eachGroup((q) => `let a${q} = particle[a_row + index${q}];\n${each((t) => `z${q}_${t} = fma(a${q}, vec4f(x${t}), z${q}_${t});`)}`)}
        a_row += params.m4;
        x_at += x_row;
      }
      ${each(
        (t) => `{
        var sum = vec4f(0.0);
        ${eachGroup((q) => `sum = fma(c${q}, activation(z${q}_${t}), sum);`)}
        block${t} += (sum.x + sum.y) + (sum.z + sum.w);
      }`,
      )}
    }
    i4 = block_end;
    ${each((t) => `total${t} += block${t};`)}
  }
  let out = (r * samples.splits + split) * x_row + first;
  ${each((t) => `if (first + ${t}u * WORKGROUP < x_row) { partial[out + ${t}u * WORKGROUP] = total${t}; }`)}
}
`;
}

/** Group q of four particles; one beyond the block repeats the last and weighs nothing. */
function startGroup(q: number, items: number, weighted: boolean): string {
  return `let index${q} = min(i4 + ${q}u, block_end - 1u);
      let b${q} = particle[a_base + params.d * params.m4 + index${q}];
      var c${q} = particle[a_base + (params.d + 1u) * params.m4 + index${q}];
      if (i4 + ${q}u >= block_end) { c${q} = vec4f(0.0); }
      ${weighted ? `c${q} *= weight[r * params.m4 + index${q}];` : ''}
      ${unroll(items, (t) => `var z${q}_${t} = -b${q};`)}`;
}
