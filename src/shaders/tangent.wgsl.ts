// tangent: how a small random change of the initial cloud travels along the Euler map, for many noise columns at once.
//
//   g_l = Σ_i ξ_i (φ_i(x_l) − f(x_l)) + (1/m) Σ_i ⟨∇φ_i(x_l), T_i⟩
//   T_i ← T_i − dt M ( H_i T_i + Σ_l ν_l ∇φ_i(x_l) g_l ),   H_i = Σ_l ν_l ρ_l ∇²φ_i(x_l) + λ ∇²r(w_i)
//
// With birth–death by weights the nodes carry ω and the columns log-weights ℓ, kept with ξ as ξ_i + ℓ_i/m:
//
//   g_l = Σ_i ω_i (ξ_i + ℓ_i/m) (φ_i(x_l) − f(x_l)) + (1/m) Σ_i ω_i ⟨∇φ_i(x_l), T_i⟩
//   ℓ_i ← ℓ_i − κ dt ( ⟨∇V(w_i), T_i⟩ + Σ_l ν_l g_l φ_i(x_l) )
//
// Nodes are the particles of one replica before they move; columns stand in vec4f, four to a group:
// tangent [k][m][C4], noise ξ [m][C4], g [4·s4][C4]. With q = ⟨x, T_a⟩ − T_b the products of H_i and ∇φ_i with vectors
// cost O(d) per node, sample and column; σ, σ′ and σ″ are computed once for four columns.
import { CLOCK } from './clock.wgsl.ts';
import { PARAMS, SAMPLES } from './params.wgsl.ts';
import { wgsl } from './preprocess.ts';
import { LANES, unroll, unrollLanes } from './unroll.ts';

/** What selects a variant of the tangent kernels. */
export interface TangentVariant {
  /** input dimension d, at most UNROLL_LIMIT */
  readonly dimension: number;
  /** WGSL text of the activation */
  readonly activation: string;
  /** penalty r(w) */
  readonly penalty: string;
  /** true with birth–death: nodes carry ω, columns log-weights */
  readonly weighted: boolean;
}

const NODES = /* wgsl */ `
override WORKGROUP: u32 = 64;
override COLUMNS4: u32;   // groups of four columns
`;

const REACTION = /* wgsl */ `
override RATE: f32;         // κ
override QUENCH_STEP: u32;  // first step without birth–death
`;

/** Partial sums of g over nodes. One invocation = four columns, four samples, one part of the nodes. */
export function tangentForwardShader(variant: TangentVariant): string {
  const { dimension: d, activation, weighted } = variant;
  const omega = (lane: string): string => (weighted ? `omega.${lane} * ` : '');
  const oneSample = (lane: string, q: number): string => `{
          var turn = -t_b;
          ${unroll(d, (k) => `turn = fma(t_a${k}, vec4f(x${k}.${lane}), turn);`)}
          g${q} += xi * (c * value.${lane} - f.${lane});
          g${q} += share * (value.${lane} * t_c + c * slope.${lane} * turn);
        }`;
  const oneNode = (lane: string, l: number): string => `if (4u * i4 + ${l}u < params.m) {
        let at = (4u * i4 + ${l}u) * COLUMNS4 + c4;
        let row = params.m * COLUMNS4;
        let xi = ${omega(lane)}noise[at];
        let share = ${omega(lane)}INVERSE_M;
        ${unroll(d, (k) => `let t_a${k} = tangent[at + ${k}u * row];`)}
        let t_b = tangent[at + ${d}u * row];
        let t_c = tangent[at + ${d + 1}u * row];
        let c = node_c.${lane};
        var z = vec4f(-node_b.${lane});
        ${unroll(d, (k) => `z = fma(vec4f(node_a${k}.${lane}), x${k}, z);`)}
        let value = activation(z);
        let slope = activation_derivative(z, value);
        ${unrollLanes(oneSample)}
      }`;
  return wgsl`${PARAMS}${SAMPLES}${activation}${NODES}
override INVERSE_M: f32;  // 1/m
@group(1) @binding(0) var<storage, read> particle: array<vec4f>;           // [k][m4]
@group(1) @binding(1) var<storage, read> x: array<vec4f>;                  // [d][s4]
@group(1) @binding(2) var<storage, read> prediction: array<vec4f>;         // [s4] f
@group(1) @binding(3) var<storage, read> noise: array<vec4f>;              // [m][C4]
@group(1) @binding(4) var<storage, read> tangent: array<vec4f>;            // [k][m][C4]
@group(1) @binding(5) var<storage, read_write> g_partial: array<vec4f>;    // [splits][4·s4][C4]
#if ${weighted}
@group(1) @binding(6) var<storage, read> weight: array<vec4f>;             // [m4] ω
#endif

@compute @workgroup_size(WORKGROUP)
fn tangent_forward(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let c4 = id.x;
  let j4 = group.y;
  let split = group.z;
  if (c4 >= COLUMNS4) { return; }
  ${unroll(d, (k) => `let x${k} = x[${k}u * samples.s4 + j4];`)}
  let f = prediction[j4];
  ${unroll(4, (q) => `var total${q} = vec4f(0.0);`)}
  let end = min((split + 1u) * samples.chunk4, params.m4);
  var i4 = split * samples.chunk4;
  while (i4 < end) {
    ${unroll(4, (q) => `var g${q} = vec4f(0.0);`)}
    let block_end = min(i4 + 16u, end);
    for (; i4 < block_end; i4++) {
      ${unroll(d, (k) => `let node_a${k} = particle[${k}u * params.m4 + i4];`)}
      let node_b = particle[${d}u * params.m4 + i4];
      let node_c = particle[${d + 1}u * params.m4 + i4];
#if ${weighted}
      let omega = weight[i4];
#endif
      ${unrollLanes(oneNode)}
    }
    ${unroll(4, (q) => `total${q} += g${q};`)}
  }
  let base = (split * 4u * samples.s4 + 4u * j4) * COLUMNS4 + c4;
  ${unroll(4, (q) => `g_partial[base + ${q}u * COLUMNS4] = total${q};`)}
}
`;
}

/** Adds the partial sums of g. One invocation = four columns at one sample. */
export function tangentSumShader(): string {
  return wgsl`${PARAMS}${SAMPLES}${NODES}
@group(1) @binding(0) var<storage, read> g_partial: array<vec4f>;  // [splits][4·s4][C4]
@group(1) @binding(1) var<storage, read_write> g: array<vec4f>;    // [4·s4][C4]

@compute @workgroup_size(WORKGROUP)
fn tangent_sum(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = linear_group(group, groups) * WORKGROUP + lane;
  let count = 4u * samples.s4 * COLUMNS4;
  if (at >= count) { return; }
  var total = vec4f(0.0);
  var split = 0u;
  while (split < samples.splits) {
    var block = vec4f(0.0);
    let block_end = min(split + 16u, samples.splits);
    for (; split < block_end; split++) { block += g_partial[split * count + at]; }
    total += block;
  }
  g[at] = total;
}
`;
}

/** Moves the tangents by one Euler step. One invocation = one node, four columns. */
export function tangentUpdateShader(variant: TangentVariant): string {
  const { dimension: d, activation, penalty, weighted } = variant;
  const oneSample = (lane: string, q: number): string => `{
      let gl = nu.${lane} * g[(4u * j4 + ${q}u) * COLUMNS4 + c4];
      var turn = -t_b;
      ${unroll(d, (k) => `turn = fma(t_a${k}, vec4f(x${k}.${lane}), turn);`)}
      let push = rho.${lane} * (slope.${lane} * t_c + c * bend.${lane} * turn) + c * slope.${lane} * gl;
      ${unroll(d, (k) => `s_a${k} = fma(push, vec4f(x${k}.${lane}), s_a${k});`)}
      s_b -= push;
      s_c += rho.${lane} * slope.${lane} * turn + value.${lane} * gl;
      ${weighted ? `rise += value.${lane} * (rho.${lane} * t_c + c * gl) + rho.${lane} * c * slope.${lane} * turn;` : ''}
    }`;
  return wgsl`${PARAMS}${SAMPLES}${weighted ? CLOCK + REACTION : ''}${activation}${NODES}
@group(1) @binding(1) var<storage, read> particle: array<vec4f>;          // [k][m4]
@group(1) @binding(2) var<storage, read> x: array<vec4f>;                 // [d][s4]
@group(1) @binding(3) var<storage, read> weighted_residual: array<vec4f>; // [s4] νρ
@group(1) @binding(4) var<storage, read> loss_weight: array<vec4f>;       // [s4] ν
@group(1) @binding(5) var<storage, read> g: array<vec4f>;                 // [4·s4][C4]
@group(1) @binding(6) var<storage, read_write> tangent: array<vec4f>;     // [k][m][C4]
#if ${weighted}
@group(1) @binding(7) var<storage, read_write> noise: array<vec4f>;       // [m][C4] ξ + ℓ/m
#endif

@compute @workgroup_size(WORKGROUP)
fn tangent_update(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = linear_group(group, groups) * WORKGROUP + lane;
  let row = params.m * COLUMNS4;
  if (at >= row) { return; }
  let i = at / COLUMNS4;
  let c4 = at % COLUMNS4;
  let i4 = i >> 2u;
  let l = i & 3u;
  ${unroll(d, (k) => `let a${k} = particle[${k}u * params.m4 + i4][l];\nlet t_a${k} = tangent[at + ${k}u * row];\nvar s_a${k} = vec4f(0.0);`)}
  let b = particle[${d}u * params.m4 + i4][l];
  let c = particle[${d + 1}u * params.m4 + i4][l];
  let t_b = tangent[at + ${d}u * row];
  let t_c = tangent[at + ${d + 1}u * row];
  var s_b = vec4f(0.0);
  var s_c = vec4f(0.0);
#if ${weighted}
  var rise = vec4f(0.0);  // of V at the node, along the column
#endif
  for (var j4 = 0u; j4 < samples.s4; j4++) {
    ${unroll(d, (k) => `let x${k} = x[${k}u * samples.s4 + j4];`)}
    let rho = weighted_residual[j4];
    let nu = loss_weight[j4];
    var z = vec4f(-b);
    ${unroll(d, (k) => `z = fma(vec4f(a${k}), x${k}, z);`)}
    let value = activation(z);
    let slope = activation_derivative(z, value);
    let bend = activation_second(z, value, slope);
    ${LANES.map(oneSample).join('\n')}
  }
#if ${penalty === 'output-l2'}
  s_c += params.penalty * t_c;
#elif ${penalty === 'weight-decay'}
  ${unroll(d, (k) => `s_a${k} += params.penalty * t_a${k};`)}
  s_b += params.penalty * t_b;
  s_c += params.penalty * t_c;
#elif ${penalty === 'total-variation'}
  // r = |c| h, h = |p|, p = (a, b): its second derivative, 0 at h = 0.
  let h = sqrt(b * b + ${Array.from({ length: d }, (_, k) => `a${k} * a${k}`).join(' + ')});
  if (h > 0.0) {
    let along = (b * t_b + ${Array.from({ length: d }, (_, k) => `a${k} * t_a${k}`).join(' + ')}) / h;
    let pull = params.penalty * (sign(c) * t_c - abs(c) * along / h) / h;
    let spread = params.penalty * abs(c) / h;
    ${unroll(d, (k) => `s_a${k} += pull * a${k} + spread * t_a${k};`)}
    s_b += pull * b + spread * t_b;
    s_c += params.penalty * sign(c) * along;
  }
#endif
#if ${weighted}
  if (clock.step < QUENCH_STEP) {
    rise += params.penalty * (${penaltySlope(penalty, d)});
    noise[at] -= (RATE * params.dt / f32(params.m)) * rise;
  }
#endif
  ${unroll(d, (k) => `tangent[at + ${k}u * row] = t_a${k} - params.dt * params.train_a * s_a${k};`)}
  tangent[at + ${d}u * row] = t_b - params.dt * params.train_b * s_b;
  tangent[at + ${d + 1}u * row] = t_c - params.dt * params.train_c * s_c;
}
`;
}

/** WGSL text of ⟨∇r(w), T⟩; at a kink of total variation 0, as in `penalty`. */
function penaltySlope(penalty: string, d: number): string {
  const along = (rest: string): string =>
    [rest, ...Array.from({ length: d }, (_, k) => `a${k} * t_a${k}`)].join(' + ');
  switch (penalty) {
    case 'output-l2':
      return 'c * t_c';
    case 'weight-decay':
      return along('c * t_c + b * t_b');
    case 'total-variation':
      return `sign(c) * h * t_c + select(0.0, abs(c) / h, h > 0.0) * (${along('b * t_b')})`;
    default:
      return 'vec4f(0.0)';
  }
}
