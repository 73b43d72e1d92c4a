// forward_tiled: the same sums as forward, for any dimension, from tiles in workgroup memory.
//
// One workgroup = a tile of samples of one replica, as many invocations, and one part of the particles, which it takes
// 64 (16 groups of four) at a time. The inputs and the particles of a few rows at a time lie in workgroup memory.
// Invocation (p, q) computes z of the particle groups 2p and 2p + 1 at eight samples, four reads of a vec4f for 64
// multiply-adds, and leaves its sum over eight particles at every sample there; then each invocation adds the eight
// sums of one sample. Order of operations and bits are those of forward_rows. Cost: (2d + σ) m s R flops.
import type { DenseVariant } from './forward.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { PARTICLE } from './particle.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { FORWARD_TILE4, FORWARD_TILE_ITEMS, type TileShape } from './shape.ts';
import { unroll, unrollLanes } from './unroll.ts';

/** @param shape samples per tile, a multiple of 8, and rows in workgroup memory */
export function forwardTiledShader(variant: DenseVariant, { samples, rows }: TileShape): string {
  const { activation, weighted, squared = false } = variant;
  const eachGroup = (line: (h: number) => string): string => unroll(2, line);
  const eachSample = (line: (t: number) => string): string => unroll(FORWARD_TILE_ITEMS, line);
  return wgsl`${PARAMS}${SAMPLES}${PARTICLE}${activation}
const TILE: u32 = ${samples}u;       // samples, and invocations
const TILE4: u32 = ${samples / 4}u;
const ROWS: u32 = ${rows}u;
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;       // [R][k][m4]
@group(1) @binding(1) var<storage, read> x: array<vec4f>;              // [R or 1][d][s4]
@group(1) @binding(2) var<storage, read_write> partial: array<f32>;    // [R][splits][4·s4]
#if ${weighted}
@group(1) @binding(3) var<storage, read> weight: array<vec4f>;         // [R][m4]
#endif
var<workgroup> tile_x: array<vec4f, ${(rows * samples) / 4}>;  // [ROWS][TILE4]
// [ROWS][even, odd groups][8]: eight neighbouring invocations read 128 neighbouring bytes.
var<workgroup> tile_a: array<vec4f, ${rows * FORWARD_TILE4}>;
var<workgroup> sums: array<vec4f, ${2 * samples}>;  // [8][TILE4]

@compute @workgroup_size(${samples})
fn forward_tiled(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let p = lane % 8u;
  let q = lane / 8u;
  let r = group.z;
  let first4 = group.x * TILE4;
  let x_base = r * samples.x_stride4;
  let a_base = row_at(r, 0u);
  let end = min((group.y + 1u) * samples.chunk4, params.m4);
  var total = 0.0;
  for (var i4 = group.y * samples.chunk4; i4 < end; i4 += ${FORWARD_TILE4}u) {
    ${eachGroup((h) => startGroup(h, variant))}
    for (var row = 0u; row < params.d; row += ROWS) {
      let count = min(ROWS, params.d - row);
      workgroupBarrier();
      // Samples beyond the last repeat it and are not written; particles beyond the part repeat its last and weigh nothing.
      for (var n = lane; n < count * TILE4; n += TILE) {
        let j4 = min(first4 + n % TILE4, samples.s4 - 1u);
        tile_x[n] = x[x_base + (row + n / TILE4) * samples.s4 + j4];
      }
      for (var n = lane; n < count * ${FORWARD_TILE4}u; n += TILE) {
        let own4 = min(i4 + 2u * (n % 8u) + (n / 8u) % 2u, end - 1u);
        tile_a[n] = particle[a_base + (row + n / ${FORWARD_TILE4}u) * params.m4 + own4];
      }
      workgroupBarrier();
      for (var k = 0u; k < count; k++) {
        ${eachGroup((h) => `let a${h} = tile_a[k * ${FORWARD_TILE4}u + ${8 * h}u + p];\nlet x${h} = tile_x[k * TILE4 + ${h}u * (TILE4 / 2u) + q];`)}
        ${eachGroup((h) => unroll(2, (g) => unrollLanes((lane, l) => `z${g}_${4 * h + l} = fma(a${g}, vec4f(x${h}.${lane}), z${g}_${4 * h + l});`)))}
      }
    }
    ${eachSample(
      (t) => `var sum${t} = vec4f(0.0);
    ${eachGroup((h) => addGroup(h, t, squared))}
    let pair${t} = (sum${t}.x + sum${t}.y) + (sum${t}.z + sum${t}.w);`,
    )}
    sums[p * TILE4 + q] = vec4f(pair0, pair1, pair2, pair3);
    sums[p * TILE4 + TILE4 / 2u + q] = vec4f(pair4, pair5, pair6, pair7);
    workgroupBarrier();
    // Sums of 64 particles: the rounding error grows with the number of tiles, not of particles.
    var block = 0.0;
    for (var n = 0u; n < 8u; n++) { block += sums[n * TILE4 + lane / 4u][lane % 4u]; }
    total += block;
  }
  let j = group.x * TILE + lane;
  if (j < 4u * samples.s4) {
    partial[(r * samples.splits + group.y) * 4u * samples.s4 + j] = total;
  }
}
`;
}

/** The h-th of the two groups of four particles of an invocation. */
function startGroup(h: number, { weighted, squared = false }: DenseVariant): string {
  const omega = weighted ? `weight[r * params.m4 + index${h}]` : 'vec4f(1.0)';
  return `let index${h} = min(i4 + 2u * p + ${h}u, end - 1u);
    let b${h} = particle[a_base + params.d * params.m4 + index${h}];
    var c${h} = particle[a_base + (params.d + 1u) * params.m4 + index${h}];
    if (i4 + 2u * p + ${h}u >= end) { c${h} = vec4f(0.0); }
    ${squared ? `let omega${h} = ${omega};` : weighted ? `c${h} *= ${omega};` : ''}
    ${unroll(FORWARD_TILE_ITEMS, (t) => `var z${h}_${t} = -b${h};`)}`;
}

/** Adds ω φ, or ω φ², of a group at sample t. */
function addGroup(h: number, t: number, squared: boolean): string {
  if (!squared) return `sum${t} = fma(c${h}, activation(z${h}_${t}), sum${t});`;
  return `let phi${h}_${t} = c${h} * activation(z${h}_${t});
    sum${t} = fma(omega${h} * phi${h}_${t}, phi${h}_${t}, sum${t});`;
}
