// points: particles as points of a picture, read by the vertex stage from the simulation's own buffer.
//
// Three vertices = one particle, a triangle with its tip down in which the fragment stage draws: c ≥ 0 a disc, c < 0 a
// triangle of the same area, so that the sign shows without colour. Edges are smoothed over one pixel; colours leave
// multiplied by opacity. The area of a point is as the weight of its particle, see radiusOf. Vertices rather than instances: software adapters do instances one by one, ten times slower.
import { PICTURE } from './picture.wgsl.ts';
import { wgsl } from './preprocess.ts';

export function pointsShader(): string {
  return wgsl`${PICTURE}
struct Corner {
  @builtin(position) position: vec4f,
  @location(0) way: vec2f,                            // from the particle, pixels
  @location(1) @interpolate(flat) negative: u32,
  @location(2) @interpolate(flat) radius: f32,
}

@vertex
fn points_vertex(@builtin(vertex_index) vertex: u32) -> Corner {
  let i = vertex / 3u;
  var corners = array<vec2f, 3>(vec2f(0.0, 1.0), vec2f(-0.8660254, -0.5), vec2f(0.8660254, -0.5));
  // The disc with its smoothed edge touches the sides, which are half as far from the middle as the corners.
  let radius = view.radius * clamp(sqrt(weight_of(i)), 0.25, 4.0);
  let way = 2.0 * (radius + 1.0) * corners[vertex % 3u];
  let at = (pixel_of(i) + way) / vec2f(f32(view.width), f32(view.height));
  let position = vec4f(2.0 * at.x - 1.0, 1.0 - 2.0 * at.y, 0.0, 1.0);
  return Corner(position, way, select(0u, 1u, is_negative(i)), radius);
}

@fragment
fn points_fragment(corner: Corner) -> @location(0) vec4f {
  let way = corner.way;
  let disc = length(way) - corner.radius;
  let triangle = max(-way.y, 0.8660254 * abs(way.x) + 0.5 * way.y) - 0.7775 * corner.radius;
  let negative = corner.negative == 1u;
  let opacity = view.opacity * clamp(0.5 - select(disc, triangle, negative), 0.0, 1.0);
  let positive_colour = vec3f(view.positive_r, view.positive_g, view.positive_b);
  let negative_colour = vec3f(view.negative_r, view.negative_g, view.negative_b);
  return vec4f(opacity * select(positive_colour, negative_colour, negative), opacity);
}
`;
}
