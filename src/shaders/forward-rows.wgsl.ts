// forward_rows: the same sums as forward, for any dimension, with a loop over the rows of inputs and particles.
//
// One invocation = `items` samples of one replica, WORKGROUP apart, and one part of the particles, which it takes
// `groups` groups of four at a time: items × groups × 4 numbers z stay in registers. Neighbouring invocations hold
// neighbouring samples, so that the inputs are read in one piece. z adds up row by row, then f by pairs of groups.
// Cost: (2d + σ) m s R flops.
import type { DenseVariant } from './forward.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { asVector, chain, fourReader, type FourReader } from './quad.ts';
import type { RowsShape } from './shape.ts';
import { unroll } from './unroll.ts';

/** @param shape samples per invocation, groups of particles per iteration (2, 4, 8 or 16), rows per turn */
export function forwardRowsShader(variant: DenseVariant, shape: RowsShape): string {
  const { activation, weighted, dimension: d } = variant;
  const { items, groups, rows } = shape;
  const four = fourReader(shape.quads);
  const rest = d % rows;
  const each = (line: (t: number) => string): string => unroll(items, line);
  const eachGroup = (line: (q: number) => string): string => unroll(groups, line);
  return wgsl`${four.enable}${PARAMS}${SAMPLES}${PARTICLE}${activation}
override WORKGROUP: u32 = 64;
@group(1) @binding(0) var<storage, read> particle: array<${four.element}>; // [R][k][m4]
@group(1) @binding(1) var<storage, read> x: array<f32>;                // [R or 1][d][4·s4]
@group(1) @binding(2) var<storage, read_write> partial: array<f32>;    // [R][splits][4·s4]
#if ${weighted}
@group(1) @binding(3) var<storage, read> weight: array<${four.element}>;   // [R][m4]
#endif

@compute @workgroup_size(WORKGROUP)
fn forward_rows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  ${four.parameters}
) {
  let first = group.x * WORKGROUP * ${items}u + lane;
  let split = group.y;
  let r = group.z;
  let x_row = 4u * samples.s4;
  let a_stride = ${four.per}params.m4;
  // Samples beyond the last repeat it and are not written.
  ${each((t) => `let x_base${t} = 4u * r * samples.x_stride4 + min(first + ${t}u * WORKGROUP, x_row - 1u);\nvar total${t} = 0.0;`)}
  let a_base = ${four.per}row_at(r, 0u);
  let end = min((split + 1u) * samples.chunk4, params.m4);
  var i4 = split * samples.chunk4;
  // Blocks of 64 particles: the rounding error grows with the number of blocks, not of particles.
  while (i4 < end) {
    ${each((t) => `var block${t} = 0.0;`)}
    let block_end = min(i4 + 16u, end);
    for (; i4 < block_end; i4 += ${groups}u) {
      ${eachGroup((q) => startGroup(q, shape, weighted))}
      var a_row = a_base;
      var x_at = 0u;
#if ${d >= rows}
      for (var k = 0u; k < ${d - rest}u; k += ${rows}u) {
        ${addRows(shape, rows)}
      }
#endif
#if ${rest > 0}
      ${addRows(shape, rest)}
#endif
      ${each((t) => unroll(groups / 2, (h) => addPair(2 * h, t)))}
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
function startGroup(q: number, { items, quads }: RowsShape, weighted: boolean): string {
  const four: FourReader = fourReader(quads);
  return `let index${q} = ${four.at(`min(i4 + ${q}u, block_end - 1u)`)};
      ${four.read(`b${q}`, `particle[a_base + params.d * a_stride + index${q}]`)}
      var own${q} = particle[a_base + (params.d + 1u) * a_stride + index${q}];
      if (i4 + ${q}u >= block_end) { own${q} = ${four.zero}; }
      ${weighted ? `own${q} *= weight[r * a_stride + index${q}];` : ''}
      ${four.read(`c${q}`, `own${q}`)}
      ${unroll(items, (t) => unroll(4, (n) => `var z${q}_${t}_${n} = -b${q}_${n};`))}`;
}

/** The next `rows` rows, added to z in order. All loads come first: each is a branch on a processor. */
function addRows({ items, groups, quads }: RowsShape, rows: number): string {
  const four = fourReader(quads);
  const add = (q: number, n: number) => (t: number) =>
    chain(`z${q}_${t}_${n}`, rows, (u) => `a${q}_${u}_${n}, x${t}_${u}`);
  return `${unroll(rows, (u) => unroll(items, (t) => `let x${t}_${u} = x[x_base${t} + x_at + ${u}u * x_row];`))}
        ${unroll(rows, (u) => unroll(groups, (q) => four.read(`a${q}_${u}`, `particle[a_row + index${q} + ${u}u * a_stride]`)))}
        ${unroll(groups, (q) => unroll(4, (n) => unroll(items, add(q, n))))}
        a_row += ${rows}u * a_stride;
        x_at += ${rows}u * x_row;`;
}

/** The sum over groups q and q + 1 at sample t. */
function addPair(q: number, t: number): string {
  const add = (h: number): string =>
    `sum = fma(${asVector(`c${h}`)}, activation(${asVector(`z${h}_${t}`)}), sum);`;
  return `{
        var sum = vec4f(0.0);
        ${add(q)}
        ${add(q + 1)}
        block${t} += (sum.x + sum.y) + (sum.z + sum.w);
      }`;
}
