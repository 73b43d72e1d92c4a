// Planes onto which a cloud is projected, and the window through which a picture looks at one: plain data.
//
//   p_i = size_i Σ_n (x_n, y_n) w_i[row_n],   size_i = scale |c_i|, or 1 where the plane has no scale
//   pixel = (width/2 + (p_x − centre_x) zoom_x,  height/2 − (p_y − centre_y) zoom_y)
//
// w_i = (a_0 … a_{d−1}, b, c), row by row as on the device.
import type { Particles } from '../state.ts';

/** One parameter of a particle and what it adds to the two coordinates of the plane. */
export interface Axis {
  /** 0 … d − 1: a, d: b, d + 1: c */
  readonly row: number;
  readonly x: number;
  readonly y: number;
}

/** A projection of particles onto a plane. */
export interface Plane {
  readonly axes: readonly Axis[];
  /** the place is multiplied by scale |c|; null: it is not */
  readonly scale: number | null;
}

/** A picture of a plane, in device pixels, y downwards. */
export interface Window {
  readonly width: number;
  readonly height: number;
  /** pixels per side of a cell of the density */
  readonly cell: number;
  /** what lies in the middle */
  readonly centreX: number;
  readonly centreY: number;
  /** pixels per unit */
  readonly zoomX: number;
  readonly zoomY: number;
}

/** (u, v) = (m/α) |c| (a, −b): particles of one input by what they add to the function. */
export function canonicalPlane(width: number, alpha: number): Plane {
  const axes = [
    { row: 0, x: 1, y: 0 },
    { row: 1, x: 0, y: -1 },
  ];
  return { axes, scale: width / alpha };
}

/** Two parameters against each other. */
export function pairPlane(rowX: number, rowY: number): Plane {
  const axes = [
    { row: rowX, x: 1, y: 0 },
    { row: rowY, x: 0, y: 1 },
  ];
  return { axes, scale: null };
}

/**
 * The input weights a on two directions.
 *
 * @param basis two directions, [2][d]
 */
export function directionPlane(basis: ArrayLike<number>): Plane {
  const d = basis.length / 2;
  const axes = Array.from({ length: d }, (_, row) => ({ row, x: basis[row], y: basis[d + row] }));
  return { axes, scale: null };
}

/** Parameter `row` of particle i of the first replica. */
export function parameterOf({ dimension, a, b, c }: Particles, row: number, i: number): number {
  return row < dimension ? a[i * dimension + row] : row === dimension ? b[i] : c[i];
}

/** Units of a density at most per weight 1, and bits of all of them together. */
const MOST_UNIT = 256;
const UNIT_BITS = 31;

/**
 * How finely a density counts weights: units per weight 1, a power of two, 1 where all weights are 1. The weights of a
 * cloud add up to m.
 */
export function densityUnit(width: number, weighted: boolean): number {
  const room = 2 ** (UNIT_BITS - Math.ceil(Math.log2(width)));
  return weighted ? Math.max(1, Math.min(MOST_UNIT, room)) : 1;
}

/**
 * Radius of a point by the weight ω of its particle, in radii of one with ω = 1: the area is as ω, within bounds that
 * leave the lightest visible and the heaviest in its place.
 */
export function radiusOf(weight: number): number {
  return Math.min(4, Math.max(0.25, Math.sqrt(weight)));
}

/** Cells of a window across and down. */
export function cellsOf({ width, height, cell }: Window): { columns: number; rows: number } {
  return { columns: Math.ceil(width / cell), rows: Math.ceil(height / cell) };
}
