// density_image: the counts of density as a picture, opacity log(1 + n)/log(1 + largest n) with n in weights, and between the
// colours of the two signs by the share of c ≥ 0, grey where both are equally many.
//
// One triangle covers the window; one invocation of its fragment stage = one pixel.
import { PICTURE } from './picture.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function densityImageShader(): string {
  return wgsl`${PICTURE}
@group(1) @binding(0) var<storage, read> counts: array<u32>;  // [2][rows][columns]
@group(1) @binding(1) var<storage, read> totals: array<u32>;  // fullest cell, …

@vertex
fn density_image_vertex(@builtin(vertex_index) corner: u32) -> @builtin(position) vec4f {
  return vec4f(f32(4u * (corner & 1u)) - 1.0, f32(4u * (corner >> 1u)) - 1.0, 0.0, 1.0);
}

@fragment
fn density_image_fragment(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let cell = min(vec2u(position.xy) / view.cell, vec2u(view.columns, view.rows) - 1u);
  let at = cell.y * view.columns + cell.x;
  let positive = f32(counts[at]) / view.unit;
  let all = positive + f32(counts[view.columns * view.rows + at]) / view.unit;
  if (all == 0.0) { return vec4f(0.0); }
  // One particle alone is still seen.
  let opacity = mix(0.35, 1.0, log(1.0 + all) / log(1.0 + f32(totals[0]) / view.unit));
  let positive_colour = vec3f(view.positive_r, view.positive_g, view.positive_b);
  let negative_colour = vec3f(view.negative_r, view.negative_g, view.negative_b);
  let surplus = 2.0 * positive / all - 1.0;
  let pure = select(negative_colour, positive_colour, surplus > 0.0);
  let grey = vec3f(dot(0.5 * (positive_colour + negative_colour), vec3f(0.3, 0.59, 0.11)));
  return vec4f(opacity * mix(grey, pure, abs(surplus)), opacity);
}
`;
}
