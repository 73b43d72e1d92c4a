// Picture: the place of a particle in a plane, its pixel, the density of a cloud, and the particle nearest to a pixel.
//
//   p_i = size_i Σ_n (x_n, y_n) w_i[row_n];   the pixel and the cell of p_i in a window: see problem/plane.ts
//
// The first replica is seen. A particle with c < 0 counts as negative, any other as positive.
import { cellsOf, parameterOf, type Plane, type Window } from '../problem/plane.ts';
import type { Particles } from '../state.ts';

/** Coordinates of particle i in a plane. */
export function placeOf(particles: Particles, { axes, scale }: Plane, i: number): [number, number] {
  let [x, y] = [0, 0];
  for (const axis of axes) {
    const value = parameterOf(particles, axis.row, i);
    x += axis.x * value;
    y += axis.y * value;
  }
  const size = scale === null ? 1 : scale * Math.abs(particles.c[i]);
  return [size * x, size * y];
}

/** Where a place of the plane lies in a window, in pixels. */
export function pixelOf([x, y]: readonly [number, number], window: Window): [number, number] {
  return [
    window.width / 2 + (x - window.centreX) * window.zoomX,
    window.height / 2 - (y - window.centreY) * window.zoomY,
  ];
}

/**
 * Weights per cell, [2][rows][columns]: c ≥ 0, then c < 0. What lies outside of the window is not counted.
 *
 * @param unit units per weight 1, see `densityUnit`; a weight is rounded to units in float32
 */
export function densityOf(
  particles: Particles,
  plane: Plane,
  window: Window,
  unit = 1,
): Uint32Array {
  const { columns, rows } = cellsOf(window);
  const counts = new Uint32Array(2 * rows * columns);
  for (let i = 0; i < particles.width; i++) {
    const [x, y] = pixelOf(placeOf(particles, plane, i), window);
    if (!(x >= 0 && x < window.width && y >= 0 && y < window.height)) continue;
    const at = Math.floor(y / window.cell) * columns + Math.floor(x / window.cell);
    const units = Math.floor(Math.fround(Math.fround(particles.weight[i] * unit) + 0.5));
    counts[(particles.c[i] < 0 ? rows * columns : 0) + at] += units;
  }
  return counts;
}

/**
 * The particle nearest to a pixel.
 *
 * @param reach farther particles do not count, pixels
 * @returns its index, or −1
 */
export function nearestTo(
  particles: Particles,
  plane: Plane,
  window: Window,
  [x, y]: readonly [number, number],
  reach: number,
): number {
  let [best, least] = [-1, reach];
  for (let i = 0; i < particles.width; i++) {
    const [px, py] = pixelOf(placeOf(particles, plane, i), window);
    const distance = Math.hypot(px - x, py - y);
    if (distance > least || (distance === least && best >= 0)) continue;
    [best, least] = [i, distance];
  }
  return best;
}
