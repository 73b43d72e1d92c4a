// What the pictures of a cloud share: the window onto a plane, and the pixel of a particle in it.
//
//   p_i = size_i Σ_n (x_n, y_n) w_i[row_n],   size_i = scale |c_i| or 1
//   pixel = (width/2 + (p_x − centre_x) zoom_x,  height/2 − (p_y − centre_y) zoom_y)
//
// The first replica is seen.
import { PARTICLE_NUMBER } from './particle.wgsl.ts';

/** Group 0 of the pictures. */
export const PICTURE = /* wgsl */ `
struct View {
  m: u32,           // width of the network
  m4: u32,          // the same in groups of four particles
  k: u32,           // parameters per particle, d + 2
  axes: u32,        // parameters that the plane adds up
  by_c: u32,        // 1: the place is multiplied by scale |c|
  scale: f32,
  width: u32,       // of the window, device pixels
  height: u32,
  cell: u32,        // pixels per side of a cell of the density
  columns: u32,     // cells across
  rows: u32,        // cells down
  centre_x: f32,    // what lies in the middle of the window
  centre_y: f32,
  zoom_x: f32,      // pixels per unit
  zoom_y: f32,
  radius: f32,      // of a point, pixels
  opacity: f32,     // of a point
  positive_r: f32,  // colour of c ≥ 0
  positive_g: f32,
  positive_b: f32,
  negative_r: f32,  // colour of c < 0
  negative_g: f32,
  negative_b: f32,
  pointer_x: f32,   // pixels
  pointer_y: f32,
  reach: f32,       // of the pointer, pixels
  weighted: u32,    // 1: particles have weights; 0: all are 1
  unit: f32,        // units of the density per weight 1
}
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> particle: array<f32>;  // [R][k][4·m4]
@group(0) @binding(2) var<storage, read> axes: array<f32>;      // [n][3]: row, x, y
@group(0) @binding(3) var<storage, read> weight: array<f32>;    // [R][4·m4] ω, read where they are weighted
${PARTICLE_NUMBER}
fn is_negative(i: u32) -> bool { return particle[number_at(view.k - 1u, view.m4, i)] < 0.0; }

fn weight_of(i: u32) -> f32 {
  if (view.weighted == 0u) { return 1.0; }
  return weight[i];
}

fn pixel_of(i: u32) -> vec2f {
  var place = vec2f(0.0);
  for (var n = 0u; n < view.axes; n++) {
    let value = particle[number_at(u32(axes[3u * n]), view.m4, i)];
    place += value * vec2f(axes[3u * n + 1u], axes[3u * n + 2u]);
  }
  let c = particle[number_at(view.k - 1u, view.m4, i)];
  place *= select(1.0, view.scale * abs(c), view.by_c == 1u);
  return vec2f(
    0.5 * f32(view.width) + (place.x - view.centre_x) * view.zoom_x,
    0.5 * f32(view.height) - (place.y - view.centre_y) * view.zoom_y,
  );
}
`;
